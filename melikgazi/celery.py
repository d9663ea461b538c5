"""The Celery application and the beat: what looks again after a lost wake-up."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, task_prerun
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "melikgazi.settings")

app = Celery("melikgazi")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _leave_logging_to_django(**_: Any) -> None:
    """With a receiver Celery sets up nothing itself: its own set-up raises the level and drops what was taken in."""


@task_prerun.connect
def _close_dead_connections(**_: Any) -> None:
    """A connection that died with its server is not used again, whatever the task is."""
    close_old_connections()
