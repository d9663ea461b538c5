"""After the confirmation and after the result: what was asked for, solved or not, stars, a word. Pure."""

from dataclasses import replace
from datetime import datetime

from whatsapp.conversation import time_limits
from whatsapp.conversation.effects import Cancel, Effect, Join, RateTicket, Relocate, Reopen, Settle
from whatsapp.conversation.state import Expecting, PendingReply, State
from whatsapp.conversation.steps import Step, answer, step
from whatsapp.conversation.types import SPOKEN, InboundMessage, TicketView, TurnContext

STARS_ALONE = 3  # in more words than that something is said of them


def expect(state: State, what: Expecting, own: TicketView, now: datetime, *, score: int = 0) -> State:
    """The state in which the next message is taken for `what`."""
    return replace(
        state, expect=PendingReply(what, own.ticket, own.number, now + time_limits.REMEMBERED, score)
    )


def expected(state: State, inbound: InboundMessage, now: datetime, context: TurnContext) -> Step | None:
    """The turn for a message that was asked for; None where this one is something else, or about cancelling."""
    wanted = state.expect
    if wanted is None or state.draft is not None:
        return None
    own = context.ticket(wanted.ticket)
    if own is None:
        return None
    done = replace(state, expect=None)
    match wanted.what:
        case "add" if not context.chatter and inbound.kind not in ("sticker", "contacts", "unsupported"):
            join = Join(own.ticket, (inbound.message,), inbound.text, inbound.place, inbound.address)
            return _thanked(
                replace(state, expect=replace(wanted, until=now + time_limits.REMEMBERED)),
                context,
                wanted,
                join,
            )
        case "move" if inbound.place is not None or (inbound.text and not context.chatter):
            moved = Relocate(own.ticket, inbound.message, inbound.text, inbound.place)
            done, said = answer(done, context, "moved", number=own.number)
            return step(done, moved, said, outcome="joined")
        case "reason" if inbound.text or inbound.kind in SPOKEN or inbound.kind == "image":
            return reopen(done, own, context, reason=inbound.text, message=inbound.message)
        case "comment" if inbound.kind == "text" and inbound.text:
            rated = RateTicket(own.ticket, wanted.score, inbound.text)
            done, said = answer(done, context, "thanks")
            return step(done, rated, said, outcome="joined")
        case _:
            return None


def about_result(state: State, inbound: InboundMessage, now: datetime, context: TurnContext) -> Step | None:
    """A plain "evet" or "hayır" to "sorun çözüldü mü?": of the ticket it replies to, or the only one in question."""
    if context.yes is None or (state.draft is not None and not inbound.about):
        return None
    resolved = [own for own in context.own if own.status == "RESOLVED"]
    replied = [own for own in resolved if own.ticket == inbound.about]
    if len(meant := replied or resolved) != 1 or (inbound.about and not replied):
        return None
    return solved(state, meant[0], context) if context.yes else unsolved(state, meant[0], now, context)


def told_result(state: State, inbound: InboundMessage, now: datetime, context: TurnContext) -> Step | None:
    """What is said in words, or in stars, of the outcome that was told last: that it is so closes it, that it is not
    opens it again with these words as the reason. None where no outcome was the last thing that happened.
    """
    alone = state.draft is None and inbound.kind == "text" and context.yes is None
    dated = (
        [own for own in context.own if own.changed_at] if alone and (context.result or context.stars) else []
    )
    own = max(dated, key=lambda each: each.changed_at or now, default=None)
    if own is None or not own.resolved or (inbound.about and inbound.about != own.ticket):
        return None
    waits = own.status in ("RESOLVED", "CLOSED") and "ASSIGNED" in own.may
    if (context.sure or context.guess) and not context.talk and context.category != own.category:
        return None
    if context.stars and not own.rated:
        closing: tuple[Effect, ...] = (Settle(own.ticket),) if "CLOSED" in own.may else ()
        word = inbound.text if len(inbound.text.split()) > STARS_ALONE else ""
        state, said = answer(state, context, "thanks")
        return step(state, *closing, RateTicket(own.ticket, context.stars, word), said, outcome="joined")
    if own.status == "RESOLVED" and context.result == "glad":
        return solved(state, own, context)
    if waits and context.result == "unsolved":
        return reopen(state, own, context, reason=inbound.text, message=inbound.message)
    return None


