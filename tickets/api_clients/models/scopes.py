"""What an API key may be used for."""

from django.db import models


class Scope(models.TextChoices):
    """What a key may be used for, within the permissions of its user."""

    READ = "tickets:read", "başvuruları okur"
    WRITE = "tickets:write", "başvuruları değiştirir"
    REPORTS = "reports:read", "raporları okur"
    SUBMIT = "open311:write", "Open311 ile başvuru açar"
