"""Demonstration data: plausible tickets for trials and benchmarks, generated in memory and written by COPY."""

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

from departments.common.cache import RevalidatedCache
from departments.working_time.entered_hours import calendar_of
from departments.working_time.working_hours import ISTANBUL
from tickets.casework.numbering import next_numbers
from tickets.demo_data.batches import (
    ATTACHMENT,
    BREACH,
    CITIZEN,
    EVENT,
    TICKET,
    Batch,
    BatchGenerator,
    BatchRows,
    TicketStart,
)
from tickets.demo_data.copy_rows import copy_in, keys, without_indexes
from tickets.demo_data.desk import furnish
from tickets.demo_data.pictures import pictures
from tickets.demo_data.random_draws import District
from tickets.demo_data.shares import RETURNING
from tickets.record.models.attachments import Attachment
from tickets.record.models.breaches import Breach
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent

BATCH = 1_000  # tickets generated at once
# Batches generated in advance; the same on every machine, since later ones refer to earlier ones.
BATCHES_AHEAD = 4
MANY = 20_000  # tickets from which on rebuilding the indexes is faster than updating them


def fill(*, tickets: int, seed: int, days: int, now: datetime) -> int:
    """Adds that many tickets of the last days, all of them or none; returns the number of timeline entries.

    The same seed, moment and base data generate the same tickets. Ticket numbers come from the counter. Nobody is
    notified: all announcements count as sent. While MANY are written nobody else can read or write tickets.
    """
    rng = Random(seed)  # noqa: S311 - plausible, not secret
    with transaction.atomic():
        district = District(rng)
        starts = _starts(district, district.moments(tickets, days, now), rng)
        batches = [
            Batch(seed=f"{seed} {first}", starts=starts[first : first + BATCH])
            for first in range(0, tickets, BATCH)
        ]
        generator = BatchGenerator(district, pictures(rng), now)
        calendar_of(None)  # cached now, since the worker processes must not use the database
        tables = (
            without_indexes(Citizen, Ticket, TicketEvent, Breach, Attachment)
            if tickets >= MANY
            else nullcontext()
        )
        with tables, RevalidatedCache.frozen():
            entries = sum(map(_write, _generated(generator, batches)))
        furnish(starts[0].key, starts[-1].key)
        return entries


def _starts(district: District, moments: list[datetime], rng: Random) -> list[TicketStart]:
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
        starts.append(TicketStart(key, number, at, known[-1] if newcomer else rng.choice(known), newcomer))
    return starts


def _generated(generator: BatchGenerator, batches: list[Batch]) -> Iterator[BatchRows]:
    """Generates the batches in their order, in as many processes as there are processors."""
    if len(batches) == 1:
        yield generator.generate(batches[0])
        return
    context = multiprocessing.get_context("fork")  # the workers inherit the generator in memory
    with ProcessPoolExecutor(
        mp_context=context, initializer=_init_worker, initargs=(generator,)
    ) as processes:
        pending: deque[Future[BatchRows]] = deque()
        ended: dict[str, Ticket] = {}
        for batch in batches:
            if len(pending) > BATCHES_AHEAD:
                rows = pending.popleft().result()
                yield rows
                # A new dictionary: a thread of the pool may still be pickling the one before.
                ended = ended | rows.ended_before(batch.starts[0].at)
            pending.append(processes.submit(_generate, replace(batch, ended=ended)))
        for last in pending:
            yield last.result()


_generator: BatchGenerator | None = None  # set in worker processes


def _init_worker(generator: BatchGenerator) -> None:
    global _generator  # noqa: PLW0603 - the worker's only state
    _generator = generator
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Exits when the parent ends: workers of a killed process would wait for work for ever."""
    parent = multiprocessing.parent_process()
    assert parent  # noqa: S101
    parent.join()
    os._exit(1)


def _generate(batch: Batch) -> BatchRows:
    assert _generator  # noqa: S101
    return _generator.generate(batch)


def _write(rows: BatchRows) -> int:
    """Writes a batch and checks its constraints; returns the number of timeline entries."""
    copy_in(Citizen, CITIZEN, rows.citizens)
    copy_in(Ticket, TICKET, rows.tickets)
    copy_in(Breach, BREACH, rows.breaches)
    entries = keys(TicketEvent, len(rows.events))
    copy_in(TicketEvent, ["id", *EVENT], map("{},{}".format, entries, rows.events))
    files = keys(Attachment, len(rows.attachments))
    copy_in(
        Attachment,
        ["id", "event_id", *ATTACHMENT],
        (
            f"{key},{entries[place]},{record}"
            for key, (place, record) in zip(files, rows.attachments, strict=True)
        ),
    )
    connection.check_constraints()  # now, since deferred checks of a million rows would pile up until the commit
    return len(entries)
