"""Two releases beside each other: the last one goes on while this one makes the tables its own, and after it."""

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest

from tests.chaos.instance import INHERITED, ROOT, Instance, free_port, wait_for
from tests.chaos.test_chaos import SETTLED, photos, received
from tests.patience import PATIENCE

pytestmark = [pytest.mark.long]

# The release before this one: whose migrations melikgazi/schema.py names as LAST_RELEASE.
LAST = "fc3196270e03faf420dfd6fad89b928f1842e82b"
EVERY = 0.05  # seconds between two messages
REPORT = "Köşk mahallesi yolda büyük çukur var"
# What the rules of migrations let a release do to every table at most: a column that the last one knows nothing of.
LATER = "ALTER TABLE {} ADD COLUMN of_the_next_release integer NOT NULL DEFAULT 0"
REQUIREMENTS = ("requirements.txt", "requirements-local.txt", "requirements-dev.txt")


@pytest.fixture
def last(tmp_path: Path) -> Path:
    """A folder with the code of the last release."""
    folder = tmp_path / "last"
    folder.mkdir()
    kept = subprocess.run(["git", "archive", LAST], cwd=ROOT, capture_output=True, check=False)
    if kept.returncode:
        pytest.skip("the history of this checkout does not reach back to the last release")
    subprocess.run(["tar", "x", "-C", str(folder)], input=kept.stdout, check=True)
    if all((folder / name).read_bytes() == (ROOT / name).read_bytes() for name in REQUIREMENTS):
        (folder / ".venv").symlink_to((ROOT / ".venv").resolve())  # nothing is to be installed
    return folder


class Talk:
    """Citizens who write without end: every third greets, the others report something with a photo."""

    def __init__(self, line: Instance, first: int) -> None:
        self._line = line
        self._first = first
        self._ended = threading.Event()
        self._photo = photos(1)
        self.people: dict[int, bool] = {}  # who wrote, and whether they report something
        self.messages = 0
        self.thread = threading.Thread(target=self._go_on)

    def _go_on(self) -> None:
        emulator = self._line.emulator
        while not self._ended.wait(EVERY):
            number = self._first + len(self.people)
            person = emulator.add_person(f"Vatandaş {number}", phone=f"90538{number:07}")["id"]
            reports = number % 3 != 0
            if reports:
                emulator.say(person, "text", text=REPORT)
                emulator.say(person, "image", self._photo)
            else:
                emulator.say(person, "text", text="selam")
            self.messages += 1 + reports
            self.people[person] = reports

    def goes_on(self, people: int = 40) -> None:
        """Returns once so many more have written."""
        wanted = len(self.people) + people
        wait_for(lambda: len(self.people) >= wanted or not self.thread.is_alive(), PATIENCE * 3)
        assert self.thread.is_alive()

    def end(self) -> None:
        self._ended.set()
        self.thread.join()


@contextlib.contextmanager
def talking(line: Instance, first: int) -> Iterator[Talk]:
    """Ends with nobody left who waits for an answer."""
    talk = Talk(line, first)
    talk.thread.start()
    try:
        yield talk
    finally:
        talk.end()
    wait_for(lambda: line.count(SETTLED) == 0, PATIENCE * 5)


def require_one_answer_each(line: Instance, talk: Talk) -> None:
    """And every webhook taken: at once, or after an honest 503; while nobody serves there is no status at all."""
    statuses = {each["status"] for delivery in line.emulator.deliveries() for each in delivery["tries"]}
    assert statuses <= {200, 503, None}
    for person, reports in talk.people.items():
        texts = received(line, person)
        assert len(set(texts)) == len(texts) > 0
        assert sum("no: MG-" in text for text in texts) == reports


def of_this_release(line: Instance, *command: str) -> "subprocess.Popen[str]":
    """A program of the present code on the line's database."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith(INHERITED)}
    environment = clean | line.variables | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def add_columns(line: Instance) -> None:
    host = line.variables["DATABASE_URL"].partition("host=")[2]
    with psycopg.connect(host=host, user="melikgazi", dbname="melikgazi", autocommit=True) as connection:
        connection.execute("SET lock_timeout = '3s'")
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            if table != "django_migrations":  # Django's own, whose rows we do not write
                wait_for(partial(added, connection, table))


def added(connection: "psycopg.Connection[tuple[str]]", table: str) -> bool:
    try:
        connection.execute(LATER.format(table).encode())
    except psycopg.errors.LockNotAvailable:
        return False
    return True


def answers(line: Instance, port: int) -> bool:
    beside = Instance.__new__(Instance)  # another web server of the same line
    beside.port = port
    with contextlib.suppress(OSError):
        return beside.post(b"{}", "") == 401  # it is not signed
    return False


def test_the_last_release_lives_on_while_its_tables_become_those_of_this_one(
    last: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    line = Instance(data, root=last)
    try:
        with talking(line, 0) as talk:
            talk.goes_on()
            for program in (("-m", "melikgazi.web", "--port", "0"), ("-m", "melikgazi.workers")):
                refused = of_this_release(line, *program)
                said, _ = refused.communicate(timeout=PATIENCE)
                assert refused.returncode == 1
                assert "bu sürümden eski" in said
            updated = of_this_release(line, "manage.py", "update_database", "--no-input")
            said, _ = updated.communicate(timeout=PATIENCE)
            assert updated.returncode == 0, said
            talk.goes_on()
            add_columns(line)
            talk.goes_on()
            port = free_port()
            web = of_this_release(line, "-m", "melikgazi.web", "--port", str(port))
            try:
                wait_for(lambda: answers(line, port), PATIENCE)
                talk.goes_on()
            finally:
                web.terminate()
                web.communicate()
        require_one_answer_each(line, talk)
        assert line.count("whatsapp_message WHERE state = 'handled'") == talk.messages
    finally:
        line.stop()
    shutil.rmtree(last)
    began = time.time()
    line = Instance(data)
    try:
        with talking(line, 10_000) as later:
            later.goes_on()
        require_one_answer_each(line, later)
        assert line.count("whatsapp_message WHERE state = 'handled'") == talk.messages + later.messages
        assert line.count(f"tickets_ticket WHERE created_at > to_timestamp({began})") == sum(
            later.people.values()
        )
    finally:
        line.stop()
