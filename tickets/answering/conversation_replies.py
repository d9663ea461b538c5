"""Replies to somebody who waits and has no ticket: now, with a file, later, and by a macro, which opens one."""

from datetime import datetime
from typing import IO

from django.db import transaction

from tickets.answering import conversations
from tickets.answering.macros import MacroPreview, preview_macro, run_macro
from tickets.answering.models.canned_answers import CannedAnswer
from tickets.answering.models.replies import ScheduledReply
from tickets.answering.replies import check_file
from tickets.answering.reply_lengths import checked_text
from tickets.answering.scheduled_replies import cancel, check_time, keep
from tickets.attachments.uploads import list_loose_file, raw_file
from tickets.record import channel
from tickets.record.models.ticket import Ticket
from tickets.record.models.waiting_conversations import WaitingConversation
from tickets.record.permissions import Actor
from tickets.record.statuses import Status
from tickets.record.workflow import NoSuchTransition

TO_COME = "MG-…"  # the number of a ticket that is not opened yet


def answer(
    *,
    handover: WaitingConversation,
    actor: Actor,
    now: datetime,
    text: str,
    file: IO[bytes] | None = None,
    seen: str = "",
) -> WaitingConversation:
    """Answers as `handovers.answer` does; with a `file`, a photo or a PDF, as soon as that is made safe.

    Raises what that raises, and MissingFields where the file is neither, or a PDF that cannot be sent any more.
    """
    if file is None:
        return conversations.answer(handover=handover, actor=actor, now=now, text=text, seen=seen)
    said = checked_text(text, with_file=True)
    check_file(handover.citizen, file, now)
    raw = raw_file(file, now)
    with conversations.locked_talk(handover, actor, seen) as row:
        _check_reached(row)
        reply = ScheduledReply(handover=row, text=said, due_at=now, file=list_loose_file(raw, now))
        keep(reply, actor, now)
        conversations.answer_given(row, actor, now)
    return row


def schedule_answer(
    *,
    handover: WaitingConversation,
    actor: Actor,
    now: datetime,
    text: str,
    due_at: datetime,
    whatever_comes: bool = False,
    seen: str = "",
) -> ScheduledReply:
    """Keeps a reply to be sent at that time; they wait on until then.

    Raises StaleVersion, NotAllowed, NoSuchTransition for a citizen whom no channel reaches, MissingFields where there
    is no text or too much, or no time at which it could be sent.
    """
    said = checked_text(text)
    with conversations.locked_talk(handover, actor, seen) as row:
        _check_reached(row)
        check_time(due_at, now, channel.channel().talk(row.citizen), whatever_comes=whatever_comes)
        reply = ScheduledReply(handover=row, text=said, due_at=due_at, whatever_comes=whatever_comes)
        return keep(reply, actor, now)


def cancel_answer(
    *, handover: WaitingConversation, actor: Actor, now: datetime, scheduled: int
) -> ScheduledReply:
    """Takes a reply back that waits for its time. Raises NotAllowed, NoSuchTransition where none waits any more."""
    with conversations.locked_talk(handover, actor) as row:
        return cancel(ScheduledReply.objects.filter(handover__citizen=row.citizen_id, pk=scheduled), now)


def answer_by_macro(
    *,
    handover: WaitingConversation,
    macro: CannedAnswer,
    actor: Actor,
    now: datetime,
    text: str,
    stamp: str = "",
    seen: str = "",
) -> Ticket:
    """Opens a ticket of what the citizen said, and does with it what the macro does, in one transaction.

    Raises what `handovers.make_ticket` and `run_macro` raise; then nothing was done.
    """
    with transaction.atomic():
        ticket = conversations.make_ticket(handover=handover, actor=actor, now=now, seen=seen)
        return run_macro(ticket=ticket, macro=macro, actor=actor, now=now, text=text, stamp=stamp)


def preview_answer_by_macro(
    *, handover: WaitingConversation, macro: CannedAnswer, actor: Actor, now: datetime, text: str
) -> MacroPreview:
    """What `answer_by_macro` would do with that text."""
    seen = preview_macro(ticket=ticket_to_come(handover), macro=macro, actor=actor, now=now, text=text)
    opens = "Son yazdıkları yeni bir başvuru olur, vatandaşa numarası gider"
    return MacroPreview(seen.news, (opens, *seen.changes), seen.refusal)


def ticket_to_come(handover: WaitingConversation) -> Ticket:
    """The ticket that could be opened, as far as it is known: not saved."""
    return Ticket(citizen=handover.citizen, status=Status.NEW, number=TO_COME)


def _check_reached(row: WaitingConversation) -> None:
    if channel.channel().talk(row.citizen) is None:
        raise NoSuchTransition(conversations.UNREACHABLE)
