"""Many plausible tickets at once, for trials and benchmarks: grown in memory by the rules, written by COPY."""

import multiprocessing
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from random import Random
from threading import Thread

from django.db import connection, transaction

from departments.cache import RevalidatedCache
from departments.clock import ISTANBUL
from departments.working_time.calendars import calendar_of
from tickets.demo_data.bulk import bare, copy_in, keys
from tickets.demo_data.district import District
from tickets.demo_data.growing import ATTACHMENT, BREACH, CITIZEN, EVENT, TICKET, Grown, Portion, Start, Town
from tickets.demo_data.pictures import pictures
from tickets.models import Attachment, Breach, Citizen, Ticket, TicketEvent
from tickets.services.opening import next_numbers

PIECE = 1_000  # tickets that grow in one go
AHEAD = 4  # pieces that grow while others are written: on every machine, since they build on those before
MANY = 20_000  # tickets from which on making the indexes anew is quicker than keeping them
RETURNING = 0.35  # of the requests come from somebody who has written before


def fill(*, tickets: int, seed: int, days: int, now: datetime) -> int:
    """Adds that many tickets of the last days, all of them or none; returns how many entries their timelines have.

    The same seed at the same moment on the same base data draws the same district. Numbers come from the counter like
    everybody's. Nothing of it is told to anybody: what there was to tell counts as told. While MANY are written nobody
    else can read or write tickets.
    """
    rng = Random(seed)  # noqa: S311 - plausible, not secret
    with transaction.atomic():
        district = District(rng)
        starts = _starts(district, district.moments(tickets, days, now), rng)
        pieces = [
            Portion(seed=f"{seed} {first}", starts=starts[first : first + PIECE])
            for first in range(0, tickets, PIECE)
        ]
        town = Town(district, pictures(rng), now)
        calendar_of(None)  # read now: where pieces grow, nobody asks the database
        quickly = bare(Citizen, Ticket, TicketEvent, Breach, Attachment) if tickets >= MANY else nullcontext()
        with quickly, RevalidatedCache.hold():
            return sum(map(_write, _grown(town, pieces)))


def _starts(district: District, moments: list[datetime], rng: Random) -> list[Start]:
    numbers = [
        number
        for year, of_year in groupby(moments, key=lambda at: at.astimezone(ISTANBUL).year)
        for number in next_numbers(year, len(list(of_year)))
    ]
    ours, unknown = keys(Ticket, len(moments)), iter(keys(Citizen, len(moments)))
    known: list[tuple[int, str]] = []
    starts = []
    for key, number, at in zip(ours, numbers, moments, strict=True):
        newcomer = not known or rng.random() >= RETURNING
        if newcomer:
            known.append((next(unknown), district.name()))
        starts.append(Start(key, number, at, known[-1] if newcomer else rng.choice(known), newcomer))
    return starts


def _grown(town: Town, pieces: list[Portion]) -> Iterator[Grown]:
    """The pieces in their order, grown by as many processes as there are processors."""
    if len(pieces) == 1:
        yield town.grow(pieces[0])
        return
    context = multiprocessing.get_context("fork")  # which shares the town as it stands
    with ProcessPoolExecutor(mp_context=context, initializer=_live_in, initargs=(town,)) as processes:
        growing: deque[Future[Grown]] = deque()
        ended: dict[str, Ticket] = {}
        for piece in pieces:
            if len(growing) > AHEAD:
                grown = growing.popleft().result()
                yield grown
                # Another one: a thread of the pool may still be sending the one before.
                ended = ended | grown.ended_before(piece.starts[0].at)
            growing.append(processes.submit(_grow, replace(piece, ended=ended)))
        for last in growing:
            yield last.result()


_town: Town | None = None  # of a process that grows pieces


def _live_in(town: Town) -> None:
    global _town  # noqa: PLW0603 - what such a process is made for
    _town = town
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A pool whose owner was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    assert parent  # noqa: S101
    parent.join()
    os._exit(1)


def _grow(piece: Portion) -> Grown:
    assert _town  # noqa: S101
    return _town.grow(piece)


def _write(grown: Grown) -> int:
    """Writes a piece and has the database check it; returns how many entries the timelines have."""
    copy_in(Citizen, CITIZEN, grown.citizens)
    copy_in(Ticket, TICKET, grown.tickets)
    copy_in(Breach, BREACH, grown.breaches)
    entries = keys(TicketEvent, len(grown.events))
    copy_in(TicketEvent, ["id", *EVENT], map("{},{}".format, entries, grown.events))
    files = keys(Attachment, len(grown.attachments))
    copy_in(
        Attachment,
        ["id", "event_id", *ATTACHMENT],
        (
            f"{key},{entries[place]},{record}"
            for key, (place, record) in zip(files, grown.attachments, strict=True)
        ),
    )
    connection.check_constraints()  # here and now: a million rows would pile up until the commit
    return len(entries)
