"""Where a talk with one citizen stands, and how that is kept between two turns. Pure."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Known:
    """The ticket that what follows may belong to: its subject, and whether its place is known by a pin."""

    ticket: int
    category: str
    placed: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """A report in the making: `texts` are the words of each of the `messages`.

    `to` is the ticket it may turn out to belong to, `asked` the questions already put, `due` when it is looked at
    next, `held` says that it waits for the line to speak again.
    """

    messages: tuple[int, ...]
    texts: tuple[str, ...]
    place: tuple[float, float] | None
    spoken: str
    since: datetime
    due: datetime
    asked: tuple[str, ...] = ()
    warned: bool = False
    held: bool = False
    address: str = ""
    to: Known | None = None

    @property
    def text(self) -> str:
        return "\n".join(text for text in self.texts if text)


Expecting = Literal["add", "move", "cancel", "reason", "comment"]


@dataclass(frozen=True, slots=True)
class Expect:
    """What the next message is, if it comes in time: more for a ticket, its right place, a yes, a reason, a word."""

    what: Expecting
    ticket: int
    number: str
    until: datetime
    score: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """Where a talk stands.

    `last` and `confirmed_at` tell of the last report, `notice` which version of the privacy notice this citizen was
    given, `reply` what is to be answered at `reply_at` to what is no report, `answers` when answers were given at once.
    """

    draft: Draft | None = None
    last: Known | None = None
    confirmed_at: datetime | None = None
    notice: str = ""
    reply: str = ""
    reply_at: datetime | None = None
    expect: Expect | None = None
    answers: tuple[datetime, ...] = ()


def confirmed(state: State, known: Known, now: datetime) -> State:
    """The state after a ticket was opened: what follows belongs to it for a while."""
    return replace(state, last=known, confirmed_at=now)


def dump(state: State) -> dict[str, Any]:
    """The state as JSON; `load` is its inverse."""
    return json.loads(json.dumps(asdict(state), default=datetime.isoformat))  # type: ignore[no-any-return]


def load(data: dict[str, Any]) -> State:
    """The state from what `dump` made; an empty dict is a talk that has not begun."""
    fields = dict(data)
    if draft := fields.get("draft"):
        place, to = draft["place"], draft["to"]
        lists = {key: tuple(draft[key]) for key in ("messages", "texts", "asked")}
        times = {key: datetime.fromisoformat(draft[key]) for key in ("since", "due")}
        spot = {"place": (place[0], place[1]) if place else None, "to": Known(**to) if to else None}
        fields["draft"] = Draft(**draft | lists | times | spot)
    if last := fields.get("last"):
        fields["last"] = Known(**last)
    if expect := fields.get("expect"):
        fields["expect"] = Expect(**expect | {"until": datetime.fromisoformat(expect["until"])})
    for key in ("confirmed_at", "reply_at"):
        if fields.get(key):
            fields[key] = datetime.fromisoformat(fields[key])
    fields["answers"] = tuple(datetime.fromisoformat(at) for at in fields.get("answers", ()))
    return State(**fields)
