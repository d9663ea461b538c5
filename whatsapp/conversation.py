"""What the line does next, as a pure function: no query, no settings, no clock.

`advance(state, event, now, facts)` takes where the talk with one citizen stands and one thing that happened;
it returns where the talk stands then, what is to be done, and when to look again if nothing else happens.
The rules are the journey's: wait a moment, ask only for what is missing and once, lose nothing.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, assert_never

# A citizen may go on for this long before the line answers anyway, however fast the pieces follow.
SETTLE_AT_MOST = timedelta(seconds=45)
# What comes within this time of a confirmation belongs to the report that was confirmed.
FOLLOW_UP = timedelta(minutes=30)
SPOKEN = frozenset({"audio", "video"})
# Kinds that carry nothing to act on; they get neither ticket nor question.
SILENT = frozenset({"reaction", "edit", "revoke", "system", "request_welcome"})
# Kinds that are answered, but are no report by themselves.
IDLE = frozenset({"sticker", "contacts", "order"})


# --- what can happen -----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Heard:
    """The citizen sent a message. `about` is the ticket that the message it answers spoke of."""

    message: int
    kind: str
    text: str = ""
    place: tuple[float, float] | None = None
    about: int | None = None


@dataclass(frozen=True, slots=True)
class Woke:
    """The time came that an earlier turn asked for."""


Event = Heard | Woke


@dataclass(frozen=True, slots=True)
class Facts:
    """What the conversation may know of the world.

    `command` and `chatter` are of the new message alone; `danger`, `category`, `sure`, `place_required` and
    `place_known` of all words and the place of the draft (see `words`).
    """

    settle: timedelta
    draft_timeout: timedelta
    command: str = ""
    chatter: bool = False
    danger: str = ""
    category: str = ""
    sure: bool = False
    place_required: bool = False
    place_known: bool = False
    notice_version: str = ""


# --- where a talk stands -------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Draft:
    """A report in the making. `asked` holds the questions already put, `due` when it is looked at next."""

    messages: tuple[int, ...]
    texts: tuple[str, ...]
    place: tuple[float, float] | None
    spoken: bool
    since: datetime
    due: datetime
    asked: tuple[str, ...] = ()
    warned: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """Where a talk stands.

    `ticket`, `category` and `confirmed_at` tell of the last report, `notice` which version of the privacy
    notice this citizen was given, `greet_at` when a greeting is to be answered.
    """

    draft: Draft | None = None
    ticket: int | None = None
    category: str = ""
    confirmed_at: datetime | None = None
    notice: str = ""
    greet_at: datetime | None = None


# --- what is to be done --------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class OpenTicket:
    """Open a ticket of these messages and confirm it: one is not done without the other."""

    messages: tuple[int, ...]
    text: str
    place: tuple[float, float] | None
    place_missing: bool
    description_missing: bool
    notice: bool


@dataclass(frozen=True, slots=True)
class Join:
    """Add a message to a ticket that the citizen already has, without a word."""

    ticket: int
    message: int
    text: str
    place: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Say:
    """Say a sentence of `texts`, by name; `notice` puts the privacy notice before it."""

    key: str
    notice: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TellStatus:
    """Answer "durum" with the citizen's own tickets, or the one whose number stands in the text."""

    text: str
    notice: bool


Effect = OpenTicket | Join | Say | TellStatus


@dataclass(frozen=True, slots=True)
class Turn:
    state: State
    effects: tuple[Effect, ...] = ()
    wake_at: datetime | None = None
    outcome: str = ""  # what became of the message that was heard


def advance(state: State, event: Event, now: datetime, facts: Facts) -> Turn:
    """One step of the talk. While a draft or a greeting is open, the turn says when to look again."""
    match event:
        case Heard():
            return _hear(state, event, now, facts)
        case Woke():
            return _wake(state, now, facts)
        case _:
            assert_never(event)


def words(state: State, event: Event) -> tuple[str, tuple[float, float] | None]:
    """The words and the place that the facts' suggestion must be for: the draft's and the new message's."""
    texts = state.draft.texts if state.draft else ()
    place = state.draft.place if state.draft else None
    if isinstance(event, Heard):
        texts, place = (*texts, event.text), event.place or place
    return "\n".join(text for text in texts if text), place


def confirmed(state: State, ticket: int, category: str, now: datetime) -> State:
    """The state after an `OpenTicket` was carried out: what follows belongs to this ticket for a while."""
    return replace(state, ticket=ticket, category=category, confirmed_at=now)


def _hear(state: State, heard: Heard, now: datetime, facts: Facts) -> Turn:
    if heard.kind in SILENT:
        return _turn(state, outcome="noted")
    if facts.command == "durum":
        effect = TellStatus(heard.text, notice=_owes_notice(state, facts))
        return _turn(replace(state, notice=facts.notice_version), effect, outcome="answered")
    if state.draft is None and not facts.danger:
        if ticket := _follows(state, heard, now, facts):
            return _turn(state, Join(ticket, heard.message, heard.text, heard.place), outcome="joined")
        if facts.chatter or heard.kind in IDLE:
            return _turn(replace(state, greet_at=state.greet_at or now + facts.settle), outcome="answered")
    return _draft(state, heard, now, facts)


