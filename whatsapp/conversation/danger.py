"""While a life may be in danger: what is said at once, what after it, and what is never said (docs/danger.md). Pure.

The first sentence leaves alone, before anything else, and the ticket is opened in the same turn; one second message
follows after the settling time; then the line is silent unless it is written to. No word of the citizen ends a
danger: it is over when a person has closed its ticket.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from departments.danger_reader.kinds import DESPAIR, TAKEN_FOR_SURE, DangerKind, kinds
from whatsapp.conversation import danger_answers, time_limits
from whatsapp.conversation.addresses import ADDRESS_LENGTH, landmark_in
from whatsapp.conversation.effects import (
    AskStaff,
    Cancel,
    Choose,
    Effect,
    Join,
    NoteDangerNews,
    OpenDanger,
    RaiseDanger,
    RingAgain,
    Say,
    Warn,
)
from whatsapp.conversation.state import State, ToldDanger
from whatsapp.conversation.steps import Step, step
from whatsapp.conversation.types import Danger, InboundMessage, TurnContext

# What people write next that has whoever is rung look again; the rest is news.
RINGS = frozenset(
    {
        "nobody_came",
        "are_you_coming",
        "no_answer",
        "cannot_speak",
        "cannot_get_out",
        "child_alone",
        "insists",
        "died",
    }
)
# Somebody has to call 112 for them.
HELPLESS = frozenset({"cannot_speak", "cannot_get_out", "no_answer"})
# News of how it ended or goes on, which whoever has it is shown; nothing is asked after the former.
ENDED = frozenset({"found", "woke", "in_hand", "died"})
NEWS = ENDED | {"taken_back", "over"}
# What is told of a danger that is open changes its form: who faints beside a stove is poisoned by it.
TOGETHER = {("co", "unconscious"): "co_down", ("fire", "trapped"): "fire_in"}


def hear(state: State, inbound: InboundMessage, now: datetime, context: TurnContext) -> Step | None:
    """What a message comes to that tells of danger, or is of somebody in it; None for all others."""
    told = context.danger
    if inbound.kind == "revoke":
        # Whoever deletes may be read over their shoulder: staff see it, nothing is said.
        return step(state, outcome="noted") if state.danger else None
    if told and told.denied is not None and state.danger is None:
        return _told_though_denied(state, told, told.denied, inbound, now)
    if told and (told.sure or kinds()[told.kind].family in TAKEN_FOR_SURE):
        return _told_of(state, told, inbound, now, context)
    if state.danger is not None and not _may_cancel(state, state.danger, context):
        return _goes_on(state, state.danger, inbound, now, context)
    return None


def beside(before: State, taken: Step) -> Step:
    """An ordinary step while a danger is open: it gives no notice, and who has the danger hears of its cancelling."""
    known = before.danger
    if known is None:
        return taken
    quiet = tuple(
        replace(each, notice=False) if isinstance(each, Say | Choose) else each for each in taken.effects
    )
    cancelled = any(isinstance(each, Cancel) and each.ticket == known.ticket for each in quiet)
    told: tuple[Effect, ...] = (
        (NoteDangerNews(known.ticket, "taken_back"), RingAgain(known.ticket)) if cancelled else ()
    )
    return replace(taken, state=replace(taken.state, notice=before.notice), effects=(*quiet, *told))


def without_what_is_over(state: State, now: datetime, context: TurnContext) -> State:
    """The state once a person has closed the danger, or it is long ago: the ordinary talk goes on."""
    told = state.danger
    if told is None:
        return state
    own = context.ticket(told.ticket)
    # What its citizen cancelled may yet come back: whoever writes on is still of it.
    closed = own is not None and own.danger_over and own.status != danger_answers.CANCELLED
    claimed = own is not None and own.claimed and now - told.said_at >= time_limits.DANGER_OVER_AFTER_CLAIM
    over = closed or claimed or now >= told.over_at
    return replace(state, danger=None) if over else state


def unsure(
    state: State, inbound: InboundMessage, now: datetime, context: TurnContext
) -> tuple[State, tuple[Warn, ...]]:
    """The calm conditional line before the ordinary course, once a day, where danger is possible and not sure: nobody
    knows what a voice message says until a person has heard it.
    """
    told = context.danger
    answers = state.expect is not None  # what was asked for is no danger, unless it surely is one
    if answers or (state.unsure_at is not None and now - state.unsure_at < time_limits.UNSURE_EVERY):
        return state, ()
    if told is not None:
        return replace(state, unsure_at=now), (
            Warn(danger_answers.unsure(kinds()[told.kind]), told.language),
        )
    if _is_voice_alone(state, inbound, context):
        return replace(state, unsure_at=now), (Warn("unsure.voice", context.language or "tr"),)
    return state, ()


def wake(state: State, now: datetime, context: TurnContext) -> Step | None:
    """The second message, when it is due."""
    told = state.danger
    if told is None or told.second_at is None or now < told.second_at:
        return None
    own = context.ticket(told.ticket)
    state = replace(state, danger=replace(told, second_at=None, asked=True))
    key = danger_answers.second(told, own, context)
    if not key or not told.language or context.blocked or context.staffed:
        return step(state)
    return step(
        state,
        Warn(f"second.{key}", told.language, own.number if own and key in danger_answers.NUMBERED else ""),
    )


def _told_of(
    state: State, told: Danger, inbound: InboundMessage, now: datetime, context: TurnContext
) -> Step:
    known = state.danger
    if known is None:
        return _first(state, told, inbound, now, context)
    told = _in_the_light_of(known, told)
    joined = _joined(known, inbound, _last_seen(kinds()[known.kind], inbound.text))
    outcome = "joined" if joined else "noted"
    effects: tuple[Effect, ...] = (*joined, RingAgain(known.ticket))
    state = replace(state, expect=None)  # whether to cancel is no longer the question
    restricted = _is_restricted(told, inbound.text)
    graver = (told.sure and not known.sure) or (restricted and not known.restricted)
    another = _is_another(known.kind, told.kind)
    if another or graver:
        effects = (*effects, RaiseDanger(known.ticket, told.kind, restricted))
    known = replace(
        known,
        kind=told.kind if another else known.kind,
        restricted=known.restricted or restricted,
        sure=known.sure or told.sure,
        language=told.language,
    )
    known, said = _said_again(known, told, now, context)
    return step(replace(state, danger=known), *said, *effects, outcome=outcome)


def _told_though_denied(
    state: State, told: Danger, ticket: int, inbound: InboundMessage, now: datetime
) -> Step:
    """What a person has looked at and said to be none rings nobody anew: its words are read by a person with that
    ticket, and what to do if it is one after all is said as where nobody knows.
    """
    again = state.unsure_at is not None and now - state.unsure_at < time_limits.WHOLE_AGAIN_AFTER
    said = () if again else (Warn(danger_answers.unsure(kinds()[told.kind]), told.language or "tr"),)
    joined = Join(ticket, (inbound.message,), inbound.text, inbound.place, inbound.address)
    state = state if again else replace(state, unsure_at=now)
    return step(state, *said, joined, AskStaff("wrote", inbound.text, ticket), outcome="joined")


def _first(state: State, told: Danger, inbound: InboundMessage, now: datetime, context: TurnContext) -> Step:
    """The first sentence, and the ticket of all that was said so far."""
    kind, draft = kinds()[told.kind], state.draft
    pieces = (draft.messages if draft else (), draft.text if draft else "")
    text = "\n".join(filter(None, (pieces[1], inbound.text)))
    restricted = _is_restricted(told, text)
    opening = OpenDanger(
        told.kind,
        told.sure,
        restricted=restricted,
        messages=(*(key for key in pieces[0] if key != inbound.message), inbound.message),
        text=text,
        place=inbound.place or (draft.place if draft else None),
        address=inbound.address or (draft.address if draft else "") or _last_seen(kind, text),
    )
    second_at = now + context.settle if kind.second else None
    key = danger_answers.first(told, told.kind)
    open_danger = ToldDanger(
        told.kind,
        told.language,
        said_at=now,
        restricted=restricted,
        sure=told.sure,
        second_at=second_at,
        replied=((key, now),),
    )
    rest = replace(state, draft=None, expect=None, reply="", reply_at=None, danger=open_danger)
    return step(rest, Warn(key, told.language), opening, outcome="draft")


def _last_seen(kind: DangerKind, text: str) -> str:
    """The words that say where whoever is lost was seen last; of other dangers a landmark is no address."""
    return landmark_in(text) if kind.second == "last_seen" else ""


def _goes_on(
    state: State, known: ToldDanger, inbound: InboundMessage, now: datetime, context: TurnContext
) -> Step:
    """What somebody in danger writes next: kept with the ticket, and answered where there is something to say."""
    where = _where_first_told(known, inbound, context)
    key = danger_answers.reply(known, inbound, context)
    answered = [at for said, at in known.replied if said == key]
    unanswerable = not key or not known.language  # in a language of no sentence the first one says it all
    quiet = unanswerable or context.blocked or context.staffed
    quiet = quiet or bool(answered and now - answered[-1] < time_limits.NEVER_TWICE_WITHIN)
    said: tuple[Effect, ...] = ()
    if not quiet:
        said = (Warn(key, known.language),)
        known = replace(
            known, replied=(*known.replied[-9:], (key, now)), asked=known.asked and "answered" not in key
        )
    told: tuple[Effect, ...] = ()
    if context.follow in RINGS or danger_answers.was_cancelled(known, context):
        told = (RingAgain(known.ticket, context.follow in HELPLESS),)
    if context.follow in NEWS:
        told = (*told, NoteDangerNews(known.ticket, context.follow))
    if context.follow in ENDED or (
        context.follow == "over" and not danger_answers.keeps_inside(kinds()[known.kind])
    ):
        known = replace(known, second_at=None)
    joined = _joined(known, inbound, where[:ADDRESS_LENGTH])
    return step(replace(state, danger=known), *said, *joined, *told, outcome="joined" if joined else "noted")


def _where_first_told(known: ToldDanger, inbound: InboundMessage, context: TurnContext) -> str:
    """The words that say where it is, while nothing has told it: later ones may be of another place."""
    own = context.ticket(known.ticket)
    told = own is not None and (own.placed or own.addressed or own.in_mahalle)
    if told or context.follow:
        return ""
    if danger_answers.tells_where(known, inbound, context):
        return inbound.text
    return _last_seen(kinds()[known.kind], inbound.text)


def _joined(known: ToldDanger, inbound: InboundMessage, where: str = "") -> tuple[Join, ...]:
    """With the words that say `where`, as whoever calls 112 reads them out."""
    if not (inbound.text or inbound.place or inbound.kind in ("image", "video", "audio", "document")):
        return ()
    address = inbound.address or where
    return (Join(known.ticket, (inbound.message,), inbound.text, inbound.place, address),)


def _said_again(
    known: ToldDanger, told: Danger, now: datetime, context: TurnContext
) -> tuple[ToldDanger, tuple[Warn, ...]]:
    """The whole sentence, unless it was said within ten minutes: then in short."""
    key = danger_answers.first(told, known.kind)
    if any(said == key and now - at < time_limits.WHOLE_AGAIN_AFTER for said, at in known.replied):
        return _in_short(known, now, context)
    replied = (*known.replied[-9:], (key, now))
    return replace(known, said_at=now, replied=replied), (Warn(key, known.language),)


def _in_short(known: ToldDanger, now: datetime, context: TurnContext) -> tuple[ToldDanger, tuple[Warn, ...]]:
    """One line for a danger that is told again; none for those who may be read over their shoulder."""
    kind = kinds()[known.kind]
    despair = kind.family in DESPAIR
    every = time_limits.SHORT_EVERY_IN_DESPAIR if despair else time_limits.SHORT_EVERY
    recent = now - (known.short_at or known.said_at) < (every if known.short_at else timedelta())
    if recent or context.staffed or (known.restricted and not despair):
        return known, ()
    key = danger_answers.short(kind)
    return replace(known, short_at=now), (
        Warn(key if known.language else danger_answers.IN_EVERY_LANGUAGE, known.language),
    )


def _is_restricted(told: Danger, text: str) -> bool:
    """By its kind, or since the words tell of violence or despair besides: the strictest handling of all holds."""
    return told.shielded or kinds()[told.kind].is_restricted(text)


def _in_the_light_of(known: ToldDanger, told: Danger) -> Danger:
    """What new words tell of while a danger is open: a mere cry is of that one."""
    family = kinds()[known.kind].family
    if told.kind == "cry":
        return replace(told, kind=known.kind)
    return replace(told, kind=TOGETHER.get((family, told.kind), told.kind))


def _may_cancel(state: State, known: ToldDanger, context: TurnContext) -> bool:
    """Whether "iptal" and the answer to it are heard as on any ticket: a person has the danger, nobody is shielded."""
    own = context.ticket(known.ticket)
    if own is None or not own.claimed or known.restricted:
        return False
    return context.command == "cancel" or (
        state.expect is not None and state.expect.what in ("cancel", "choose")
    )


def _is_voice_alone(state: State, inbound: InboundMessage, context: TurnContext) -> bool:
    """Whether somebody begins with a voice message and nothing else."""
    talks = state.draft is not None or context.staffed or context.blocked or inbound.about is not None
    return inbound.kind == "audio" and not inbound.text and not talks


def _is_another(known: str, told: str) -> bool:
    """Whether a danger is another than the one that was told of, or a worse form of it."""
    before, after = kinds()[known], kinds()[told]
    return before.family != after.family or after.rank < before.rank
