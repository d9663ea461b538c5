"""Models for clerks' work: view marks, saved filters, canned answers."""

from hashlib import sha256

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from typing_extensions import override

from departments.models import Agency, Category
from tickets.canned_answers import PLACEHOLDERS, unknown_placeholders
from tickets.models.ticket import Ticket
from tickets.workflow import TRANSITIONS, Status


class ViewMark(models.Model):
    """When a user last read a ticket, and whether they have its page open: one row for each ticket and user.

    It counts as open until `open_until`, which the open page keeps extending.
    """

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="view_marks", verbose_name="başvuru")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="kullanıcı"
    )
    read_at = models.DateTimeField("okundu")
    open_until = models.DateTimeField("açık sayılma süresi")

    class Meta:
        verbose_name = "okuma"
        verbose_name_plural = "okumalar"
        constraints = [models.UniqueConstraint(name="reading_once", fields=["ticket", "user"])]
        indexes = [models.Index("open_until", name="reading_open")]

    @override
    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.user_id}"


class DeskPreference(models.Model):
    """How a user works at the desk: whether single letters are keys of it. Without a row they are."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="desk_preference",
        verbose_name="kullanıcı",
    )
    letters = models.BooleanField("tek harfle işlem", default=True, db_default=True)

    class Meta:
        verbose_name = "masa tercihi"
        verbose_name_plural = "masa tercihleri"

    @override
    def __str__(self) -> str:
        return str(self.user)


class SavedFilter(models.Model):
    """A named filter of the queue, as a query string: a user's own, or `shared` with the whole office."""

    NAME_LENGTH = 40
    QUERY_LENGTH = 2000

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_filters", verbose_name="kullanıcı"
    )
    name = models.CharField("ad", max_length=NAME_LENGTH)
    query = models.CharField("sorgu", max_length=QUERY_LENGTH)
    shared = models.BooleanField("herkese açık", default=False, db_default=False)

    class Meta:
        verbose_name = "kayıtlı süzgeç"
        verbose_name_plural = "kayıtlı süzgeçler"
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="saved_filter_once")]

    @override
    def __str__(self) -> str:
        return self.name


class CannedAnswer(models.Model):
    """A reply that clerks write often, offered for tickets of its category and status, or for all.

    One with a move or a note is a macro: all of it is done in one act, or nothing (services/macros.py).
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
        """Whether some move to that status needs nothing but what a macro holds."""
        return any(
            set(move.needs) <= {"answer", "note", "reason", "agency"}
            for moves in TRANSITIONS.values()
            for to, move in moves.items()
            if to == status
        )
