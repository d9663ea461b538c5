"""Where a talk with one citizen stands, and how that is kept between two turns. Pure."""

from dataclasses import dataclass, is_dataclass, replace
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class LinkedTicket:
    """The ticket that what follows may belong to: its subject, whether its place is known by a pin, and whether it
    was urgent.
    """

    ticket: int
    category: str
    placed: bool
    urgent: bool = False


Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class DraftPart:
    """What one message brings to a report.

    `spoken` is its kind where nobody can read it, `where` says that its words are an address and nothing more.
    """

    message: int
    text: str = ""
    place: Place | None = None
    address: str = ""
    spoken: str = ""
    where: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A report in the making. Each piece keeps what it brought, so that a message taken back takes it along.

    `to` is the ticket it may turn out to belong to, `asked` the questions already put, `due` when it is looked at
    next, `held` says that it waits for the line to speak again.
    """

    pieces: tuple[DraftPart, ...]
    since: datetime
    due: datetime
    asked: tuple[str, ...] = ()
    warned: bool = False
    held: bool = False
    to: LinkedTicket | None = None

    @property
    def messages(self) -> tuple[int, ...]:
        return tuple(piece.message for piece in self.pieces)

    @property
    def text(self) -> str:
        return "\n".join(piece.text for piece in self.pieces if piece.text)

    @property
    def matter(self) -> str:
        """The words without bare addresses, whose streets and flats say nothing of what it is about."""
        return "\n".join(piece.text for piece in self.pieces if piece.text and not piece.where)

    @property
    def place(self) -> Place | None:
        """The newest place: a pin sent again puts the first one right."""
        return next((piece.place for piece in reversed(self.pieces) if piece.place), None)

    @property
    def address(self) -> str:
        return next((piece.address for piece in reversed(self.pieces) if piece.address), "")

    @property
    def spoken(self) -> str:
        return next((piece.spoken for piece in reversed(self.pieces) if piece.spoken), "")


Expecting = Literal["add", "move", "cancel", "choose", "reason", "comment"]


@dataclass(frozen=True, slots=True)
class PendingReply:
    """What the next message is, if it comes in time: more for a ticket, its right place, a yes, which one, a reason,
    a word. Which one is of no ticket yet.
    """

    what: Expecting
    ticket: int
    number: str
    until: datetime
    score: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """Where a talk stands.

    `last` and `confirmed_at` tell of the last report, `notice` which version of the privacy notice this citizen was
    given and `notice_at` when, `reply` what is to be answered at `reply_at` to what is no report, `answers` when
    answers were given at once.
    """

    draft: Draft | None = None
    last: LinkedTicket | None = None
    confirmed_at: datetime | None = None
    notice: str = ""
    notice_at: datetime | None = None
    reply: str = ""
    reply_at: datetime | None = None
    expect: PendingReply | None = None
    answers: tuple[datetime, ...] = ()


def confirmed(state: State, known: LinkedTicket, now: datetime) -> State:
    """The state after a ticket was opened: what follows belongs to it for a while."""
    return replace(state, last=known, confirmed_at=now)


def dump(state: State) -> dict[str, Any]:
    """The state as JSON, without what is at its default; `load` is its inverse."""
    plain: dict[str, Any] = _plain(state)
    return plain


def load(data: dict[str, Any]) -> State:
    """The state from what `dump` made, whatever is kept beside it; an empty dict is a talk that has not begun."""
    known = {key: value for key, value in data.items() if key in State.__dataclass_fields__}
    if draft := known.get("draft"):
        known["draft"] = _draft(draft)
    if last := known.get("last"):
        known["last"] = LinkedTicket(**last)
    if expect := known.get("expect"):
        known["expect"] = PendingReply(**expect | {"until": datetime.fromisoformat(expect["until"])})
    for key in ("confirmed_at", "notice_at", "reply_at"):
        if known.get(key):
            known[key] = datetime.fromisoformat(known[key])
    known["answers"] = tuple(datetime.fromisoformat(at) for at in known.get("answers", ()))
    return State(**known)


def _draft(data: dict[str, Any]) -> Draft:
    pieces = tuple(
        DraftPart(**piece | {"place": tuple(piece["place"]) if piece.get("place") else None})
        for piece in data["pieces"]
    )
    times = {key: datetime.fromisoformat(data[key]) for key in ("since", "due")}
    to = LinkedTicket(**data["to"]) if data.get("to") else None
    return Draft(**data | {"pieces": pieces, "to": to, "asked": tuple(data.get("asked", ()))} | times)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if is_dataclass(value):
        held = ((field, getattr(value, field.name)) for field in value.__dataclass_fields__.values())
        return {field.name: _plain(each) for field, each in held if each != field.default}
    return value
