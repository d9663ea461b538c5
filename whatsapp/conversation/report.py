"""A report in the making: its pieces gathered, what is missing asked for, then opened or joined. Pure."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from whatsapp.conversation import belonging, commands, followup, lost_files, questions, time_limits
from whatsapp.conversation.effects import AskStaff, Effect, Join, LetBe, OpenTicket, Say, Speak
from whatsapp.conversation.state import Draft, DraftPart, LinkedTicket, State, confirmed
from whatsapp.conversation.steps import Step, answer, owes_notice, step
from whatsapp.conversation.types import SPOKEN, InboundMessage, TicketView, TurnContext

_LINK = re.compile(r"https?://\S+")
MOST_PIECES, MOST_LETTERS = 100, 20_000  # of one report


def is_full(draft: Draft) -> bool:
    """Whether so much was said that nothing more is awaited: each turn thinks about all of a draft anew."""
    letters = sum(len(piece.text) for piece in draft.pieces)
    return len(draft.pieces) >= MOST_PIECES or letters >= MOST_LETTERS


def holds(state: State, inbound: InboundMessage, context: TurnContext) -> bool:
    """Whether the message that was changed is in the draft or in a ticket."""
    in_draft = state.draft is not None and inbound.changes in state.draft.messages
    return in_draft or context.ticket(inbound.about) is not None


def add(
    state: State,
    inbound: InboundMessage,
    now: datetime,
    context: TurnContext,
    *,
    to: LinkedTicket | None = None,
) -> Step:
    """Takes one more piece. An answer to the question put last is acted on at once, everything else settles first."""
    old = state.draft or Draft((), since=now, due=now, to=to)
    if old.asked[-1:] == ("same",) and context.yes is not None:
        return replace(same_or_new(state, old, now, context, same=context.yes), outcome="answered")
    answers = _answers(old, inbound, context) and not context.chatter
    if answers:
        due = now
    elif old.asked and not (old.asked[-1] in ("place", "matter") and inbound.text):
        due = now + context.draft_timeout
    else:
        due = (
            now + context.settle
            if old.asked
            else min(now + context.settle, old.since + time_limits.SETTLE_AT_MOST)
        )
    draft = _with_piece(old, inbound, context)
    draft = replace(draft, due=min(due, _patience(draft, now, context)))
    state = replace(state, draft=draft, reply="", reply_at=None)
    ready = answers or is_full(draft)
    asked_enough = is_full(draft) and bool(draft.asked)
    taken = decide(state, draft, now, context, expired=asked_enough) if ready else step(state)
    return replace(taken, outcome="draft")


def join_other_ticket(
    state: State, inbound: InboundMessage, now: datetime, context: TurnContext
) -> Step | None:
    """While a report is in the making: what replies to a message about another ticket, or cites one, is that one's."""
    draft, own = state.draft, belonging.meant(inbound, context)
    if draft is None or own is None or (draft.to is not None and draft.to.ticket == own.ticket):
        return None
    return join_replied(state, inbound, now, context)


def join_replied(state: State, inbound: InboundMessage, now: datetime, context: TurnContext) -> Step | None:
    """Adds a message to the ticket that it replies to or cites, and leaves the draft as it is; None without one."""
    own = belonging.meant(inbound, context)
    if own is None:
        return None
    joining = Join(own.ticket, (inbound.message,), inbound.text, inbound.place, inbound.address)
    if _asks(own, joining, context):
        state, passed = questions.pass_on(state, inbound.text, now, context, of=own)
        return step(state, joining, *passed, outcome="joined")
    state, said = _acknowledge(state, own, context, cited=own.ticket != inbound.about)
    return step(state, joining, *(said or _unread(own, inbound.text)), outcome="joined")


def join_discussed(state: State, inbound: InboundMessage, context: TurnContext) -> Step:
    """Adds a message to the ticket that staff write to the citizen about: an answer to them, and unread there."""
    own = context.ticket(context.discussed)
    if own is None or context.chatter or inbound.choice:
        return step(state, outcome="staff")
    joining = Join(own.ticket, (inbound.message,), inbound.text, inbound.place, inbound.address)
    return step(state, joining, outcome="joined")


def own_language(context: TurnContext) -> tuple[Speak, ...]:
    """The language that somebody writes in, if their words tell, and it is another than so far."""
    return (Speak(context.speaks),) if context.speaks and context.speaks != context.language else ()


def collect(state: State, inbound: InboundMessage, now: datetime, context: TurnContext) -> Step:
    """Keeps a piece for the time when the line speaks again."""
    old = state.draft or Draft((), since=now, due=now, to=belonging.follows(state, inbound, now, context))
    draft = _with_piece(replace(old, held=True, due=context.silent_until or now), inbound, context)
    return step(replace(state, draft=draft, reply="", reply_at=None), outcome="draft")


