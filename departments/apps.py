from typing import Any

from django.apps import AppConfig
from django.core.signals import request_started
from typing_extensions import override

from departments import cache


class DepartmentsConfig(AppConfig):
    name = "departments"
    verbose_name = "Birimler"

    @override
    def ready(self) -> None:
        request_started.connect(_see_changes, dispatch_uid="departments.cache")


def _see_changes(**_: Any) -> None:
    """A request sees what was changed before it, in whichever process."""
    cache.refresh()
