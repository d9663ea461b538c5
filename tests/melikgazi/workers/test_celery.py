"""What holds for every task."""

from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from melikgazi.workers.parent import IDLE_TIMEOUT, POOLS
from melikgazi.workers.schedule import schedule_for
from tickets import tasks as tickets
from whatsapp import tasks as whatsapp


@pytest.mark.direct
@pytest.mark.parametrize(
    "task",
    [
        *(tickets.watch_clocks, tickets.call_webhooks, tickets.work_uploads, whatsapp.close_settled),
        *(whatsapp.work_inbox, whatsapp.work_outbox, whatsapp.work_media, whatsapp.watch_warnings),
    ],
)
def test_a_task_does_not_use_a_connection_that_died_with_its_server(
    transactional_db: None, task: Any
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 2000)", [pid])
    other.close()
    assert task.apply().successful()


def test_each_of_the_workers_of_a_queue_has_a_tick_of_its_own() -> None:
    ticks = [entry["task"] for entry in schedule_for({"inbox": 3}, traces=False).values()]
    assert (ticks.count("whatsapp.inbox"), ticks.count("whatsapp.outbox")) == (3, 1)


def test_every_queue_has_a_tick_sooner_than_its_workers_are_taken_for_deaf(settings: Settings) -> None:
    soonest: dict[str, float] = {}
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        if isinstance(entry["schedule"], float):
            queue = settings.CELERY_TASK_ROUTES.get(entry["task"], {}).get("queue", "chores")
            soonest[queue] = min(entry["schedule"], soonest.get(queue, IDLE_TIMEOUT))
    queues = {queue for pool in ("line", "chores") for queue in POOLS[pool]}
    assert queues == {queue for queue, seconds in soonest.items() if seconds <= IDLE_TIMEOUT / 10}
