"""Wiring only: settings, addresses, the Celery application, health."""

from melikgazi.celery import app as celery_app

__all__ = ["celery_app"]