def snooze(state: State, now: datetime, context: TurnContext) -> Step:
    """While the line is silent nothing is asked or opened; a blocked citizen's draft waits a day at a time."""
    later = (
        context.silent_until
        if context.silent_until and context.silent_until > now
        else now + timedelta(days=1)
    )
    draft = replace(state.draft, held=True, due=later) if state.draft else None
    expect = replace(state.expect, until=later) if state.expect else None
    return step(replace(state, draft=draft, expect=expect, reply="", reply_at=None))


def change(state: State, inbound: InboundMessage, context: TurnContext) -> Step:
    """An edit or a deletion: it changes what is still a draft, and is added to or told of a ticket."""
    draft = state.draft
    if draft is not None and inbound.changes in draft.messages:
        pieces = tuple(changed for piece in draft.pieces if (changed := _changed(piece, inbound)))
        if pieces:
            return step(replace(state, draft=replace(draft, pieces=pieces)), outcome="noted")
        state, said = answer(replace(state, draft=None), context, "deleted")
        return step(state, said, outcome="answered")
    own = context.ticket(inbound.about)
    if own is None:
        return step(state, outcome="noted")
    if inbound.kind == "edit":
        join = Join(own.ticket, (inbound.message,), inbound.text, None)
        return step(state, join, *_unread(own, inbound.text), outcome="joined")
    state, said = answer(state, context, "deleted_kept", number=own.number)
    return step(state, said, outcome="answered")


def decide(state: State, draft: Draft, now: datetime, context: TurnContext, *, expired: bool = False) -> Step:
    """The citizen came to rest, answered, or never did (`expired`): join, ask for what is missing, or open."""
    held, draft = draft.held, replace(draft, held=False)
    if joined := _joined(state, draft, now, context, expired=expired):
        return joined
    draft = replace(draft, to=None)
    if held and context.served and (context.asks > 1 or belonging.is_only_talk(draft, context)):
        return step(
            replace(state, draft=None), LetBe(draft.messages)
        )  # heard by the person who answered since
    if belonging.is_only_talk(draft, context):
        return _listen(state, draft, now, context, expired=expired)
    shows = draft.shown or draft.spoken or draft.place or draft.unsure
    if context.asks > 1 and not (context.for_desk or shows):
        return _pass_on(state, draft, now, context, asks=True)
    whole = draft.matter or draft.spoken or draft.unsure or draft.place
    if context.asked_lately and not whole:  # a paper or an address that the question was about
        return _pass_on(state, draft, now, context, asks=False)
    what = bool(draft.spoken or _LINK.sub("", draft.matter).strip())
    where = draft.place is not None or context.place_known or not context.place_required
    missing = _missing(draft, context, what=what, where=where)
    # What may be danger rings at once; what is missing is asked for with its number.
    if missing and missing not in draft.asked and not expired and not draft.unsure:
        return _ask(state, draft, missing, now, context)
    opening = OpenTicket(
        messages=draft.messages,
        with_files=draft.with_files,
        text=draft.text,
        place=draft.place,
        place_missing=not where,
        description_missing=not what,
        notice=owes_notice(state, context),
        spoken="" if draft.text else draft.spoken,
        address=draft.address,
        unsure=draft.possible_danger,
        asks=context.asks > 1 and context.for_desk,
    )
    state = replace(state, draft=None, notice=context.notice_version)
    if not context.beside:
        return step(state, opening)
    state, passed = questions.pass_on(state, context.beside, now, context)
    return step(state, opening, *passed)


def _joined(state: State, draft: Draft, now: datetime, context: TurnContext, *, expired: bool) -> Step | None:
    """The draft with the ticket that it belongs to, or the question whether it does; None where it is a report of its
    own.
    """
    to = context.ticket(draft.to.ticket) if draft.to else None  # what was cancelled since is none
    if draft.to is None or to is None:
        own = belonging.spoken_of(state, now, context) if belonging.is_only_talk(draft, context) else None
        return join(state, draft, own, now, context) if own and own.is_open else None
    recent = state.confirmed_at is not None and draft.since - state.confirmed_at <= time_limits.FOLLOW_UP
    belongs = belonging.belongs(draft, draft.to, context, recent=recent)
    if belongs is None and draft.unsure:
        return None
    if belongs is None and not expired:
        return _ask(state, draft, "same", now, context)
    # Whoever means another matter and was asked names another place.
    if belongs or (belongs is None and not belonging.tells_place(draft, context)):
        return join(state, draft, to, now, context)
    alike = [own for own in context.own if own.is_open and context.sure and own.category == context.category]
    other = alike[0] if len(alike) == 1 and not belonging.tells_place(draft, context) else None
    return join(state, draft, other, now, context) if other else None


