"""Notifications of staff, and by which means each wants to get them."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from typing_extensions import override

from tickets.models.clocks import Breach
from tickets.models.ticket import Ticket


class Notification(models.Model):
    """A notification about a ticket to one member of staff: in the back office, by mail or WhatsApp as they prefer.

    Repeated notifications of the same danger are rows of their own; whoever takes the danger on acknowledges them.
    """

    class Kind(models.TextChoices):
        WORK = "work", "Yeni iş"
        DANGER = "danger", "Tehlike"
        DEADLINE = "deadline", "Süre"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications", verbose_name="kime"
    )
    kind = models.CharField("tür", max_length=8, choices=Kind)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="notifications", verbose_name="başvuru")
    breach = models.ForeignKey(
        Breach, models.CASCADE, null=True, blank=True, related_name="notifications", verbose_name="süre aşımı"
    )
    at = models.DateTimeField("zaman")
    seen_at = models.DateTimeField("görüldü", null=True, blank=True)
    acknowledged_at = models.DateTimeField("üstlenildi", null=True, blank=True)
    mailed_at = models.DateTimeField("e-posta gönderildi", null=True, blank=True)
    mail_attempts = models.PositiveSmallIntegerField("e-posta denemesi", default=0)
    mail_next_at = models.DateTimeField("sıradaki e-posta denemesi", null=True, blank=True)
    mail_error = models.CharField("e-posta hatası", max_length=80, blank=True, default="")
    messaged_at = models.DateTimeField("mesaj gönderildi", null=True, blank=True)

    class Meta:
        verbose_name = "bildirim"
        verbose_name_plural = "bildirimler"
        indexes = [
            models.Index("at", name="notice_to_mail", condition=Q(mailed_at__isnull=True)),
            models.Index("user", "at", name="notice_unmessaged", condition=Q(messaged_at__isnull=True)),
            models.Index("ticket", "at", name="notice_of_danger", condition=Q(kind="danger")),
            models.Index("user", F("at").desc(), name="notice_of_user"),
        ]
        constraints = [
            models.UniqueConstraint(name="notice_once", fields=["user", "breach"]),
            models.CheckConstraint(
                name="notice_breach_for_deadlines",
                condition=Q(kind="deadline", breach__isnull=False)
                | (~Q(kind="deadline") & Q(breach__isnull=True)),
            ),
        ]

    @override
    def __str__(self) -> str:
        """Leaves the house by mail and WhatsApp: of a restricted ticket neither number nor reason."""
        if self.ticket.restricted:
            return "Gizli acil bildirim"
        match self.Kind(self.kind):
            case self.Kind.WORK:
                return f"{self.ticket.number}: yeni iş"
            case self.Kind.DANGER:
                return f"{self.ticket.number}: ACİL, {self.ticket.urgent_reason or 'tehlike bildirildi'}"
            case self.Kind.DEADLINE:
                return str(self.breach)


class NotificationPreference(models.Model):
    """The kinds somebody wants by mail and by WhatsApp, beside the back office; without a row, DEFAULT_MAIL."""

    DEFAULT_MAIL = (Notification.Kind.DANGER, Notification.Kind.DEADLINE)

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
