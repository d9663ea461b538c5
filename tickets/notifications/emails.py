"""Notices by e-mail, and links to choose a password, where the installation sends any."""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Case, When
from django.utils.timezone import localtime

from departments.staff import invitations
from tickets.notifications import mailing
from tickets.notifications.models import Notification
from tickets.notifications.notifications import is_visible_to_recipient, to_mail

_DANGER_FIRST = Case(When(kind=Notification.Kind.DANGER, then=0), default=1)


def mail_notifications(*, now: datetime) -> int:
    """Mails the notices of the last day that are due to those who want that, dangers first; returns how many.

    Runs may overlap: each notice is in the hand of one. Without EMAIL_URL nothing is sent.
    """
    if not settings.NOTICES_BY_EMAIL:
        return 0
    return mailing.send_due(to_mail(now).order_by(_DANGER_FIRST, "at", "id"), _mail, now)


def mail_accounts(*, now: datetime) -> int:
    """Mails the invitations, and the links for forgotten passwords; returns how many. Without EMAIL_URL nothing."""
    if not settings.NOTICES_BY_EMAIL:
        return 0
    rows = invitations.to_mail(now).select_related("user").order_by("pk")
    return mailing.send_due(rows, invitations.compose, now)


def _mail(notice: Notification) -> EmailMessage | None:
    """None where what it is about is no longer its reader's to see."""
    if not is_visible_to_recipient(notice):
        return None
    return EmailMessage(str(notice), _body(notice), to=[notice.user.email])


def _body(notice: Notification) -> str:
    """Nothing of the citizen, and of a restricted danger not what it is about: mail leaves the house."""
    ticket, breach = notice.ticket, notice.breach
    due = getattr(ticket, f"{breach.clock}_due_at") if breach else None
    return (
        f"{notice}.\n"
        + ("Bu acil bildirim kimseye ulaşmadı.\n" if notice.unheard else "")
        + (f"Konu: {ticket.category or 'belirlenmedi'}\n" if ticket and not ticket.restricted else "")
        + (f"Hedef: {localtime(due):%d.%m.%Y %H.%M}\n" if due else "")
        + f"{notice.page()}\n"
    )
