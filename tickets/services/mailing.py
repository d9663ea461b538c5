"""Hands mail to the mail server: claimed row by row before the call, recorded after it.

A row that a worker died with is mailed again when its lease is over: the server may have had it already.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPException,
    SMTPHeloError,
    SMTPServerDisconnected,
)
from time import monotonic
from typing import TypeVar

from django.core.mail import EmailMessage
from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet

from tickets.models import MonthlyReport, Notification, WeeklyMail

log = logging.getLogger(__name__)

Row = TypeVar("Row", Notification, MonthlyReport, WeeklyMail)

PAUSES = tuple(timedelta(minutes=each) for each in (1, 5, 15, 60, 180, 360, 720))
# Longer than the few time limits (EMAIL_TIMEOUT) that a dialogue with a server may run into one after the other.
LEASE = timedelta(minutes=2)
RUN_SECONDS = 5  # then whatever else waits for the process has its turn
_UNREACHABLE = (SMTPConnectError, SMTPHeloError, SMTPAuthenticationError, SMTPServerDisconnected)


def send_due(rows: QuerySet[Row], compose: Callable[[Row], EmailMessage | None], now: datetime) -> int:
    """Mails those of the rows that are due, in their order, for some seconds; returns how many. One of which
    `compose` makes no mail is given up.

    A refused one is tried again after growing pauses and given up in the end, its `mail_error` left standing. A server
    that cannot be reached ends the run, and what else is due waits with the first: it would only wait for it as long.
    """
    until, sent = monotonic() + RUN_SECONDS, 0
    while monotonic() < until and (row := _claim(rows, now)):
        try:
            mail = compose(row)
            if mail is None:
                _give_up(row)
                continue
            mail.send()
        except DatabaseError:
            raise  # says nothing about the mail
        except Exception as error:  # noqa: BLE001 - one that nobody foresaw must not hold up the others
            _not_sent(row, error, now)
            if _unreachable(error):
                _put_off(rows, now)
                break
            continue
        type(row).objects.filter(pk=row.pk).update(mailed_at=now, mail_error="")
        sent += 1
    return sent


def _claim(rows: QuerySet[Row], now: datetime) -> Row | None:
    """The first row that is due and in nobody's hand, its attempt counted before it is made."""
    with transaction.atomic():
        row = _due(rows, now).select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
        if row is not None:
            row.mail_attempts, row.mail_next_at = row.mail_attempts + 1, now + LEASE
            row.save(update_fields=["mail_attempts", "mail_next_at"])
    return row


def _due(rows: QuerySet[Row], now: datetime) -> QuerySet[Row]:
    due = rows.filter(Q(mail_next_at=None) | Q(mail_next_at__lte=now))
    return due.filter(mailed_at=None, mail_attempts__lte=len(PAUSES))


def _put_off(rows: QuerySet[Row], now: datetime) -> None:
    """What is due now is no longer, and was not tried."""
    keys = list(_due(rows, now).values_list("pk", flat=True))
    rows.model.objects.filter(pk__in=keys).update(mail_next_at=now + PAUSES[0])


def _give_up(row: Row) -> None:
    row.mail_attempts, row.mail_next_at, row.mail_error = len(PAUSES) + 1, None, "no longer theirs"
    row.save(update_fields=["mail_attempts", "mail_next_at", "mail_error"])


def _not_sent(row: Row, error: Exception, now: datetime) -> None:
    given_up = row.mail_attempts > len(PAUSES)
    row.mail_error = type(error).__name__
    row.mail_next_at = None if given_up else now + PAUSES[row.mail_attempts - 1]
    row.save(update_fields=["mail_error", "mail_next_at"])
    level = logging.ERROR if given_up else logging.WARNING
    log.log(level, "%s %s not mailed: %s", row._meta.model_name, row.pk, row.mail_error)


def _unreachable(error: Exception) -> bool:
    """Whether it is the server that fails, whatever it is to be handed."""
    return isinstance(error, _UNREACHABLE) or (
        isinstance(error, OSError) and not isinstance(error, SMTPException)
    )
