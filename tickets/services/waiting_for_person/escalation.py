"""Whoever asked for a person and whom nobody answers: supervisors hear of them, and nobody keeps them overnight."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile

from django.db import transaction
from django.db.models import QuerySet

from departments.models import Role
from departments.working_time.duty import on_any_duty
from departments.working_time.entered_hours import calendar_of
from tickets import ports
from tickets.models import CallBack, Handover, Notification
from tickets.presence import at_desk
from tickets.services.notifications import staff
from tickets.services.waiting_for_person.begins import OF_A_TICKET
from tickets.waiting_limits import ESCALATED_AFTER

_IDLE = timedelta(minutes=10)  # past the end of the working day: somebody may be about to answer
_COMES_WITHIN = timedelta(hours=1)  # whoever is given something after the end of it: they begin their shift


def watch_handovers(*, now: datetime, is_over: Callable[[], bool] = lambda: False) -> None:
    """Tells the supervisors, once, of whoever has waited for an hour of working time; puts back what somebody has who
    left for the day, or for good; ends what was added to a ticket that has an outcome by now. What is not reached
    until `is_over` is left to the next call.

    Whoever is at their desk, or on duty, has not left, whatever the hour; what was given to somebody within the hour
    waits for them.
    """
    calendar = calendar_of(None)
    in_time = partial(takewhile, lambda _: not is_over())
    CallBack.objects.filter(ended_at=None, assignee__is_active=False).update(assignee=None)
    waiting = Handover.objects.filter(ended_at=None)
    for row in in_time(waiting.filter(reason__in=OF_A_TICKET, ticket__outcome__isnull=False)):
        with _under_talk(row) as mine:
            mine.update(ended_at=now, end=Handover.End.CLOSED, note="Başvuru sonuçlandı")
    # What was added to a ticket waits on the list, and in its department's queue.
    asked = waiting.filter(escalated_at=None).exclude(reason__in=OF_A_TICKET)
    for row in in_time(asked.order_by("since")):
        if calendar.add_hours(row.since, ESCALATED_AFTER.total_seconds() / 3600) > now:
            continue
        with _under_talk(row) as mine:
            if mine.filter(escalated_at=None).update(escalated_at=now):
                _notify(row, now)
    if calendar.add_hours(now, 0) <= now or calendar.add_hours(now - _IDLE, 0) <= now - _IDLE:
        return  # the office is open, or was until a moment ago
    on_duty = on_any_duty(now)
    held = waiting.filter(assignee__isnull=False).exclude(assignee__in=on_duty)
    held = held.exclude(assigned_at__gt=now - _COMES_WITHIN)
    due = CallBack.objects.filter(ended_at=None, due_at__lte=now, assignee__isnull=False)
    due = due.exclude(assignee__in=on_duty)
    there = at_desk({*held.values_list("assignee", flat=True), *due.values_list("assignee", flat=True)})
    for row in in_time(held.exclude(assignee__in=there)):
        with _under_talk(row) as mine:
            mine.filter(assignee=row.assignee_id).update(assignee=None, assigned_at=None)
    due.exclude(assignee__in=there).update(assignee=None)


@contextmanager
def _under_talk(row: Handover) -> Iterator[QuerySet[Handover]]:
    """The handover if it is still open, its conversation locked."""
    with transaction.atomic():
        ports.channel().lock([row.citizen_id])
        yield Handover.objects.filter(pk=row.pk, ended_at=None)


def _notify(row: Handover, now: datetime) -> None:
    Notification.objects.bulk_create(
        Notification(user=user, kind=Notification.Kind.WAITING, handover=row, at=now)
        for user in staff(Role.SUPERVISOR)
    )
