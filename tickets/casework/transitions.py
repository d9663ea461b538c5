"""Moving a ticket from status to status."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from departments.models import Agency, Department
from departments.working_time.working_hours import ISTANBUL
from tickets.casework.duplicates import announce_to_duplicates, check_original, followers_of
from tickets.casework.mentions import notify_mentioned
from tickets.casework.router_corrections import keep_correction
from tickets.casework.writing import append_events, by_staff, locked_ticket, new_event
from tickets.deadlines.clocks import begin, count, record_breaches, resume
from tickets.notifications.notifications import notify_of_work
from tickets.record import channel as ports
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor, parties
from tickets.record.statuses import ENDED, STATUSES, Outcome, Status
from tickets.record.workflow import (
    MissingFields,
    Position,
    Transition,
    check_party,
    check_transition,
    find_transition,
)


@dataclass(frozen=True)
class Details:
    """What a transition brings along; `answer` is for the citizen, `note` for colleagues. Of a `silent` one the citizen
    hears nothing.
    """

    answer: str = ""
    note: str = ""
    reason: str = ""
    planned_for: date | None = None
    agency: Agency | None = None
    duplicate_of: Ticket | None = None
    department: Department | None = None
    silent: bool = False

    def given(self) -> set[str]:
        return {name for name, value in vars(self).items() if value}

    def as_data(self) -> dict[str, str]:
        data = {
            "reason": self.reason,
            "planned_for": self.planned_for.isoformat() if self.planned_for else "",
            "agency": self.agency.code if self.agency else "",
            "duplicate_of": self.duplicate_of.number if self.duplicate_of else "",
        }
        return {name: value for name, value in data.items() if value}


def change_status(
    *,
    ticket: Ticket,
    to: Status,
    actor: Actor,
    now: datetime,
    version: int | None = None,
    answer: str = "",
    note: str = "",
    reason: str = "",
    planned_for: date | None = None,
    agency: Agency | None = None,
    duplicate_of: Ticket | None = None,
    department: Department | None = None,
    silent: bool = False,
) -> Ticket:
    """Moves the ticket and returns it as it now stands. With `silent` its citizen hears nothing of it, since a reply
    tells them.

    Raises StaleVersion if `version` is given and the ticket changed since, NoSuchTransition if the table has no such
    transition, NotAllowed if the actor may not make it, MissingFields if a field it needs is not there, or an answer
    that it does not need would not be read by the citizen; the first that holds, and then nothing was written. An
    approval without an answer sends the proposed one.
    """
    details = Details(
        answer.strip(), note.strip(), reason.strip(), planned_for, agency, duplicate_of, department, silent
    )
    beside = {duplicate_of.pk} if duplicate_of else followers_of(ticket) if STATUSES[to].for_followers else ()
    with locked_ticket(ticket, now, version=version, beside=beside) as row:
        transition(row, Status(to), details, actor, now)
        notify_mentioned(ticket=row, text=details.note, by=actor.user, now=now, field="note")
    return row


def news_of(*, ticket: Ticket, to: Status, actor: Actor, now: datetime, **given: Any) -> TicketEvent | None:
    """What the citizen would read of the transition with these details so far, not saved; None where that is nothing.

    Raises NoSuchTransition or NotAllowed. What is still missing is no matter here.
    """
    at, details = ticket.position(), Details(**given)
    rule = find_transition(at, to, now)
    check_party(at, to, rule, parties(actor, ticket.department.code if ticket.department else None), now)
    if not rule.announced or ticket.citizen_id is None or ticket.restricted or not by_staff(actor):
        return None
    return TicketEvent(
        ticket=ticket,
        kind=TicketEvent.Kind.MOVED,
        from_status=at.status,
        to_status=to,
        public_text=_public_text(ticket, at, rule, details),
        data=details.as_data(),
    )


def transition(row: Ticket, to: Status, details: Details, actor: Actor, now: datetime) -> TicketEvent:
    """Makes the transition on a locked row and records it; the row is the caller's to save. Errors as in
    `change_status`.
    """
    at = row.position()
    handover = _changes_department(row, details)
    are_words_lost = by_staff(actor) and not details.silent and _are_words_lost(row, to, details, now)
    event = make_transition(row, to, details, actor, now)
    if are_words_lost:
        raise MissingFields(
            {"answer": "Bu adımın haberi vatandaşa sizin metninizle gitmez. Metni cevap olarak yazın."}
        )
    if to is Status.ASSIGNED:
        _arrive(row, at, details, actor, now, handover=handover)
    append_events(row, [event])
    if by_staff(actor) and STATUSES[to].for_followers and find_transition(at, to, now).announced:
        announce_to_duplicates(row, event, actor, now)
    return event


def make_transition(row: Ticket, to: Status, details: Details, actor: Actor, now: datetime) -> TicketEvent:
    """Makes the transition on a row that is locked or not saved yet; returns its entry, still to be appended. Errors as
    in `change_status`."""
    at = row.position()
    here = row.department.code if row.department else None
    rule = check_transition(
        at,
        to,
        parties=parties(actor, here),
        given=_given(row, at, details),
        now=now,
        handover=_changes_department(row, details),
    )
    check_original(row, details.duplicate_of)
    _check_plan(details.planned_for, now)
    text = _public_text(row, at, rule, details)
    record_breaches(row, now)
    resume_clock(row, at, to, now)
    enter(row, at, to, details, now)
    if by_staff(actor):
        begin(row, now)
    return new_event(
        row,
        TicketEvent.Kind.MOVED,
        actor=actor,
        now=now,
        announce=rule.announced and by_staff(actor) and not details.silent,
        from_status=at.status,
        to_status=to,
        public_text=text,
        note=details.note,
        data=event_data(row, to, details, here),
    )


def _changes_department(row: Ticket, details: Details) -> bool:
    return bool(details.department and row.department) and details.department != row.department


def _given(row: Ticket, at: Position, details: Details) -> set[str]:
    given = details.given()
    if at.status is Status.ASSIGNED and details.department == row.department:
        given.discard("department")  # sent where it already is
    elif at.status is not Status.ASSIGNED and row.department is not None:
        given.add("department")
    if at.status is Status.REVIEW and row.proposed_answer():
        given.add("answer")
    return given


def _check_plan(day: date | None, now: datetime) -> None:
    if day is not None and day < now.astimezone(ISTANBUL).date():
        raise MissingFields({"planned_for": "Programa alındığı gün geçmişte olamaz."})


def _are_words_lost(row: Ticket, to: Status, details: Details, now: datetime) -> bool:
    """Whether staff wrote words beside the transition that its news would not hold. Raises NoSuchTransition."""
    rule = find_transition(row.position(), to, now)
    if not details.answer or not rule.announced or "answer" in rule.needs or row.citizen is None:
        return False
    channel = ports.channel()
    return channel.talk(row.citizen) is not None and to not in channel.transitions_with_words(row)


def _public_text(row: Ticket, at: Position, rule: Transition, details: Details) -> str:
    if not rule.announced:
        return ""
    if details.agency is not None and not details.answer:
        return details.agency.told
    if at.status is Status.REVIEW and not details.answer:
        return row.proposed_answer()
    return details.answer


def event_data(row: Ticket, to: Status, details: Details, here: str | None) -> dict[str, Any]:
    data: dict[str, Any] = details.as_data()
    if to is Status.REVIEW:
        data["answer"] = details.answer
    after = row.department.code if row.department else None
    if to is Status.ASSIGNED or after != here:
        data |= {"department": after, "from_department": here}
    return data


def resume_clock(row: Ticket, at: Position, to: Status, now: datetime) -> None:
    """The resolution clock stands still while a ticket waits for the citizen, or counts as settled until reopened."""
    count(row, now)
    reopening = at.status in ENDED and to is Status.ASSIGNED
    since = row.outcome_at if reopening else row.waiting_since
    if since is not None:
        resume(row, since, now)
    row.waiting_since, row.waiting_from = None, ""


def enter(row: Ticket, at: Position, to: Status, details: Details, now: datetime) -> None:
    row.status = to
    match to:
        case Status.ASSIGNED:
            _assign(row, at, details)
        case Status.NEW if at.status is Status.ASSIGNED:
            row.department = row.assignee = None
        case Status.PLANNED:
            row.planned_for = details.planned_for or row.planned_for
        case Status.WAITING:
            row.waiting_since, row.waiting_from = now, at.status
        case Status.CLOSED:
            row.closed_at = now
        case _:
            pass
    outcome = STATUSES[to].outcome
    if outcome is not None:
        _settle(row, outcome, details, now)
    row.worked_until = None if to in (Status.WAITING, *ENDED) else now


def _arrive(
    row: Ticket, at: Position, details: Details, actor: Actor, now: datetime, *, handover: bool
) -> None:
    """What follows from sending it to a department: the router learns where it belongs, the department hears of it."""
    if details.department is not None:
        keep_correction(row, None, actor, now)
    if handover or at.status in (Status.NEW, *ENDED):
        notify_of_work(row, now)


def _assign(row: Ticket, at: Position, details: Details) -> None:
    if at.status in ENDED:
        row.outcome = row.outcome_at = row.resolved_at = row.closed_at = row.duplicate_of = row.agency = None
        row.reopened += 1
    if details.department is not None and details.department != row.department:
        row.department, row.assignee = details.department, None
    row.proposed_agency = row.planned_for = None


def _settle(row: Ticket, outcome: Outcome, details: Details, now: datetime) -> None:
    row.outcome, row.outcome_at = outcome, now
    if outcome is Outcome.RESOLVED:
        row.resolved_at = now
    if outcome is Outcome.CANCELLED:  # nothing can follow it
        row.closed_at = now
    if outcome is Outcome.REDIRECTED:
        row.agency = details.agency
    if outcome is Outcome.DUPLICATE:
        row.duplicate_of = details.duplicate_of
    row.proposed_agency = None