def solved(state: State, own: TicketView, context: TurnContext) -> Step:
    """Closed with the citizen's yes, and stars are offered."""
    if not own.resolved:
        state, said = answer(state, context, "not_now", number=own.number)
        return step(state, said, outcome="answered")
    effects: tuple[Effect, ...] = (Settle(own.ticket),) if "CLOSED" in own.may else ()
    state, said = answer(state, context, "ask_stars", number=own.number)
    return step(state, *effects, said, outcome="answered")


def unsolved(state: State, own: TicketView, now: datetime, context: TurnContext) -> Step:
    """The reason is asked for, and without one the ticket is reopened all the same a little later."""
    if "ASSIGNED" not in own.may or own.status not in ("RESOLVED", "REJECTED", "REDIRECTED", "CLOSED"):
        state, said = answer(state, context, "not_reopenable", number=own.number)
        return step(state, said, outcome="answered")
    state = replace(
        state,
        expect=PendingReply("reason", own.ticket, own.number, now + context.draft_timeout),
        reply="",
        reply_at=None,
    )
    state, said = answer(state, context, "ask_reason", number=own.number)
    return step(state, said, outcome="answered")


def reason_overdue(state: State, now: datetime, context: TurnContext) -> Step | None:
    """The reopening for which no reason came in time."""
    wanted = state.expect
    if wanted is None or wanted.what != "reason" or now < wanted.until:
        return None
    own = context.ticket(wanted.ticket)
    state = replace(state, expect=None)
    return reopen(state, own, context, reason="", message=None) if own else step(state)


def reopen(state: State, own: TicketView, context: TurnContext, *, reason: str, message: int | None) -> Step:
    """Opens the ticket again and says so; staff may have moved it on meanwhile, then there is nothing to reopen."""
    if "ASSIGNED" not in own.may:
        state, said = answer(state, context, "not_reopenable", number=own.number)
        return step(state, said, outcome="answered")
    state, said = answer(state, context, "reopened", number=own.number)
    return step(state, Reopen(own.ticket, reason, message), said, outcome="joined")


def rated(state: State, own: TicketView, score: int, now: datetime, context: TurnContext) -> Step:
    """Keeps the stars and leaves room for a word."""
    if not own.resolved:
        state, said = answer(state, context, "not_now", number=own.number)
        return step(state, said, outcome="answered")
    state = expect(state, "comment", own, now, score=score)
    state, said = answer(state, context, "ask_comment", number=own.number)
    return step(state, RateTicket(own.ticket, score), said, outcome="answered")


def cancel_confirmed(state: State, own: TicketView, context: TurnContext, *, sure: bool) -> Step:
    """Cancels, or keeps the ticket."""
    if not sure:
        state, said = answer(state, context, "kept", number=own.number)
        return step(state, said, outcome="answered")
    if "CANCELLED" not in own.may:
        state, said = answer(state, context, "not_cancellable", number=own.number)
        return step(state, said, outcome="answered")
    state, said = answer(state, context, "cancelled", number=own.number)
    return step(state, Cancel(own.ticket), said, outcome="answered")


def _thanked(state: State, context: TurnContext, wanted: PendingReply, join: Join) -> Step:
    """The first addition is acknowledged; those right behind it are not, so that an album gets one answer."""
    if wanted.score:
        return step(state, join, outcome="joined")
    state = replace(state, expect=replace(state.expect or wanted, score=1))
    state, said = answer(state, context, "added", number=wanted.number)
    return step(state, join, said, outcome="joined")
