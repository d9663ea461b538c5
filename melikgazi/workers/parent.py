"""The workers: `python -m melikgazi.workers`, with `--pools line,chores,beat` or `--pools inbox` for some of them only.

1. One process sets Django and Celery up and reads what every turn asks for: the router's model, mahalles, stems. It
   goes no further while there is no database, and ends where the tables are not this code's (database/schema.py).
2. It forks the workers, which share that memory. Each takes from one queue, in its main thread (Celery's pool "solo"):
   no message passes from process to process, and what fills one queue holds up no other.
3. It watches them: one that dies is forked again; one that is longer at a task than the task may take, or hears of no
   task though there are some every few seconds, is killed. Time that it waited for a core does not count.
4. SIGTERM or SIGINT ends all, each after the task that it has in hand.

A worker's name stands in `ps -o comm`, its queue in it.
"""

import argparse
import contextlib
import gc
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from melikgazi.processes.forks import Deadline, ProcessPool, Worker

POOLS = {"line": ("inbox", "outbox", "media"), "chores": ("notices", "chores"), "beat": ("beat",)}
# A queue alone, for machines that have only one.
QUEUES = {queue: (queue,) for queues in POOLS.values() for queue in queues} | POOLS
# Every queue has a tick of the beat each few seconds. A consumer that hears none for so long is deaf: kombu has been
# seen to wait for ever on no connection at all, after the broker went away while a task was being acknowledged.
IDLE_TIMEOUT = 60.0
# What Celery imports only when a worker or the beat begins.
FORKED_WITH = (
    *("billiard.pool", "celery.app.amqp", "celery.app.control", "celery.app.events", "celery.app.log"),
    *("celery.app.routes", "celery.apps.worker", "celery.beat", "celery.concurrency.solo"),
    *("celery.events.dispatcher", "celery.events.receiver", "celery.worker.autoscale"),
    *("celery.worker.consumer", "celery.worker.consumer.delayed_delivery", "celery.worker.loops"),
    *("celery.worker.strategy", "kombu.transport.redis"),
)
# Their few statements come again and again, and find by index whatever the parameters are: one plan serves them all.
PREPARED = frozenset({"inbox", "outbox"})
# New objects before the collector looks for circles, which a turn makes few of.
GARBAGE = (20_000, 20, 20)
PREPARE_AT = 5  # uses of a statement
# For a lock: less than their tasks may take, or whoever changes a table would have what waits counted as deadly.
LOCK_SECONDS = 10
# Bytes of address space: some six times what a worker has. Whatever asks for more fails, is counted and in the end
# parked, and takes no other process with it.
MOST_MEMORY = 3 * 1024**3 // 2
MEMORY_HUNGRY = "media"  # has photographs decoded: it and its child are the ones to go when memory ends

log = logging.getLogger(__name__)


def main() -> None:
    """Runs until asked to stop. Exit status 0, or 1 when a worker had to be cut off."""
    pools = _parser().parse_args().pools
    prepare_environment()
    gc.disable()
    load()
    wait_for_tables()
    gc.freeze()  # what is there before the first fork is never collected: looking through it would unshare it
    gc.enable()
    gc.set_threshold(*GARBAGE)
    sys.exit(ProcessPool(list(workers_of(pools))).watch())


