"""Many plausible tickets at once, for trials and benchmarks: grown in memory by the rules, written by COPY."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby, islice
from random import Random
from typing import Any

from django.db import connection, models, transaction

from departments.clock import ISTANBUL
from departments.models import Category, PlaceNeed
from tickets.models import Attachment, Citizen, Kind, Source, Ticket, TicketEvent
from tickets.queries import searchable
from tickets.services.filling.district import District
from tickets.services.filling.life import Life
from tickets.services.filling.pictures import Picture, pictures
from tickets.services.opening import Report, new_ticket, next_numbers
from tickets.workflow import Outcome

BATCH = 5_000
PHOTOS = 0.55  # of the requests that are about a place
UNCLEAR = 0.06  # are sent to their department by somebody of the call centre
RETURNING = 0.35  # of the requests come from somebody who has written before
CHANNELS = {Source.WHATSAPP: 86, Source.TELEFON: 8, Source.YUZ_YUZE: 3, Source.CIMER: 3}


def fill(*, tickets: int, seed: int, days: int, now: datetime) -> int:
    """Adds that many tickets of the last days, all of them or none; returns how many entries their timelines have.

    The same seed at the same moment on the same base data draws the same district. Numbers come from the counter like
    everybody's. Nothing of it is told to anybody: what there was to tell counts as told.
    """
    rng = Random(seed)  # noqa: S311 - plausible, not secret
    with transaction.atomic():
        town = _Town(rng, now)
        lives, entries = town.lives(tickets, days), 0
        while batch := list(islice(lives, BATCH)):
            entries += _write(batch, town.newcomers)
            town.newcomers.clear()
    return entries


class _Town:
    """Tickets one after the other, in the order in which they came."""

    def __init__(self, rng: Random, now: datetime) -> None:
        self._rng, self._now = rng, now
        self._district = District(rng)
        self._pictures = pictures(rng)
        self._citizens: list[Citizen] = []
        self._ended: dict[Category, Ticket] = {}
        self.newcomers: list[Citizen] = []

    def lives(self, count: int, days: int) -> Iterator[Life]:
        moments = self._district.moments(count, days, self._now)
        numbers = [
            number
            for year, of_year in groupby(moments, key=lambda at: at.astimezone(ISTANBUL).year)
            for number in next_numbers(year, len(list(of_year)))
        ]
        people, keys = iter(_keys(Citizen, count)), _keys(Ticket, count)
        for key, number, at in zip(keys, numbers, moments, strict=True):
            yield self._life(self._new(key, number, at, people), at)

    def _new(self, key: int, number: str, at: datetime, people: Iterator[int]) -> Ticket:
        rng = self._rng
        category, words = self._district.subject()
        (channel,) = rng.choices(list(CHANNELS), list(CHANNELS.values()))
        report = Report(
            channel=channel,
            kind=Kind(words.kind),
            description=words.text,
            citizen=self._citizen(people, at),
            category=category,
            department=None if category.agency or rng.random() < UNCLEAR else category.department,
            proposed_agency=category.agency,
            urgent=words.urgent,
            urgent_reason="Metindeki tehlike sözcükleri" if words.urgent else "",
        )
        ticket = new_ticket(report, at)
        for name, value in self._district.place(category, self._district.mahalle(words)).items():
            setattr(ticket, name, value)
        ticket.pk, ticket.number = key, number
        return ticket

    def _citizen(self, people: Iterator[int], at: datetime) -> Citizen:
        if self._citizens and self._rng.random() < RETURNING:
            return self._rng.choice(self._citizens)
        citizen = self._district.citizen(next(people), at)
        self._citizens.append(citizen)
        self.newcomers.append(citizen)
        return citizen

    def _life(self, ticket: Ticket, at: datetime) -> Life:
        life = Life(ticket, self._district, self._rng, self._now)
        category = ticket.category
        department = category.department if category and category.agency is None else None
        if life.begin(department, self._picture(ticket)):
            if department:
                life.grow(self._original(ticket, at))
            else:
                life.close()
        ticket.search = searchable(ticket)
        if category and ticket.outcome not in (None, Outcome.DUPLICATE, Outcome.CANCELLED):
            self._ended.setdefault(category, ticket)
        return life

    def _original(self, ticket: Ticket, at: datetime) -> Ticket | None:
        """What the ticket may be a duplicate of: one that has its outcome, so no news of it is still to be shared."""
        found = self._ended.get(ticket.category) if ticket.category else None
        return found if found and found.outcome_at and found.outcome_at < at else None

    def _picture(self, ticket: Ticket) -> Picture | None:
        category, rng = ticket.category, self._rng
        if category is None or category.place != PlaceNeed.REQUIRED or rng.random() > PHOTOS:
            return None
        code = ticket.department.code if ticket.department else ""
        return rng.choice(self._pictures.get(code, self._pictures[""]))


def _write(lives: list[Life], newcomers: list[Citizen]) -> int:
    """Writes a batch and has the database check it; returns how many entries the timelines have."""
    events = [event for life in lives for event in life.events]
    attachments = [attachment for life in lives for attachment in life.attachments]
    for event, key in zip(events, _keys(TicketEvent, len(events)), strict=True):
        event["id"] = key
    for attachment, key in zip(attachments, _keys(Attachment, len(attachments)), strict=True):
        attachment |= {"id": key, "event_id": attachment["event"]["id"]}
    _copy(Citizen, map(vars, newcomers))
    _copy(Ticket, (vars(life.ticket) for life in lives))
    _copy(TicketEvent, events)
    _copy(Attachment, attachments)
    connection.check_constraints()  # here and now: a million rows would pile up until the commit
    return len(events)


def _copy(model: type[models.Model], rows: Iterable[Mapping[str, Any]]) -> None:
    fields = model._meta.concrete_fields
    table, columns = model._meta.db_table, ", ".join(str(field.column) for field in fields)
    names = [field.attname for field in fields]
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([row[name] for name in names])


def _keys(model: type[models.Model], count: int) -> list[int]:
    """That many keys of the table's own sequence."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
        )
        return [key for (key,) in cursor.fetchall()]
