from typing import Any

from celery.signals import task_prerun
from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.core.signals import request_started
from typing_extensions import override

from departments.common import cache


class DepartmentsConfig(AppConfig):
    name = "departments"
    verbose_name = "Birimler"

    @override
    def ready(self) -> None:
        from departments.staff import sessions

        user_logged_in.connect(sessions.begin, dispatch_uid="departments.sign_in")
        for begins in (request_started, task_prerun):
            begins.connect(_see_changes, dispatch_uid="departments.common.cache")


def _see_changes(**_: Any) -> None:
    """A request or task sees what was changed before it, in whichever process."""
    cache.refresh()
