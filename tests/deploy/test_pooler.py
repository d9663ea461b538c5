"""The whole line behind a real PgBouncer in transaction mode, set up as docs/kurulum.md says."""

from collections.abc import Iterator

import psycopg
import pytest

from melikgazi.workers import parent
from tests.browser.citizen import Citizen
from tests.chaos.instance import Instance
from tooling import services
from tooling.pooler import MISSING, PROGRAM, Pooler
from tooling.services import DATABASE, USER, Postgres, socket_directory

CONNECTIONS = 3  # fewer than the line has: they are really handed from one transaction to the next

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(PROGRAM is None, reason=MISSING),
]


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    folder = tmp_path_factory.mktemp("pooled")
    below, above = socket_directory(folder), folder / "pooler"
    above.mkdir()
    database = Postgres(folder / "postgres", below, folder / "postgres.log")
    pooler = Pooler(above, database, CONNECTIONS)
    with services.running([database, pooler]):
        running = Instance(
            folder / "data",
            DATABASE_URL=pooler.url,
            DATABASE_POOLED="on",
            DATABASE_DIRECT_URL=database.url,
            WHATSAPP_SETTLE_SECONDS="1",
        )
        yield running
        assert running.stop() == 0


def test_reports_are_answered_with_their_numbers(line: Instance) -> None:
    citizens = [Citizen(line) for _ in range(4 * parent.PREPARE_AT)]
    for citizen in citizens:
        citizen.say("text", text="Köşk mahallesinde yolda büyük çukur var")
    for citizen in citizens:
        citizen.hears()
    assert line.count("tickets_ticket") == len(citizens)


def test_statements_stay_prepared_whoever_has_the_connection(line: Instance) -> None:
    for _ in range(2 * parent.PREPARE_AT):
        citizen = Citizen(line)
        citizen.say("text", text="Köşk mahallesinde yolda büyük çukur var")
        citizen.hears()
    host = line.variables["DATABASE_URL"].partition("host=")[2]
    with psycopg.connect(host=host, user=USER, dbname=DATABASE) as connection:
        [(prepared,)] = connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchall()
    assert prepared > 0


def test_no_process_of_the_line_met_an_error(line: Instance) -> None:
    logs = "".join(path.read_text() for path in line.directory.rglob("*.log"))
    assert "Traceback" not in logs
