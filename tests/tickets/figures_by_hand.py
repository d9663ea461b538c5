"""The figures computed in plain Python from timelines, as the reference for the reports."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import floor
from typing import Any

from departments.models import Department
from departments.working_time.entered_hours import calendar_of
from tickets.models import Ticket, TicketEvent
from tickets.record.statuses import ENDED, Outcome, Status
from tickets.record.workflow import ActorKind
from tickets.reports.interface import Figures, Period, Satisfaction, Speed

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


def routed(pasts: Iterable[Past], period: Period) -> dict[str, Any]:
    """What the router's report says of tickets opened in the period, by the suggestion as it was kept."""
    opened = [
        each for each in pasts if each.ticket.routed and period.start <= each.ticket.created_at < period.end
    ]
    sure = [each for each in opened if _sure(each.ticket)]
    judged = [each for each in opened if each.began or each.outcome]
    placed = [each for each in judged if _department(each.ticket)]
    named = [each for each in judged if each.ticket.category]
    return {
        "routed": len(opened),
        "sure": len(sure),
        "judged": len(judged),
        "department": _share(_sent_rightly(each.ticket) for each in placed),
        "category": _share(
            each.ticket.category is not None and _said(each.ticket)["category"] == each.ticket.category.code
            for each in named
        ),
        "sure_department": _share(_sent_rightly(each.ticket) for each in placed if _sure(each.ticket)),
    }


def confused(pasts: Iterable[Past], period: Period) -> dict[tuple[str, str], int]:
    """How often the router took one category for another."""
    found: Counter[tuple[str, str]] = Counter()
    for each in pasts:
        ticket, inside = each.ticket, period.start <= each.ticket.created_at < period.end
        if inside and ticket.routed and ticket.category and (each.began or each.outcome):
            found[ticket.routed["category"], ticket.category.code] += 1
    return {pair: count for pair, count in found.items() if pair[0] != pair[1]}


def placed(pasts: Iterable[Past], period: Period, size: float) -> dict[tuple[int, int], tuple[int, int]]:
    """How many tickets came from each cell of a grid, and how many of them are open."""
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for each in pasts:
        ticket = each.ticket
        if ticket.lat is None or ticket.lon is None or not period.start <= ticket.created_at < period.end:
            continue
        cell = floor(_coarse(ticket.lon) / size), floor(_coarse(ticket.lat) / size)
        count, still_open = found.get(cell, (0, 0))
        found[cell] = (count + 1, still_open + (each.outcome is None))
    return found


def _coarse(degrees: float) -> float:
    return floor(degrees * 1000 + 0.5) / 1000


def _said(ticket: Ticket) -> dict[str, Any]:
    assert ticket.routed
    return dict(ticket.routed)


def _sure(ticket: Ticket) -> bool:
    said = _said(ticket)
    return not said["triage"] and said["confidence"] >= said["sure_from"]


def _department(ticket: Ticket) -> Department | None:
    return ticket.department or (ticket.category.department if ticket.category else None)


def _sent_rightly(ticket: Ticket) -> bool:
    here = _department(ticket)
    return here is not None and here.code == _said(ticket)["department"]


def _share(right: Iterable[bool]) -> float | None:
    told = list(right)
    return round(sum(told) / len(told), 6) if told else None


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
