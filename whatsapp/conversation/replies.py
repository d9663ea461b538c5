"""Commands at any point of a talk, and taps on what the line offered. Pure.

The id of a button is `what:MG-2026-000001`. It comes back from the citizen's telephone, so it is a wish and never an
authorisation: the ticket must be among the citizen's own.
"""

import re
from dataclasses import replace
from datetime import datetime

from departments.text import ticket_number
from whatsapp.conversation import followup, report, time_limits
from whatsapp.conversation.effects import (
    AnswerStatus,
    AskOfficer,
    AskStaff,
    Choose,
    Insist,
    KeepNumber,
    Mute,
    Speak,
)
from whatsapp.conversation.state import LinkedTicket, PendingReply, State
from whatsapp.conversation.steps import Step, answer, owes_notice, step
from whatsapp.conversation.types import InboundMessage, TicketView, TurnContext

_CHOICE = re.compile(rf"(stars(?=[1-5])|[a-z_]+)([1-5])?(?::({ticket_number.PATTERN}))?")
NUMBER_ASKED = 8  # in more words than that something is told beside the number
LANGUAGES = {"turkish": "tr", "english": "en", "arabic": "ar"}


def number_in(choice: str) -> str:
    """The ticket number in a button's id, or ''."""
    found = _CHOICE.fullmatch(choice)
    return (found[3] or "") if found else ""


def tap(state: State, inbound: InboundMessage, now: datetime, context: TurnContext) -> Step:
    """What a tapped button or row asks for."""
    found = _CHOICE.fullmatch(inbound.choice)
    if found is None:
        return _said(state, context, "unsupported")
    what, score, number = found[1], int(found[2] or 0), found[3] or ""
    if not number:
        return command(state, inbound, now, replace(context, command=what))
    own = context.numbered(number)
    if own is None:
        state, said = answer(state, context, "unknown", number=number)
        return step(state, said, outcome="answered")
    return _tap_on(state, what, score, own, now, context)


def _tap_on(
    state: State, what: str, score: int, own: TicketView, now: datetime, context: TurnContext
) -> Step:
    if what in ("same", "new") and state.draft is not None:
        asked = replace(state.draft, to=LinkedTicket(own.ticket, own.category, own.placed))
        chosen = report.same_or_new(state, asked, now, context, same=what == "same")
        return replace(chosen, outcome="answered")
    match what:
        case "cancel":
            return _ask_sure(state, own, now, context)
        case "cancel_yes" | "cancel_no":
            state = replace(state, expect=None)
            return followup.cancel_confirmed(state, own, context, sure=what == "cancel_yes")
        case "insist":
            return _insist(state, own, context)
        case "solved":
            return followup.solved(state, own, context)
        case "unsolved":
            return followup.unsolved(state, own, now, context)
        case "stars":
            return followup.rated(state, own, score, now, context)
        case _:
            return _ask_for(what, state, own, now, context)


def _ask_for(what: str, state: State, own: TicketView, now: datetime, context: TurnContext) -> Step:
    """Asks for what is to be added or put right; anything else is the button of a moment that has passed."""
    key = "not_now"
    if what == "add":
        state, key = followup.expect(state, "add", own, now), "ask_addition"
    elif what == "move":
        state, key = followup.expect(state, "move", own, now), "ask_new_place"
    state, said = answer(state, context, key, number=own.number)
    return step(state, said, outcome="answered")


def command(state: State, inbound: InboundMessage, now: datetime, context: TurnContext) -> Step:
    """What a command asks for, wherever the talk stands; a draft is left as it is, but for "iptal"."""
    match context.command:
        case "status":
            told = tuple(own.ticket for own in context.cited())
            cited = str(context.cites[0]) if context.cites else ""
            effect = AnswerStatus(owes_notice(state, context), told, cited)
            # What else is said beside a number that is not theirs is read by a person.
            more = cited and not told and len(inbound.text.split()) > NUMBER_ASKED
            waits = (AskStaff("question", inbound.text),) if more else ()
            return step(replace(state, notice=context.notice_version), effect, *waits, outcome="answered")
        case "cancel":
            return _cancel(state, inbound, now, context)
        case "person":
            return ask_staff(replace(state, reply="", reply_at=None), inbound, context)
        case "mute" | "unmute" as what:
            state, said = answer(state, context, what)
            return step(state, Mute(on=what == "mute"), said, outcome="answered")
        case "report" | "turkish" | "english" | "arabic" as what:
            state, said = answer(replace(state, reply="", reply_at=None), context, "hello")
            speaks = (Speak(LANGUAGES[what]),) if what in LANGUAGES else ()
            return step(state, *speaks, said, outcome="answered")
        case "data":
            return _ask_officer(state, inbound, context)
        case _:
            return _said(replace(state, reply="", reply_at=None), context, "help")


