"""Who may begin again with a row, and when: never while the work on it can still go on."""

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from departments.common.leases import MARGIN
from departments.spreadsheets import import_jobs
from melikgazi.celery import app
from melikgazi.processes import forks
from melikgazi.workers import parent
from tickets import tasks
from tickets.api_clients import webhooks
from tickets.attachments import uploads
from tickets.danger import telephone_gateway, telephones
from tickets.notifications import mailing
from tickets.rest_api import export_jobs
from whatsapp import tasks as line_tasks
from whatsapp.graph import client
from whatsapp.media import fetch
from whatsapp.outbox import claim, read_receipts, retry, send
from whatsapp.turns import runner
from whatsapp.webhook import ingest

NAMES = {"LEASE", "DEAD_SENDER", "LOST_ANSWER", "DEAD_AFTER"}

# The longest that the work under a lease can last, in seconds: a deadline that ends it, or a limit that kills it.
ENDED_BEFORE: dict[str, tuple[timedelta, float]] = {
    "whatsapp/outbox/retry.py DEAD_SENDER": (retry.DEAD_SENDER, client.CALL_SECONDS),
    "whatsapp/outbox/retry.py LOST_ANSWER": (retry.LOST_ANSWER, client.CALL_SECONDS),
    "tickets/danger/telephones.py LEASE": (telephones.LEASE, telephones.TASK_SECONDS),
    "tickets/api_clients/webhooks.py LEASE": (webhooks.LEASE, webhooks.TASK_SECONDS),
    "tickets/rest_api/export_jobs.py LEASE": (export_jobs.LEASE, export_jobs.MAKE_SECONDS),
    "tickets/notifications/mailing.py LEASE": (mailing.LEASE, mailing.TASK_SECONDS),
}
# Moved on while the work goes on; the longest, in seconds, from one time to the next.
MOVED_ON: dict[str, tuple[timedelta, float]] = {
    "whatsapp/media/fetch.py LEASE": (fetch.LEASE / 2, fetch.LOOK_SECONDS),
    "tickets/attachments/uploads.py LEASE": (uploads.LEASE, uploads.LOOK_SECONDS),
    "departments/spreadsheets/import_jobs.py DEAD_AFTER": (import_jobs.DEAD_AFTER, 30),
    "whatsapp/outbox/claim.py LEASE": (
        claim.LEASE + MARGIN,
        send.LOOK_SECONDS,
    ),  # whoever comes late claims no more
}
# The work is one transaction that fails where the row is no longer its worker's: a second one costs time alone.
CHECKED_AT_THE_END = {
    "whatsapp/webhook/ingest.py LEASE",
    "whatsapp/turns/runner.py LEASE",
    "whatsapp/outbox/announce.py LEASE",
}


def declared() -> Iterator[str]:
    for app_name in ("melikgazi", "whatsapp", "tickets", "departments"):
        for path in sorted(Path(app_name).rglob("*.py")):
            for node in ast.parse(path.read_text()).body:
                for target in getattr(node, "targets", ()):
                    if isinstance(target, ast.Name) and target.id in NAMES:
                        yield f"{path} {target.id}"


@pytest.mark.slow
def test_every_lease_of_the_tree_is_compared_here() -> None:
    assert set(declared()) == {*ENDED_BEFORE, *MOVED_ON, *CHECKED_AT_THE_END}


@pytest.mark.parametrize("name", [*ENDED_BEFORE, *MOVED_ON])
def test_a_lease_outlasts_its_work(name: str) -> None:
    lease, longest = (ENDED_BEFORE | MOVED_ON)[name]
    assert lease >= timedelta(seconds=longest) + MARGIN


@pytest.mark.parametrize(
    ("limit", "longest"),
    [
        (telephones.TASK_SECONDS, telephones.WORK_FOR.seconds + telephone_gateway.CALL_SECONDS),
        # The calls that are begun in time, and those that other addresses get while the last of them is waited for.
        (webhooks.TASK_SECONDS, webhooks.WORK_FOR.seconds + 2 * webhooks.CALL_SECONDS),
        # A run, one more while a straggler is waited for, and the last call.
        (line_tasks.OUTBOX_SECONDS, send.RUN_SECONDS + 2 * client.CALL_SECONDS),
        (line_tasks.INBOX_SECONDS, max(runner.LEASE.seconds, ingest.LEASE.seconds)),
        (fetch.TASK_SECONDS, fetch.RUN_FOR.seconds),
        (line_tasks.NOTICES_SECONDS, line_tasks.WORK_SECONDS),
        (mailing.TASK_SECONDS, mailing.RUN_SECONDS + 2 * settings.EMAIL_TIMEOUT),
        (tasks.UPLOAD_SECONDS, uploads.WORK_FOR.seconds),
    ],
)
def test_a_task_may_last_longer_than_what_it_waits_for(limit: float, longest: float) -> None:
    assert limit >= longest + MARGIN.seconds


def test_a_lost_answer_is_waited_for_longer_than_a_dead_sender() -> None:
    assert retry.LOST_ANSWER > retry.DEAD_SENDER


def test_a_call_between_two_bytes_lasts_no_longer_than_as_a_whole() -> None:
    for timeout, whole in (
        (client.TIMEOUT, client.CALL_SECONDS),
        (webhooks.TIMEOUT, webhooks.CALL_SECONDS),
        (telephone_gateway.TIMEOUT, telephone_gateway.CALL_SECONDS),
    ):
        assert sum(timeout) <= whole
    assert read_receipts.CALL_SECONDS < client.CALL_SECONDS


def test_a_wait_for_a_lock_ends_before_the_task_that_waits_is_killed() -> None:
    assert min(line_tasks.INBOX_SECONDS, line_tasks.OUTBOX_SECONDS) > parent.LOCK_SECONDS + MARGIN.seconds


def test_every_task_that_mails_is_killed_before_its_lease_ends() -> None:
    app.loader.import_default_modules()
    for name in ("tickets.tell_staff", "tickets.mail_reports", "tickets.warn_of_keys"):
        limit = app.tasks[name].time_limit
        assert limit is not None
        assert limit <= (mailing.LEASE - MARGIN).seconds


def test_a_worker_that_is_to_stop_may_end_any_call() -> None:
    assert client.CALL_SECONDS + MARGIN.seconds < forks.STOP_SECONDS
