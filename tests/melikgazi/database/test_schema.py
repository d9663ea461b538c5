"""Which tables the code takes: its own, those of the next release, and no others."""

import subprocess
import sys

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from melikgazi.database import schema
from melikgazi.models import OldestRelease
from tests.timeouts import PATIENCE
from tests.tooling.trial import ROOT

pytestmark = pytest.mark.django_db
COLUMNS, INDEXES = ("tickets", "0053_replies_in_talks"), ("tickets", "0046_who_waits_checked")
FUTURE = ("tickets", "0999_of_the_next_release")


def lacks(*nodes: schema.Node) -> None:
    for node in nodes:
        MigrationRecorder(connection).record_unapplied(*node)


def has(*nodes: schema.Node) -> None:
    for node in nodes:
        MigrationRecorder(connection).record_applied(*node)


def test_its_own_tables_are_taken() -> None:
    assert schema.trouble() == ""


def test_tables_that_lack_columns_are_not_taken() -> None:
    lacks(COLUMNS)
    assert "bu sürümden eski: tickets.0053_replies_in_talks" in schema.trouble()


def test_tables_that_lack_only_indexes_are_taken() -> None:
    lacks(INDEXES)
    assert schema.trouble() == ""


def test_tables_of_the_next_release_are_taken() -> None:
    schema.record()
    has(FUTURE)
    assert schema.trouble() == ""


def test_tables_of_the_release_after_the_next_are_not_taken() -> None:
    schema.record()
    has(FUTURE)
    OldestRelease.objects.filter(app=FUTURE[0]).update(migration=FUTURE[1])
    assert "çok yeni: tickets.0999_of_the_next_release" in schema.trouble()


def test_newer_tables_whose_release_said_nothing_are_not_taken() -> None:
    has(FUTURE)
    OldestRelease.objects.all().delete()
    assert "çok yeni" in schema.trouble()


def test_many_missing_migrations_are_counted() -> None:
    lacks(*schema.known())
    assert " göç daha uygulanmamış" in schema.trouble()


def test_readyz_says_why_the_line_is_down() -> None:
    lacks(COLUMNS)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert "0053_replies_in_talks" in answer.json()["checks"]["schema"]


def test_readyz_says_that_the_tables_are_as_they_should_be() -> None:
    assert Client().get("/readyz").json()["checks"]["schema"] == "ok"


def test_without_a_database_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> str:
        raise OperationalError

    monkeypatch.setattr(schema, "trouble", gone)
    assert not schema.is_known()


def test_tables_older_than_the_last_release_need_the_line_stopped() -> None:
    assert not schema.needs_a_stop()
    with pytest.raises(SystemExit) as ended:
        call_command("needs_stop")
    assert ended.value.code == 3  # not what a failure ends with: the upgrade would go on
    lacks(COLUMNS)
    assert schema.needs_a_stop()
    call_command("needs_stop")


@pytest.mark.slow
@pytest.mark.parametrize("program", [("melikgazi.web", "--port", "0"), ("melikgazi.workers",)])
def test_a_program_does_not_start_on_tables_that_are_not_its_own(program: tuple[str, ...]) -> None:
    """The database that the tests are given for others has none at all."""
    ended = subprocess.run(
        [sys.executable, "-m", *program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == 1
    assert "Veritabanı bu sürümden eski" in ended.stderr
