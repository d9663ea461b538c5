"""Words that are added to what a ticket tells of."""

from datetime import datetime

from departments.text.identity_numbers import masked
from tickets.casework.awaiting_staff import wrote_on_ticket
from tickets.casework.citizen_answers import take_as_answer
from tickets.casework.opening import summarised
from tickets.casework.writing import append_event, locked_ticket
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor
from tickets.record.statuses import Status
from tickets.record.workflow import ActorKind

DESCRIPTION_GROWS_TO = 40_000  # letters


def describe(
    *,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    text: str,
    answers: bool = True,
    from_citizen: bool = False,
) -> Ticket:
    """Adds words to the description, T.C. identity numbers hidden. From the citizen, and where staff write down what
    the citizen tells them (`from_citizen`), it also answers the question that a ticket waits on, but where it is known
    not to. Of a description that nobody reads to its end any more, further
    words stand in the timeline alone.
    """
    text = masked(text)
    with locked_ticket(ticket, now) as row:
        if len(row.description) < DESCRIPTION_GROWS_TO:
            row.description = "\n".join(filter(None, (row.description, text.strip())))
        row.summary = row.summary or summarised(text)
        row.description_missing = False
        append_event(row, TicketEvent.Kind.DESCRIBED, actor=actor, now=now, data={"text": text.strip()})
        before = Status(row.status)
        if answers:
            take_as_answer(row, Actor.citizen() if from_citizen else actor, now)
        if actor.kind is ActorKind.CITIZEN:
            wrote_on_ticket(ticket=row, before=before, words=text, now=now)
    return row
