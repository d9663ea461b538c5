"""A trial message goes through the whole line, and leaves nothing."""

import logging

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from departments.models import Category, Neighbourhood
from melikgazi.configuration import trial_message
from melikgazi.management.commands import update_database
from whatsapp import wakeup

pytestmark = pytest.mark.django_db


def rows() -> dict[str, int]:
    """How many rows each table has."""
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            found[table] = cursor.fetchone()[0]
        return found


def test_it_comes_through(base_data: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("trial_message")
    assert "hattan geçti" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_it_leaves_no_row_and_wakes_nobody(base_data: None, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[str] = []
    monkeypatch.setattr(wakeup.debouncer, "schedule", lambda queue, _: woken.append(queue))
    before = rows()
    trial_message.send()
    assert rows() == before
    assert woken == []


def test_it_leaves_the_loggers_as_they_were(base_data: None) -> None:
    log = logging.getLogger("whatsapp")
    before = (log.handlers, log.propagate)
    trial_message.send()
    assert (log.handlers, log.propagate) == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("ALTER TABLE whatsapp_message ADD COLUMN odd int NOT NULL", "gelen ileti yazılamadı .*odd"),
        ("ALTER TABLE whatsapp_inbounddelivery RENAME names TO called", "names"),
        ("ALTER TABLE tickets_ticketevent RENAME undo_until TO held_until", "undo_until"),
        ("ALTER TABLE whatsapp_outbox ADD COLUMN odd int NOT NULL", "odd"),
    ],
)
def test_a_table_that_it_does_not_fit_into_is_told(base_data: None, change: str, said: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(change)
    with pytest.raises(CommandError, match=said):
        call_command("trial_message", verbosity=0)


def test_without_base_data_it_says_what_is_missing() -> None:
    Neighbourhood.objects.all().delete()
    with pytest.raises(CommandError, match="load_base"):
        call_command("trial_message", verbosity=0)


def test_it_comes_through_where_no_category_takes_reports(base_data: None) -> None:
    Category.objects.update(active=False)
    trial_message.send()


def test_an_update_that_it_does_not_survive_fails(base_data: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise trial_message.TrialMessageError("sebep")

    monkeypatch.setattr(trial_message, "send", fails)
    with pytest.raises(CommandError, match="Deneme iletisi hattan geçmedi: sebep"):
        call_command(update_database.Command(), verbosity=0, interactive=False)
