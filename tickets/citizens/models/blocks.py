"""Whom the line does not answer, why and until when."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from typing_extensions import override

from tickets.record.models.citizen import Citizen


class CitizenBlock(models.Model):
    """The line answers nothing of what this person writes until then, danger excepted; why, and who said so."""

    REASON_LENGTH = 300

    citizen = models.ForeignKey(Citizen, models.CASCADE, related_name="blocks", verbose_name="vatandaş")
    reason = models.CharField("neden", max_length=REASON_LENGTH)
    since = models.DateTimeField("başlangıç")
    until = models.DateTimeField("bitiş")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="engelleyen"
    )
    lifted_at = models.DateTimeField("kaldırılma", null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="kaldıran",
    )

    class Meta:
        verbose_name = "engel"
        verbose_name_plural = "engeller"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="citizen_block_once", fields=["citizen"], condition=Q(lifted_at__isnull=True)
            ),
        ]
        indexes: ClassVar = [
            models.Index("until", name="citizen_block_ends", condition=Q(lifted_at__isnull=True)),
        ]

    @override
    def __str__(self) -> str:
        return f"Engel {self.pk}"
