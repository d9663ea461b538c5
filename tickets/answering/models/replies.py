"""Replies that are not sent yet: what somebody is writing, and what is to be sent later."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from typing_extensions import override

from tickets.record.models.attachments import Attachment
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.models.waiting_conversations import WaitingConversation


class ReplyDraft(models.Model):
    """What a user has typed to a citizen and not sent: the same on each of their devices, gone once it is sent."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="kullanıcı"
    )
    citizen = models.ForeignKey(Citizen, models.CASCADE, related_name="reply_drafts", verbose_name="vatandaş")
    text = models.TextField("metin")
    updated_at = models.DateTimeField("değişme")

    class Meta:
        verbose_name = "cevap taslağı"
        verbose_name_plural = "cevap taslakları"
        constraints: ClassVar = [
            models.UniqueConstraint(name="reply_draft_once", fields=["user", "citizen"]),
        ]

    @override
    def __str__(self) -> str:
        return f"Taslak {self.pk}"


class ScheduledReplyQuerySet(models.QuerySet["ScheduledReply"]):
    def to(self, citizen: Citizen | None) -> "ScheduledReplyQuerySet":
        """Those to this citizen, about a ticket of theirs or about none."""
        return self.filter(Q(ticket__citizen=citizen) | Q(handover__citizen=citizen))


class ScheduledReply(models.Model):
    """A reply about a ticket or, where there is none, to somebody who waits (`handover`), that is to be sent at a time;
    what came of it. Once sent its text is the reply's of the timeline, or of the channel.

    It is not sent when the citizen has written since, unless its author said that it should go all the same
    (`whatever_comes`), nor when the ticket has its outcome since, staff wrote or a danger was told of (`in_danger`: it
    was then already), nor when free text does not reach the citizen at that time. One with a `file` is to be sent as
    soon as that is made safe.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Gönderilmeyi bekliyor"
        SENT = "sent", "Gönderildi"
        CANCELLED = "cancelled", "Vazgeçildi"
        UNSENT = "unsent", "Gönderilmedi"

    ticket = models.ForeignKey(
        Ticket,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="scheduled_replies",
        verbose_name="başvuru",
    )
    handover = models.ForeignKey(
        WaitingConversation,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="scheduled_replies",
        verbose_name="bekleyen görüşme",
    )
    file = models.OneToOneField(
        Attachment, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="dosya"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="yazan"
    )
    text = models.TextField("metin")
    due_at = models.DateTimeField("gönderilme zamanı")
    whatever_comes = models.BooleanField("vatandaş yazsa da gönder", default=False)
    in_danger = models.BooleanField(
        "tehlike ya da gizlilik sırasında yazıldı", default=False, db_default=False
    )
    created_at = models.DateTimeField("yazılma")
    attempts = models.PositiveSmallIntegerField("deneme", default=0, db_default=0)
    next_attempt_at = models.DateTimeField("sıradaki deneme", null=True, blank=True)
    state = models.CharField("hâli", max_length=9, choices=State, default=State.WAITING)
    ended_at = models.DateTimeField("bitti", null=True, blank=True)
    reason = models.CharField("neden gönderilmedi", max_length=300, blank=True, default="")
    event = models.ForeignKey(
        TicketEvent, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="giden cevap"
    )

    objects = ScheduledReplyQuerySet.as_manager()

    class Meta:
        verbose_name = "ileri tarihli cevap"
        verbose_name_plural = "ileri tarihli cevaplar"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="scheduled_of_one_thing",
                condition=Q(ticket__isnull=True, handover__isnull=False)
                | Q(ticket__isnull=False, handover__isnull=True),
            ),
        ]
        indexes: ClassVar = [
            models.Index("due_at", name="scheduled_due", condition=Q(state="waiting")),
        ]

    @override
    def __str__(self) -> str:
        return f"İleri tarihli cevap {self.pk}"

    @property
    def citizen(self) -> Citizen | None:
        """To whom it goes."""
        of = self.ticket or self.handover
        return of.citizen if of else None
