"""The workers: forked from one process that has everything loaded, watched, and ended together."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from celery import current_app
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from melikgazi import worker_settings
from melikgazi.celery import app as celery
from melikgazi.workers import parent as workers
from tests.timeouts import PATIENCE
from tests.tooling.trial import ROOT, eventually
from tests.whatsapp.base import put_base_data
from tickets.casework.opening import Report, open_ticket
from tickets.models import Kind, Notification, NotificationPreference, Source
from tickets.record.permissions import Actor
from tooling.processes import children
from whatsapp.tasks import INBOX_PROCESSOR_SECONDS

pytestmark = pytest.mark.slow

UNWANTED = (
    *("fpdf", "fontTools", "openpyxl", "xlsxwriter", "tablib", "unfold.admin", "import_export"),
    *("drf_spectacular.openapi", "tickets.admin", "tickets.rest_api.views", "melikgazi.urls"),
)


@contextlib.contextmanager
def python(script: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process that runs the script; killed where it says nothing more, or a test would read for ever."""
    command = [sys.executable, "-c", script, *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    end = threading.Timer(PATIENCE, process.kill)
    end.start()
    try:
        with process:
            yield process
    finally:
        end.cancel()


def named(parent: int) -> dict[str, int]:
    """The running children of a process by the names that they gave themselves."""
    found = {}
    for pid in children(parent):
        with contextlib.suppress(OSError):  # ended meanwhile
            found[Path(f"/proc/{pid}/comm").read_text().strip()] = pid
    return found


@pytest.fixture
def start(same_database: None) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts the workers of some pools; a test may not leave one behind."""
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen([sys.executable, "-m", "melikgazi.workers", *arguments], cwd=ROOT, text=True)
        )
        return started[-1]

    yield begin
    for process in started:
        for pid in children(process.pid):
            os.kill(pid, signal.SIGKILL)
        process.kill()
        process.wait()


def test_a_worker_imports_nothing_that_only_pages_and_papers_need() -> None:
    script = (
        "import os, sys; from melikgazi.workers import parent; parent.prepare_environment(); parent.load(); "
        "print([name for name in sys.argv[1:] if name in sys.modules])"
    )
    with python(script, *UNWANTED) as process:
        assert process.stdout
        assert process.stdout.read() == "[]\n"


def test_each_queue_that_tasks_are_sent_to_has_a_worker() -> None:
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    served = {queue for pool in workers.POOLS.values() for queue in pool}
    assert routed | {settings.CELERY_TASK_DEFAULT_QUEUE} == served - {"beat"}


def test_every_queue_has_as_many_workers_as_the_settings_say() -> None:
    names = [worker.name for worker in workers.workers_of(("line", "beat"))]
    assert names == ["inbox-1", "inbox-2", "outbox", "media", "beat"]


def test_all_come_up_and_end_together_when_asked(start: Callable[..., subprocess.Popen[str]]) -> None:
    process = start()
    everybody = {"inbox-1", "inbox-2", "outbox", "media", "notices", "chores", "beat"}
    assert eventually(lambda: set(named(process.pid)) == everybody)
    forks = children(process.pid)
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in forks)


def test_a_worker_that_is_killed_comes_back(start: Callable[..., subprocess.Popen[str]]) -> None:
    process = start("--pools", "beat")
    assert eventually(lambda: "beat" in named(process.pid))
    first = named(process.pid)["beat"]
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: named(process.pid).get("beat", first) != first)


HANGING = """
import sys, time
from melikgazi import worker_settings
from melikgazi.workers import parent as workers
from melikgazi.celery import app as celery
workers.prepare_environment()
workers.load()
from melikgazi.celery import app

@app.task(name="tests.hang", time_limit=1)
def hang():
    print("begun", flush=True)
    time.sleep(600)

hang.apply_async(queue="hanging")
hang.apply_async(queue="hanging")
worker = workers.Worker("hanging", workers.consumer("hanging", "hanging"), workers.Deadline())
sys.exit(workers.ProcessPool([worker]).watch())
"""


def test_a_worker_that_is_longer_at_a_task_than_it_may_take_is_killed_and_the_next_task_done() -> None:
    with python(HANGING) as process:
        assert process.stdout
        assert [process.stdout.readline() for _ in range(2)] == ["begun\n", "begun\n"]
        process.terminate()
    assert process.returncode == 0


GREEDY = """
import sys
from melikgazi.workers import parent as workers
workers.prepare_environment()
workers.load()
from melikgazi.celery import app

@app.task(name="tests.eat")
def eat():
    try:
        bytes(4 * 1024**3)
    except MemoryError:
        print("refused", flush=True)

for _ in range(2):
    eat.apply_async(queue="greedy")
worker = workers.Worker("greedy", workers.consumer("greedy", "greedy"), workers.Deadline())
sys.exit(workers.ProcessPool([worker]).watch())
"""


def test_a_task_that_wants_too_much_memory_fails_and_its_worker_goes_on() -> None:
    with python(GREEDY) as process:
        assert process.stdout
        assert [process.stdout.readline() for _ in range(2)] == ["refused\n", "refused\n"]
        process.terminate()
    assert process.returncode == 0


DEAF = """
import os, sys
from melikgazi.workers import parent as workers
workers.prepare_environment()
workers.load()
workers.IDLE_TIMEOUT = 1.0

def consume(deadline):
    print("here", flush=True)
    workers.consumer("deaf", "nobody-sends-here")(deadline)

sys.exit(workers.ProcessPool([workers.Worker("deaf", consume, workers.Deadline())]).watch())
"""


def test_a_worker_that_hears_of_no_task_is_replaced() -> None:
    with python(DEAF) as process:
        assert process.stdout
        assert [process.stdout.readline() for _ in range(2)] == ["here\n", "here\n"]
        process.terminate()


def test_every_queue_has_a_tick_well_before_its_workers_count_as_deaf() -> None:
    routes, default = settings.CELERY_TASK_ROUTES, settings.CELERY_TASK_DEFAULT_QUEUE
    every: dict[str, float] = {}
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        if isinstance(entry["schedule"], float):
            queue = routes.get(entry["task"], {"queue": default})["queue"]
            every[queue] = min(every.get(queue, entry["schedule"]), entry["schedule"])
    served = {queue for pool in workers.POOLS.values() for queue in pool} - {"beat"}
    assert every.keys() == served
    assert max(every.values()) * 5 < workers.IDLE_TIMEOUT


def test_what_somebody_waits_for_is_never_behind_a_task_that_hangs_for_minutes() -> None:
    current_app.loader.import_default_modules()
    limits = {name: current_app.tasks[name].time_limit for name in settings.CELERY_TASK_ROUTES}
    files = {name for name, route in settings.CELERY_TASK_ROUTES.items() if route["queue"] == "media"}
    longest = {name: limit or settings.CELERY_TASK_TIME_LIMIT for name, limit in limits.items()}
    assert {name for name, limit in longest.items() if limit > 90} <= files


def test_a_lock_is_waited_for_less_long_than_the_task_may_take() -> None:
    assert workers.LOCK_SECONDS * 2 < INBOX_PROCESSOR_SECONDS


LOCKED = """
import sys
from melikgazi.workers import parent as workers
workers.prepare_environment()
workers.load()
from django.db import connection
from melikgazi.celery import app

@app.task(name="tests.ask_lock")
def ask(queue):
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        print(f"{queue} {cursor.fetchone()[0]}\\n", end="", flush=True)

for queue in sys.argv[1:]:
    ask.apply_async([queue], queue=queue)
each = [workers.Worker(queue, workers.consumer(queue, queue), workers.Deadline()) for queue in sys.argv[1:]]
sys.exit(workers.ProcessPool(each).watch())
"""


def test_only_workers_of_the_line_give_up_on_a_lock() -> None:
    with python(LOCKED, "inbox", "chores") as process:
        assert process.stdout
        said = {process.stdout.readline() for _ in range(2)}
        process.terminate()
    assert said == {"inbox 10s\n", "chores 0\n"}


MAILING = """
import sys
from melikgazi.workers import parent as workers
workers.prepare_environment()
workers.load()
from melikgazi.celery import app

app.send_task("tickets.tell_staff")
sys.exit(workers.ProcessPool(list(workers.workers_of(("chores",)))).watch())
"""


def test_a_mail_server_that_keeps_silent_holds_up_no_notice_of_danger(
    same_database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_base_data()
    now, somebody = timezone.now(), User.objects.create_superuser("nobetci", email="n@example.org")
    report = Report(channel=Source.TELEFON, kind=Kind.IHBAR, description="Kopuk tel", urgent=True)
    ticket = open_ticket(report=report, actor=Actor.system(), now=now)
    work = Notification.Kind.WORK
    NotificationPreference.objects.create(user=somebody, by_mail=[work])
    Notification.objects.create(user=somebody, kind=work, ticket=ticket, at=now)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("EMAIL_URL", f"smtp://127.0.0.1:{silent.getsockname()[1]}")
        silent.settimeout(PATIENCE)
        with python(MAILING) as process:
            mail, _ = silent.accept()
            with mail:
                celery.send_task("tickets.ring")
                rung = eventually(Notification.objects.filter(kind=Notification.Kind.DANGER).exists)
                still_waiting = not select.select([mail], [], [], 0)[0]
            process.terminate()
    assert rung
    assert still_waiting, "it rang only once the mail server was given up"


ASKING = """
import sys
from melikgazi.workers import parent as workers
workers.prepare_environment()
workers.load()
from django.db import connection
from melikgazi.celery import app

@app.task(name="tests.ask")
def ask(queue):
    with connection.cursor() as cursor:
        for number in range(10):
            cursor.execute("SELECT %s::int", [number])
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT $1::int%%'")
        print(f"{queue} {cursor.fetchone()[0]}\\n", end="", flush=True)

for queue in sys.argv[1:]:
    ask.apply_async([queue], queue=queue)
each = [workers.Worker(queue, workers.consumer(queue, queue), workers.Deadline()) for queue in sys.argv[1:]]
sys.exit(workers.ProcessPool(each).watch())
"""


def test_a_statement_is_planned_once_for_all_parameters_by_the_workers_of_the_line_alone() -> None:
    queues = ("inbox", "outbox", "chores", "notices")
    with python(ASKING, *queues) as process:
        assert process.stdout
        said = {process.stdout.readline() for _ in queues}
        process.terminate()
    assert said == {"inbox 1\n", "outbox 1\n", "chores 0\n", "notices 0\n"}


def test_what_a_page_asks_is_planned_for_what_it_asks(db: None) -> None:
    by_settings = connection.get_new_connection(connection.get_connection_params())
    with by_settings, by_settings.cursor() as cursor:
        for number in range(10):
            cursor.execute("SELECT %s::int", [number])
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        assert cursor.fetchone() == (0,)


def test_a_pool_that_does_not_exist_is_refused() -> None:
    process = subprocess.run(
        [sys.executable, "-m", "melikgazi.workers", "--pools", "words"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert process.returncode == 2


def test_what_workers_do_without_has_no_tables() -> None:
    left_out = {*settings.INSTALLED_APPS} - {*worker_settings.INSTALLED_APPS, "django.contrib.admin"}
    assert left_out
    assert [
        model for app in apps.get_app_configs() if app.name in left_out for model in app.get_models()
    ] == []
