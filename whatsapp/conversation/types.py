"""Events, the turn's context and effects: what can happen, what is known, what is to be done. Pure.

The state of a conversation is in state.py; the rules that lead from one state to the next are in engine.py and the
modules that it calls.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from departments.text.ticket_number import Citation
from whatsapp.conversation import time_limits
from whatsapp.conversation.state import State

SPOKEN = frozenset({"audio", "video"})


# --- what can happen -----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class InboundMessage:
    """The citizen sent a message, or changed one.

    `about` is the own ticket of the message it answers, `choice` the id of what was tapped, `changes` the message
    that an edit or a deletion is of, `address` what stands beside a place, `phone` the sender's own number, given
    on request, `where` whether its words are an address and nothing more, `advice` the key of what is said once to
    somebody who sends more of themselves than is needed.
    """

    message: int
    kind: str
    text: str = ""
    place: tuple[float, float] | None = None
    about: int | None = None
    choice: str = ""
    changes: int | None = None
    address: str = ""
    phone: str = ""
    where: bool = False
    advice: str = ""


@dataclass(frozen=True, slots=True)
class TimerFired:
    """The time came that an earlier turn asked for, or staff handed the talk back."""


Event = InboundMessage | TimerFired


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket of this citizen's; `may` holds the statuses the citizen may move it to.

    `elsewhere` says that it is, or may be, another agency's job, `resolved` that this was its outcome, `closed` that it
    has any, `claimed` that a person has its danger in hand. Where it is: `placed` by a point, `addressed` in words,
    `in_mahalle` no nearer than that; `place_missing` that nothing tells. `is_open`: it has no outcome.
    """

    ticket: int
    number: str
    status: str = "NEW"
    category: str = ""
    placed: bool = False
    elsewhere: bool = False
    resolved: bool = False
    closed: bool = False
    claimed: bool = False
    addressed: bool = False
    in_mahalle: bool = False
    place_missing: bool = False
    is_open: bool = False
    may: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Danger:
    """A danger to life that words tell of: its kind, whether that is sure, the language ('' for one that the line does
    not speak), whether a child writes, and whether violence or despair is told of, too (`shielded`).
    """

    kind: str
    sure: bool
    language: str
    child: bool = False
    shielded: bool = False


@dataclass(frozen=True, slots=True)
class LostFile:
    """A file that could not be had: its kind, and the citizen's open ticket that it is of."""

    kind: str
    ticket: int | None = None


@dataclass(frozen=True, slots=True)
class TurnContext:
    """What the conversation may know of the world.

    `command`, `cites` (ticket numbers), `chatter`, `person` (they ask for one), `yes`, `faq`, `question` (by the
    names of commands.toml), `follow` (what people in danger write next) and `data_request` (what it asks about the
    citizen's own data; the command "data" where that is all) are of the new message alone, so is `danger`, unless
    only all words together tell of it; `category`, `sure`, `guess`, `place_required`, `place_known` and `outside`
    are of all words and the place of the draft (see `words`). `own` are those of the citizen's tickets that may be
    meant, `data_asked` says that the personal-data officer has a request of theirs that is not answered yet. What
    staff did comes as facts, too: `blocked`, `staffed` (they wrote by hand, of the ticket `discussed`) and
    `silent_until` (the line says nothing until then). Where a person is asked for, `waits` says that one was before
    and nobody has answered, `opens` when somebody will be there again (None while somebody is). `files` is how many
    of theirs arrived of late, where they ask. `lost` are the files of `State.lost` that are worth a word,
    `bulletin` is the one in force, 0 for none.
    """

    settle: timedelta
    draft_timeout: timedelta
    command: str = ""
    cites: tuple[Citation, ...] = ()
    chatter: str = ""
    person: bool = False
    waits: bool = False
    opens: datetime | None = None
    yes: bool | None = None
    faq: str = ""
    question: str = ""
    files: int = 0
    speaks: str = ""
    language: str = ""
    danger: Danger | None = None
    follow: str = ""
    data_request: str = ""
    data_asked: bool = False
    phone_known: bool = True
    category: str = ""
    sure: bool = False
    guess: bool = False
    place_required: bool = False
    place_known: bool = False
    outside: bool = False
    notice_version: str = ""
    own: tuple[TicketView, ...] = ()
    blocked: bool = False
    staffed: bool = False
    discussed: int | None = None
    silent_until: datetime | None = None
    lost: tuple[LostFile, ...] = ()
    bulletin: int = 0

    def ticket(self, pk: int | None) -> TicketView | None:
        """The citizen's ticket of that key, None for any other."""
        return next((own for own in self.own if own.ticket == pk), None)

    def numbered(self, number: str) -> TicketView | None:
        """The citizen's ticket of that number; somebody else's is as unknown as one that never was."""
        return next((own for own in self.own if own.number == number), None)

    def cited(self) -> tuple[TicketView, ...]:
        """Those of the citizen's tickets that the message cites; of a serial without its year the newest."""
        found = (next((own for own in self.own if each.names(own.number)), None) for each in self.cites)
        return tuple(dict.fromkeys(own for own in found if own))


