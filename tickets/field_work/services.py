"""What a crew does on the spot: end the work with a line and a photo of it."""

from datetime import datetime
from typing import IO

from django.db import transaction

from tickets.attachments.uploads import attach_after_photo
from tickets.casework.transitions import change_status
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import Actor
from tickets.record.statuses import Status
from tickets.record.workflow import MissingFields


def finish_work(
    *,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    answer: str,
    photo: IO[bytes] | None = None,
    version: int | None = None,
) -> Ticket:
    """Ends the work: RESOLVED with the answer to the citizen, or REVIEW where the department does not answer directly.

    The photo goes to the citizen with that answer. Photo and transition are kept together or not at all. Refused as
    `change_status` and `attach_after_photo` refuse.
    """
    if not answer.strip():
        raise MissingFields({"answer": "Ne yapıldığını bir cümleyle yazın."})
    direct = ticket.department is None or ticket.department.answers_directly
    with transaction.atomic():
        if photo is not None:
            attached = attach_after_photo(ticket=ticket, actor=actor, now=now, file=photo, version=version)
            version = attached.of_ticket.version
        return change_status(
            ticket=ticket,
            to=Status.RESOLVED if direct else Status.REVIEW,
            actor=actor,
            now=now,
            answer=answer,
            version=version,
        )
