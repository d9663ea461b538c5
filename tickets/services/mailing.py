"""Notices by e-mail, where the installation sends any."""

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils.timezone import localtime

from tickets.models import Notice

log = logging.getLogger(__name__)

WORTH_MAILING = timedelta(days=1)
BATCH = 100


def mail_notices(*, now: datetime) -> int:
    """Mails the notices of the last day that were not mailed yet, to those who have an address; returns how many.

    A mail that the server refuses is tried again at the next call. Without EMAIL_URL nothing is sent.
    """
    if not settings.NOTICES_BY_EMAIL:
        return 0
    waiting = Notice.objects.filter(mailed_at__isnull=True, at__gt=now - WORTH_MAILING).exclude(
        user__email=""
    )
    mailed = 0
    for notice in waiting.select_related("user", "breach__ticket__category").order_by("at", "id")[:BATCH]:
        try:
            send_mail(str(notice), _body(notice), None, [notice.user.email])
        except (SMTPException, OSError) as error:
            log.warning("notice %s not mailed: %s", notice.pk, type(error).__name__)
            continue
        Notice.objects.filter(pk=notice.pk).update(mailed_at=now)
        mailed += 1
    return mailed


def _body(notice: Notice) -> str:
    """Nothing of the citizen: mail leaves the house."""
    breach, ticket = notice.breach, notice.breach.ticket
    due_at = getattr(ticket, f"{breach.clock}_due_at")
    page = reverse("admin:tickets_ticket_change", args=[ticket.pk])
    return (
        f"{breach}.\n"
        f"Konu: {ticket.category or 'belirlenmedi'}\n"
        f"Hedef: {localtime(due_at):%d.%m.%Y %H:%M}\n"
        f"{settings.PUBLIC_URL}{page}\n"
    )
