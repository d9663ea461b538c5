"""What clerks put off until a time."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from typing_extensions import override

from tickets.record.models.ticket import Ticket
from tickets.record.models.waiting_conversations import WaitingConversation


class Snooze(models.Model):
    """Somebody put off a ticket or a waiting conversation: it comes back at `until`, or when the citizen writes.

    Open until whoever put it off, or a colleague, has dealt with it (`ended_at`); one is open for each thing at most.
    `back_at` is when it came back, `written` says that the citizen's words brought it.
    """

    ticket = models.ForeignKey(
        Ticket, models.CASCADE, null=True, blank=True, related_name="snoozes", verbose_name="başvuru"
    )
    handover = models.ForeignKey(
        WaitingConversation,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="snoozes",
        verbose_name="bekleyen görüşme",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="snoozes", verbose_name="erteleyen"
    )
    at = models.DateTimeField("ertelendi")
    until = models.DateTimeField("ne zamana")
    back_at = models.DateTimeField("geri geldi", null=True, blank=True)
    written = models.BooleanField("vatandaş yazdı", default=False)
    ended_at = models.DateTimeField("bitti", null=True, blank=True)

    class Meta:
        verbose_name = "erteleme"
        verbose_name_plural = "ertelemeler"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="snooze_of_one_thing",
                condition=Q(ticket__isnull=True, handover__isnull=False)
                | Q(ticket__isnull=False, handover__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["ticket"], name="snooze_ticket_once", condition=Q(ended_at__isnull=True)
            ),
            models.UniqueConstraint(
                fields=["handover"], name="snooze_handover_once", condition=Q(ended_at__isnull=True)
            ),
        ]
        indexes: ClassVar = [
            models.Index("until", name="snooze_asleep", condition=Q(ended_at=None, back_at=None)),
            models.Index("back_at", name="snooze_back", condition=Q(ended_at=None, back_at__isnull=False)),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.user_id}: {self.until}"