def _missing(draft: Draft, context: TurnContext, *, what: bool, where: bool) -> str:
    """What is to be asked for next, '' for nothing."""
    if not what:
        return "what"
    if context.outside and not context.abroad:
        return "outside"
    if where:
        return ""
    return "place_again" if "place" in draft.asked else "place"


def same_or_new(state: State, draft: Draft, now: datetime, context: TurnContext, *, same: bool) -> Step:
    """The answer to "aynı konu mu?": the draft joins the ticket it was asked about, or is a report of its own."""
    own = context.ticket(draft.to.ticket) if same and draft.to else None
    if own:
        return join(state, draft, own, now, context)
    return decide(state, replace(draft, to=None), now, context)


def join(state: State, draft: Draft, own: TicketView, now: datetime, context: TurnContext) -> Step:
    """Adds the draft to a ticket: the first time after a while it is said, then quietly, unless its number is cited. Of
    one that is settled reopening is offered, and what is said against a refusal, or would be read by nobody, waits for
    a person. What follows belongs to it, too.
    """
    joining = Join(own.ticket, draft.messages, draft.text, draft.place, draft.address)
    known = LinkedTicket(own.ticket, own.category, own.placed or draft.place is not None)
    of_another = state.last is None or state.last.ticket != own.ticket
    late = of_another or state.confirmed_at is None or now - state.confirmed_at > time_limits.FOLLOW_UP
    state = confirmed(replace(state, draft=None), known, now)
    if own.place_missing and belonging.tells_place(draft, context):
        state, placed = answer(state, context, "place_added", number=own.number)
        waits = (AskStaff("question", draft.text, own.ticket),) if context.asks or context.beside else ()
        return step(state, joining, *waits, placed)
    if _asks(own, joining, context):
        state, passed = questions.pass_on(state, draft.text, now, context, of=own)
        return step(state, joining, *passed)
    if own.placed and not late and commands.denies_place(draft.matter):
        return _place_denied(state, own, joining, draft, now, context)
    effects: tuple[Effect, ...] = (joining,)
    if own.status == "REJECTED" and draft.matter:
        effects = (joining, AskStaff("wrote", draft.text, own.ticket))
    says = draft.matter if own.is_open else draft.text or draft.shown or draft.spoken or draft.place
    told = late and bool(says) and own.status != belonging.WAITING
    asked = belonging.cites(draft.text, own) or commands.asks_favour(draft.matter)
    said: tuple[Say, ...] = ()
    if told or asked:
        state, said = _acknowledge(state, own, context, cited=own.is_open or asked)
    unread = _unread(own, draft.text) if says and not said and len(effects) == 1 else ()
    return step(state, *effects, *unread, *said)


def _place_denied(
    state: State, own: TicketView, joining: Join, draft: Draft, now: datetime, context: TurnContext
) -> Step:
    """The pin was of another place: the right one is asked for, or put right by a clerk where it was said in words."""
    if belonging.tells_place(draft, context):
        state, said = answer(state, context, "corrected", number=own.number)
        return step(state, joining, AskStaff("corrects", draft.text, own.ticket), said)
    state, said = answer(
        followup.expect(state, "move", own, now), context, "ask_new_place", number=own.number
    )
    return step(state, joining, said)


def _pass_on(state: State, draft: Draft, now: datetime, context: TurnContext, *, asks: bool) -> Step:
    """A question that is of no ticket and of no department's, or what goes with one: a person answers it."""
    state, passed = questions.pass_on(replace(state, draft=None), draft.text, now, context, asks=asks)
    return step(state, LetBe(draft.messages), *passed)


def _listen(state: State, draft: Draft, now: datetime, context: TurnContext, *, expired: bool) -> Step:
    """Asks once what it is about, and waits for it. Where nothing comes nothing is opened: supervisors see what became
    no ticket. What comes and tells of nothing is read by a person.
    """
    if context.asks or (expired and any(commands.asks(piece.text) for piece in draft.pieces)):
        return _pass_on(state, draft, now, context, asks=True)
    if expired and draft.told:
        return _pass_on(state, draft, now, context, asks=False)
    if expired:
        return step(replace(state, draft=None), LetBe(draft.messages))
    if context.queued and not draft.asked:  # whoever answers the one reads the other, too
        return _pass_on(state, draft, now, context, asks=False)
    if context.served and not draft.asked:  # to them it is the same talk
        state, said = answer(replace(state, draft=None), context, "staff_again")
        return step(state, LetBe(draft.messages), AskStaff("wrote", draft.text), said)
    if "matter" not in draft.asked:
        return _ask(state, draft, "matter", now, context)
    return step(replace(state, draft=replace(draft, due=_patience(draft, now, context), spoke_since=False)))


