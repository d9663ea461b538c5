"""Questions about the line and about what became of a report, answered from what is known; they open nothing. Pure."""

from dataclasses import replace

from whatsapp.conversation import report
from whatsapp.conversation.state import State
from whatsapp.conversation.types import (
    InboundMessage,
    Join,
    Step,
    TellStatus,
    TicketView,
    TurnContext,
    answer,
    owes_notice,
    step,
)


def reply(state: State, inbound: InboundMessage, facts: TurnContext) -> Step | None:
    """The answer to the question that the message is; None where it is none, or tells of something new."""
    open_ones = [own for own in facts.own if own.status not in SETTLED]
    if not facts.question or _tells_of_something_else(open_ones, facts):
        return None
    match facts.question:
        case "who" | "how_long" as key if key == "who" or not open_ones:
            return _said(state, facts, key)
        case "arrived":
            return _said(
                state, facts, "files_arrived" if facts.files else "no_file_arrived", str(facts.files)
            )
        case "done":
            return _thanked(state, inbound, facts, open_ones)
        case _ if open_ones:
            return _told(state, inbound, facts, open_ones)
        case _:
            return _waits(state, inbound, facts)


# Whose outcome the citizen was told.
SETTLED = frozenset({"RESOLVED", "REJECTED", "REDIRECTED", "DUPLICATE", "CANCELLED", "CLOSED"})


def _tells_of_something_else(open_ones: list[TicketView], facts: TurnContext) -> bool:
    """Whether the words are sure to be of a subject, and of none that the citizen has reported."""
    return facts.sure and facts.place_required and facts.category not in {own.category for own in open_ones}


def _told(state: State, inbound: InboundMessage, facts: TurnContext, open_ones: list[TicketView]) -> Step:
    """How it stands; who grows impatient of one report is heard by those who work on it, too."""
    about = report.meant(inbound, facts) or (open_ones[0] if len(open_ones) == 1 else None)
    told = TellStatus(owes_notice(state, facts), still_open=True)
    if about:
        told = replace(told, tickets=(about.ticket,), cited=about.number, still_open=False)
    wordless = not any(letter.isalpha() for letter in inbound.text)
    joined: tuple[Join, ...] = ()
    if about and facts.question == "impatient" and not wordless:
        joined = (Join(about.ticket, (inbound.message,), inbound.text, None),)
    state = replace(state, notice=facts.notice_version, reply="", reply_at=None)
    return step(state, *joined, told, outcome="joined" if joined else "answered")


def _waits(state: State, inbound: InboundMessage, facts: TurnContext) -> Step | None:
    """Impatience where nothing is open: the line waits for an answer itself, or knows of nothing."""
    wordless = not any(letter.isalpha() for letter in inbound.text)
    if state.draft is not None:
        return _said(state, facts, "draft_waits") if wordless else None
    if wordless:
        return _said(state, facts, "hello")
    return None if facts.sure or facts.guess else _said(state, facts, "no_tickets")


def _thanked(state: State, inbound: InboundMessage, facts: TurnContext, open_ones: list[TicketView]) -> Step:
    """Good news: of the only open report it is kept with it."""
    joined = [
        Join(own.ticket, (inbound.message,), inbound.text, None) for own in open_ones if len(open_ones) == 1
    ]
    state, said = answer(state, facts, "glad")
    return step(state, *joined, said, outcome="joined" if joined else "answered")


def _said(state: State, facts: TurnContext, key: str, detail: str = "") -> Step:
    state, said = answer(state, facts, key, detail=detail)
    return step(state, said, outcome="answered")
