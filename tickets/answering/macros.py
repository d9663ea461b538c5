"""Macros: an answer, a transition and a note in one act, all of it or nothing."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tickets.answering import canned_answers
from tickets.answering.drafts import forget_draft
from tickets.answering.models.canned_answers import CannedAnswer
from tickets.answering.placeholders import placeholder_values
from tickets.answering.replies import reply
from tickets.casework.notes import add_note
from tickets.casework.transitions import change_status, news_of
from tickets.record import channel as ports
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor, parties
from tickets.record.statuses import Status
from tickets.record.workflow import (
    NoSuchTransition,
    StaleVersion,
    Transition,
    TransitionError,
    check_party,
    find_transition,
)


@dataclass(frozen=True)
class MacroPreview:
    """What a macro would do to a ticket: the news to the citizen (not saved; None: nothing), and the changes in words.

    `refusal` says why it may not be done now.
    """

    news: TicketEvent | None
    changes: tuple[str, ...]
    refusal: str = ""


def run_macro(
    *,
    ticket: Ticket,
    macro: CannedAnswer,
    actor: Actor,
    now: datetime,
    text: str,
    version: int | None = None,
    stamp: str = "",
) -> Ticket:
    """Answers with the text, moves the ticket and adds the note, as the macro says, in one transaction.

    The answer goes with the transition where the citizen reads it there, and for approval where the transition proposes
    it; else it is a reply, and the transition is silent. `stamp` is that of the macro (CannedAnswer.stamp) whose
    preview the actor saw. Raises StaleVersion where it is another by now, and what its parts raise; then nothing was
    done.
    """
    if stamp and stamp != macro.stamp:
        raise StaleVersion("Makro siz bakarken değişti. Ne yapacağına yeniden bakıp uygulayın.")
    if not macro.active or not macro.is_macro:
        raise NoSuchTransition("Bu makro artık kullanımda değil.")
    note, said = _note(macro, ticket), text.strip()
    with transaction.atomic():
        ports.channel().lock([ticket.citizen_id] if ticket.citizen_id else [])
        replies = bool(said) and not _goes_with_transition(macro, ticket, now)
        if replies:
            event = reply(ticket=ticket, actor=actor, now=now, text=said, version=version)
            ticket, version = event.ticket, None
        elif ticket.citizen is not None:
            forget_draft(user=actor.user, citizen=ticket.citizen)  # what was typed goes with the transition
        if macro.move_to:
            needed = "answer" in _transition(macro, ticket, now).needs
            return change_status(
                ticket=ticket,
                to=Status(macro.move_to),
                actor=actor,
                now=now,
                version=version,
                answer="" if replies and not needed else said,
                reason=macro.reason,
                agency=macro.agency,
                note=note,
                silent=replies,
            )
        return add_note(ticket=ticket, actor=actor, now=now, text=note, version=version, mentions=False)


def preview_macro(
    *, ticket: Ticket, macro: CannedAnswer, actor: Actor, now: datetime, text: str
) -> MacroPreview:
    """What `run_macro` would do with that text."""
    changes = []
    if macro.move_to:
        changes.append(f"Durum: {ticket.get_status_display()} → {macro.get_move_to_display()}")
    if macro.agency:
        changes.append(f"Kurum: {macro.agency.name}")
    if macro.reason:
        changes.append(f"Gerekçe: {macro.reason}")
    if macro.note:
        changes.append(f"İç not: {_note(macro, ticket)}")
    if macro.move_to == Status.REVIEW and text.strip():
        changes.append(f"Önerilen cevap: {text.strip()}")
    try:
        news = _news(macro, ticket, actor, now, text)
    except TransitionError as refusal:
        return MacroPreview(None, tuple(changes), str(refusal))
    return MacroPreview(news, tuple(changes))


def _news(macro: CannedAnswer, ticket: Ticket, actor: Actor, now: datetime, text: str) -> TicketEvent | None:
    said = text.strip()
    if macro.move_to:
        at, to = ticket.position(), Status(macro.move_to)
        check_party(at, to, _transition(macro, ticket, now), parties(actor, _department(ticket)), now)
        if not said or _goes_with_transition(macro, ticket, now):
            return news_of(ticket=ticket, to=to, actor=actor, now=now, answer=said, agency=macro.agency)
    if not said:
        return None
    return TicketEvent(ticket=ticket, kind=TicketEvent.Kind.REPLIED, public_text=said)


def _goes_with_transition(macro: CannedAnswer, ticket: Ticket, now: datetime) -> bool:
    """Whether the text is the transition's own: the citizen reads it there, or it is kept there and is sent to
    nobody.
    """
    if not macro.move_to:
        return False
    transition, channel = _transition(macro, ticket, now), ports.channel()
    if ticket.citizen is None or channel.talk(ticket.citizen) is None:
        return transition.announced or "answer" in transition.needs
    if not transition.announced:
        return "answer" in transition.needs
    return macro.move_to in channel.transitions_with_words(ticket)


def _transition(macro: CannedAnswer, ticket: Ticket, now: datetime) -> Transition:
    return find_transition(ticket.position(), Status(macro.move_to), now)


def _department(ticket: Ticket) -> str | None:
    return ticket.department.code if ticket.department else None


def _note(macro: CannedAnswer, ticket: Ticket) -> str:
    return canned_answers.filled(macro.note, placeholder_values(ticket))
