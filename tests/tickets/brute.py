"""The figures once more, in plain Python and from timelines alone: what the reports are held against."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from departments.calendars import calendar_of
from departments.models import Department
from tickets.models import Ticket, TicketEvent
from tickets.reports import Figures, Period, Satisfaction, Speed
from tickets.workflow import ENDED, ActorKind, Outcome, Status

STEP = timedelta(minutes=30)  # every moment of the histories, and every opening and closing, is a multiple


@dataclass
class Past:
    """What a timeline says of one ticket at the end of it."""

    ticket: Ticket
    department: int | None
    began: tuple[datetime, float] | None = None
    worked: float = 0.0
    running: bool = True
    outcome: tuple[Outcome, datetime] | None = None
    closed: datetime | None = None
    reopened: list[datetime] = field(default_factory=list)
    rated: tuple[datetime, int] | None = None
    resolution_due: datetime | None = None

    @property
    def resolved(self) -> bool:
        return self.outcome is not None and self.outcome[0] is Outcome.RESOLVED

    def hours(self, start: datetime, end: datetime) -> float:
        """Counted half hour by half hour, on the calendar of the department that has the ticket."""
        category = self.ticket.category
        calendar = calendar_of(self.department or (category.department_id if category else None))
        total = 0.0
        while start < end:
            total += 0.5 * calendar.is_working_time(start)
            start += STEP
        return total


def past(ticket: Ticket) -> Past:
    """Walks through the timeline of the ticket."""
    ticket.refresh_from_db()
    departments = {each.code: each.pk for each in Department.objects.all()}
    story, since = Past(ticket, None), ticket.created_at
    for event in ticket.events.order_by("id"):
        if event.kind == TicketEvent.Kind.RATED:
            story.rated = (event.at, event.data["score"])
        if event.kind != TicketEvent.Kind.MOVED:
            continue
        if story.running:
            story.worked += story.hours(since, event.at)
        since = event.at
        if "department" in event.data:
            story.department = departments.get(event.data["department"])
        _move(story, event)
    story.resolution_due = ticket.resolution_due_at
    return story


def _move(story: Past, event: TicketEvent) -> None:
    to = Status(event.to_status)
    if event.actor_kind == ActorKind.STAFF and story.began is None:
        story.began = (event.at, story.hours(story.ticket.created_at, event.at))
    if event.from_status in ENDED and to is Status.ASSIGNED:
        story.reopened.append(event.at)
        story.outcome = story.closed = None
    if to in (Status.CLOSED, Status.CANCELLED):
        story.closed = event.at
    if to in ENDED and to is not Status.CLOSED:
        story.outcome = (Outcome(to), event.at)
    story.running = to is not Status.WAITING and to not in ENDED


def figures(pasts: Iterable[Past], period: Period, now: datetime | None) -> Figures:
    """Of these tickets; without `now` as of a part of the past, to which nothing that is open belongs."""
    stories = list(pasts)

    def inside(at: datetime | None) -> bool:
        return at is not None and period.start <= at < period.end

    ended = [story for story in stories if story.outcome and inside(story.outcome[1])]
    resolved = [story for story in ended if story.resolved]
    begun = [story for story in stories if story.began and inside(story.began[0])]
    outcomes = [story.outcome[0] for story in ended if story.outcome]
    return Figures(
        opened=sum(inside(story.ticket.created_at) for story in stories),
        closed=sum(inside(story.closed) for story in stories),
        open_now=None if now is None else sum(story.outcome is None for story in stories),
        overdue_now=None if now is None else sum(_overdue(story, now) for story in stories),
        reopened=sum(inside(at) for story in stories for at in story.reopened),
        first_action=_speed(
            [story.began[1] for story in begun if story.began],
            [
                story.began[0] <= due
                for story in begun
                if story.began and (due := story.ticket.first_action_due_at)
            ],
        ),
        resolution=_speed(
            [story.worked for story in resolved],
            [
                story.outcome[1] <= due
                for story in resolved
                if story.outcome and (due := story.resolution_due)
            ],
        ),
        satisfaction=_satisfaction(
            [story.rated[1] for story in stories if story.rated and inside(story.rated[0])]
        ),
        **{outcome.lower(): outcomes.count(outcome) for outcome in Outcome},
    )


def flat(figures: Figures) -> dict[str, Any]:
    """Every single figure by its name, for comparisons that say which differs."""
    found: dict[str, Any] = {}
    for name, value in vars(figures).items():
        inner = vars(value) if isinstance(value, Speed | Satisfaction) else {"": value}
        found |= {f"{name}.{part}": each for part, each in inner.items()}
    scores = found.pop("satisfaction.distribution") or {}
    return found | {f"score.{score}": count for score, count in scores.items()}


def _overdue(story: Past, now: datetime) -> bool:
    stops = story.ticket.waiting_since or now
    return story.outcome is None and story.resolution_due is not None and story.resolution_due < stops


def _speed(hours: list[float], in_time: list[bool]) -> Speed:
    share = sum(in_time) / len(in_time) if in_time else None
    return Speed(_percentile(hours, 0.5), _percentile(hours, 0.9), share)


def _percentile(values: list[float], share: float) -> float | None:
    if not values:
        return None
    ordered, place = sorted(values), share * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _satisfaction(scores: list[int]) -> Satisfaction:
    if not scores:
        return Satisfaction()
    return Satisfaction(
        len(scores), sum(scores) / len(scores), {str(score): scores.count(score) for score in range(1, 6)}
    )
