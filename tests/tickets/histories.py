"""Random histories of a few tickets, written by the services with a test clock."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from departments.places.points import Point
from departments.working_time.working_hours import ISTANBUL
from tests.tickets.figures_by_hand import STEP
from tests.tickets.world import World
from tickets.casework.assigning import assign
from tickets.casework.classifying import classify
from tickets.casework.closing import close_settled
from tickets.casework.descriptions import describe
from tickets.casework.rating import rate
from tickets.casework.transitions import change_status
from tickets.models import Ticket, WaitingConversation
from tickets.record.permissions import Actor, parties
from tickets.record.statuses import Status
from tickets.record.workflow import TransitionError, transitions_for

START = datetime(
    2026, 10, 26, 8, 0, tzinfo=ISTANBUL
)  # a Monday; the 28th is half a holiday, the 29th a whole one
STAFF = ("operator", "supervisor", "head_fen", "head_park", "crew_fen", "crew_park")
WORDS = {"answer": "Bakıyoruz.", "note": "Eksik.", "reason": "Uygun değil."}


@dataclass(frozen=True)
class Step:
    """Something that somebody does to one of the tickets, some half hours after the step before it."""

    pause: int
    ticket: int
    who: int
    what: int


steps = st.lists(
    st.builds(
        Step,
        pause=st.sampled_from((0, 1, 3, 16, 48, 100, 350)),
        ticket=st.integers(0, 2),
        who=st.integers(0, len(STAFF)),
        what=st.integers(0, 30),
    ),
    min_size=5,
    max_size=30,
)


def live(world: World, history: list[Step]) -> tuple[list[Ticket], datetime]:
    """Three tickets and the moment at which their history ends. What nobody may do is not done."""
    now = START
    opened: list[Ticket] = []
    for step in history:
        now += step.pause * STEP
        if step.ticket >= len(opened):
            opened.append(_open(world, step, now))
        else:
            _do(world, opened, opened[step.ticket], step, now)
    return opened, now


def _open(world: World, step: Step, now: datetime) -> Ticket:
    facts: tuple[dict[str, Any], ...] = (
        {"department": world.fen, "neighbourhood": world.mahalle},
        {"category": None, "department": world.park},
        {"category": world.misconduct},
        {},
    )
    place = {"point": Point(38.70 + step.what / 500, 35.40 + step.pause / 2000), "location_source": "pin"}
    known = place if step.who % 3 else {}
    return world.open(now=now, routed=_routed(step), **facts[step.what % len(facts)], **known)


def _routed(step: Step) -> dict[str, Any] | None:
    """What the router said, rightly or not, surely or not; of some tickets nothing."""
    if step.who == len(STAFF):
        return None
    return {
        "category": ("yol_cukur", "personel_sikayet", "agac")[step.what % 3],
        "department": ("FEN", "PARK")[step.pause % 2],
        "confidence": step.what / 30,
        "sure_from": 0.5,
        "triage": step.who == 0,
        "alternatives": [],
    }


def _do(world: World, opened: list[Ticket], ticket: Ticket, step: Step, now: datetime) -> None:
    ticket.refresh_from_db()
    if step.who == len(STAFF):
        _as_citizen(ticket, step, now)
        return
    if step.what == 30:
        close_settled(now=now)
        return
    if step.what == 28 and ticket.outcome is None:
        category = (world.pothole, world.misconduct)[step.pause % 2]
        with suppress(TransitionError):  # what waits for approval goes to no other department
            classify(ticket=ticket, category=category, actor=world.actor("supervisor"), now=now)
        return
    if step.what == 27:
        _forget(ticket)
        return
    if step.what == 29 and ticket.outcome is None:
        assign(ticket=ticket, actor=world.actor("supervisor"), now=now, assignee=world.user("supervisor"))
        return
    actor = world.actor(STAFF[step.who])
    department = (world.fen, world.park)[step.what % 2] if step.who < 2 else None
    other = next((each for each in opened if each.pk != ticket.pk and each.duplicate_of_id is None), None)
    details: dict[str, Any] = WORDS | {"department": department, "agency": world.kaski, "duplicate_of": other}
    details |= {"planned_for": (now + timedelta(days=9)).date()}
    _move(ticket, actor, step, now, **details)


def _forget(ticket: Ticket) -> None:
    """All that is left of a ticket once nobody may be known from it any more; nobody waits for it either."""
    WaitingConversation.objects.filter(ticket=ticket).delete()
    words = dict.fromkeys(("description", "summary", "address", "search", "satisfaction_comment"), "")
    Ticket.objects.filter(pk=ticket.pk).update(citizen=None, **words)


def _as_citizen(ticket: Ticket, step: Step, now: datetime) -> None:
    if ticket.outcome == "RESOLVED" and step.what % 2:
        rate(ticket=ticket, actor=Actor.citizen(), now=now, score=step.what % 5 + 1)
    elif ticket.status == Status.WAITING and step.what % 2:
        describe(ticket=ticket, actor=Actor.citizen(), now=now, text="Okulun önü.")
    else:
        _move(ticket, Actor.citizen(), step, now, department=ticket.department)


def _move(ticket: Ticket, actor: Actor, step: Step, now: datetime, **details: Any) -> None:
    here = ticket.department.code if ticket.department else None
    offered = list(transitions_for(ticket.position(), parties(actor, here), now))
    if not offered:
        return
    to = offered[step.what % len(offered)]
    try:
        change_status(ticket=ticket, to=to, actor=actor, now=now, **_only(to, details))
    except TransitionError:
        return


def _only(to: Status, details: dict[str, Any]) -> dict[str, Any]:
    """What the move takes; a duplicate's target and a department go with their own moves alone."""
    own = {
        "duplicate_of": Status.DUPLICATE,
        "agency": Status.REDIRECTED,
        "planned_for": Status.PLANNED,
        "department": Status.ASSIGNED,
    }
    return {name: value for name, value in details.items() if own.get(name, to) is to}
