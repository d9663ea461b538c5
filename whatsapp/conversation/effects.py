"""What is to be done: one dataclass an effect; `turns` applies them. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from whatsapp.conversation.types import TicketView


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
    asks: bool = False
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
class NoteDangerNews:
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
class LetBe:
    """Messages that were gathered were talk and become no ticket."""

    messages: tuple[int, ...]


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
class AnswerStatus:
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
    what they reported, or asked what only a person can answer ("question"); of `ticket`, if of any. With `silence` the
    line says nothing meanwhile.
    """

    reason: Literal["asked", "wrote", "corrects", "question"]
    text: str
    ticket: int | None = None
    silence: bool = False


@dataclass(frozen=True, slots=True)
class TakeFileBack:
    """Hide what the citizen says was sent by mistake: the last picture of the ticket, the `first`, or `every` one."""

    ticket: int
    first: bool = False
    every: bool = False


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
    OpenTicket | Join | Relocate | Say | AnswerStatus | Choose | Cancel | Insist | Settle | Reopen | RateTicket
    | AskStaff | Mute | Speak | KeepNumber | AskOfficer | Warn | OpenDanger | RaiseDanger | RingAgain | NoteDangerNews
    | NoteLost | TakeFileBack | LetBe
)  # fmt: skip
