"""The destruction log."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F
from typing_extensions import override

from tickets.privacy.models.retention import Retention


class Destruction(models.Model):
    """One entry of the destruction log: kinds and counts of what was destroyed, and why; never its contents.

    A trigger refuses every change. `rule` is the kind of a `Retention`, or empty where somebody asked for it;
    `tickets` are their numbers then, which identify nobody any more.
    """

    at = models.DateTimeField("zaman")
    rule = models.CharField("süre", max_length=8, choices=Retention.Kind, blank=True, default="")
    before = models.DateTimeField("şundan eskiler", null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="yapan",
    )
    reason = models.CharField("neden", max_length=300, blank=True, default="")
    tickets = ArrayField(models.CharField(max_length=20), verbose_name="başvurular", default=list, blank=True)
    counts = models.JSONField("İmha edilenler")

    class Meta:
        verbose_name = "İmha kaydı"
        verbose_name_plural = "İmha kayıtları"
        indexes = [models.Index(F("at").desc(), name="destruction_newest")]

    @override
    def __str__(self) -> str:
        return f"İmha {self.pk}"
