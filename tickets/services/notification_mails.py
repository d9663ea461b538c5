"""Notices by e-mail, where the installation sends any."""

import logging
from datetime import datetime
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.utils.timezone import localtime

from tickets.models import Notification
from tickets.services.notifications import to_mail
from tickets.staff_pages import ticket_page

log = logging.getLogger(__name__)

BATCH = 100


def mail_notices(*, now: datetime) -> int:
    """Mails the notices of the last day that were not mailed yet, to those who want that; returns how many.

    A mail that the server refuses is tried again at the next call. Without EMAIL_URL nothing is sent.
    """
    if not settings.NOTICES_BY_EMAIL:
        return 0
    mailed = 0
    for notice in to_mail(now)[:BATCH]:
        try:
            send_mail(str(notice), _body(notice), None, [notice.user.email])
        except (SMTPException, OSError) as error:
            log.warning("notice %s not mailed: %s", notice.pk, type(error).__name__)
            continue
        Notification.objects.filter(pk=notice.pk).update(mailed_at=now)
        mailed += 1
    return mailed


def _body(notice: Notification) -> str:
    """Nothing of the citizen: mail leaves the house."""
    ticket, breach = notice.ticket, notice.breach
    due = getattr(ticket, f"{breach.clock}_due_at") if breach else None
    return (
        f"{notice}.\n"
        f"Konu: {ticket.category or 'belirlenmedi'}\n"
        + (f"Hedef: {localtime(due):%d.%m.%Y %H:%M}\n" if due else "")
        + f"{ticket_page(ticket.pk)}\n"
    )
