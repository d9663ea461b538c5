"""Whoever asked for a person and whom nobody answers: supervisors hear of them, and nobody keeps them overnight."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import QuerySet

from departments.common.row_by_row import each_row
from departments.models import Role, RowWork
from departments.working_time.duty import on_any_duty
from departments.working_time.entered_hours import calendar_of
from tickets.answering.models.phone_calls import CallBack
from tickets.answering.waiting_limits import ESCALATED_AFTER
from tickets.casework.awaiting_staff import OF_A_TICKET
from tickets.notifications.models import Notification
from tickets.notifications.notifications import staff
from tickets.presence.at_desk import at_desk
from tickets.record import channel
from tickets.record.models.waiting_conversations import WaitingConversation

_IDLE = timedelta(minutes=10)  # past the end of the working day: somebody may be about to answer
_COMES_WITHIN = timedelta(hours=1)  # whoever is given something after the end of it: they begin their shift


def escalate_waiting_conversations(*, now: datetime, is_over: Callable[[], bool] = lambda: False) -> None:
    """Tells the supervisors, once, of whoever has waited for an hour of working time; puts back what somebody has who
    left for the day, or for good; ends what was added to a ticket that has an outcome by now. What is not reached
    until `is_over` is left to the next call.

    Whoever is at their desk, or on duty, has not left, whatever the hour; what was given to somebody within the hour
    waits for them.
    """
    steps: dict[int, list[Callable[[], object]]] = {}
    waiting = WaitingConversation.objects.filter(ended_at=None)
    for row in waiting.filter(reason__in=OF_A_TICKET, ticket__outcome__isnull=False):
        steps.setdefault(row.pk, []).append(partial(_end, row, now))
    # What was added to a ticket waits on the list, and in its department's queue.
    for row in waiting.filter(escalated_at=None).exclude(reason__in=OF_A_TICKET).order_by("since"):
        steps.setdefault(row.pk, []).append(partial(_escalate, row, now))
    left, calls = _left_behind(now)
    for row in left:
        steps.setdefault(row.pk, []).append(partial(_put_back, row))

    def look(key: int) -> None:
        for step in steps[key]:
            step()

    each_row(RowWork.HANDOVERS, steps, look, now=now, is_over=is_over)
    CallBack.objects.filter(ended_at=None, assignee__is_active=False).update(assignee=None)
    for call, whose in calls:  # a colleague who took it meanwhile keeps it
        CallBack.objects.filter(pk=call, assignee=whose, ended_at=None).update(assignee=None)


def _left_behind(now: datetime) -> tuple[list[WaitingConversation], list[tuple[int, int | None]]]:
    """What people have who are gone: talks, and call-backs with their assignee; none while the office is open."""
    calendar = calendar_of(None)
    if calendar.add_hours(now, 0) <= now or calendar.add_hours(now - _IDLE, 0) <= now - _IDLE:
        return [], []  # it is open, or was until a moment ago
    on_duty = on_any_duty(now)
    held = WaitingConversation.objects.filter(ended_at=None, assignee__isnull=False).exclude(
        assignee__in=on_duty
    )
    held = held.exclude(assigned_at__gt=now - _COMES_WITHIN)
    due = CallBack.objects.filter(ended_at=None, due_at__lte=now, assignee__isnull=False)
    due = due.exclude(assignee__in=on_duty)
    there = at_desk({*held.values_list("assignee", flat=True), *due.values_list("assignee", flat=True)})
    calls = due.exclude(assignee__in=there).values_list("pk", "assignee")
    return list(held.exclude(assignee__in=there)), list(calls)


def _end(row: WaitingConversation, now: datetime) -> None:
    with _under_talk(row) as mine:
        mine.update(ended_at=now, end=WaitingConversation.End.CLOSED, note="Başvuru sonuçlandı")


def _escalate(row: WaitingConversation, now: datetime) -> None:
    if calendar_of(None).add_hours(row.since, ESCALATED_AFTER.total_seconds() / 3600) > now:
        return
    with _under_talk(row) as mine:
        if mine.filter(escalated_at=None).update(escalated_at=now):
            _notify(row, now)


def _put_back(row: WaitingConversation) -> None:
    with _under_talk(row) as mine:
        mine.filter(assignee=row.assignee_id).update(assignee=None, assigned_at=None)


@contextmanager
def _under_talk(row: WaitingConversation) -> Iterator[QuerySet[WaitingConversation]]:
    """The handover if it is still open, its conversation locked."""
    with transaction.atomic():
        channel.channel().lock([row.citizen_id])
        yield WaitingConversation.objects.filter(pk=row.pk, ended_at=None)


def _notify(row: WaitingConversation, now: datetime) -> None:
    Notification.objects.bulk_create(
        Notification(user=user, kind=Notification.Kind.WAITING, handover=row, at=now)
        for user in staff(Role.SUPERVISOR)
    )
