"""Canned answers and macros."""

from hashlib import sha256

from django.core.exceptions import ValidationError
from django.db import models
from typing_extensions import override

from departments.models import Agency, Category
from tickets.answering.canned_answers import PLACEHOLDERS, unknown_placeholders
from tickets.record.statuses import Status
from tickets.record.workflow import TRANSITIONS


class CannedAnswer(models.Model):
    """A reply that clerks write often, offered for tickets of its category and status, or for all.

    One with a transition or a note is a macro: all of it is done in one act, or nothing (answering/macros.py).
    """

    class Language(models.TextChoices):
        TURKISH = "tr", "Türkçe"
        ENGLISH = "en", "İngilizce"
        ARABIC = "ar", "Arapça"

    title = models.CharField("başlık", max_length=80, unique=True)
    text = models.TextField("metin", max_length=3000)
    language = models.CharField(
        "dil", max_length=2, choices=Language, default=Language.TURKISH, db_default=Language.TURKISH
    )
    move_to = models.CharField(
        "durumu değiştir",
        max_length=12,
        choices=Status,
        blank=True,
        default="",
        db_default="",
        help_text="Doluysa makrodur: cevapla birlikte başvuru bu duruma geçer.",
    )
    reason = models.CharField(
        "gerekçe", max_length=300, blank=True, default="", db_default="", help_text="Durum gerekçe istiyorsa."
    )
    agency = models.ForeignKey(
        Agency,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="kurum",
        help_text="Kuruma yönlendiren makroda.",
    )
    note = models.TextField(
        "iç not", max_length=2000, blank=True, default="", db_default="", help_text="Makroyla eklenen not."
    )
    category = models.ForeignKey(
        Category,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="konu",
        help_text="Boşsa her konuda sunulur.",
    )
    status = models.CharField(
        "durum", max_length=12, choices=Status, blank=True, default="", help_text="Boşsa her durumda sunulur."
    )
    active = models.BooleanField("kullanımda", default=True)

    class Meta:
        verbose_name = "hazır cevap"
        verbose_name_plural = "hazır cevaplar"

    @override
    def __str__(self) -> str:
        return self.title

    @property
    def stamp(self) -> str:
        """What changes when a macro would do something else."""
        does = f"{self.move_to}\n{self.agency_id}\n{self.reason}\n{self.note}"
        return sha256(does.encode()).hexdigest()[:16]

    @property
    def is_macro(self) -> bool:
        return bool(self.move_to or self.note)

    @override
    def clean(self) -> None:
        wrong = {}
        for field in ("text", "note"):
            if unknown := unknown_placeholders(getattr(self, field)):
                known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
                wrong[field] = f"Bilinmeyen yer tutucu: {', '.join(unknown)}. Kullanılabilenler: {known}."
        if self.move_to and not self.can_move_to(self.move_to):
            wrong["move_to"] = "Bu durum başka bilgi ister (birim, gün, asıl başvuru): makroyla geçilmez."
        if wrong:
            raise ValidationError(wrong)

    @staticmethod
    def can_move_to(status: str) -> bool:
        """Whether some transition to that status needs nothing but what a macro holds."""
        return any(
            set(transition.needs) <= {"answer", "note", "reason", "agency"}
            for transitions in TRANSITIONS.values()
            for to, transition in transitions.items()
            if to == status
        )
