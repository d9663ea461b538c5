"""Partners' copies of the tickets under 50 changes a second, while the partners and the line are killed at random.

A minute of it; five with `PARTNER_SECONDS=300`.
"""

import os
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import requests
from typing_extensions import override

from tests.chaos.instance import INHERITED, ROOT, Instance, wait_for
from tests.chaos.partner import Copy
from tests.chaos.test_chaos import settle

pytestmark = [pytest.mark.long]

SECONDS = float(os.environ.get("PARTNER_SECONDS", "60"))
TICKETS, WRITERS = 500, 4
WRITES_A_SECOND, NOTES_A_SECOND = 52, 2  # in the database by all writers, and over REST
READERS = ("supervisor", "head_fen")  # who sees all, and who loses sight of what goes to another department
SLOW_SECONDS = 0.5  # for which some transactions stay open while later ones end
FEN = "(SELECT id FROM departments_department WHERE code = 'FEN')"
ANY = "(SELECT id FROM tickets_ticket ORDER BY random() LIMIT 1)"
CHANGES = (
    f"UPDATE tickets_ticket SET department_id = {FEN} WHERE id = {ANY}",
    (
        "UPDATE tickets_ticket SET department_id = (SELECT id FROM departments_department ORDER BY random() LIMIT 1)"
        f" WHERE id = {ANY}"
    ),
    f"UPDATE tickets_ticket SET address = md5(random()::text), updated_at = now() WHERE id = {ANY}",
    f"UPDATE tickets_ticket SET restricted = random() < 0.3 WHERE id = {ANY}",
    (
        f"UPDATE tickets_citizen SET name = md5(random()::text)"
        f" WHERE id = (SELECT citizen_id FROM tickets_ticket WHERE id = {ANY})"
    ),
    (
        "INSERT INTO tickets_ticket (number, {columns}) SELECT {number}, {columns} FROM tickets_ticket"
        " WHERE status = 'CLOSED' ORDER BY random() LIMIT 1"
    ),
    (
        "DELETE FROM tickets_ticket WHERE id ="
        " (SELECT id FROM tickets_ticket WHERE number LIKE 'KOPYA-%' ORDER BY random() LIMIT 1)"
    ),
)
COLUMNS = """
SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns
WHERE table_name = 'tickets_ticket' AND is_generated = 'NEVER' AND column_name NOT IN ('id', 'number', 'public_code')
"""


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    running = Instance(tmp_path / "data")
    yield running
    running.stop()


def manage(line: Instance, *command: str) -> str:
    clean = {name: text for name, text in os.environ.items() if not name.startswith(INHERITED)}
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=clean | line.variables,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def key_of(line: Instance, user: str, *options: str) -> str:
    said = manage(line, "drf_create_token", user, *options)
    found = re.search(r"token (\S+) for", said)
    assert found, said
    return found[1]


class Paced(threading.Thread):
    """Does something so many times a second until a moment; `done` counts what was done."""

    def __init__(self, line: Instance, a_second: float, until: float) -> None:
        super().__init__()
        self.line, self.done = line, 0
        self._apart, self._until = 1 / a_second, until

    @override
    def run(self) -> None:
        due = time.monotonic()
        while due < self._until:
            self.done += self.do()
            due += self._apart
            time.sleep(max(due - time.monotonic(), 0.0))

    def do(self) -> int:
        """How many changes came of it."""
        raise NotImplementedError


class Writer(Paced):
    """Changes tickets and citizens in the database, opens and deletes tickets; some transactions take long."""

    @override
    def run(self) -> None:
        with self.line.connect() as self._connection:
            (self._columns,) = self._connection.execute(COLUMNS).fetchone() or ("",)
            super().run()

    @override
    def do(self) -> int:
        change = random.choice(CHANGES).replace("{columns}", self._columns)
        change = change.replace("{number}", f"'KOPYA-{uuid4().hex[:12]}'")
        count = self._connection.execute(change.encode()).rowcount
        if random.random() < 0.02:
            time.sleep(SLOW_SECONDS)
        try:
            self._connection.commit()
        except (
            psycopg.errors.ForeignKeyViolation
        ):  # what was to be deleted: somebody was notified of it meanwhile
            self._connection.rollback()
            return 0
        return count