# --- what is to be done --------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class OpenTicket:
    """Open a ticket of these messages, some `with_files`, and confirm it: one is not done without the other."""

    messages: tuple[int, ...]
    text: str
    place: tuple[float, float] | None
    place_missing: bool
    description_missing: bool
    notice: bool
    spoken: str = ""
    address: str = ""
    unsure: str = ""
    with_files: tuple[int, ...] = ()
    advice: str = ""
    bulletin: bool = False


@dataclass(frozen=True, slots=True)
class Warn:
    """Say a sentence of danger by its key, alone in its bubble, past everything that holds others back."""

    key: str
    language: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class OpenDanger:
    """Open the ticket of a danger at once, without a word of it."""

    kind: str
    sure: bool
    messages: tuple[int, ...]
    text: str
    place: tuple[float, float] | None
    address: str = ""
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class RaiseDanger:
    """The danger of a ticket is also, or rather, of this kind."""

    ticket: int
    kind: str
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class RingAgain:
    """Those whom the danger of a ticket rings for are to look again; `helpless`: who wrote cannot call, or get out."""

    ticket: int
    helpless: bool = False


@dataclass(frozen=True, slots=True)
class TellStaff:
    """Note on the ticket of a danger what the citizen says became of it, by the names of commands.toml."""

    ticket: int
    news: str


@dataclass(frozen=True, slots=True)
class NoteLost:
    """Note on a ticket that a file of its citizen could not be had and that they were not told."""

    ticket: int


@dataclass(frozen=True, slots=True)
class Join:
    """Add messages to a ticket that the citizen already has, without a word."""

    ticket: int
    messages: tuple[int, ...]
    text: str
    place: tuple[float, float] | None
    address: str = ""


@dataclass(frozen=True, slots=True)
class Relocate:
    """Put a ticket where the citizen now says that it is: a pin, or words."""

    ticket: int
    message: int
    text: str
    place: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Say:
    """Say a sentence of `texts`, by name; `notice` gives the privacy notice with it, `bulletin` the one in force,
    `number` is the ticket's, `at` the moment that it names, `advice` the key of a sentence said after it.
    """

    key: str
    notice: bool = False
    detail: str = ""
    number: str = ""
    at: datetime | None = None
    advice: str = ""
    bulletin: bool = False


@dataclass(frozen=True, slots=True)
class TellStatus:
    """Answer "durum" with the citizen's newest tickets, or with these where numbers were `cited` (the first is named
    if none of them is the citizen's), or with those alone that are `still_open`.
    """

    notice: bool
    tickets: tuple[int, ...] = ()
    cited: str = ""
    still_open: bool = False
    advice: str = ""
    bulletin: bool = False


@dataclass(frozen=True, slots=True)
class Choose:
    """Offer the citizen's tickets to pick the one to cancel from."""

    tickets: tuple[TicketView, ...]
    notice: bool
    advice: str = ""
    bulletin: bool = False


@dataclass(frozen=True, slots=True)
class Cancel:
    ticket: int


@dataclass(frozen=True, slots=True)
class Insist:
    """Send a ticket that was proposed for another agency to our own people."""

    ticket: int


