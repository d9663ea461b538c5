"""How long the oldest row of each queue has waited."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Min, QuerySet
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from departments.models import AccountMail
from departments.staff import invitations
from tickets.api_clients.models.clients import WebhookCall
from tickets.models import Notification, PendingUpload, Ring, TicketEvent
from tickets.notifications import mailing
from tickets.notifications.notifications import to_mail
from whatsapp.models import InboundDelivery, Media, Message, Outbox


def oldest_waiting(now: datetime) -> Metric:
    """The age in seconds of the oldest waiting row, 0 without any. Parked and failed rows do not count."""
    waiting: dict[str, tuple[QuerySet[Any], str]] = {
        "deliveries": (InboundDelivery.objects.filter(state=InboundDelivery.State.NEW), "received_at"),
        "messages": (Message.objects.filter(state=Message.State.NEW), "received_at"),
        "news": (TicketEvent.objects.filter(announce=True, announced_at=None), "at"),
        "outbox": (Outbox.objects.filter(state__in=Outbox.PENDING), "created_at"),
        "uploads": (PendingUpload.objects.all(), "attachment__created_at"),
        "media": (Media.objects.filter(state=Media.State.WAITING), "message__received_at"),
        "partners": (WebhookCall.objects.filter(state=WebhookCall.State.WAITING), "event__at"),
        "rings": (unheard_rings(), "notification__at"),
        "mail": (mail_waiting(now), "at"),
        "links": (links_waiting(now), "at"),
    }
    family = GaugeMetricFamily(
        "melikgazi_oldest_seconds", "Age of the oldest row that still waits", labels=["queue"]
    )
    for queue, (rows, field) in waiting.items():
        first = rows.aggregate(first=Min(field))["first"]
        family.add_metric([queue], max((now - first).total_seconds(), 0) if first else 0)
    return family


def unheard_rings() -> QuerySet[Any]:
    """Telephones that the gateway has not taken over, of dangers that still ring."""
    return Ring.objects.filter(delivered_at=None, notification__acknowledged_at=None)


def mail_waiting(now: datetime) -> QuerySet[Any]:
    """The notifications that wait to be mailed; none where there is no mail server."""
    return to_mail(now).order_by() if settings.NOTICES_BY_EMAIL else Notification.objects.none()


def links_waiting(now: datetime) -> QuerySet[AccountMail]:
    """The links to choose a password that wait to be mailed."""
    waiting = invitations.to_mail(now).exclude(mail_error=mailing.NOT_THEIRS)
    return waiting if settings.NOTICES_BY_EMAIL else AccountMail.objects.none()


def mail_failing(now: datetime) -> QuerySet[Any]:
    """The keys of the mails that were refused at least once."""
    refused = [
        rows.filter(mail_attempts__gt=0).exclude(mail_error="").values_list("pk")
        for rows in (mail_waiting(now), links_waiting(now))
    ]
    return refused[0].union(refused[1], all=True)
