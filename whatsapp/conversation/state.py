"""Where a talk with one citizen stands, and how that is kept between two turns. Pure."""

from dataclasses import dataclass, is_dataclass, replace
from datetime import datetime
from typing import Any, Literal

from whatsapp.conversation.time_limits import DANGER_OVER_AFTER


@dataclass(frozen=True, slots=True)
class LinkedTicket:
    """The ticket that what follows may belong to: its subject, and whether its place is known by a pin."""

    ticket: int
    category: str
    placed: bool


Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class DraftPart:
    """What one message brings to a report.

    `spoken` is its kind where nobody can read it, `shown` where it is to be looked at, `where` says that its words are
    an address and nothing more, `written` that it is a text, which no file comes with.
    """

    message: int
    text: str = ""
    place: Place | None = None
    address: str = ""
    spoken: str = ""
    where: bool = False
    written: bool = False
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A report in the making. Each piece keeps what it brought, so that a message taken back takes it along.

    `to` is the ticket it may turn out to belong to, `asked` the questions already put, `due` when it is looked at
    next, `held` says that it waits for the line to speak again. `unsure` is the kind of a danger that is only possible.
    `spoke_since` says that something was said since the last question, `told` since it was asked what it is about.
    """

    pieces: tuple[DraftPart, ...]
    since: datetime
    due: datetime
    asked: tuple[str, ...] = ()
    unsure: str = ""
    held: bool = False
    spoke_since: bool = False
    told: bool = False
    to: LinkedTicket | None = None

    @property
    def is_overdue(self) -> bool:
        """Whether the last question was answered by nothing once `due` has come. Who said something else than where is
        asked again."""
        return bool(self.asked) and not (self.spoke_since and self.asked[-1] in ("place", "matter"))

    @property
    def messages(self) -> tuple[int, ...]:
        return tuple(piece.message for piece in self.pieces)

    @property
    def with_files(self) -> tuple[int, ...]:
        """The messages that a file may have come with."""
        return tuple(piece.message for piece in self.pieces if not piece.written)

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
        """What the pieces say of it together; a street that came later puts an earlier one right."""
        parts: list[str] = []
        street = False
        for piece in reversed(self.pieces):
            if piece.address and street:
                break
            street = street or bool(piece.address)
            if said := piece.text if piece.where and piece.text else piece.address:
                parts.append(said)
        return ", ".join(dict.fromkeys(reversed(parts)))[:300]  # as much as a ticket keeps

    @property
    def shown(self) -> tuple[str, ...]:
        """The kinds of those files that are to be looked at, in the order sent."""
        return tuple(piece.shown for piece in self.pieces if piece.shown)

    @property
    def possible_danger(self) -> str:
        """The kind of danger that it may be; a voice message alone may be any until somebody has heard it."""
        return self.unsure or ("other" if self.spoken == "audio" and not self.text else "")

    @property
    def spoken(self) -> str:
        return next((piece.spoken for piece in reversed(self.pieces) if piece.spoken), "")


@dataclass(frozen=True, slots=True)
class ToldDanger:
    """A danger that the citizen told of, until a person closes it: its kind, its ticket, the language of its words, and
    whether any of what they told of is `restricted`; unless `sure`, only the calm line was said.

    `said_at` is when the kind's whole sentence was said, `short_at` when it was last said in short, `second_at` when
    the second message is due, `asked` whether that one asked where it is, `replied` what was answered since, and
    when.
    """

    kind: str
    language: str
    said_at: datetime
    ticket: int = 0
    restricted: bool = False
    sure: bool = True
    short_at: datetime | None = None
    second_at: datetime | None = None
    asked: bool = False
    replied: tuple[tuple[str, datetime], ...] = ()

    @property
    def over_at(self) -> datetime:
        """When it is let go though no person closed it: the talk goes first no longer."""
        return self.said_at + DANGER_OVER_AFTER


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
    answers were given at once, `danger` what they are in danger of, `unsure_at` when they were told that they may be,
    `advice` what the next answer says besides, `advised` what was said so before.
    `lost` the messages whose files could not be had (the last at `lost_at`), `lost_told_at` when that was told,
    `bulletin` which bulletin they were given, `passed_at` when they were last told that what they said was passed on,
    `last_answer` what answered a question of theirs last, at `last_answer_at`.
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
    danger: ToldDanger | None = None
    unsure_at: datetime | None = None
    advice: str = ""
    advised: tuple[str, ...] = ()
    lost: tuple[int, ...] = ()
    lost_at: datetime | None = None
    lost_told_at: datetime | None = None
    bulletin: int = 0
    passed_at: datetime | None = None
    last_answer: str = ""
    last_answer_at: datetime | None = None


def confirmed(state: State, known: LinkedTicket, now: datetime) -> State:
    """The state after a ticket was opened: what follows belongs to it for a while."""
    return replace(state, last=known, confirmed_at=now)


def endangered(state: State, ticket: int) -> State:
    """The state after the ticket of a danger was opened."""
    return replace(state, danger=replace(state.danger, ticket=ticket)) if state.danger else state


def with_lost_file(data: dict[str, Any], message: int, now: datetime) -> dict[str, Any]:
    """What `dump` made, and is kept beside it, after the file of one more message was found lost."""
    return data | {"lost": [*data.get("lost", ()), message], "lost_at": now.isoformat()}


def without_timers(state: State, now: datetime) -> State:
    """The state after a timer that failed for good: nothing of it is due any more. A danger stays until it is over."""
    danger = state.danger and replace(state.danger, second_at=None)
    return replace(
        state,
        draft=None,
        reply="",
        reply_at=None,
        expect=None,
        danger=None if danger and danger.over_at <= now else danger,
        lost=(),
        lost_at=None,
    )


def drafted(data: dict[str, Any]) -> list[int]:
    """The messages of the report in the making, in what `dump` made, even where `load` cannot read it."""
    draft = data.get("draft")
    pieces = draft.get("pieces") if isinstance(draft, dict) else None
    return [
        piece["message"]
        for piece in (pieces if isinstance(pieces, list) else ())
        if isinstance(piece, dict) and isinstance(piece.get("message"), int)
    ]


def dump(state: State) -> dict[str, Any]:
    """The state as JSON, without what is at its default; `load` is its inverse."""
    plain: dict[str, Any] = _plain(state)
    return plain


def load(data: dict[str, Any]) -> State:
    """The state from what `dump` made, whatever is kept beside it; an empty dict is a talk that has not begun."""
    known = _known(data, State)
    if draft := known.get("draft"):
        known["draft"] = _draft(draft)
    if last := known.get("last"):
        known["last"] = LinkedTicket(**_known(last, LinkedTicket))
    if expect := known.get("expect"):
        known["expect"] = PendingReply(
            **_known(expect, PendingReply) | {"until": datetime.fromisoformat(expect["until"])}
        )
    if danger := known.get("danger"):
        known["danger"] = _danger(danger)
    known["lost"] = tuple(known.get("lost", ()))
    for key in (
        "confirmed_at",
        "notice_at",
        "reply_at",
        "unsure_at",
        "lost_at",
        "lost_told_at",
        "passed_at",
        "last_answer_at",
    ):
        if known.get(key):
            known[key] = datetime.fromisoformat(known[key])
    known["answers"] = tuple(datetime.fromisoformat(at) for at in known.get("answers", ()))
    known["advised"] = tuple(known.get("advised", ()))
    return State(**known)


def _draft(data: dict[str, Any]) -> Draft:
    pieces = tuple(
        DraftPart(
            **_known(piece, DraftPart) | {"place": tuple(piece["place"]) if piece.get("place") else None}
        )
        for piece in data["pieces"]
    )
    times = {key: datetime.fromisoformat(data[key]) for key in ("since", "due")}
    to = LinkedTicket(**_known(data["to"], LinkedTicket)) if data.get("to") else None
    return Draft(
        **_known(data, Draft) | {"pieces": pieces, "to": to, "asked": tuple(data.get("asked", ()))} | times
    )


def _known(data: dict[str, Any], kind: type[Any]) -> dict[str, Any]:
    """Without what another release kept besides: while one is rolled out, two read the same rows."""
    return {key: value for key, value in data.items() if key in kind.__dataclass_fields__}


def _danger(data: dict[str, Any]) -> ToldDanger:
    times = {
        key: datetime.fromisoformat(data[key])
        for key in ("said_at", "short_at", "second_at")
        if data.get(key)
    }
    replied = tuple((key, datetime.fromisoformat(at)) for key, at in data.get("replied", ()))
    return ToldDanger(**_known(data, ToldDanger) | times | {"replied": replied})


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if is_dataclass(value):
        held = ((field, getattr(value, field.name)) for field in value.__dataclass_fields__.values())
        return {field.name: _plain(each) for field, each in held if each != field.default}
    return value
