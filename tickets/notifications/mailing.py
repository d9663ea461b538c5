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
from django.db import transaction
from django.db.models import Q, QuerySet

from departments.common.database_errors import is_database_fault
from departments.common.leases import beyond
from departments.common.models.mailed_rows import MailedRow
from departments.common.row_by_row import each_row
from departments.models import RowWork

log = logging.getLogger(__name__)

Row = TypeVar("Row", bound=MailedRow)
NOT_THEIRS = "no longer theirs"  # the error of a row of which `compose` made no mail

PAUSES = tuple(timedelta(minutes=each) for each in (1, 5, 15, 60, 180, 360, 720))
# Hard limit of a task that mails: a server that lets its answers drip has no other.
TASK_SECONDS = 45
LEASE = beyond(TASK_SECONDS)  # a worker that died with a mail in hand costs this
RUN_SECONDS = 5  # then whatever else waits for the process has its turn
_UNREACHABLE = (SMTPConnectError, SMTPHeloError, SMTPAuthenticationError, SMTPServerDisconnected)


def send_due(rows: QuerySet[Row], compose: Callable[[Row], EmailMessage | None], now: datetime) -> int:
    """Mails those of the rows that are due, in their order, for some seconds; returns how many. One of which
    `compose` makes no mail is given up.

    A refused one is tried again after growing pauses and given up in the end, its `mail_error` left standing. A server
    that cannot be reached ends the run, and what else is due waits with the first: it would only wait for it as long.
    """
    until, sent, is_down = monotonic() + RUN_SECONDS, 0, False
    keys = {f"{rows.model._meta.model_name} {pk}": pk for pk in _due(rows, now).values_list("pk", flat=True)}

    def send(key: str) -> None:
        nonlocal sent, is_down
        row = _claim(rows, keys[key], now)
        if row is None:  # another worker has it
            return
        try:
            with transaction.atomic():
                mail = compose(row)
            if mail is None:
                _give_up(row)
                return
            mail.send()
        except Exception as error:
            if is_database_fault(error):  # says nothing about the mail
                raise
            _not_sent(row, error, now)
            is_down = _unreachable(error)
            return
        type(row)._base_manager.filter(pk=row.pk).update(mailed_at=now, mail_error="")
        sent += 1

    each_row(
        RowWork.MAIL,
        keys,
        send,
        now=now,
        is_over=lambda: is_down or monotonic() >= until,
        are_all=False,
        in_transaction=False,
    )
    if is_down:
        _put_off(rows, now)
    return sent


def _claim(rows: QuerySet[Row], key: int, now: datetime) -> Row | None:
    """The row if it is due and in nobody's hand, its attempt counted before it is made."""
    with transaction.atomic():
        due = _due(rows, now).filter(pk=key)
        row = due.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
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
    rows.model._base_manager.filter(pk__in=keys).update(mail_next_at=now + PAUSES[0])


def _give_up(row: Row) -> None:
    row.mail_attempts, row.mail_next_at, row.mail_error = len(PAUSES) + 1, None, NOT_THEIRS
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
