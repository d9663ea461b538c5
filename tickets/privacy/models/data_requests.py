"""What citizens ask about their own personal data (Law 6698 art. 11 and 13): the officer's to answer, and no ticket."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from typing_extensions import override

from tickets.record.models.citizen import Citizen


class PersonalDataRequest(models.Model):
    """A request about personal data; a citizen has one open at most, which what they write meanwhile joins.

    Once its citizen is erased it keeps when it was asked and answered and what came of it, but neither citizen nor
    words.
    """

    class Kind(models.TextChoices):
        ACCESS = "access", "Bilgi alma, erişim"
        ERASE = "erase", "Silme"
        CORRECT = "correct", "Düzeltme"
        OTHER = "other", "Diğer"

    class Outcome(models.TextChoices):
        INFORMED = "informed", "Bilgi verildi"
        ERASED = "erased", "Silindi"
        CORRECTED = "corrected", "Düzeltildi"
        REFUSED = "refused", "Gerekçeyle reddedildi"
        UNIDENTIFIED = "unidentified", "Kimliği doğrulanamadı"
        WITHDRAWN = "withdrawn", "Vazgeçti"

    citizen = models.ForeignKey(
        Citizen, models.PROTECT, null=True, blank=True, related_name="data_requests", verbose_name="vatandaş"
    )
    kind = models.CharField("konu", max_length=8, choices=Kind)
    words = models.TextField("yazdığı", blank=True, default="")
    asked_at = models.DateTimeField("geliş")
    due_at = models.DateTimeField("son gün")
    closed_at = models.DateTimeField("kapanma", null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="kapatan",
    )
    outcome = models.CharField("sonuç", max_length=12, choices=Outcome, blank=True, default="")
    note = models.CharField("not", max_length=300, blank=True, default="")

    class Meta:
        verbose_name = "kişisel veri talebi"
        verbose_name_plural = "kişisel veri talepleri"
        indexes = [
            models.Index("due_at", name="data_request_open", condition=Q(closed_at__isnull=True)),
            models.Index(F("closed_at").desc(), name="data_request_closed"),
        ]
        constraints = [
            models.UniqueConstraint(
                name="data_request_once", fields=["citizen"], condition=Q(closed_at__isnull=True)
            ),
            models.CheckConstraint(
                name="data_request_closed_with_outcome",
                condition=Q(closed_at__isnull=True, outcome="")
                | (Q(closed_at__isnull=False) & ~Q(outcome="")),
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"KVKK-{self.pk}"

    def days_left(self, now: datetime) -> int:
        """Whole days until it has to be answered; negative once it is overdue."""
        return (self.due_at - now).days
