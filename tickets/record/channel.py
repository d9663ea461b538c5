"""What the citizen's record needs of a channel, and the channel that registered itself.

Tickets know no channel. One on a floor above implements `Channel` and registers it when its app is ready.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from tickets.record.personal_data_store import DataStore, NoDataStore
from tickets.record.statuses import Status

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from tickets.record.models.attachments import Attachment
    from tickets.record.models.citizen import Citizen
    from tickets.record.models.ticket import Ticket
    from tickets.record.models.timeline import TicketEvent


@dataclass(frozen=True)
class LooseFile:
    """A stored file that came or went with a message and belongs to no ticket: the channel's key of it, and its names
    in the private storage; `thumbnail` is "" where there is none.
    """

    key: str
    kind: str
    mime_type: str
    name: str
    thumbnail: str
    warning: str


@dataclass(frozen=True)
class ChannelMessage:
    """One message of the conversation about a ticket.

    `direction` is `in` from the citizen, `out` from the line, `staff` written by hand; `status` is the channel's own
    word for how far an outgoing message got, `error` why it got no further. `attachment` is the ticket's file that came
    with it, `file` one that is no ticket's yet, `place` where it points at (lat, lon), `event` the news of the timeline
    that it tells. `mark` says what its sender did to it later.
    """

    at: datetime
    direction: Literal["in", "out", "staff"]
    text: str
    kind: str
    status: str = ""
    error: str = ""
    attachment: int | None = None
    file: LooseFile | None = None
    place: tuple[float, float] | None = None
    event: int | None = None
    mark: Literal["", "edited", "deleted"] = ""


@dataclass(frozen=True)
class Talk:
    """How the talk with a citizen stands.

    Free text reaches them until `open_until` (None: never yet), the line itself is silent until `silent_until` since a
    person has the talk, and what they write is answered by nobody while they are `blocked`. `heard_at` is when they
    last wrote, `language` the one they are answered in. Who has had their share of the line's time is `behind`: what
    they write is read after everybody else's, danger excepted.
    """

    open_until: datetime | None = None
    silent_until: datetime | None = None
    blocked: bool = False
    heard_at: datetime | None = None
    language: str = "tr"
    behind: bool = False

    def is_open(self, now: datetime) -> bool:
        return self.open_until is not None and now < self.open_until

    def is_silent(self, now: datetime) -> bool:
        return self.silent_until is not None and now < self.silent_until


@dataclass(frozen=True)
class Preview:
    """What a citizen would read, "" where nothing would be sent to them.

    `as_template` when it would go as an approved template, the window being shut.
    """

    text: str
    as_template: bool


@dataclass(frozen=True)
class NumberStatistics:
    """What went through a channel in some span of time.

    `received` are messages of `citizens` different people; of ours `written` were to leave, by the line or by hand, and
    of these `sent` left, `delivered` reached a telephone, `read` were opened and `failed` will not arrive, as far as is
    known now. `as_template` were paid for, the 24-hour window being shut. Half of what was sent left within
    `median_seconds` of being written, nine in ten within `p90_seconds`; None where nothing was.
    """

    received: int
    citizens: int
    written: int
    sent: int
    delivered: int
    read: int
    failed: int
    as_template: int
    median_seconds: float | None
    p90_seconds: float | None


@dataclass(frozen=True)
class NumberHealth:
    """How a channel is doing: `state` and `reason` in its own words since `since`; `works` is False when it is stopped.

    `heard_at` is when it last brought anything, `silent` whether that is longer ago than is usual at this hour,
    `unsigned_at` when a request was last refused for a wrong signature, if our secret seems to be the wrong one,
    `waiting_since` when the oldest row came that is still not worked off; `parked` rows wait for people; of our
    messages of the last 24 hours `failed` were given up, `refused_by_window` of them because the time for free text
    was over.
    """

    works: bool
    state: str
    reason: str
    since: datetime | None
    heard_at: datetime | None
    silent: bool
    unsigned_at: datetime | None
    waiting_since: datetime | None
    parked: int
    failed: int
    refused_by_window: int


class Channel(Protocol):
    def data_store(self) -> DataStore:
        """What it holds of people."""

    def wake(self) -> None:
        """Told after each commit that there may be news to send. Must not raise: a lost wake-up is made up for."""

    def messages(self, ticket: "Ticket", /, *, loose: bool = False) -> list[ChannelMessage]:
        """The conversation about the ticket, oldest first; `loose` adds what was said meanwhile about no ticket."""

    def conversation(
        self, citizen: "Citizen", tickets: "QuerySet[Ticket]", /, *, loose: bool = True
    ) -> list[ChannelMessage]:
        """The newest of what was said with the citizen, oldest first: of these tickets, and if `loose` of none."""

    def report_in(self, text: str, /) -> str:
        """What a citizen's words tell, without those that ask for a person and say nothing else; "" for nothing."""

    def write(
        self,
        citizen: "Citizen",
        text: str,
        ticket: "Ticket | None",
        now: datetime,
        /,
        file: "Attachment | None" = None,
    ) -> bool:
        """Says this to the citizen, by hand, about a ticket if there is one, with a stored photo or document; False
        where this channel does not reach them. Under `lock`.
        """

    def attribute(self, citizen: "Citizen", ticket: "Ticket", since: datetime, now: datetime, /) -> None:
        """Makes what the citizen said since then about no ticket part of this one, its files too. Under `lock`."""

    def confirm(self, ticket: "Ticket", now: datetime, /) -> None:
        """Tells the citizen of a ticket that staff opened of what they said. Under `lock`."""

    def windows(self, citizens: Collection[int], /) -> Mapping[int, datetime]:
        """Until when free text can be sent to these citizens; without those who never wrote."""

    def speakers(self, languages: Collection[str], /) -> "QuerySet[Any]":
        """The keys of the citizens with whom it talks in one of these languages (tr, en, ar)."""

    def talk(self, citizen: "Citizen", /) -> Talk | None:
        """How the talk with the citizen stands; None where this channel does not reach them."""

    def lock(self, citizens: Collection[int], /) -> None:
        """Locks the talks with these citizens until the caller's transaction ends.

        To be called before a ticket is locked by whoever then has the channel change a talk or what is to be said in
        it (docs/failures-and-locks.md).
        """

    def lock_loose(self, citizen: "Citizen", since: datetime, /) -> None:
        """Locks what the citizen said since then about no ticket, under the lock of their talk: before the ticket that
        it is to be attributed to takes its number.
        """

    def preview(self, news: "TicketEvent", now: datetime, /) -> Preview:
        """What the ticket's citizen would read of news that is not written yet: a reply, or a transition."""

    def transitions_with_words(self, ticket: "Ticket", /) -> Collection[str]:
        """The statuses of which its citizen reads, when staff move the ticket there, what staff write with the move.

        Of others they hear nothing, or a sentence that has no room for it. Where no channel reaches the citizen it is
        as with any citizen.
        """

    def announced_transitions(self, ticket: "Ticket", /) -> Collection[str]:
        """The statuses of which its citizen reads anything when staff move the ticket there; of a citizen whom no
        channel reaches none.
        """

    def status_name(self, status: Status, language: str, /) -> str:
        """What citizens call the status in that language; in Turkish where the channel does not speak it."""

    def take_over(self, citizen: "Citizen", now: datetime, /) -> None:
        """A person takes the talk: the line is silent. Under `lock`."""

    def hand_back(self, citizen: "Citizen", now: datetime, /) -> None:
        """The line may speak again. Under `lock`."""

    def block(self, citizen: "Citizen", /) -> bool:
        """The line answers them no more, danger excepted; False where it does not reach them. Under `lock`."""

    def unblock(self, citizen: "Citizen", now: datetime, /) -> bool:
        """The line answers them again; False where they were not blocked. Under `lock`."""

    def health(self, now: datetime, /) -> NumberHealth | None:
        """How it is doing; None from a channel that does not know."""

    def statistics(self, start: datetime, end: datetime, /) -> NumberStatistics | None:
        """What went through it from `start` until just before `end`; None from a channel that does not count."""


