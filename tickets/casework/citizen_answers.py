"""What a citizen answers to a ticket that waits for them."""

from datetime import datetime

from tickets.casework.transitions import Details, transition
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import Actor
from tickets.record.statuses import Status
from tickets.record.workflow import ActorKind


def take_as_answer(row: Ticket, actor: Actor, now: datetime) -> None:
    """What the citizen sends to a waiting ticket is the answer: it goes back to where it waited from."""
    if row.status == Status.WAITING and actor.kind is ActorKind.CITIZEN:
        transition(row, Status(row.waiting_from), Details(), actor, now)
