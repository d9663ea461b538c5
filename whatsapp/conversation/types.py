"""Events and the turn's context: what can happen, and what is known. Pure.

The state of a conversation is in state.py, what is to be done in effects.py; the rules that lead from one state to the
next are in engine.py and the modules that it calls, each of which returns a step (steps.py).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from departments.text.ticket_number import Citation
from whatsapp.conversation.state import State

SPOKEN = frozenset({"audio", "video"})


# --- what can happen -----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class InboundMessage:
    """The citizen sent a message, or changed one.

    `about` is the own ticket of the message it answers, `choice` the id of what was tapped, `changes` the message
    that an edit or a deletion is of, `address` what stands beside a place, `phone` the sender's own number, given
    on request, `where` whether its words are an address and nothing more, `advice` the key of what is said once to
    somebody who sends more of themselves than is needed. Of more words than a message can hold `text` is an excerpt and
    `whole` all of them.
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
    whole: str = ""


@dataclass(frozen=True, slots=True)
class TimerFired:
    """The time came that an earlier turn asked for, or staff handed the talk back."""


Event = InboundMessage | TimerFired


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket of this citizen's; `may` holds the statuses the citizen may move it to.

    `elsewhere` says that it is, or may be, another agency's job, `resolved` that this was its outcome,
    `danger_over` that it has one or is of no danger any more, `claimed` that a person has its danger in hand. Where it
    is: `placed` by a point, `addressed` in words, `in_mahalle` no nearer than that, `described` in whatever words;
    `place_missing` that nothing tells. `is_open`: it has no outcome.
    `pictured`: the citizen sent pictures or documents to it; known where they speak of a wrong one. `shares`: what is
    said has a word in common with it that few messages have. `changed_at`: when it last moved, `rated`: its stars were
    given.
    """

    ticket: int
    number: str
    status: str = "NEW"
    category: str = ""
    placed: bool = False
    elsewhere: bool = False
    resolved: bool = False
    danger_over: bool = False
    claimed: bool = False
    addressed: bool = False
    in_mahalle: bool = False
    described: bool = False
    place_missing: bool = False
    is_open: bool = False
    pictured: bool = False
    changed_at: datetime | None = None
    neighbourhood: str = ""
    department: str = ""
    rated: bool = False
    shares: bool = False
    may: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Danger:
    """A danger to life that words tell of: its kind, whether that is sure, the language ('' for one that the line does
    not speak), whether a child writes, and whether violence or despair is told of, too (`shielded`). `denied` is the
    ticket of which a person lately said that this is no danger.
    """

    kind: str
    sure: bool
    language: str
    child: bool = False
    shielded: bool = False
    denied: int | None = None


@dataclass(frozen=True, slots=True)
class LostFile:
    """A file that could not be had: its kind, and the citizen's open ticket that it is of."""

    kind: str
    ticket: int | None = None


@dataclass(frozen=True, slots=True)
class TurnContext:
    """What the conversation may know of the world.

    `command`, `cites` (ticket numbers), `chatter`, `person` (they ask for one), `yes`, `faq`, `question` (by the names
    of commands.toml), `follow` (what people in danger write next) and `data_request` (what it asks about the citizen's
    own data; the command "data" where that is all) are of the new message alone, so is `danger`, unless only all words
    together tell of it; `category`, `sure`, `guess`, `place_required`, `place_known` and `outside` are of all words
    and the place of the draft (see `words`), and so is `talk`: whether they sound like what is said around reports (2
    surely, 1 perhaps), `asks`, whether an answer in words would settle them (likewise), `beside`, what is asked beside
    the report that they are, and `for_desk`, whether the answer is surely one of a department without a place, or
    another body's to give. `result` is what the message says of an
    outcome (by the names of commands.toml), `stars` how many it gives, `served` that a person answered them lately.
    `abroad`: the place is. `own` are those of the citizen's tickets that may be meant, `data_asked` says that the
    personal-data officer has a request of theirs that is not answered yet. What staff did comes along, too:
    `blocked`, `staffed` (they wrote by hand, of the ticket `discussed`) and `silent_until` (the line says nothing
    until then). Where a person is asked for, `waits` says that one was before and nobody has answered, `queued` that
    they wait for whatever reason, `asked_lately` that it is for the answer to a question of a moment ago, `opens` when
    somebody will be there again (None while somebody is). `files` is how many of theirs arrived of late, where they
    ask. `lost` are the files of `State.lost` that are worth a word, `bulletin` is the one in force, 0 for none.
    """

    settle: timedelta
    draft_timeout: timedelta
    command: str = ""
    cites: tuple[Citation, ...] = ()
    chatter: str = ""
    person: bool = False
    waits: bool = False
    queued: bool = False
    asked_lately: bool = False
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
    talk: int = 0
    asks: int = 0
    beside: str = ""
    for_desk: bool = False
    neighbourhood: str = ""
    department: str = ""
    abroad: bool = False
    result: str = ""
    stars: int = 0
    served: bool = False
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


def words(state: State, event: Event) -> tuple[str, tuple[float, float] | None]:
    """The words and the place that the context's suggestion must be for: the draft's and the new message's."""
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