class Notes(Paced):
    """Writes notes over REST; what nobody answers is no change, whether it was written or not."""

    def __init__(self, line: Instance, a_second: float, until: float, key: str) -> None:
        super().__init__(line, a_second, until)
        self._headers = {"Authorization": f"Token {key}"}

    @override
    def do(self) -> int:
        ((number,),) = self.line.rows(
            "SELECT number FROM tickets_ticket WHERE number LIKE 'MG-%' ORDER BY random() LIMIT 1"
        )
        address = f"{self.line.url}/api/v1/tickets/{number}/notes/"
        try:
            return requests.post(address, json={"text": "Ekip yolda."}, headers=self._headers, timeout=30).ok
        except requests.RequestException:
            return 0


class Citizens(Paced):
    """Report something once a second, so that workers open tickets."""

    @override
    def do(self) -> int:
        person = self.line.emulator.add_person("Ayşe Yılmaz", phone=f"90532{self.done:07}")["id"]
        self.line.emulator.say(person, "text", text="Köşk mahallesi yolda büyük çukur var")
        return 1


class Reader:
    """A partner's program with its key, killed and started again; its copy is a file."""

    def __init__(self, line: Instance, user: str, folder: Path) -> None:
        self._line, self._key, self._file = line, key_of(line, user), folder / f"{user}.sqlite"
        self.deaths = 0
        self._start()

    def die(self) -> None:
        """Killed, and started again."""
        self.stop()
        self.deaths += 1
        self._start()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def copy(self) -> Copy:
        return Copy(self._line.url, self._file, self._key)

    def original(self) -> dict[str, Any]:
        """What its user sees, page by page of the list."""
        found: dict[str, Any] = {}
        address = f"{self._line.url}/api/v1/tickets/?page_size=500"
        while address:
            answer = requests.get(address, headers={"Authorization": f"Token {self._key}"}, timeout=60)
            assert answer.status_code == 200, answer.text
            found |= {ticket["number"]: ticket for ticket in answer.json()["results"]}
            address = answer.json()["next"]
        return found

    def is_same(self) -> bool:
        """Whether the copy is what its user sees, after it has read all that there is."""
        copy = self.copy()
        copy.follow()
        return copy.tickets() == self.original()

    def _start(self) -> None:
        command = [sys.executable, "-m", "tests.chaos.partner", self._line.url, str(self._file)]
        self._process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"KEY": self._key})


@pytest.fixture
def readers(instance: Instance, tmp_path: Path) -> Iterator[list[Reader]]:
    """Over some hundred tickets."""
    manage(instance, "fill", "--tickets", str(TICKETS), "--seed", "1")
    made = [Reader(instance, user, tmp_path) for user in READERS]
    yield made
    for reader in made:
        reader.stop()


def test_copies_equal_the_original_after_minutes_of_changes_and_deaths(
    instance: Instance, readers: list[Reader]
) -> None:
    notes_key = key_of(instance, "supervisor", "--scope", "tickets:write")
    with instance.connect() as connection:
        connection.execute("UPDATE tickets_apikey SET per_minute = 1000000")
    until = time.monotonic() + SECONDS
    writers: list[Paced] = [Writer(instance, WRITES_A_SECOND / WRITERS, until) for _ in range(WRITERS)]
    writers += [Notes(instance, NOTES_A_SECOND, until, notes_key), Citizens(instance, 1, until)]
    for each in writers:
        each.start()
    attacks = 0
    try:
        while time.monotonic() < until:
            time.sleep(random.uniform(0.3, 3))
            random.choice(readers).die()
            if random.random() < 0.3:
                instance.kill_one("melikgazi.web", "melikgazi.workers")
                attacks += 1
    finally:
        for reader in readers:
            reader.stop()
        for each in writers:
            each.join()
    wait_for(instance.is_ready)
    settle(instance, 120)
    changes = sum(each.done for each in writers)
    # What the clock changes on its own goes on: a copy that missed something stays behind, one that is late does not.
    for reader in readers:
        wait_for(reader.is_same)
        told, gone = reader.copy().told()
        assert gone > 0
        print(  # noqa: T201 - with -s
            f"{changes} changes in {SECONDS:.0f} s, the line killed {attacks} times, a partner {reader.deaths} times:"
            f" {told} told, {gone} of them losses; {len(reader.copy().tickets())} tickets are the same"
        )
    assert changes >= 45 * SECONDS, changes
