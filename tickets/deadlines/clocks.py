"""The clocks of a ticket: set when it opens, stopped while it waits, and what they did when nobody was in time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Exists, F, OuterRef, Q

from departments.common.row_by_row import each_row
from departments.models import RowWork, TargetVersion
from departments.working_time.entered_hours import calendar_of
from departments.working_time.working_hours import Calendar
from tickets.notifications.notifications import notify_of_breach
from tickets.record.legal_limits import legal_limit
from tickets.record.models.breaches import Breach, Clock, Stage
from tickets.record.models.ticket import Ticket
from tickets.record.models.ticket_choices import Kind

WARN_SHARE = 0.8
BATCH = 500


@dataclass(frozen=True)
class Mark:
    """A stage of a clock, and the column that says when it is reached."""

    clock: Clock
    stage: Stage
    column: str

    def passed(self, ticket: Ticket, now: datetime) -> datetime | None:
        """When the clock reached the mark, if it did so while it ran. `late` says the same to the database."""
        reached: datetime | None = getattr(ticket, self.column)
        if self.clock is Clock.FIRST_ACTION and ticket.first_action_at is not None:
            return None
        stops = (ticket.waiting_since or now) if self.clock is Clock.RESOLUTION else now
        return reached if reached is not None and reached <= stops else None

    def late(self, now: datetime) -> Q:
        late = Q(**{f"{self.column}__lte": now})
        if self.clock is Clock.FIRST_ACTION:
            late &= Q(first_action_at__isnull=True)
        if self.clock is Clock.RESOLUTION:
            late &= Q(waiting_since__isnull=True) | Q(**{f"{self.column}__lte": F("waiting_since")})
        known = Breach.objects.filter(ticket=OuterRef("pk"), clock=self.clock, stage=self.stage)
        return late & ~Q(Exists(known))


MARKS = tuple(
    Mark(clock, stage, f"{clock}_{column}")
    for clock in Clock
    for stage, column in ((Stage.WARNING, "warn_at"), (Stage.BREACH, "due_at"))
)


def set_clocks(ticket: Ticket, target: TargetVersion | None, now: datetime) -> None:
    """Due dates by law, and by the targets of the category; a target of zero is none."""
    calendar, limit = _calendar(ticket), legal_limit(Kind(ticket.kind))
    ticket.legal_near_at, ticket.legal_warn_at, ticket.legal_due_at = (
        limit.after(now, days, calendar) for days in (limit.near, limit.warn, limit.due)
    )
    ticket.worked_hours, ticket.worked_until = 0.0, now
    _set_targets(ticket, target, now, calendar)


def set_targets_anew(ticket: Ticket, stood_still: float) -> None:
    """The targets of the category that the ticket has now, counted from its opening and moved by the working hours
    (`stood_still`) in which its resolution clock did not run."""
    calendar = _calendar(ticket)
    target = ticket.category.current_target() if ticket.category else None
    _set_targets(ticket, target, ticket.created_at, calendar)
    _move_resolution(ticket, stood_still, calendar)


def stood_still(ticket: Ticket) -> float:
    """The working hours by which pauses have moved the resolution target so far."""
    if ticket.target is None or ticket.resolution_due_at is None:
        return 0.0
    calendar = _calendar(ticket)
    first_due = calendar.add_days(ticket.created_at, ticket.target.resolution_days)
    return max(0.0, calendar.hours_between(first_due, ticket.resolution_due_at))


def resume(ticket: Ticket, since: datetime, now: datetime) -> None:
    """The resolution clock stood still since then: what was due is due so many working hours later."""
    calendar = _calendar(ticket)
    _move_resolution(ticket, calendar.hours_between(since, now), calendar)


def begin(ticket: Ticket, now: datetime) -> None:
    """Keeps the first thing that staff did, and after how many hours of the department that now has the ticket."""
    if ticket.first_action_at is None:
        ticket.first_action_at = now
        ticket.first_action_hours = _calendar(ticket).hours_between(ticket.created_at, now)


def count(ticket: Ticket, now: datetime) -> None:
    """Adds the working time since it was last counted, by the calendar of the department that had the ticket."""
    if ticket.worked_until is not None and ticket.worked_hours is not None:
        ticket.worked_hours += _calendar(ticket).hours_between(ticket.worked_until, now)


def record_breaches(row: Ticket, now: datetime) -> None:
    """Keeps what a locked, still open row has missed by now, and tells those in charge; each stage once.

    Of a clock whose warning and end are found together only the end is told.
    """
    passed = {mark: at for mark in MARKS if (at := mark.passed(row, now)) is not None}
    if row.outcome is not None or not passed:
        return
    known = set(row.breaches.values_list("clock", "stage"))
    over = {mark.clock for mark in passed if mark.stage is Stage.BREACH}
    for mark, due_at in sorted(passed.items(), key=lambda each: each[1]):
        if (mark.clock, mark.stage) not in known:
            breach = row.breaches.create(
                clock=mark.clock, stage=mark.stage, department=row.department, due_at=due_at, at=now
            )
            if mark.stage is Stage.BREACH or mark.clock not in over:
                notify_of_breach(breach, now)


def watch_clocks(*, now: datetime, is_over: Callable[[], bool] = lambda: False) -> int:
    """Records what open tickets have missed since the last look, until `is_over`; returns how many it looked at (at
    most 500 a call).

    A ticket that somebody is changing at this moment is left to that change, or to the next call.
    """
    late = Ticket.objects.filter(reduce(or_, (mark.late(now) for mark in MARKS)), outcome__isnull=True)

    def look(key: int) -> None:
        for row in Ticket.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=key):
            record_breaches(row, now)

    keys = late.values_list("pk", flat=True)
    return each_row(RowWork.CLOCKS, keys, look, now=now, most=BATCH, is_over=is_over)


def _set_targets(ticket: Ticket, target: TargetVersion | None, start: datetime, calendar: Calendar) -> None:
    ticket.target = target
    ticket.first_action_due_at = ticket.first_action_warn_at = None
    ticket.resolution_due_at = ticket.resolution_warn_at = None
    if target and target.first_action_hours:
        ticket.first_action_due_at = calendar.add_hours(start, target.first_action_hours)
        ticket.first_action_warn_at = calendar.part_way(start, ticket.first_action_due_at, WARN_SHARE)
    if target and target.resolution_days:
        ticket.resolution_due_at = calendar.add_days(start, target.resolution_days)
        ticket.resolution_warn_at = calendar.part_way(start, ticket.resolution_due_at, WARN_SHARE)


def _move_resolution(ticket: Ticket, hours: float, calendar: Calendar) -> None:
    for column in ("resolution_warn_at", "resolution_due_at"):
        due = getattr(ticket, column)
        if due is not None:
            setattr(ticket, column, calendar.add_hours(due, hours))


def _calendar(ticket: Ticket) -> Calendar:
    """That of the department which has the ticket, or would get it."""
    return calendar_of(ticket.department_id or (ticket.category.department_id if ticket.category else None))
