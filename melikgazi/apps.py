from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from typing_extensions import override


class MelikgaziConfig(AppConfig):
    name = "melikgazi"
    verbose_name = "Melikgazi Çözüm Hattı"

    @override
    def ready(self) -> None:
        from melikgazi import ahead, checks, errors

        checks.register()
        if settings.EMULATOR and settings.EMULATOR_CLOCK:
            ahead.follow(Path(settings.EMULATOR_CLOCK))
        if settings.SENTRY_DSN:
            errors.report_to(settings.SENTRY_DSN)
