"""What needs a session of its own goes past a pooler, or is not begun."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from melikgazi.database.direct_database import directly

pytestmark = pytest.mark.direct
COMMANDS = ("backup", "restore", "verify_backup")


@pytest.fixture
def pooled(settings: Settings) -> None:
    """Behind a pooler, and nobody has said which server stands behind that."""
    settings.DATABASE_POOLED = True
    settings.DATABASE_DIRECT = None


@pytest.mark.usefixtures("pooled", "db")
@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_is_saved_or_restored_through_a_pooler(command: str, tmp_path: Path) -> None:
    archive = tmp_path / "yedek.tar.gz"
    with pytest.raises(CommandError, match="DATABASE_DIRECT_URL"):
        call_command(command, str(archive))
    assert not archive.exists()


@pytest.mark.usefixtures("pooled", "db")
@pytest.mark.parametrize("command", ["update_database", "after_restore"])
def test_tables_are_not_changed_through_a_pooler(command: str) -> None:
    with pytest.raises(CommandError, match="DATABASE_DIRECT_URL"):
        call_command(command)


@pytest.mark.django_db(transaction=True)
def test_it_goes_to_the_server_that_is_named_and_back(pooled: None, settings: Settings) -> None:
    here = dict(connection.settings_dict)
    settings.DATABASE_DIRECT = here | {"NAME": "postgres"}
    with directly():
        assert database() == "postgres"
    assert connection.settings_dict == here
    assert database() == here["NAME"]


def test_without_a_pooler_nothing_changes(db: None, settings: Settings) -> None:
    settings.DATABASE_DIRECT = connection.settings_dict | {"NAME": "postgres"}
    before = database()
    with directly():
        assert database() == before


def database() -> str:
    """The name of the one that answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        return str(cursor.fetchone()[0])