def prepare_environment() -> None:
    """Before Django is set up: the settings of workers, no checks of pages that they do not serve, and no thread of
    the linear algebra behind numpy: a process that forks has none but its own."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "melikgazi.worker_settings"
    os.environ["CELERY_SKIP_CHECKS"] = "true"
    os.environ["OPENBLAS_NUM_THREADS"] = "1"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="melikgazi.workers", description="Hattın işçileri.")
    parser.add_argument(
        "--pools", type=_pools, default=tuple(POOLS), help=f"virgülle, hangileri ({','.join(QUEUES)})"
    )
    return parser


def _pools(text: str) -> tuple[str, ...]:
    pools = tuple(text.split(","))
    if unknown := set(pools) - set(QUEUES):
        raise argparse.ArgumentTypeError(
            f"{', '.join(sorted(unknown))} diye bir havuz yok: {', '.join(QUEUES)}"
        )
    return pools


def load() -> None:
    """Imports every task and reads what turns ask for. Without a database each worker reads it when it must."""
    import django

    django.setup()

    from django.db import DatabaseError, connections

    from departments.places.points import Point
    from departments.routing.route import route
    from melikgazi.celery import app

    app.loader.import_default_modules()
    app.finalize()
    for module in FORKED_WITH:
        import_module(module)
    with contextlib.suppress(DatabaseError):
        route("Kocasinan Bulvarında çöpler alınmadı", Point(38.72, 35.49))
    connections.close_all()


def wait_for_tables() -> None:
    """Returns once there is a database to work on. SystemExit where its tables are not those of this code."""
    from django.db import connections

    from melikgazi.database import schema

    schema.wait_for_known()
    connections.close_all()


def workers_of(pools: tuple[str, ...]) -> Iterator[Worker]:
    """The workers of these pools, as many to a queue as the settings say."""
    from django.conf import settings

    for queue in dict.fromkeys(queue for pool in pools for queue in QUEUES[pool]):
        for name in names_of(queue, settings.WORKERS.get(queue, 1)):
            run = _beat if queue == "beat" else consumer(name, queue)
            yield Worker(name, run, Deadline())


def names_of(queue: str, count: int) -> Iterator[str]:
    """Of so many workers of a queue."""
    yield from [queue] if count == 1 else (f"{queue}-{number}" for number in range(1, count + 1))


def _beat(_: Deadline) -> None:
    """Sends the tasks of the schedule when they are due. It remembers nothing: whatever it missed comes again."""
    from celery.beat import Scheduler, Service
    from django.conf import settings
    from django.db import DatabaseError, connection

    from melikgazi.celery import app
    from melikgazi.workers import heartbeats

    tasks = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    with contextlib.suppress(DatabaseError):  # then none of them is known, and that shows
        heartbeats.expect(f"{heartbeats.TASK}{task}" for task in tasks)
    connection.close()
    service = Service(app, scheduler_cls=Scheduler)
    signal.signal(signal.SIGTERM, lambda *_: service.stop())
    service.start()


def consumer(name: str, queue: str) -> Callable[[Deadline], None]:
    def consume(deadline: Deadline) -> None:
        from celery.signals import task_postrun, task_prerun
        from celery.states import SUCCESS
        from celery.utils.nodenames import nodename

        from melikgazi.celery import app
        from melikgazi.workers.heartbeats import WorkerHeartbeat

        heart = WorkerHeartbeat(name)

        def begin(sender: Any, **_: Any) -> None:
            processor = getattr(sender, "processor_limit", None)
            deadline.set(sender.time_limit, processor, by_the_wall=processor is None)

        def end(sender: Any, state: str, **_: Any) -> None:
            deadline.set(IDLE_TIMEOUT)
            heart.ended(sender.name, well=state == SUCCESS)

        task_prerun.connect(begin)
        task_postrun.connect(end)
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        if queue in PREPARED:
            _prepare_statements()
            _wait_for_locks_at_most(LOCK_SECONDS)
        if queue == MEMORY_HUNGRY:
            _prefer_for_oom_kill()
        # Nobody listens to what workers tell each other: all that counts stands in rows.
        alone = {"without_gossip": True, "without_mingle": True, "without_heartbeat": True}
        # A worker does one task after the other: it waits for the next in the call that reads it. Celery's event loop
        # kept reading the connections of before a second loss of Valkey, and heard of nothing any more (celery #8091).
        worker = app.Worker(
            hostname=nodename(name, socket.gethostname()),
            queues=[queue],
            pool="solo",
            use_eventloop=False,
            quiet=True,
            **alone,
        )
        deadline.set(IDLE_TIMEOUT)
        worker.start()
        sys.exit(worker.exitcode)

    return consume


def _prepare_statements() -> None:
    """From the next connection on the server keeps what it planned for a statement."""
    from django.conf import settings
    from django.db import connection

    if settings.DATABASE_PREPARED:
        connection.settings_dict["OPTIONS"]["prepare_threshold"] = PREPARE_AT


def _wait_for_locks_at_most(seconds: int) -> None:
    """From the next connection on a statement that waits longer fails, and what it was for is put off. Not behind a
    pooler, whose connections are everybody's."""
    from django.conf import settings
    from django.db import connection

    if not settings.DATABASE_POOLED:
        connection.settings_dict["OPTIONS"]["options"] = f"-c lock_timeout={seconds}s"


def _prefer_for_oom_kill() -> None:
    """Has the kernel, out of memory, kill this process before any other."""
    with contextlib.suppress(OSError):  # elsewhere than on Linux
        Path("/proc/self/oom_score_adj").write_text("500")