def ask_staff(state: State, inbound: InboundMessage, context: TurnContext, *, reports: bool = False) -> Step:
    """A person is asked for: while the office is open the line leaves the talk to them, unless the same message
    `reports` something; else it goes on.
    """
    key = "person_waiting" if context.waits else "person_shut" if context.opens else "person"
    asked = AskStaff("asked", inbound.text, inbound.about, silence=context.opens is None and not reports)
    state, said = answer(state, context, key)
    return step(state, asked, replace(said, at=context.opens), outcome="waiting")


def _ask_officer(state: State, inbound: InboundMessage, context: TurnContext) -> Step:
    """What is asked about the citizen's own data is the personal-data officer's to answer, and no ticket."""
    state = replace(state, reply="", reply_at=None)
    state, said = answer(state, context, "data_asked_again" if context.data_asked else "data_asked")
    asking = AskOfficer(context.data_request, inbound.text)
    return step(state, asking, said, outcome="answered")


def about_cancelling(
    state: State, inbound: InboundMessage, now: datetime, context: TurnContext
) -> Step | None:
    """The answer to "iptal edilsin mi?" or "hangisini?" in words: a yes, "iptal" once more, a number, or a no."""
    wanted = state.expect
    if wanted is None or wanted.what not in ("cancel", "choose") or state.draft is not None or inbound.about:
        return None
    done = replace(state, expect=None)
    cited = context.cited()
    if wanted.what == "choose" and cited:
        return _ask_sure(done, cited[0], now, context)
    if cited or (context.yes is None and context.command != "cancel"):
        return None
    if wanted.what == "choose":
        return None if context.yes is not False else _said(done, context, "kept_all")
    own = context.ticket(wanted.ticket)
    return followup.cancel_confirmed(done, own, context, sure=context.yes is not False) if own else None


def _said(state: State, context: TurnContext, key: str) -> Step:
    state, said = answer(state, context, key)
    return step(state, said, outcome="answered")


def number_shared(state: State, inbound: InboundMessage, context: TurnContext) -> Step:
    """The citizen's own number, given on request."""
    state, said = answer(state, context, "number_kept")
    return step(state, KeepNumber(inbound.phone), said, outcome="answered")


def _cancel(state: State, inbound: InboundMessage, now: datetime, context: TurnContext) -> Step:
    """The draft first; else the ticket named or replied to, the only open one, or the citizen picks."""
    named = context.ticket(inbound.about) if inbound.about else None
    cited = list(context.cited())
    if context.cites and not cited:
        state, said = answer(state, context, "unknown", number=str(context.cites[0]))
        return step(state, said, outcome="answered")
    if state.draft is not None and named is None and not cited:
        return _said(replace(state, draft=None), context, "draft_dropped")
    open_ones = [named] if named else cited or [own for own in context.own if "CANCELLED" in own.may]
    if len(open_ones) == 1:
        return _ask_sure(state, open_ones[0], now, context)
    if not open_ones:
        return _said(state, context, "nothing_to_cancel")
    choose = Choose(tuple(open_ones[:10]), owes_notice(state, context))
    expect = PendingReply("choose", 0, "", now + time_limits.REMEMBERED)
    return step(replace(state, notice=context.notice_version, expect=expect), choose, outcome="answered")


def _ask_sure(state: State, own: TicketView, now: datetime, context: TurnContext) -> Step:
    if "CANCELLED" not in own.may:
        state, said = answer(state, context, "not_cancellable", number=own.number)
        return step(state, said, outcome="answered")
    state = followup.expect(state, "cancel", own, now)
    state, said = answer(state, context, "ask_cancel", number=own.number)
    return step(state, said, outcome="answered")


def _insist(state: State, own: TicketView, context: TurnContext) -> Step:
    if not own.elsewhere:
        state, said = answer(state, context, "insisted_already", number=own.number)
        return step(state, said, outcome="answered")
    if own.status != "NEW" and "ASSIGNED" not in own.may:  # redirected too long ago
        state, said = answer(state, context, "not_reopenable", number=own.number)
        return step(state, said, outcome="answered")
    state, said = answer(state, context, "insisted", number=own.number)
    return step(state, Insist(own.ticket), said, outcome="answered")
