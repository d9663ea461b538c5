"""The Celery application and the beat: what sweeps up after a lost doorbell."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "melikgazi.settings")

app = Celery("melikgazi")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
