"""Wiring only: settings, addresses, the Celery application, health."""

from melikgazi import turkish_capitals  # before anything of Django that makes labels
from melikgazi.celery import app as celery_app

__all__ = ["celery_app", "turkish_capitals"]
