"""What leaves, and what Meta says became of it."""

from collections.abc import Collection
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from typing_extensions import override

from tickets.models import Attachment, Ticket, TicketEvent
from whatsapp.conversations.models.conversations import Conversation
from whatsapp.conversations.models.deliveries import InboundDelivery
from whatsapp.conversations.models.messages import Message

# Meta's words, as staff read them.
STATUSES = (
    ("sent", "Gönderildi"),
    ("delivered", "İletildi"),
    ("read", "Okundu"),
    ("played", "Dinlendi"),
    ("failed", "Gönderilemedi"),
    ("deleted", "Silindi"),
)


class Outbox(models.Model):
    """One message that must leave, or has left. At most one for each ticket event."""

    class State(models.TextChoices):
        HELD = "held", "Geri çekilebilir"
        WITHDRAWN = "withdrawn", "Geri çekildi"
        QUEUED = "queued", "Sırada"
        SENDING = "sending", "Gönderiliyor"
        SENT = "sent", "Gönderildi"
        DELIVERED = "delivered", "İletildi"
        READ = "read", "Okundu"
        FAILED = "failed", "Gönderilemedi"

    class Origin(models.TextChoices):
        LINE = "line", "Hat"
        PHONE = "phone", "Telefon uygulaması"
        STAFF = "staff", "Görevli"

    PENDING: ClassVar = (State.QUEUED, State.SENDING)

    conversation = models.ForeignKey(
        Conversation, models.PROTECT, related_name="outbox", verbose_name="konuşma"
    )
    event = models.OneToOneField(
        TicketEvent, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="olay"
    )
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="başvuru"
    )
    # The message whose turn wrote it, the newest one where a timer did. Neither index nor constraint: the line itself
    # follows it nowhere, and messages stay.
    answers = models.ForeignKey(
        Message,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="cevapladığı mesaj",
    )
    text = models.TextField("metin")
    payload = models.JSONField("mesaj")
    template = models.JSONField("pencere kapalıysa şablon", null=True, blank=True)
    # Uploaded and put in when it is sent: an id at Meta lives 30 days.
    photo = models.ForeignKey(
        Attachment, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="fotoğraf"
    )
    origin = models.CharField("kaynak", max_length=8, choices=Origin, default=Origin.LINE)
    state = models.CharField("durum", max_length=10, choices=State, default=State.QUEUED)
    wamid = models.TextField("wamid", null=True, blank=True, unique=True)
    created_at = models.DateTimeField("oluşturulma")
    not_before = models.DateTimeField("en erken")
    claimed_at = models.DateTimeField("ele alınma", null=True, blank=True)
    sent_at = models.DateTimeField("gönderilme", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("deneme", default=0)
    as_template = models.BooleanField("şablonla", default=False)
    possibly_double = models.BooleanField("çift gitmiş olabilir", default=False)
    # Danger: leaves before everything else that waits, whoever it is for.
    urgent = models.BooleanField("öncelikli", default=False, db_default=False)
    error_code = models.IntegerField("hata kodu", null=True, blank=True)
    error = models.TextField("hata", blank=True, default="")

    class Meta:
        verbose_name = "giden mesaj"
        verbose_name_plural = "giden mesajlar"
        indexes: ClassVar = [
            models.Index(
                fields=["conversation", "id"],
                name="outbox_unsent",
                condition=Q(state__in=["held", "queued", "sending"]),
            ),
            models.Index(
                F("urgent").desc(), "id", name="outbox_next", condition=Q(state__in=["held", "queued"])
            ),
            models.Index(fields=["claimed_at"], name="outbox_sending", condition=Q(state="sending")),
            models.Index(fields=["error_code"], name="outbox_failed", condition=Q(state="failed")),
            models.Index(
                fields=["created_at"],
                name="outbox_unwarned",
                condition=Q(urgent=True, state__in=["queued", "sending", "failed"]),
            ),
            models.Index(fields=["id"], name="outbox_double", condition=Q(possibly_double=True)),
            models.Index(fields=["id"], name="outbox_as_template", condition=Q(as_template=True)),
            models.Index(fields=["conversation", "created_at"], name="outbox_talk"),
            models.Index(fields=["created_at"], name="outbox_written"),
            models.Index(fields=["created_at"], name="outbox_raw", condition=~Q(payload={})),
            models.Index(
                fields=["created_at"],
                name="outbox_chatter",
                condition=Q(ticket__isnull=True, event__isnull=True) & ~Q(text=""),
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"Giden mesaj {self.pk}"


class AnnouncementFailureQuerySet(models.QuerySet["AnnouncementFailure"]):
    def release(self, events: Collection[int], now: datetime) -> None:
        """Takes the attempt at these events back, which was none: they are due as before."""
        if events:
            begun = self.filter(event__in=events)
            begun.filter(attempts=1).delete()
            begun.update(attempts=F("attempts") - 1, next_attempt_at=now)


class AnnouncementFailure(models.Model):
    """How often telling the citizen of an event of their ticket was begun, why they were not told, and when that is
    tried again; gone once they were.
    """

    event = models.OneToOneField(
        TicketEvent, models.CASCADE, related_name="+", verbose_name="olay", editable=False
    )
    attempts = models.PositiveSmallIntegerField("deneme", default=0)
    # None once it is parked: then staff have it tried again.
    next_attempt_at = models.DateTimeField("sonraki deneme", null=True, blank=True)
    error = models.TextField("hata", blank=True, default="")

    objects = AnnouncementFailureQuerySet.as_manager()

    class Meta:
        verbose_name = "bildirilemeyen olay"
        verbose_name_plural = "bildirilemeyen olaylar"

    @override
    def __str__(self) -> str:
        return str(self.event)


class StatusUpdate(models.Model):
    """What Meta says became of a message of ours. One whose message is not known yet waits for it."""

    digest = models.CharField("özet", max_length=64, unique=True)
    delivery = models.ForeignKey(
        InboundDelivery, models.SET_NULL, null=True, related_name="+", verbose_name="teslimat"
    )
    wamid = models.TextField("wamid")
    callback = models.TextField("geri çağırma verisi", blank=True, default="")
    status = models.CharField("durum", max_length=32, choices=STATUSES)
    at = models.DateTimeField("zaman")
    received_at = models.DateTimeField("geliş")
    payload = models.JSONField("ham")
    outbox = models.ForeignKey(
        Outbox, models.SET_NULL, null=True, related_name="statuses", verbose_name="giden mesaj"
    )
    settled = models.BooleanField("sonuçlandı", default=False)

    class Meta:
        verbose_name = "durum bildirimi"
        verbose_name_plural = "durum bildirimleri"
        indexes: ClassVar = [models.Index(fields=["wamid"], name="status_open", condition=Q(settled=False))]

    @override
    def __str__(self) -> str:
        return f"{self.get_status_display()} {self.pk}"
