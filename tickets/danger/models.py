"""Drills: a test of the ringing, without a ticket and without a citizen."""

from django.conf import settings
from django.db import models
from typing_extensions import override


class Drill(models.Model):
    """A test danger that an administrator sent; whom it rang are its notifications."""

    at = models.DateTimeField("zaman")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="başlatan"
    )
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="üstlenen",
    )
    claimed_at = models.DateTimeField("üstlenildi", null=True, blank=True)

    class Meta:
        verbose_name = "tatbikat"
        verbose_name_plural = "tatbikatlar"

    @override
    def __str__(self) -> str:
        return "TATBİKAT: acil bildirim"

    @property
    def claimed_after(self) -> int | None:
        """After how many seconds somebody claimed it."""
        return None if self.claimed_at is None else round((self.claimed_at - self.at).total_seconds())
