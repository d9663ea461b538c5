"""Screens on the wall."""

from django.conf import settings
from django.db import models
from typing_extensions import override


class WallScreen(models.Model):
    """A screen on the wall that shows figures of the board without anybody signed in, until it is revoked.

    Of its key only a hash is kept, as of an API key, and its first characters, to tell it by.
    """

    name = models.CharField("nerede", max_length=80)
    prefix = models.CharField("başı", max_length=16, editable=False)
    digest = models.CharField("özet", max_length=64, unique=True, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="açan", editable=False
    )
    made_at = models.DateTimeField("açıldı", editable=False)
    last_seen_at = models.DateTimeField("son görülme", null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField("kapatıldı", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "duvar ekranı"
        verbose_name_plural = "duvar ekranları"

    @override
    def __str__(self) -> str:
        return self.name
