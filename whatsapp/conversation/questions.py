"""Questions about the line and about what became of a report, answered from what is known; they open nothing. Pure."""

import re
from dataclasses import replace
from datetime import datetime

from whatsapp.conversation import belonging, time_limits
from whatsapp.conversation.effects import AnswerStatus, AskStaff, Effect, Join, Say, TakeFileBack
from whatsapp.conversation.state import Draft, State
from whatsapp.conversation.steps import Step, answer, owes_notice, step
from whatsapp.conversation.types import InboundMessage, TicketView, TurnContext

# Answers that help once.
ANSWERED_ONCE = frozenset({"status", "not_ours", "no_tickets"})
ASKS_ALONE = 6  # in more words than that something is told, too
_EVERY = re.compile(
    r"\b(?:onlar|bunlar|hepsi|resimler|fotograflar|fotolar|fotoğraflar|all of them|photos)", re.IGNORECASE
)
_FIRST = re.compile(r"\b(?:ilk|birinci|first)", re.IGNORECASE)


def reply(state: State, inbound: InboundMessage, now: datetime, context: TurnContext) -> Step | None:
    """The answer to the question that the message is; None where it is none, or tells of something new."""
    open_ones = [own for own in context.own if own.is_open]
    if context.question in ("wrong_file", "correction"):
        return _corrected(state, inbound, now, context, open_ones)
    if not context.question or (state.draft is None and _tells_of_something_else(open_ones, context)):
        return None
    return _of_line(state, inbound, context, open_ones) or _of_report(state, inbound, context, open_ones)


def pass_on(
    state: State,
    text: str,
    now: datetime,
    context: TurnContext,
    *,
    of: TicketView | None = None,
    asks: bool = True,
) -> tuple[State, tuple[Effect, ...]]:
    """What only a person can answer waits for one, `of` a ticket if it is of one. That is said; of what is no question
    (not `asks`) once in a while.
    """
    waits = AskStaff("question" if asks else "wrote", text, of.ticket if of else None)
    if not asks and state.passed_at and now - state.passed_at <= time_limits.FOLLOW_UP:
        return state, (waits,)
    about = "question" if asks else "passed"
    key = "question_again" if context.queued else f"{about}_shut" if context.opens else about
    state, said = answer(replace(state, passed_at=now), context, key)
    return state, (waits, replace(said, at=context.opens))


def not_twice(
    state: State, taken: Step, inbound: InboundMessage, now: datetime, context: TurnContext
) -> Step:
    """The same step, unless it says what was the answer the last time within a day, of nothing that moved since: then
    whoever asks again is heard by a person.
    """
    says = [each for each in taken.effects if isinstance(each, Say | AnswerStatus)]
    key = says[0].key if says and isinstance(says[0], Say) else "status" if says else ""
    wordless = not any(letter.isalpha() for letter in inbound.text)
    if key not in ANSWERED_ONCE or wordless:
        return taken
    said = key + "".join(f" {own.ticket} {own.status}" for own in context.own if own.is_open)
    answered_at = state.last_answer_at
    if state.last_answer != said or answered_at is None or now - answered_at > time_limits.ANSWERED_AGAIN:
        return replace(taken, state=replace(taken.state, last_answer=said, last_answer_at=now))
    about = belonging.meant_or_only(inbound, context, [own for own in context.own if own.is_open])
    kept = tuple(each for each in taken.effects if each not in says)
    state, passed = pass_on(taken.state, inbound.text, now, context, of=about)
    return replace(taken, state=state, effects=(*kept, *passed))


def _of_line(
    state: State, inbound: InboundMessage, context: TurnContext, open_ones: list[TicketView]
) -> Step | None:
    """The answer to a question about the line itself."""
    match context.question:
        case "who":
            return _said(state, context, "who")
        case "how_long" if not open_ones and len(inbound.text.split()) <= ASKS_ALONE:
            return _said(state, context, "how_long")
        case "arrived":
            came = "files_arrived" if context.files else "no_file_arrived"
            return _said(state, context, came, str(context.files))
        case "unnamed":
            return _unnamed(state, inbound, context, open_ones)
        case _:
            return None


def _of_report(
    state: State, inbound: InboundMessage, context: TurnContext, open_ones: list[TicketView]
) -> Step | None:
    """The answer to a question about a report that was made, or to the news that it is done."""
    match context.question:
        case "done":
            return _thanked(state, inbound, context, open_ones)
        case "ours":
            return _whose(state, context, open_ones)
        case "how_long" if not open_ones:
            return None
        case _ if open_ones:
            return _told_status(state, inbound, context, open_ones)
        case _:
            return _waits(state, inbound, context)


def _tells_of_something_else(open_ones: list[TicketView], context: TurnContext) -> bool:
    """Whether the words are sure to be of a subject, and of none that the citizen has reported."""
    return (
        context.sure
        and context.place_required
        and context.category not in {own.category for own in open_ones}
    )


