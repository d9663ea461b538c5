"""What holds for every task."""

from typing import Any

import pytest
from django.db import connection

from tickets import tasks as tickets
from whatsapp import tasks as whatsapp


@pytest.mark.parametrize("task", [tickets.watch_clocks, tickets.call_webhooks, whatsapp.close_settled])
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
