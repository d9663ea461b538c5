"""Talking with the citizen by hand: a reply, and whose word it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO

from django.contrib.auth.models import User
from django.db import transaction

from tickets.answering import conversations
from tickets.answering.drafts import forget_draft
from tickets.answering.reply_lengths import checked_text
from tickets.attachments.uploads import file_type, list_file, raw_file
from tickets.casework.waiting_since import first_word_after
from tickets.casework.writing import append_event, locked_ticket
from tickets.files import kinds
from tickets.presence.at_desk import is_at_desk
from tickets.record import channel as ports
from tickets.record.models.attachments import Attachment
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor, parties
from tickets.record.workflow import DEPARTMENT, STAFF, MissingFields, NoSuchTransition, NotAllowed


def may_reply(ticket: Ticket, actor: Actor) -> bool:
    """Whether the actor may write to the citizen: the call centre, and the ticket's department if it answers directly.

    Whoever does not read the conversation does not answer in it.
    """
    who = parties(actor, ticket.department.code if ticket.department else None) & STAFF
    directly = ticket.department is None or ticket.department.answers_directly
    return actor.reads_conversations and bool(who - DEPARTMENT or (who and directly))


def reply(
    *,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    text: str,
    file: IO[bytes] | None = None,
    version: int | None = None,
) -> TicketEvent:
    """Writes to the citizen, and takes the talk.

    A `file`, a photo or a PDF, is sent with the text and kept with the ticket's own. What the actor was writing to the
    citizen is written. Raises StaleVersion, NotAllowed, MissingFields when there is no text or too much or the file
    does not begin as one of those, or is a PDF that cannot be sent any more, NoSuchTransition for a ticket whose
    citizen no channel reaches.
    """
    said = checked_text(text, with_file=file is not None)
    check_file(reachable(ticket, actor), file, now)  # a file is kept for those alone who may send it
    raw = raw_file(file, now) if file else None
    with _locked_talk(ticket, now, version=version) as row:
        citizen = reachable(row, actor)
        ports.channel().take_over(citizen, now)
        conversations.answered(citizen=citizen, now=now, by=actor.user)
        forget_draft(user=actor.user, citizen=citizen)
        data = {"photo": list_file(row, raw, actor, now).pk} if raw else {}
        facts = {"public_text": said, "data": data}
        return append_event(row, TicketEvent.Kind.REPLIED, actor=actor, now=now, announce=True, **facts)


def send_as_written(
    *, ticket: Ticket, actor: Actor, now: datetime, text: str, written_at: datetime
) -> TicketEvent:
    """Sends what the actor wrote to the citizen then. Whoever has written since waits on, what the actor is writing now
    stays, and the line keeps silent only if the actor is at their desk. Raises NotAllowed, NoSuchTransition.
    """
    with _locked_talk(ticket, now) as row:
        citizen = reachable(row, actor)
        if actor.user is not None and is_at_desk(actor.user):
            ports.channel().take_over(citizen, now)
        conversations.answered(citizen=citizen, now=now, by=actor.user, read_until=written_at)
        event = append_event(
            row, TicketEvent.Kind.REPLIED, actor=actor, now=now, announce=True, public_text=text
        )
        row.waits_since = first_word_after(row, written_at)
        return event


def say_in_talk(
    *,
    citizen: Citizen,
    by: User,
    now: datetime,
    text: str,
    file: Attachment | None = None,
    written_at: datetime,
) -> None:
    """Sends what somebody wrote then to a citizen without a ticket, with a stored file; all else as `send_as_written`.
    The caller holds the conversation's lock. Raises NoSuchTransition.
    """
    if not ports.channel().write(citizen, text, None, now, file=file):
        raise NoSuchTransition(conversations.UNREACHABLE)
    if is_at_desk(by):
        ports.channel().take_over(citizen, now)
    conversations.answered(citizen=citizen, now=now, by=by, read_until=written_at)


def check_file(citizen: Citizen, file: IO[bytes] | None, now: datetime) -> None:
    """Raises MissingFields for a document once the window is shut: the approved templates carry a photo alone."""
    talk = ports.channel().talk(citizen)
    if file is not None and file_type(file) == kinds.PDF and talk is not None and not talk.is_open(now):
        raise MissingFields(
            {
                "file": "24 saatlik süre doldu: belge gitmez. Belgesiz yazın; vatandaş yazınca belgeyi gönderin."
            }
        )


def take_over(*, ticket: Ticket, actor: Actor, now: datetime) -> Ticket:
    """The line keeps silent for the citizen until the talk is handed back. Raises NotAllowed, NoSuchTransition."""
    return _hand(ticket, actor, now, taken=True)


def hand_back(*, ticket: Ticket, actor: Actor, now: datetime) -> Ticket:
    """The line answers the citizen again. Raises NotAllowed, NoSuchTransition."""
    return _hand(ticket, actor, now, taken=False)


@contextmanager
def _locked_talk(ticket: Ticket, now: datetime, *, version: int | None = None) -> Iterator[Ticket]:
    """The talk with the ticket's citizen locked, then the ticket as `locked_ticket` does."""
    with transaction.atomic():
        ports.channel().lock([ticket.citizen_id] if ticket.citizen_id else [])
        with locked_ticket(ticket, now, version=version) as row:
            yield row


def _hand(ticket: Ticket, actor: Actor, now: datetime, *, taken: bool) -> Ticket:
    with _locked_talk(ticket, now) as row:
        citizen = reachable(row, actor)
        channel = ports.channel()
        (channel.take_over if taken else channel.hand_back)(citizen, now)
        if taken:
            conversations.taken(citizen=citizen, now=now, by=actor.user)
        append_event(row, TicketEvent.Kind.HANDED, actor=actor, now=now, data={"taken": taken})
    return row


def reachable(row: Ticket, actor: Actor) -> Citizen:
    """The ticket's citizen, if the actor may write to them. Raises NotAllowed, NoSuchTransition where no channel
    reaches them.
    """
    if not may_reply(row, actor):
        raise NotAllowed("Bu başvuruda vatandaşa yazma yetkiniz yok. İç not ekleyebilirsiniz.")
    if row.citizen is None or ports.channel().talk(row.citizen) is None:
        raise NoSuchTransition(conversations.UNREACHABLE)
    return row.citizen
