"""The talk with one citizen."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from typing_extensions import override

from tickets.models import Citizen


class Conversation(models.Model):
    """The talk with one citizen. Its row lock is what serialises everything that concerns that citizen."""

    citizen = models.OneToOneField(
        Citizen, models.PROTECT, related_name="conversation", verbose_name="vatandaş"
    )
    state = models.JSONField("konuşma hâli", default=dict, blank=True)
    wake_at = models.DateTimeField("uyanma", null=True, blank=True)
    last_inbound_at = models.DateTimeField("son mesajı", null=True, blank=True)
    paced_until = models.DateTimeField("hız sınırı", null=True, blank=True)
    # How often a turn was begun that did not end well; counted before the work. Until `wake_at` it is let rest.
    failures = models.PositiveSmallIntegerField("başarısız deneme", default=0)
    # Until when a worker has this talk in hand; one that died is not waited for any longer.
    claimed_until = models.DateTimeField("ele alınma sonu", null=True, blank=True)
    # What their turns have cost, against their share of the workers' time (turns/allowance.py).
    spent_until = models.DateTimeField("harcanan işlem süresi", null=True, blank=True)
    conflict = models.TextField("kimlik çakışması", blank=True, default="")
    language = models.CharField("dil", max_length=2, blank=True, default="")
    muted = models.BooleanField("bildirim istemiyor", default=False)
    blocked = models.BooleanField("engellenmiş", default=False)
    # While a person has the talk the line is silent; staff_at is when one last wrote by hand.
    silent_until = models.DateTimeField("hat susuyor", null=True, blank=True)
    staff_at = models.DateTimeField("görevli yazdı", null=True, blank=True)

    # Whether the citizen has any ticket; known where a turn has loaded the row.
    has_tickets: bool = True
    # The message that the turn is about, for what it says.
    answering: int | None = None

    class Meta:
        verbose_name = "konuşma"
        verbose_name_plural = "konuşmalar"
        indexes: ClassVar = [
            models.Index(
                fields=["language"],
                include=["citizen"],
                name="conversation_foreign",
                condition=~Q(language__in=["", "tr"]),
            ),
            models.Index(fields=["wake_at"], name="conversation_wake", condition=Q(wake_at__isnull=False)),
            # Danger is being told of, until its ticket is opened: these turns go before all others.
            models.Index(fields=["id"], name="conversation_urgent", condition=Q(state__has_key="danger")),
        ]

    @override
    def __str__(self) -> str:
        return f"Konuşma {self.pk}"