@dataclass(frozen=True, slots=True)
class Settle:
    """Close a ticket: the citizen says that the problem is solved."""

    ticket: int


@dataclass(frozen=True, slots=True)
class Reopen:
    """Open a settled ticket again, for the reason given ('' when none came), with the message that holds it."""

    ticket: int
    reason: str
    message: int | None = None


@dataclass(frozen=True, slots=True)
class RateTicket:
    ticket: int
    score: int
    comment: str = ""


@dataclass(frozen=True, slots=True)
class AskStaff:
    """The citizen waits for a person: because they `asked`, `wrote` to one who has the talk, or put right ("corrects")
    what they reported; of `ticket`, if of any. With `silence` the line says nothing meanwhile.
    """

    reason: Literal["asked", "wrote", "corrects"]
    text: str
    ticket: int | None = None
    silence: bool = False


@dataclass(frozen=True, slots=True)
class TakeFileBack:
    """Hide the picture that the citizen says was sent by mistake: the last of the ticket, or the `first`."""

    ticket: int
    first: bool = False


@dataclass(frozen=True, slots=True)
class Mute:
    """Send no more status messages, or send them again."""

    on: bool


@dataclass(frozen=True, slots=True)
class Speak:
    """Go on in this language."""

    language: str


@dataclass(frozen=True, slots=True)
class KeepNumber:
    phone: str


@dataclass(frozen=True, slots=True)
class AskOfficer:
    """Keep for the personal-data officer what the citizen asks about their data, by the names of commands.toml."""

    kind: str
    text: str


Effect = (
    OpenTicket | Join | Relocate | Say | TellStatus | Choose | Cancel | Insist | Settle | Reopen | RateTicket
    | AskStaff | Mute | Speak | KeepNumber | AskOfficer | Warn | OpenDanger | RaiseDanger | RingAgain | TellStaff
    | NoteLost | TakeFileBack
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """`outcome` is what became of the inbound message."""

    state: State
    effects: tuple[Effect, ...] = ()
    wake_at: datetime | None = None
    outcome: str = ""


def step(state: State, *effects: Effect, outcome: str = "") -> Step:
    """A turn that asks to be woken when the first of what is open in `state` falls due."""
    reopening = state.expect.until if state.expect and state.expect.what == "reason" else None
    in_danger = (state.danger.second_at or state.danger.over_at) if state.danger else None
    open_until = (
        state.draft.due if state.draft else None,
        state.reply_at,
        reopening,
        in_danger,
        lost_due(state),
    )
    return Step(state, effects, min((at for at in open_until if at), default=None), outcome)


def lost_due(state: State) -> datetime | None:
    """When the citizen is to be told of lost files; None where there are none, or a report is still being gathered."""
    draft = state.draft
    gathering = draft is not None and not (draft.asked or draft.held)
    return None if state.lost_at is None or gathering else state.lost_at + time_limits.LOST_FILES


def owes_notice(state: State, facts: TurnContext) -> bool:
    return state.notice != facts.notice_version


def answer(
    state: State, facts: TurnContext, key: str, *, number: str = "", detail: str = ""
) -> tuple[State, Say]:
    """A sentence said at once, with the privacy notice where it is owed, and the state after it."""
    said = Say(key, owes_notice(state, facts), detail, number)
    return replace(state, notice=facts.notice_version), said


def words(state: State, event: Event) -> tuple[str, tuple[float, float] | None]:
    """The words and the place that the facts' suggestion must be for: the draft's and the new message's."""
    text = state.draft.text if state.draft else ""
    place = state.draft.place if state.draft else None
    if isinstance(event, InboundMessage) and not event.choice:
        text, place = "\n".join(filter(None, (text, event.text))), event.place or place
    return text, place


def subject_text(state: State, event: Event) -> str:
    """Those of the words that tell what it is about: all but bare addresses."""
    text = state.draft.matter if state.draft else ""
    new = event.text if isinstance(event, InboundMessage) and not event.choice and not event.where else ""
    return "\n".join(filter(None, (text, new)))
