"""Two releases beside each other: the last one goes on while this one makes the tables its own, and comes back."""

import logging
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.chaos.instance import ROOT, wait_for
from tests.chaos.test_chaos import SETTLED, photos, received
from tests.chaos.two_releases import TwoReleases, on_tables_of
from tests.timeouts import PATIENCE

pytestmark = [pytest.mark.long]

log = logging.getLogger(__name__)

# The release before this one: whose migrations melikgazi/database/schema.py names as LAST_RELEASE.
LAST = "fc3196270e03faf420dfd6fad89b928f1842e82b"
A_SECOND = 20  # messages
A_WHILE = 6 * A_SECOND  # messages, between two changes of the line
REPORT = "Köşk mahallesi yolda büyük çukur var"
# What the rules of migrations let a release do to every table at most: a column that the last one knows nothing of.
LATER = "ALTER TABLE {} ADD COLUMN of_the_next_release integer NOT NULL DEFAULT 0"
REQUIREMENTS = ("requirements.txt", "requirements-local.txt")


@pytest.fixture
def last(tmp_path: Path) -> Path:
    """A folder with the code of the last release and an environment for it."""
    folder = tmp_path / "last"
    folder.mkdir()
    kept = subprocess.run(["git", "archive", LAST], cwd=ROOT, capture_output=True, check=False)
    if kept.returncode:
        pytest.skip("the history of this checkout does not reach back to the last release")
    subprocess.run(["tar", "x", "-C", str(folder)], input=kept.stdout, check=True)
    if all((folder / name).read_bytes() == (ROOT / name).read_bytes() for name in REQUIREMENTS):
        (folder / ".venv").symlink_to((ROOT / ".venv").resolve())
    else:
        subprocess.run([str(folder / "bin/run"), "--help"], check=True)  # makes its own
    return folder


class Talk:
    """Citizens who write without end, so many messages a second: every fourth reports something and sends a photo of
    it, the others greet.
    """

    def __init__(self, line: TwoReleases) -> None:
        self._line = line
        self._ended = threading.Event()
        self._photo = photos(1)
        self.people: dict[int, bool] = {}  # who wrote, and whether they report something
        self.messages = 0
        self.seconds = 0.0
        self.thread = threading.Thread(target=self._go_on)

    def _go_on(self) -> None:
        began = time.monotonic()
        while not self._ended.is_set():
            self._write()
            self.seconds = time.monotonic() - began
            self._ended.wait(self.messages / A_SECOND - self.seconds)

    def _write(self) -> None:
        emulator = self._line.emulator
        number = len(self.people)
        person = emulator.add_person(f"Vatandaş {number}", phone=f"90538{number:07}")["id"]
        reports = number % 4 == 0
        emulator.say(person, "text", text=REPORT if reports else "selam")
        self.people[person] = reports
        self.messages += 1
        if reports:
            emulator.say(person, "image", self._photo)
            self.messages += 1

    def goes_on(self) -> None:
        """Returns once people have written for a while more."""
        wanted = self.messages + A_WHILE
        wait_for(lambda: self.messages >= wanted or not self.thread.is_alive(), PATIENCE * 3)
        assert self.thread.is_alive()

    def end(self) -> None:
        self._ended.set()
        self.thread.join()


@contextmanager
def talking(line: TwoReleases) -> Iterator[Talk]:
    """Ends with nobody left who waits for an answer."""
    talk = Talk(line)
    talk.thread.start()
    try:
        yield talk
    finally:
        talk.end()
    wait_for(lambda: line.count(SETTLED) == 0, PATIENCE * 5)


def webhooks(line: TwoReleases) -> Iterator[dict[str, Any]]:
    """Every try to deliver one."""
    after = 0
    while page := line.emulator.deliveries(after=after):
        for delivery in page:
            yield from delivery["tries"]
        after = page[-1]["id"]


def require_one_answer_each(line: TwoReleases, talk: Talk) -> None:
    """And every webhook taken: at once, or after an honest 503; what was on its way to a server that ended has none."""
    tries = list(webhooks(line))
    assert {each["status"] for each in tries} <= {200, 503, None}
    assert line.count("whatsapp_message WHERE state = 'handled'") == talk.messages
    assert line.count("tickets_ticket") == sum(talk.people.values())
    for person, reports in talk.people.items():
        texts = received(line, person)
        assert len(set(texts)) == len(texts) > 0
        assert sum("no: MG-" in text for text in texts) == reports
    refused = sum(each["status"] != 200 for each in tries)
    rate = talk.messages / talk.seconds
    said = "%s messages, %.1f a second; of %s webhooks %s had to be sent again"
    log.info(said, talk.messages, rate, len(tries), refused)


def add_columns(line: TwoReleases) -> None:
    with line.connect() as connection:
        connection.autocommit = True
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


def test_two_releases_serve_one_line_while_people_write(last: Path, tmp_path: Path) -> None:
    """In the order of melikgazi-upgrade, there, back and there again: the web server first, so that either's stands
    before the other's workers, too. On tables that are older than itself this release does not begin.
    """
    with on_tables_of(last, tmp_path / "data") as line:
        with talking(line) as talk:
            talk.goes_on()
            for program in (("-m", "melikgazi.web", "--port", "0"), ("-m", "melikgazi.workers")):
                status, said = line.does(ROOT, *program)
                assert (status, "bu sürümden eski" in said) == (1, True), said
            status, said = line.does(ROOT, "manage.py", "update_database", "--no-input")
            assert status == 0, said
            talk.goes_on()
            add_columns(line)
            talk.goes_on()
            for release in (ROOT, last, ROOT):
                line.puts_to_work("web", release)
                talk.goes_on()
                line.puts_to_work("workers", release)
                talk.goes_on()
        require_one_answer_each(line, talk)