class NullChannel:
    """No channel registered: nothing is sent and nothing was said."""

    def data_store(self) -> DataStore:
        return NoDataStore()

    def wake(self) -> None:
        return None

    def messages(self, _ticket: "Ticket", /, *, loose: bool = False) -> list[ChannelMessage]:  # noqa: ARG002
        return []

    def conversation(
        self,
        _citizen: "Citizen",
        _tickets: "QuerySet[Ticket]",
        /,
        *,
        loose: bool = True,  # noqa: ARG002
    ) -> list[ChannelMessage]:
        return []

    def report_in(self, text: str, /) -> str:
        return text

    def write(
        self,
        _citizen: "Citizen",
        _text: str,
        _ticket: "Ticket | None",
        _now: datetime,
        /,
        file: "Attachment | None" = None,  # noqa: ARG002
    ) -> bool:
        return False

    def attribute(self, _citizen: "Citizen", _ticket: "Ticket", _since: datetime, _now: datetime, /) -> None:
        return None

    def confirm(self, _ticket: "Ticket", _now: datetime, /) -> None:
        return None

    def windows(self, _citizens: Collection[int], /) -> Mapping[int, datetime]:
        return {}

    def speakers(self, _languages: Collection[str], /) -> "QuerySet[Any]":
        from tickets.record.models.citizen import Citizen

        return Citizen.objects.none().values("pk")

    def talk(self, _citizen: "Citizen", /) -> Talk | None:
        return None

    def lock(self, _citizens: Collection[int], /) -> None:
        return None

    def lock_loose(self, _citizen: "Citizen", _since: datetime, /) -> None:
        return None

    def preview(self, _news: "TicketEvent", _now: datetime, /) -> Preview:
        return Preview("", as_template=False)

    def transitions_with_words(self, _ticket: "Ticket", /) -> Collection[str]:
        return ()

    def announced_transitions(self, _ticket: "Ticket", /) -> Collection[str]:
        return ()

    def status_name(self, status: Status, _language: str, /) -> str:
        return str(status.label)

    def take_over(self, _citizen: "Citizen", _now: datetime, /) -> None:
        return None

    def hand_back(self, _citizen: "Citizen", _now: datetime, /) -> None:
        return None

    def block(self, _citizen: "Citizen", /) -> bool:
        return False

    def unblock(self, _citizen: "Citizen", _now: datetime, /) -> bool:
        return False

    def health(self, _now: datetime, /) -> NumberHealth | None:
        return None

    def statistics(self, _start: datetime, _end: datetime, /) -> NumberStatistics | None:
        return None


_registered: list[Channel] = [NullChannel()]


def register(channel: Channel) -> Channel:
    """Makes `channel` the one in use and returns the one before it."""
    before = _registered[0]
    _registered[0] = channel
    return before


def channel() -> Channel:
    """The channel in use; one that says and sends nothing until another is registered."""
    return _registered[0]