def _told_status(
    state: State, inbound: InboundMessage, context: TurnContext, open_ones: list[TicketView]
) -> Step:
    """How it stands; who grows impatient of one report is heard by those who work on it, too."""
    about = belonging.meant_or_only(inbound, context, open_ones)
    told = AnswerStatus(owes_notice(state, context), still_open=True)
    if about:
        told = replace(told, tickets=(about.ticket,), cited=about.number, still_open=False)
    wordless = not any(letter.isalpha() for letter in inbound.text)
    joined: tuple[Join, ...] = ()
    if about and context.question == "impatient" and not wordless:
        joined = (Join(about.ticket, (inbound.message,), inbound.text, None),)
    state = replace(state, notice=context.notice_version, reply="", reply_at=None)
    return step(state, *joined, told, outcome="joined" if joined else "answered")


def _waits(state: State, inbound: InboundMessage, context: TurnContext) -> Step | None:
    """Impatience where nothing is open: the line waits for an answer itself, or knows of nothing."""
    wordless = not any(letter.isalpha() for letter in inbound.text)
    if state.draft is not None:
        return _said(state, context, "draft_waits") if wordless else None
    if wordless:
        return _said(state, context, "hello")
    foreign = (context.language or context.speaks or "tr") != "tr"  # whose reports the router does not know
    return None if context.sure or context.guess or foreign else _said(state, context, "no_tickets")


def _unnamed(
    state: State, inbound: InboundMessage, context: TurnContext, open_ones: list[TicketView]
) -> Step:
    """Who sees who wrote; what is said of the only open report is kept with it, too."""
    about = belonging.meant_or_only(inbound, context, open_ones)
    joined = (Join(about.ticket, (inbound.message,), inbound.text, None),) if about else ()
    state, said = answer(state, context, "unnamed")
    return step(state, *joined, said, outcome="joined" if joined else "answered")


def _whose(state: State, context: TurnContext, open_ones: list[TicketView]) -> Step | None:
    """Why we send somebody elsewhere, and how they have us look into it all the same."""
    elsewhere = [own for own in open_ones if own.elsewhere]
    if not elsewhere or state.draft is not None:
        return None
    state, said = answer(state, context, "not_ours", number=elsewhere[0].number)
    return step(state, said, outcome="answered")


def _thanked(
    state: State, inbound: InboundMessage, context: TurnContext, open_ones: list[TicketView]
) -> Step:
    """Good news: of the only open report it is kept with it."""
    joined = [
        Join(own.ticket, (inbound.message,), inbound.text, None) for own in open_ones if len(open_ones) == 1
    ]
    state, said = answer(state, context, "glad")
    return step(state, *joined, said, outcome="joined" if joined else "answered")


def _corrected(
    state: State, inbound: InboundMessage, now: datetime, context: TurnContext, open_ones: list[TicketView]
) -> Step | None:
    """What puts a report right joins it, of several the one spoken of a moment ago, and is looked at by a person; a
    picture sent by mistake is hidden at once.

    A report in the making is left without its pictures where one of them was wrong; None where there is no report.
    """
    wrong_file = context.question == "wrong_file"
    if state.draft is not None:
        if not wrong_file:
            return None
        if state.draft.shown:
            return _without_files(state, state.draft, inbound, context)
        left_out = any(not piece.text and piece.written for piece in state.draft.pieces)
        return _said(state, context, "file_left_out") if left_out else None
    recent = state.confirmed_at is not None and now - state.confirmed_at <= time_limits.FOLLOW_UP
    last = context.ticket(state.last.ticket) if state.last and recent and not wrong_file else None
    own = belonging.meant(inbound, context) or last
    own = own or belonging.meant_or_only(inbound, context, open_ones)
    if own is None or not own.is_open:
        return None
    wrong_file = wrong_file and own.pictured
    which = {"first": bool(_FIRST.search(inbound.text)), "every": bool(_EVERY.search(inbound.text))}
    hidden = (TakeFileBack(own.ticket, **which),) if wrong_file else ()
    joined = Join(own.ticket, (inbound.message,), inbound.text, inbound.place, inbound.address)
    waits = AskStaff("corrects", inbound.text, own.ticket)
    state, said = answer(state, context, "file_taken_back" if wrong_file else "corrected", number=own.number)
    return step(state, *hidden, joined, waits, said, outcome="joined")


def _without_files(state: State, draft: Draft, inbound: InboundMessage, context: TurnContext) -> Step:
    """The report without the picture that was wrong: the last one, the first or all of them if that is what they say.
    Its words stay, its file does not come along.
    """
    shown = [place for place, piece in enumerate(draft.pieces) if piece.shown]
    one = shown[:1] if _FIRST.search(inbound.text) else shown[-1:]
    wrong = shown if _EVERY.search(inbound.text) else one
    pieces = [
        replace(piece, shown="", written=True) if place in wrong else piece
        for place, piece in enumerate(draft.pieces)
    ]
    state = replace(state, draft=replace(draft, pieces=tuple(pieces)))
    return _said(state, context, "file_left_out")


def _said(state: State, context: TurnContext, key: str, detail: str = "") -> Step:
    state, said = answer(state, context, key, detail=detail)
    return step(state, said, outcome="answered")
