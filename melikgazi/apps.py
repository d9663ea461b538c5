from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from typing_extensions import override


class MelikgaziConfig(AppConfig):
    name = "melikgazi"
    verbose_name = "Melikgazi Çözüm Hattı"

    @override
    def ready(self) -> None:
        from melikgazi.configuration import checks, trial_clock
        from melikgazi.observability import sentry

        checks.register()
        if settings.EMULATOR and settings.EMULATOR_CLOCK:
            trial_clock.follow(Path(settings.EMULATOR_CLOCK))
        if settings.SENTRY_DSN:
            sentry.report_to(settings.SENTRY_DSN)