def _asks(own: TicketView, joining: Join, context: TurnContext) -> bool:
    """Whether what joins a ticket asks what only a person can answer; who answers a question of staff's with one of
    their own does.
    """
    if own.status == belonging.WAITING:
        return not (joining.place or joining.address) and commands.asks_back(joining.text)
    return bool(context.asks or context.beside) or commands.asks(joining.text)


def _unread(own: TicketView, text: str) -> tuple[AskStaff, ...]:
    """Who reads what joins a ticket without a word: nobody looks at one that has its outcome, so a person does."""
    return () if own.is_open else (AskStaff("wrote", text, own.ticket),)


def _acknowledge(
    state: State, own: TicketView, context: TurnContext, *, cited: bool
) -> tuple[State, tuple[Say, ...]]:
    """Offers to reopen a settled ticket; who cites a number hears that it was found."""
    settled = own.status in ("RESOLVED", "REJECTED", "REDIRECTED", "CLOSED") and "ASSIGNED" in own.may
    if not (settled or cited):
        return state, ()
    state, said = answer(state, context, "joined_settled" if settled else "added", number=own.number)
    return state, (said,)


def _with_piece(old: Draft, inbound: InboundMessage, context: TurnContext) -> Draft:
    text = "" if context.chatter or context.yes else inbound.text
    piece = DraftPart(
        message=inbound.message,
        text=text,
        place=None if context.abroad else inbound.place,
        address=inbound.address,
        spoken=inbound.kind if inbound.kind in SPOKEN else "",
        where=inbound.where,
        written=inbound.kind == "text",
        shown=inbound.kind if inbound.kind in belonging.SHOWN else "",
    )
    return replace(
        old,
        pieces=(*old.pieces, piece),
        spoke_since=True,
        told=old.told or ("matter" in old.asked and bool(text or inbound.kind == "contacts")),
        unsure=context.danger.kind if context.danger else old.unsure,
    )


def _patience(draft: Draft, now: datetime, context: TurnContext) -> datetime:
    """Until when an answer is waited for."""
    longest = time_limits.DOUBTFUL_DRAFT if draft.possible_danger else context.draft_timeout
    return now + min(longest, context.draft_timeout)


def _changed(piece: DraftPart, inbound: InboundMessage) -> DraftPart | None:
    """The piece after an edit or a deletion; None when nothing of it is left."""
    if piece.message != inbound.changes:
        return piece
    if inbound.kind == "revoke":
        return None
    return replace(
        piece, text=inbound.text, place=inbound.place, address=inbound.address, where=inbound.where
    )


def _answers(draft: Draft, inbound: InboundMessage, context: TurnContext) -> bool:
    """Whether this message answers the question put last: an answer is not kept waiting."""
    said = bool(inbound.text) or inbound.kind in SPOKEN
    match draft.asked[-1:]:
        case ("place",):
            told = inbound.place is not None or inbound.where or bool(inbound.address) or context.place_known
            return told or inbound.kind in SPOKEN
        case ("place_again",) | ("outside",):
            return said or inbound.place is not None
        case ("what",):
            return said and not inbound.where
        case ("same",):
            return draft.to is not None and draft.to.ticket in [own.ticket for own in context.cited()]
        case _:
            return False


def _ask(state: State, draft: Draft, question: str, now: datetime, context: TurnContext) -> Step:
    due = _patience(draft, now, context)
    asking = replace(draft, asked=(*draft.asked, question), due=due, spoke_since=False)
    key = f"ask_{question}"
    first = not draft.asked
    if question == "place" and first and draft.spoken == "audio" and not draft.text:
        key = "ask_place_spoken"
    elif question in ("place", "place_again") and context.abroad:
        key = "ask_abroad"
    elif question == "place" and _LINK.search(draft.text):
        key = "ask_place_link"
    elif question == "what" and lost_files.are_all_of(draft, state, context):
        state, key = lost_files.told(state, now), lost_files.sentence(context)  # one question stands for both
    elif question == "what":
        key = _ask_what(draft)
    number = ""
    if draft.to is not None and (own := context.ticket(draft.to.ticket)):
        number = own.number
    said = Say(key, owes_notice(state, context), number=number)
    return step(replace(state, draft=asking, notice=context.notice_version), said)


def _ask_what(draft: Draft) -> str:
    """The question what it is about, which says that the file came that was sent without a word."""
    if "document" in draft.shown:
        return "ask_what_document"
    if not draft.shown:
        return "ask_what"
    return "ask_what_photo" if len(draft.shown) == 1 else "ask_what_photos"
