"""Notifications of staff, by which means each wants to get them, and the telephones that ring for them."""

from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from typing_extensions import override

from departments.common.models.mailed_rows import MailedRow
from departments.models import Role
from tickets.notifications import texts
from tickets.record.models.breaches import Breach
from tickets.record.models.snoozes import Snooze
from tickets.record.models.ticket import Ticket
from tickets.record.models.waiting_conversations import WaitingConversation
from tickets.record.staff_page_links import (
    data_requests_page,
    job_page,
    notifications_page,
    ticket_page,
    waiting_list,
    waiting_page,
)

_SUBJECTS = ("ticket", "drill", "handover", "data_request", "snooze")


def _alone(subject: str) -> Q:
    """It is about this and nothing else."""
    return Q(**{f"{each}__isnull": each != subject for each in _SUBJECTS})


class Notification(MailedRow):
    """A notification to one member of staff: in the back office, by mail or WhatsApp as they prefer.

    Each time that a danger rings for somebody is a row of its own, with what came of it: `shown_at` in the back office,
    `mailed_at`, `messaged_at`, and the telephone by the gateway (Ring). Whoever claims the danger acknowledges them.
    A drill rings as a danger does, without a ticket; a request about personal data has none, either.
    """

    class Kind(models.TextChoices):
        WORK = "work", "Yeni iş"
        ADDED = "added", "Başvuruya ek"
        DANGER = "danger", "Tehlike"
        DEADLINE = "deadline", "Süre"
        WAITING = "waiting", "Bekleyen"
        DATA = "data", "Kişisel veri talebi"
        MENTION = "mention", "Notta anılma"
        UNSENT = "unsent", "Gönderilmeyen cevap"
        FILELESS = "fileless", "Dosyasız giden cevap"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications", verbose_name="kime"
    )
    kind = models.CharField("tür", max_length=8, choices=Kind)
    ticket = models.ForeignKey(
        Ticket, models.CASCADE, null=True, blank=True, related_name="notifications", verbose_name="başvuru"
    )
    drill = models.ForeignKey(
        "tickets.Drill",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="notifications",
        verbose_name="tatbikat",
    )
    handover = models.ForeignKey(
        WaitingConversation,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="notifications",
        verbose_name="bekleyen görüşme",
    )
    data_request = models.ForeignKey(
        "tickets.PersonalDataRequest",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="notifications",
        verbose_name="kişisel veri talebi",
    )
    snooze = models.ForeignKey(
        Snooze,
        models.CASCADE,
        null=True,
        blank=True,
        db_index=False,  # notice_of_snooze
        related_name="notifications",
        verbose_name="erteleme",
    )
    breach = models.ForeignKey(
        Breach, models.CASCADE, null=True, blank=True, related_name="notifications", verbose_name="süre aşımı"
    )
    at = models.DateTimeField("zaman")
    unheard = models.BooleanField("kimseye ulaşmadı", default=False)
    shown_at = models.DateTimeField("panelde göründü", null=True, blank=True)
    seen_at = models.DateTimeField("görüldü", null=True, blank=True)
    acknowledged_at = models.DateTimeField("üstlenildi", null=True, blank=True)
    messaged_at = models.DateTimeField("mesaj gönderildi", null=True, blank=True)

    class Meta:
        verbose_name = "bildirim"
        verbose_name_plural = "bildirimler"
        indexes = [
            models.Index("at", name="notice_to_mail", condition=Q(mailed_at__isnull=True)),
            models.Index("user", "at", name="notice_unmessaged", condition=Q(messaged_at__isnull=True)),
            models.Index("ticket", "at", name="notice_of_danger", condition=Q(kind="danger")),
            models.Index("user", F("at").desc(), name="notice_of_user"),
            models.Index("snooze", name="notice_of_snooze", condition=Q(snooze__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(name="notice_once", fields=["user", "breach"]),
            models.CheckConstraint(
                name="notice_breach_for_deadlines",
                condition=Q(kind="deadline", breach__isnull=False)
                | (~Q(kind="deadline") & Q(breach__isnull=True)),
            ),
            models.CheckConstraint(
                name="notice_of_one_thing",
                condition=_alone("ticket") & ~Q(kind__in=["waiting", "data"])
                | _alone("drill") & Q(kind="danger")
                | (_alone("handover") | _alone("snooze")) & Q(kind="waiting")
                | _alone("handover") & Q(kind__in=["work", "unsent", "fileless"])
                | _alone("data_request") & Q(kind="data"),
            ),
        ]

    @override
    def __str__(self) -> str:
        """Leaves the house by mail and WhatsApp: of a restricted ticket neither number nor reason."""
        if self.snooze_id:
            return texts.OF_SNOOZE
        if self.handover_id:
            said = texts.OF_TALK.get(self.kind)
            return said or texts.OF_TALK_AS_OF_TICKET.format(texts.OF_TICKET[self.kind])
        if self.ticket is None:
            return texts.OF_DATA_REQUEST if self.data_request_id else str(self.drill)
        if self.ticket.restricted:
            return texts.OF_RESTRICTED
        if self.breach is not None:
            return str(self.breach)
        said = texts.OF_TICKET.get(self.kind) or texts.OF_DANGER.format(
            self.ticket.urgent_reason or texts.OF_UNNAMED_DANGER
        )
        return f"{self.ticket.number}: {said}"

    def page(self) -> str:
        """The whole address of the page about it; for those who work outdoors alone that of the job."""
        if self.snooze is not None:
            if self.snooze.ticket_id:
                return ticket_page(self.snooze.ticket_id)
            return waiting_page(self.snooze.handover_id) if self.snooze.handover_id else waiting_list()
        if self.handover_id:
            return waiting_page(self.handover_id)
        if self.data_request_id:
            return data_requests_page()
        if self.ticket is None:
            return notifications_page()
        roles = set(self.user.memberships.values_list("role", flat=True))
        outdoors = roles == {Role.CREW} and not self.user.is_superuser
        return job_page(self.ticket.number) if outdoors else ticket_page(self.ticket.pk)


class NotificationPreference(models.Model):
    """The kinds somebody wants by mail and by WhatsApp, beside the back office; without a row, what is
    mailed by default (notifications.py)."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="notification_preference",
        verbose_name="kullanıcı",
    )
    by_mail = ArrayField(
        models.CharField(max_length=8, choices=Notification.Kind),
        verbose_name="e-postayla",
        default=list,
        blank=True,
    )
    by_message = ArrayField(
        models.CharField(max_length=8, choices=Notification.Kind),
        verbose_name="WhatsApp’la",
        default=list,
        blank=True,
    )
    phone = models.CharField("telefon (E.164)", max_length=16, blank=True, default="")

    class Meta:
        verbose_name = "bildirim tercihi"
        verbose_name_plural = "bildirim tercihleri"

    @override
    def __str__(self) -> str:
        return str(self.user)


class Ring(models.Model):
    """The ringing of one telephone by the gateway for one notification of danger; called until the gateway takes it.

    Its key is what the gateway knows it by through all attempts. It is random, so that a database that was restored
    from a backup never gives out a key again that the gateway takes for an old one.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    notification = models.OneToOneField(
        Notification, models.CASCADE, related_name="ring", verbose_name="bildirim"
    )
    again = models.PositiveSmallIntegerField("kaçıncı yineleme", default=0)
    due_at = models.DateTimeField("sıradaki deneme")
    attempts = models.PositiveSmallIntegerField("deneme", default=0)
    delivered_at = models.DateTimeField("iletildi", null=True, blank=True)
    error = models.CharField("hata", max_length=80, blank=True, default="")

    class Meta:
        verbose_name = "telefon çağrısı"
        verbose_name_plural = "telefon çağrıları"
        indexes = [models.Index("due_at", name="ring_due", condition=Q(delivered_at__isnull=True))]

    @override
    def __str__(self) -> str:
        return str(self.id)
