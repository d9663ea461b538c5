"""A piece of the district's year: its tickets one after the other, and the records that they leave behind."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from random import Random
from typing import Any, NamedTuple

from departments.models import PlaceNeed
from tickets.demo_data.bulk import Records, columns, records
from tickets.demo_data.district import District
from tickets.demo_data.life import Life
from tickets.demo_data.pictures import Picture
from tickets.filters import searchable
from tickets.models import Attachment, Breach, Citizen, Kind, Source, Ticket, TicketEvent
from tickets.services.opening import Report, new_ticket
from tickets.workflow import Outcome

PHOTOS = 0.55  # of the requests that are about a place
UNCLEAR = (
    0.06  # the router is unsure of, and they are sent to their department by somebody of the call centre
)
CHANNELS = {Source.WHATSAPP: 86, Source.TELEFON: 8, Source.YUZ_YUZE: 3, Source.CIMER: 3}

CITIZEN, TICKET = columns(Citizen), columns(Ticket)
# Keys of timelines are given when they are written: nobody knows before how many there will be.
EVENT = columns(TicketEvent, without=["id"])
BREACH = columns(Breach, without=["id"])
ATTACHMENT = columns(Attachment, without=["id", "event_id"])


class Start(NamedTuple):
    """How a ticket begins: its key and number, when it came, who wrote (key, name) and whether for the first time."""

    key: int
    number: str
    at: datetime
    citizen: tuple[int, str]
    newcomer: bool


@dataclass(frozen=True)
class Portion:
    """Tickets that came one after the other. `ended` are older ones, by category, that they may be duplicates of."""

    seed: str
    starts: list[Start]
    ended: Mapping[str, Ticket] = field(default_factory=dict)


@dataclass(frozen=True)
class Grown:
    """What became of a piece. An attachment comes with the place of its event among the events."""

    citizens: Records
    tickets: Records
    events: Records
    attachments: list[tuple[int, str]]
    breaches: Records
    ended: Mapping[str, Ticket]

    def ended_before(self, at: datetime) -> dict[str, Ticket]:
        return {
            category: ticket
            for category, ticket in self.ended.items()
            if ticket.outcome_at and ticket.outcome_at < at
        }


@dataclass(frozen=True)
class Town:
    """What a piece grows from. Asks the database nothing."""

    district: District
    pictures: Mapping[str, list[Picture]]
    now: datetime

    def grow(self, piece: Portion) -> Grown:
        rng = Random(piece.seed)  # noqa: S311 - plausible, not secret
        growing = _Growing(self, self.district.drawn_by(rng), rng, dict(piece.ended))
        newcomers = [start for start in piece.starts if start.newcomer]
        citizens = [growing.district.citizen(*start.citizen, start.at) for start in newcomers]
        lives = [growing.life(start) for start in piece.starts]
        events = [event for life in lives for event in life.events]
        places = {id(event): place for place, event in enumerate(events)}
        attachments = [attachment for life in lives for attachment in life.attachments]
        return Grown(
            citizens=records(CITIZEN, map(vars, citizens)),
            tickets=records(TICKET, (_as_row(life.ticket) for life in lives)),
            events=records(EVENT, events),
            attachments=list(
                zip(
                    (places[id(attachment["event"])] for attachment in attachments),
                    records(ATTACHMENT, attachments),
                    strict=True,
                )
            ),
            breaches=records(BREACH, (breach for life in lives for breach in life.breaches)),
            ended=growing.first_ended,
        )


def _as_row(ticket: Ticket) -> dict[str, Any]:
    routed = ticket.routed and json.dumps(ticket.routed, ensure_ascii=False)
    return vars(ticket) | {"routed": routed}


class _Growing:
    def __init__(self, town: Town, district: District, rng: Random, ended: dict[str, Ticket]) -> None:
        self.district, self.first_ended = district, dict[str, Ticket]()
        self._town, self._rng, self._ended = town, rng, ended

    def life(self, start: Start) -> Life:
        ticket = self._new(start)
        life = Life(ticket, self.district, self._rng, self._town.now)
        category = ticket.category
        department = category.department if category and category.agency is None else None
        if life.begin(department, self._picture(ticket)):
            if department:
                life.grow(self._original(ticket))
            else:
                life.close()
        life.notice(self._town.now)
        ticket.search = searchable(ticket)
        if category and ticket.outcome not in (None, Outcome.DUPLICATE, Outcome.CANCELLED):
            self.first_ended.setdefault(category.code, ticket)
            self._ended.setdefault(category.code, ticket)
        return life

    def _new(self, start: Start) -> Ticket:
        rng = self._rng
        category, words = self.district.subject()
        citizen, name = start.citizen
        (channel,) = rng.choices(list(CHANNELS), list(CHANNELS.values()))
        unclear = rng.random() < UNCLEAR
        suggestion = self.district.suggestion(category, words, sure=not unclear)
        report = Report(
            channel=channel,
            kind=Kind(words.kind),
            description=words.text,
            citizen=Citizen(pk=citizen, name=name),
            category=category,
            department=None if category.agency or unclear else category.department,
            proposed_agency=category.agency,
            urgent=words.urgent,
            urgent_reason="Metindeki tehlike sözcükleri" if words.urgent else "",
            routed=asdict(suggestion) if channel is Source.WHATSAPP else None,
        )
        ticket = new_ticket(report, self.district.targets.get(category.pk), start.at)
        for name, value in self.district.place(category, self.district.mahalle(words)).items():
            setattr(ticket, name, value)
        ticket.pk, ticket.number = start.key, start.number
        return ticket

    def _original(self, ticket: Ticket) -> Ticket | None:
        """What the ticket may be a duplicate of: one that has its outcome, so no news of it is still to be shared."""
        found = self._ended.get(ticket.category.code) if ticket.category else None
        return found if found and found.outcome_at and found.outcome_at < ticket.created_at else None

    def _picture(self, ticket: Ticket) -> Picture | None:
        category, rng = ticket.category, self._rng
        if category is None or category.place != PlaceNeed.REQUIRED or rng.random() > PHOTOS:
            return None
        code = ticket.department.code if ticket.department else ""
        return rng.choice(self._town.pictures.get(code, self._town.pictures[""]))
