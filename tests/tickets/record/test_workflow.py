"""The table of transitions against its specification: every pair of statuses, every role, every required field."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from tickets.record.statuses import Status
from tickets.record.workflow import (
    TRANSITIONS,
    MissingFields,
    NoSuchTransition,
    NotAllowed,
    Position,
    TicketRole,
    check_transition,
    transitions_for,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
EVERYTHING = {"department", "planned_for", "answer", "reason", "note", "agency", "duplicate_of"}

# The journey's table, written down a second time in the shape of the page: from → to.
JOURNEY = {
    "NEW": "ASSIGNED REJECTED REDIRECTED DUPLICATE CANCELLED WAITING",
    "ASSIGNED": "IN_PROGRESS PLANNED WAITING REVIEW RESOLVED REJECTED REDIRECTED DUPLICATE CANCELLED ASSIGNED NEW",
    "IN_PROGRESS": "PLANNED WAITING REVIEW RESOLVED REJECTED ASSIGNED CANCELLED",
    "PLANNED": "IN_PROGRESS WAITING REVIEW RESOLVED REJECTED ASSIGNED CANCELLED",
    "WAITING": "NEW ASSIGNED IN_PROGRESS PLANNED REJECTED CANCELLED",
    "REVIEW": "RESOLVED IN_PROGRESS",
    "RESOLVED": "CLOSED ASSIGNED",
    "REJECTED": "CLOSED ASSIGNED",
    "REDIRECTED": "CLOSED ASSIGNED",
    "DUPLICATE": "CLOSED ASSIGNED",
    "CLOSED": "ASSIGNED",
    "CANCELLED": "",
}
PAIRS = list(product(Status, Status))
PERMITTED = [(a, b) for a, b in PAIRS if b in JOURNEY[a].split()]
FORBIDDEN = [pair for pair in PAIRS if pair not in PERMITTED]


def at(status: Status, to: Status | None = None) -> Position:
    """A ticket in that status, from where (as far as that matters) `to` can be reached."""
    waiting_from = to if to in (Status.NEW, Status.IN_PROGRESS, Status.PLANNED) else Status.ASSIGNED
    return Position(
        status=status,
        waiting_from=waiting_from if status is Status.WAITING else None,
        outcome_at=NOW - timedelta(days=1),
    )


def check(
    position: Position, to: Status, *parties: TicketRole, given: set[str] = EVERYTHING, handover: bool = False
):
    return check_transition(position, to, parties=parties, given=given, now=NOW, handover=handover)


@pytest.mark.parametrize(("start", "to"), PERMITTED)
def test_a_supervisor_makes_every_move_of_the_journey(start: Status, to: Status) -> None:
    assert check(at(start, to), to, TicketRole.SUPERVISOR) is TRANSITIONS[start][to]


@pytest.mark.parametrize(("start", "to"), FORBIDDEN)
def test_nobody_makes_a_move_that_the_journey_lacks(start: Status, to: Status) -> None:
    with pytest.raises(NoSuchTransition):
        check(at(start, to), to, *TicketRole)


def test_the_twelve_statuses_make_144_pairs_of_which_48_are_moves() -> None:
    assert (len(PAIRS), len(PERMITTED)) == (144, 48)


# Who makes which, by the journey's "Who" paragraph: party → from → to.
WHO = {
    TicketRole.AGENT: {
        "NEW": "ASSIGNED REJECTED REDIRECTED DUPLICATE CANCELLED WAITING",
        "ASSIGNED": "WAITING REJECTED REDIRECTED DUPLICATE CANCELLED ASSIGNED NEW",
        "IN_PROGRESS": "WAITING REJECTED ASSIGNED CANCELLED",
        "PLANNED": "WAITING REJECTED ASSIGNED CANCELLED",
        "WAITING": "NEW ASSIGNED REJECTED CANCELLED",
        "REVIEW": "RESOLVED IN_PROGRESS",
        "RESOLVED": "CLOSED ASSIGNED",
        "REJECTED": "CLOSED ASSIGNED",
        "REDIRECTED": "CLOSED ASSIGNED",
        "DUPLICATE": "CLOSED ASSIGNED",
        "CLOSED": "ASSIGNED",
    },
    TicketRole.MEMBER: {
        "ASSIGNED": "IN_PROGRESS PLANNED WAITING REVIEW RESOLVED NEW",
        "IN_PROGRESS": "PLANNED WAITING REVIEW RESOLVED ASSIGNED",
        "PLANNED": "IN_PROGRESS WAITING REVIEW RESOLVED ASSIGNED",
        "WAITING": "ASSIGNED IN_PROGRESS PLANNED",
    },
    TicketRole.HEAD: {
        "ASSIGNED": "REJECTED",
        "IN_PROGRESS": "REJECTED",
        "PLANNED": "REJECTED",
        "WAITING": "REJECTED",
    },
    TicketRole.CITIZEN: {
        "NEW": "CANCELLED",
        "ASSIGNED": "CANCELLED",
        "IN_PROGRESS": "CANCELLED",
        "PLANNED": "CANCELLED",
        "WAITING": "NEW ASSIGNED IN_PROGRESS PLANNED CANCELLED",
        "RESOLVED": "CLOSED ASSIGNED",
        "REJECTED": "ASSIGNED",
        "REDIRECTED": "ASSIGNED",
        "DUPLICATE": "ASSIGNED",
        "CLOSED": "ASSIGNED",
    },
    TicketRole.LINE: {"NEW": "ASSIGNED"},
    TicketRole.CLOCK: {
        "RESOLVED": "CLOSED",
        "REJECTED": "CLOSED",
        "REDIRECTED": "CLOSED",
        "DUPLICATE": "CLOSED",
    },
}


@pytest.mark.parametrize("party", WHO)
@pytest.mark.parametrize(("start", "to"), PERMITTED)
def test_each_party_makes_its_own_moves_and_no_other(party: TicketRole, start: Status, to: Status) -> None:
    if to in WHO[party].get(start, "").split():
        assert check(at(start, to), to, party) is TRANSITIONS[start][to]
    else:
        with pytest.raises(NotAllowed):
            check(at(start, to), to, party)


@pytest.mark.parametrize(("start", "to"), PERMITTED)
def test_somebody_who_is_nothing_to_the_ticket_makes_no_move(start: Status, to: Status) -> None:
    with pytest.raises(NotAllowed):
        check(at(start, to), to)


NEEDS = [
    *((start, to, {"department"}) for start, to in PERMITTED if to is Status.ASSIGNED),
    *(
        (start, to, {"planned_for"})
        for start, to in PERMITTED
        if to is Status.PLANNED and start is not Status.WAITING
    ),
    *(
        (start, to, {"answer"})
        for start, to in PERMITTED
        if to in (Status.WAITING, Status.REVIEW, Status.RESOLVED)
    ),
    *((start, to, {"reason", "answer"}) for start, to in PERMITTED if to is Status.REJECTED),
    *((start, to, {"agency"}) for start, to in PERMITTED if to is Status.REDIRECTED),
    *((start, to, {"duplicate_of"}) for start, to in PERMITTED if to is Status.DUPLICATE),
    (Status.ASSIGNED, Status.NEW, {"reason"}),
    (Status.REVIEW, Status.IN_PROGRESS, {"note"}),
]


@pytest.mark.parametrize(("start", "to", "needed"), NEEDS)
def test_a_move_without_what_it_needs_names_every_missing_field(
    start: Status, to: Status, needed: set[str]
) -> None:
    with pytest.raises(MissingFields) as refusal:
        check(at(start, to), to, TicketRole.SUPERVISOR, given=set())
    assert set(refusal.value.fields) == needed


@pytest.mark.parametrize(
    ("start", "to"), [pair for pair in PERMITTED if pair not in [(start, to) for start, to, _ in NEEDS]]
)
def test_the_other_moves_need_nothing(start: Status, to: Status) -> None:
    assert check(at(start, to), to, TicketRole.SUPERVISOR, given=set()) is TRANSITIONS[start][to]


def test_a_missing_move_is_said_before_a_missing_right_and_that_before_a_missing_field() -> None:
    with pytest.raises(NoSuchTransition):
        check(at(Status.NEW), Status.RESOLVED, given=set())
    with pytest.raises(NotAllowed):
        check(at(Status.ASSIGNED), Status.RESOLVED, given=set())
    with pytest.raises(MissingFields):
        check(at(Status.ASSIGNED), Status.RESOLVED, TicketRole.MEMBER, given=set())


@pytest.mark.parametrize("came_from", [Status.NEW, Status.ASSIGNED, Status.IN_PROGRESS, Status.PLANNED])
@pytest.mark.parametrize("to", [Status.NEW, Status.IN_PROGRESS, Status.PLANNED])
def test_waiting_ends_only_where_it_began(came_from: Status, to: Status) -> None:
    position = Position(Status.WAITING, waiting_from=came_from)
    if to is came_from:
        assert check(position, to, TicketRole.SUPERVISOR) is TRANSITIONS[Status.WAITING][to]
    else:
        with pytest.raises(NoSuchTransition):
            check(position, to, TicketRole.SUPERVISOR)


def test_a_citizens_answer_assigns_nothing_that_was_not_assigned_before() -> None:
    with pytest.raises(NotAllowed):
        check(Position(Status.WAITING, waiting_from=Status.NEW), Status.ASSIGNED, TicketRole.CITIZEN)


@pytest.mark.parametrize("party", [TicketRole.MEMBER, TicketRole.HEAD])
@pytest.mark.parametrize("start", [Status.ASSIGNED, Status.IN_PROGRESS, Status.PLANNED])
def test_a_department_that_does_not_answer_directly_must_ask_for_review(
    party: TicketRole, start: Status
) -> None:
    position = Position(start, answers_directly=False)
    with pytest.raises(NotAllowed, match="Cevap onayında"):
        check(position, Status.RESOLVED, TicketRole.MEMBER, party)
    assert check(position, Status.REVIEW, TicketRole.MEMBER, party)


@pytest.mark.parametrize("party", [TicketRole.AGENT, TicketRole.SUPERVISOR])
def test_the_call_centre_approves_what_a_department_may_not_answer(party: TicketRole) -> None:
    assert check(Position(Status.REVIEW, answers_directly=False), Status.RESOLVED, party)


@pytest.mark.parametrize("start", [Status.IN_PROGRESS, Status.PLANNED, Status.WAITING])
def test_a_department_does_not_hand_over_to_another_one(start: Status) -> None:
    position = at(start)
    with pytest.raises(NotAllowed, match="iade"):
        check(position, Status.ASSIGNED, TicketRole.MEMBER, TicketRole.HEAD, handover=True)
    assert check(position, Status.ASSIGNED, TicketRole.AGENT, handover=True)


@pytest.mark.parametrize("party", [TicketRole.AGENT, TicketRole.CITIZEN, TicketRole.SUPERVISOR])
def test_a_closed_ticket_is_reopened_within_ten_days_of_its_outcome(party: TicketRole) -> None:
    last_moment = Position(Status.CLOSED, outcome_at=NOW - timedelta(days=10))
    too_late = Position(Status.CLOSED, outcome_at=NOW - timedelta(days=10, seconds=1))
    assert check(last_moment, Status.ASSIGNED, party)
    with pytest.raises(NoSuchTransition):
        check(too_late, Status.ASSIGNED, party)


def test_a_citizen_reopens_a_resolved_ticket_for_ten_days_too() -> None:
    too_late = Position(Status.RESOLVED, outcome_at=NOW - timedelta(days=10, seconds=1))
    with pytest.raises(NotAllowed):
        check(too_late, Status.ASSIGNED, TicketRole.CITIZEN)
    assert check(too_late, Status.ASSIGNED, TicketRole.AGENT)


def test_a_citizen_reopens_at_most_twice() -> None:
    yesterday = NOW - timedelta(days=1)
    assert check(
        Position(Status.RESOLVED, outcome_at=yesterday, reopened=1), Status.ASSIGNED, TicketRole.CITIZEN
    )
    with pytest.raises(NotAllowed, match="iki kez"):
        check(
            Position(Status.RESOLVED, outcome_at=yesterday, reopened=2), Status.ASSIGNED, TicketRole.CITIZEN
        )
    assert check(
        Position(Status.RESOLVED, outcome_at=yesterday, reopened=2), Status.ASSIGNED, TicketRole.AGENT
    )


@pytest.mark.parametrize("start", Status)
@pytest.mark.parametrize("party", TicketRole)
def test_what_is_offered_is_exactly_what_would_be_accepted(start: Status, party: TicketRole) -> None:
    position = at(start)
    accepted = set()
    for to in Status:
        try:
            check(position, to, party)
        except (NoSuchTransition, NotAllowed):
            continue
        accepted.add(to)
    assert set(transitions_for(position, {party}, NOW)) == accepted


def test_the_citizen_hears_of_every_outcome_a_question_a_plan_and_a_start_but_not_of_what_is_internal() -> (
    None
):
    told = {
        (start, to) for start, moves in TRANSITIONS.items() for to, move in moves.items() if move.announced
    }
    news = {Status.RESOLVED, Status.REJECTED, Status.REDIRECTED, Status.DUPLICATE, Status.CANCELLED}
    expected = {(start, to) for start, to in PERMITTED if to in news}
    expected |= {(start, Status.WAITING) for start, to in PERMITTED if to is Status.WAITING}
    expected |= {(Status.ASSIGNED, Status.PLANNED), (Status.IN_PROGRESS, Status.PLANNED)}
    expected |= {(Status.ASSIGNED, Status.IN_PROGRESS), (Status.PLANNED, Status.IN_PROGRESS)}
    ended = (Status.RESOLVED, Status.REJECTED, Status.REDIRECTED, Status.DUPLICATE, Status.CLOSED)
    expected |= {(start, Status.ASSIGNED) for start in ended}
    assert told == expected
