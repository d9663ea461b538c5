"""What an API key may be given: what it is for, and how often it may call."""

from django.db import models

PER_MINUTE = 600  # calls of a new key, where nothing else is said


class Scope(models.TextChoices):
    """What a key may be used for, within the permissions of its user."""

    READ = "tickets:read", "başvuruları okur"
    WRITE = "tickets:write", "başvuruları değiştirir"
    REPORTS = "reports:read", "raporları okur"
    SUBMIT = "open311:write", "Open311 ile başvuru açar"
