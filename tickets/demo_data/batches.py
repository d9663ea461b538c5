"""Generates a batch of tickets, as rows for COPY."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from random import Random
from typing import Any, NamedTuple

from departments.models import PlaceNeed
from tickets.casework.opening import Report, new_ticket
from tickets.demo_data.copy_rows import Records, columns, records
from tickets.demo_data.history import TicketHistory
from tickets.demo_data.pictures import Picture
from tickets.demo_data.random_draws import District
from tickets.demo_data.shares import CHANNELS, PHOTOS, UNCLEAR
from tickets.record.models.attachments import Attachment
from tickets.record.models.breaches import Breach
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket
from tickets.record.models.ticket_choices import Kind, Source
from tickets.record.models.timeline import TicketEvent
from tickets.record.search import searchable
from tickets.record.statuses import Outcome

CITIZEN, TICKET = columns(Citizen), columns(Ticket)
# Keys of events are assigned when they are written, since their number is unknown before.
EVENT = columns(TicketEvent, without=["id"])
BREACH = columns(Breach, without=["id"])
ATTACHMENT = columns(Attachment, without=["id", "event_id"])


class TicketStart(NamedTuple):
    """A ticket to generate: its key, number and moment, its citizen (key, name) and whether they are new."""

    key: int
    number: str
    at: datetime
    citizen: tuple[int, str]
    newcomer: bool


@dataclass(frozen=True)
class Batch:
    """Tickets to generate together. `ended` are older ones, by category, that they may be duplicates of."""

    seed: str
    starts: list[TicketStart]
    ended: Mapping[str, Ticket] = field(default_factory=dict)


@dataclass(frozen=True)
class BatchRows:
    """The generated rows. An attachment comes with the index of its event in `events`."""

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
class BatchGenerator:
    """Generates batches without any database query."""

    district: District
    pictures: Mapping[str, list[Picture]]
    now: datetime

    def generate(self, batch: Batch) -> BatchRows:
        rng = Random(batch.seed)  # noqa: S311 - plausible, not secret
        progress = _BatchInProgress(self, self.district.drawn_by(rng), rng, dict(batch.ended))
        newcomers = [start for start in batch.starts if start.newcomer]
        citizens = [progress.district.citizen(*start.citizen, start.at) for start in newcomers]
        histories = [progress.history(start) for start in batch.starts]
        events = [event for history in histories for event in history.events]
        places = {id(event): place for place, event in enumerate(events)}
        attachments = [attachment for history in histories for attachment in history.attachments]
        return BatchRows(
            citizens=records(CITIZEN, map(vars, citizens)),
            tickets=records(TICKET, (_as_row(history.ticket) for history in histories)),
            events=records(EVENT, events),
            attachments=list(
                zip(
                    (places[id(attachment["event"])] for attachment in attachments),
                    records(ATTACHMENT, attachments),
                    strict=True,
                )
            ),
            breaches=records(BREACH, (breach for history in histories for breach in history.breaches)),
            ended=progress.first_ended,
        )


def _as_row(ticket: Ticket) -> dict[str, Any]:
    routed = ticket.routed and json.dumps(ticket.routed, ensure_ascii=False)
    return vars(ticket) | {"routed": routed}


class _BatchInProgress:
    def __init__(
        self, generator: BatchGenerator, district: District, rng: Random, ended: dict[str, Ticket]
    ) -> None:
        self.district, self.first_ended = district, dict[str, Ticket]()
        self._generator, self._rng, self._ended = generator, rng, ended

    def history(self, start: TicketStart) -> TicketHistory:
        ticket = self._new(start)
        history = TicketHistory(ticket, self.district, self._rng, self._generator.now)
        category = ticket.category
        department = category.department if category and category.agency is None else None
        if history.begin(department, self._picture(ticket)):
            if department:
                history.advance(self._original(ticket))
            else:
                history.close()
        history.record_breaches(self._generator.now)
        ticket.search = searchable(ticket)
        if category and ticket.outcome not in (None, Outcome.DUPLICATE, Outcome.CANCELLED):
            self.first_ended.setdefault(category.code, ticket)
            self._ended.setdefault(category.code, ticket)
        return history

    def _new(self, start: TicketStart) -> Ticket:
        rng = self._rng
        category, message = self.district.subject()
        citizen, name = start.citizen
        (channel,) = rng.choices(list(CHANNELS), list(CHANNELS.values()))
        unclear = rng.random() < UNCLEAR
        suggestion = self.district.suggestion(category, message, sure=not unclear)
        report = Report(
            channel=channel,
            kind=Kind(message.kind),
            description=message.text,
            citizen=Citizen(pk=citizen, name=name),
            category=category,
            department=None if category.agency or unclear else category.department,
            proposed_agency=category.agency,
            urgent=message.urgent,
            urgent_reason="Metindeki tehlike sözcükleri" if message.urgent else "",
            routed=asdict(suggestion) if channel is Source.WHATSAPP else None,
        )
        ticket = new_ticket(report, self.district.targets.get(category.pk), start.at)
        for name, value in self.district.place(category, self.district.mahalle(message)).items():
            setattr(ticket, name, value)
        ticket.pk, ticket.number = start.key, start.number
        return ticket

    def _original(self, ticket: Ticket) -> Ticket | None:
        """A ticket that this one may be a duplicate of; it has its outcome, so it has no news to pass on later."""
        found = self._ended.get(ticket.category.code) if ticket.category else None
        return found if found and found.outcome_at and found.outcome_at < ticket.created_at else None

    def _picture(self, ticket: Ticket) -> Picture | None:
        category, rng = ticket.category, self._rng
        if category is None or category.place != PlaceNeed.REQUIRED or rng.random() > PHOTOS:
            return None
        code = ticket.department.code if ticket.department else ""
        return rng.choice(self._generator.pictures.get(code, self._generator.pictures[""]))
