"""The Django project: settings, URLs, the Celery application, sign-in, health, metrics, backup."""

from melikgazi.celery import app as celery_app
from melikgazi.web import turkish_capitals  # before any module of Django that makes labels

__all__ = ["celery_app", "turkish_capitals"]
