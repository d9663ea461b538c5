"""A channel that reaches everybody."""

from collections.abc import Collection
from datetime import datetime, timedelta

from typing_extensions import override

from tests.tickets.world import NOW
from tickets.models import Citizen, Ticket, TicketEvent
from tickets.record import channel
from tickets.record.statuses import Status


class Reached(channel.NullChannel):
    """Reaches everybody until `open_until`."""

    def __init__(self) -> None:
        self.taken: list[bool] = []
        self.open_until = NOW + timedelta(hours=3)
        self.heard_at = NOW - timedelta(hours=21)
        self.blocked: set[int] = set()
        self.confirmed: list[str] = []
        self.language = "tr"
        self.in_silence: set[Status] = set()

    @override
    def talk(self, citizen: Citizen, /) -> channel.Talk:
        blocked = citizen.pk in self.blocked
        return channel.Talk(self.open_until, None, blocked, self.heard_at, self.language)

    @override
    def preview(self, news: TicketEvent, _now: datetime, /) -> channel.Preview:
        return channel.Preview(news.public_text, as_template=False)

    @override
    def transitions_with_words(self, _ticket: Ticket, /) -> Collection[str]:
        return {*Status} - {Status.IN_PROGRESS, Status.PLANNED} - self.in_silence

    @override
    def confirm(self, ticket: Ticket, _now: datetime, /) -> None:
        self.confirmed.append(ticket.number)

    @override
    def take_over(self, _citizen: Citizen, _now: datetime, /) -> None:
        self.taken.append(True)

    @override
    def hand_back(self, _citizen: Citizen, _now: datetime, /) -> None:
        self.taken.append(False)

    @override
    def block(self, citizen: Citizen, /) -> bool:
        self.blocked.add(citizen.pk)
        return True

    @override
    def unblock(self, citizen: Citizen, _now: datetime, /) -> bool:
        was = citizen.pk in self.blocked
        self.blocked.discard(citizen.pk)
        return was
