"""Who waits for a person: a conversation that staff are to answer, with a ticket or without one."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from typing_extensions import override

from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket


class WaitingConversation(models.Model):
    """A conversation waits for staff, or waited: since when, why, and what became of it. One is open for a citizen at
    most.
    """

    class Reason(models.TextChoices):
        ASKED = "asked", "Görevli istedi"
        WROTE = "wrote", "Görevliye yazdı"
        UNREAD = "unread", "Mesajı işlenemedi"
        CORRECTED = "corrects", "Düzeltme yazdı"
        QUESTION = "question", "Soru sordu"
        ANSWERED = "answered", "Sorunuzu yanıtladı"
        ADDED = "added", "Başvurusuna yazdı"
        UNSOLVED = "unsolved", "“Çözülmedi” dedi"

    class End(models.TextChoices):
        ANSWERED = "answered", "Cevaplandı"
        TICKET = "ticket", "Başvuruya çevrildi"
        JOINED = "joined", "Başvuruya eklendi"
        CLOSED = "closed", "Cevapsız kapatıldı"

    LAST_WORDS = 300

    citizen = models.ForeignKey(Citizen, models.CASCADE, related_name="handovers", verbose_name="vatandaş")
    ticket = models.ForeignKey(
        Ticket, models.SET_NULL, null=True, blank=True, related_name="handovers", verbose_name="başvuru"
    )
    reason = models.CharField("neden", max_length=8, choices=Reason)
    since = models.DateTimeField("bekliyor")
    last_words = models.CharField("son sözü", max_length=LAST_WORDS, blank=True, default="")
    last_at = models.DateTimeField("son mesajı")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="handovers",
        verbose_name="kimde",
    )
    assigned_at = models.DateTimeField("alınma", null=True, blank=True)
    escalated_at = models.DateTimeField("sorumlulara bildirildi", null=True, blank=True)
    ended_at = models.DateTimeField("bitti", null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="bitiren",
    )
    end = models.CharField("sonuç", max_length=8, choices=End, blank=True, default="")
    note = models.CharField("not", max_length=300, blank=True, default="")

    class Meta:
        db_table = "tickets_handover"
        verbose_name = "bekleyen görüşme"
        verbose_name_plural = "bekleyen görüşmeler"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["citizen"], name="handover_once", condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                name="handover_ends_somehow",
                condition=Q(ended_at__isnull=True, end="") | (Q(ended_at__isnull=False) & ~Q(end="")),
            ),
        ]
        indexes: ClassVar = [
            models.Index("since", name="handover_open", condition=Q(ended_at__isnull=True)),
            models.Index("ended_at", name="handover_ended", condition=Q(ended_at__isnull=False)),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_reason_display()} {self.pk}"

    @property
    def oldest_word(self) -> datetime:
        """Since when they wait: the oldest word that nobody has answered, of their ticket, too."""
        waits = self.ticket.waits_since if self.ticket else None
        return min(self.since, waits or self.since)

    @property
    def stamp(self) -> str:
        """What changes when the citizen writes or somebody takes the talk."""
        return f"{self.last_at.timestamp()}/{self.assignee_id or ''}"
