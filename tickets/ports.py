"""What the citizen's record needs of a channel, and the channel that registered itself.

Tickets know no channel. One on a floor above implements `Channel` and registers it when its app is ready.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from tickets.models import Citizen, Ticket


@dataclass(frozen=True)
class ChannelMessage:
    """One message of the conversation about a ticket.

    `direction` is `in` from the citizen, `out` from the line, `staff` written by hand; `status` is the channel's own
    word for how far an outgoing message got; `media_url` opens the media for who may see the ticket, or is empty.
    """

    at: datetime
    direction: Literal["in", "out", "staff"]
    text: str
    kind: str
    status: str = ""
    media_url: str = ""


class Channel(Protocol):
    def ring(self) -> None:
        """Told after each commit that there may be news to send. Must not raise: a lost ring is swept up later."""

    def messages(self, ticket: "Ticket", /) -> list[ChannelMessage]:
        """The conversation about the ticket, oldest first."""

    def window(self, citizen: "Citizen", /) -> datetime | None:
        """Until when free text can be sent to the citizen; None when it cannot."""


class NullChannel:
    """No channel registered: nothing is sent and nothing was said."""

    def ring(self) -> None:
        return None

    def messages(self, _ticket: "Ticket", /) -> list[ChannelMessage]:
        return []

    def window(self, _citizen: "Citizen", /) -> datetime | None:
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
