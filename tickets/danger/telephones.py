"""Rings for danger: by a notification, which goes to the panel and by mail and WhatsApp as each prefers, and by the
telephone, whatever they prefer. Rows first; the gateway is called from them. For whom and when: ringing.py.

A call is claimed and its attempt counted before it is made; one that a worker died with is made again, under the same
key, when its lease is over.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from departments.common.bulk_insert import insert
from departments.common.leases import beyond
from departments.common.row_by_row import each_row
from departments.models import RowWork
from tickets.danger import telephone_gateway
from tickets.danger.models import Drill
from tickets.notifications.models import Notification, Ring
from tickets.record.models.ticket import Ticket

log = logging.getLogger(__name__)

PAUSES = tuple(timedelta(seconds=each) for each in (3, 7, 15, 30))  # over before the danger rings anew
AT_ONCE = 20
WORK_FOR = timedelta(seconds=10)
TASK_SECONDS = 25  # hard limit of one task: the last calls begin after 10 s and end within 10
LEASE = beyond(TASK_SECONDS)  # a worker that died with a call in hand costs this
# A call that nobody could make for so long is none any more: the danger has rung anew meanwhile.
WORTH_CALLING = timedelta(minutes=5)
NO_PHONE = "Telefon numarası kayıtlı değil"


def ring(
    people: Iterable[User],
    now: datetime,
    *,
    of: Ticket | Drill,
    unheard: bool = False,
    before: Mapping[int, int] | None = None,
) -> None:
    """Writes that it rings for these people; `before` says how often it did, by their keys."""
    about = {"ticket": of} if isinstance(of, Ticket) else {"drill": of}
    notifications = [
        Notification(user=user, kind=Notification.Kind.DANGER, at=now, unheard=unheard, **about)
        for user in people
    ]
    insert(notifications)
    if settings.RING_URL:
        times = before or {}
        Ring.objects.bulk_create(
            Ring(notification=each, again=times.get(each.user_id, 0), due_at=now) for each in notifications
        )


def call_telephones(clock: Callable[[], datetime]) -> int:
    """Makes the calls that are due, all at once, so that none waits for another; returns how many were taken."""
    until, taken = clock() + WORK_FOR, 0
    while clock() < until and (rings := _claim(clock())):
        with ThreadPoolExecutor(len(rings)) as pool:  # these never touch the database
            errors = dict(zip(rings, pool.map(_call, rings), strict=True))
        now = clock()
        record = partial(_record, errors=errors, now=now)
        each_row(RowWork.TELEPHONES, rings, record, now=now, are_all=False)
        taken += [*errors.values()].count("")
    return taken


def _claim(now: datetime) -> list[Ring]:
    """The calls that are due and in nobody's hand, their attempt counted before it is made; none of what somebody has
    claimed, which is acknowledged."""
    due = Ring.objects.filter(
        delivered_at=None,
        due_at__lte=now,
        attempts__lte=len(PAUSES),
        notification__acknowledged_at=None,
        notification__at__gt=now - WORTH_CALLING,
    ).select_related("notification__user__notification_preference")
    with transaction.atomic():
        rows = due.select_for_update(skip_locked=True, no_key=True, of=("self",))
        rings = list(rows.order_by("due_at", "id")[:AT_ONCE])
        for each in rings:
            each.attempts, each.due_at = each.attempts + 1, now + LEASE
        Ring.objects.bulk_update(rings, ["attempts", "due_at"])
    return rings


def _call(row: Ring) -> str:
    """What went wrong, '' for nothing. Never raises: an error that nobody foresaw concerns this call alone."""
    try:
        notification = row.notification
        preference = getattr(notification.user, "notification_preference", None)
        if preference is None or not preference.phone:
            return NO_PHONE
        made = telephone_gateway.Call(
            id=row.id, to=preference.phone, again=row.again, test=notification.drill_id is not None
        )
        return telephone_gateway.call(made)
    except Exception as error:
        log.exception("ring %s could not be made", row.id)
        return type(error).__name__


def _record(row: Ring, *, errors: Mapping[Ring, str], now: datetime) -> None:
    error = errors[row]
    row.error = error[:80]
    if not error:
        row.delivered_at = now
    elif error == NO_PHONE:
        row.attempts = len(PAUSES) + 1  # it will not have one in a minute either
    elif row.attempts <= len(PAUSES):
        row.due_at = now + PAUSES[row.attempts - 1]
    row.save(update_fields=["error", "delivered_at", "attempts", "due_at"])
    if error:
        log.warning("ring %s was not taken: %s", row.id, error)