def _follows(state: State, heard: Heard, now: datetime, facts: Facts) -> int | None:
    """The ticket a message outside any draft belongs to: the one it answers, or the one just confirmed."""
    if heard.about or facts.chatter:
        return heard.about
    if state.ticket is None or state.confirmed_at is None or now - state.confirmed_at > FOLLOW_UP:
        return None
    other_subject = bool(heard.text) and facts.sure and facts.category != state.category
    other_place = bool(heard.text) and heard.place is not None
    return None if other_subject or other_place else state.ticket


def _draft(state: State, heard: Heard, now: datetime, facts: Facts) -> Turn:
    old = state.draft or Draft((), (), None, spoken=False, since=now, due=now)
    answer = _answers(old, heard)
    if answer:
        due = now
    elif old.asked:
        due = now + facts.draft_timeout
    else:
        due = min(now + facts.settle, old.since + SETTLE_AT_MOST)
    draft = replace(
        old,
        messages=(*old.messages, heard.message),
        texts=(*old.texts, heard.text) if heard.text and not facts.chatter else old.texts,
        place=heard.place or old.place,
        spoken=old.spoken or heard.kind in SPOKEN,
        due=due,
        warned=old.warned or bool(facts.danger),
    )
    state = replace(state, draft=draft, greet_at=None)
    warning: tuple[Effect, ...] = ()
    if facts.danger and not old.warned:
        warning = (Say("danger", _owes_notice(state, facts), facts.danger),)
        state = replace(state, notice=facts.notice_version)
    turn = _decide(state, draft, now, facts) if answer else _turn(state)
    return replace(turn, effects=warning + turn.effects, outcome="draft")


def _answers(draft: Draft, heard: Heard) -> bool:
    """Whether this message answers the question put last: an answer is not kept waiting."""
    said = bool(heard.text) or heard.kind in SPOKEN
    match draft.asked[-1:]:
        case ("place",):
            return said or heard.place is not None
        case ("what",):
            return said
        case _:
            return False


def _wake(state: State, now: datetime, facts: Facts) -> Turn:
    if state.draft is not None and now >= state.draft.due:
        return _decide(state, state.draft, now, facts, expired=bool(state.draft.asked))
    if state.greet_at is not None and now >= state.greet_at:
        greeting = Say("hello", _owes_notice(state, facts))
        return _turn(replace(state, greet_at=None, notice=facts.notice_version), greeting)
    return _turn(state)


def _decide(state: State, draft: Draft, now: datetime, facts: Facts, *, expired: bool = False) -> Turn:
    """The citizen came to rest, answered, or never did (`expired`): ask for what is missing, or open."""
    what = draft.spoken or bool(draft.texts)
    where = draft.place is not None or facts.place_known or not facts.place_required
    notice = _owes_notice(state, facts)
    state = replace(state, notice=facts.notice_version)
    missing = "what" if not what else "place" if not where else ""
    if missing and missing not in draft.asked and not expired:
        asking = replace(draft, asked=(*draft.asked, missing), due=now + facts.draft_timeout)
        return _turn(replace(state, draft=asking), Say(f"ask_{missing}", notice))
    text = "\n".join(draft.texts)
    opening = OpenTicket(draft.messages, text, draft.place, not where, not what, notice)
    return _turn(replace(state, draft=None), opening)


def _turn(state: State, *effects: Effect, outcome: str = "") -> Turn:
    wake_at = state.draft.due if state.draft else state.greet_at
    return Turn(state, effects, wake_at, outcome)


def _owes_notice(state: State, facts: Facts) -> bool:
    return state.notice != facts.notice_version


# --- as stored -----------------------------------------------------------------------------------------------
def dump(state: State) -> dict[str, Any]:
    """The state as JSON; `load` is its inverse."""
    return json.loads(json.dumps(asdict(state), default=datetime.isoformat))  # type: ignore[no-any-return]


def load(data: dict[str, Any]) -> State:
    """The state from what `dump` made; an empty dict is a talk that has not begun."""
    fields = dict(data)
    if draft := fields.get("draft"):
        place = draft["place"]
        fields["draft"] = Draft(
            messages=tuple(draft["messages"]),
            texts=tuple(draft["texts"]),
            place=(place[0], place[1]) if place else None,
            spoken=draft["spoken"],
            since=datetime.fromisoformat(draft["since"]),
            due=datetime.fromisoformat(draft["due"]),
            asked=tuple(draft["asked"]),
            warned=draft["warned"],
        )
    for key in ("confirmed_at", "greet_at"):
        if fields.get(key):
            fields[key] = datetime.fromisoformat(fields[key])
    return State(**fields)
