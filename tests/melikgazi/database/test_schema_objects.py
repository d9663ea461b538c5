"""The tables are compared with what the code expects, and a difference is told by its name."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from melikgazi.database import schema, schema_objects
from melikgazi.observability import doctor

pytestmark = pytest.mark.django_db
RECORD = "run bin/migrations"


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_the_recorded_schema_is_what_the_migrations_make() -> None:
    with connection.cursor() as cursor:
        found, recorded = schema_objects.read(cursor), schema_objects.expected()
    assert found.keys() ^ recorded.keys() == set(), RECORD
    assert schema_objects.differences(found, recorded) == [], RECORD


CHANGES: list[tuple[str, str]] = [
    ("ALTER TABLE tickets_act RENAME undo_until TO held_until", "tickets_act.undo_until sütunu yok"),
    ("ALTER TABLE tickets_act ALTER undo_until TYPE date", "tickets_act.undo_until sütunu başka"),
    ("ALTER TABLE tickets_act ALTER title DROP NOT NULL", "tickets_act.title sütunu başka"),
    ("ALTER TABLE whatsapp_shownnotice ALTER url DROP DEFAULT", "whatsapp_shownnotice.url sütunu başka"),
    ("ALTER TABLE tickets_snooze DROP CONSTRAINT snooze_of_one_thing", "snooze_of_one_thing kısıtı yok"),
    ("DROP INDEX act_of_user", "tickets_act.act_of_user dizini yok"),
    ("DROP TRIGGER journal ON tickets_snooze", "tickets_snooze.journal tetikleyicisi yok"),
    ("ALTER TABLE tickets_snooze DISABLE TRIGGER journal", "tickets_snooze.journal tetikleyicisi başka"),
    (
        "CREATE OR REPLACE FUNCTION tickets_journal() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "tickets_journal() işlevi başka",
    ),
    ("DROP TABLE whatsapp_shownnotice", "whatsapp_shownnotice tablosu yok"),
    ("ALTER TABLE tickets_act ADD COLUMN odd int NOT NULL", "tickets_act.odd sütunu bu sürümde yok"),
    ("ALTER TABLE tickets_act ADD CONSTRAINT odd CHECK (id > 0)", "tickets_act.odd kısıtı bu sürümde yok"),
    ("CREATE UNIQUE INDEX odd ON tickets_act (title)", "tickets_act.odd dizini bu sürümde yok"),
]


@pytest.mark.parametrize(("change", "said"), CHANGES, ids=[said for _, said in CHANGES])
def test_a_difference_is_named(change: str, said: str) -> None:
    execute(change)
    assert any(said in each for each in schema.differences())


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE tickets_act ADD COLUMN odd int",
        "ALTER TABLE tickets_act ADD COLUMN odd int NOT NULL DEFAULT 0",
        "CREATE INDEX odd ON tickets_act (title)",
        "CREATE TABLE odd (id int NOT NULL)",
    ],
)
def test_what_refuses_no_row_may_be_there_beside_it(change: str) -> None:
    execute(change)
    assert schema.differences() == []


def test_the_order_of_columns_does_not_matter() -> None:
    execute(
        "ALTER TABLE whatsapp_shownnotice DROP COLUMN url",
        "ALTER TABLE whatsapp_shownnotice ADD COLUMN url text DEFAULT '' NOT NULL",
    )
    assert schema.differences() == []


def missing_column() -> None:
    execute("ALTER TABLE whatsapp_shownnotice DROP COLUMN url")


def test_an_update_stops_at_a_difference() -> None:
    missing_column()
    with pytest.raises(CommandError, match=r"whatsapp_shownnotice\.url sütunu yok"):
        call_command("update_database", verbosity=0, interactive=False)


def test_check_names_a_difference() -> None:
    missing_column()
    with pytest.raises(CommandError, match=r"whatsapp_shownnotice\.url sütunu yok"):
        call_command("check", databases=["default"])


def test_doctor_names_a_difference() -> None:
    missing_column()
    told = {each.text for each in doctor._tables() if each.fix}
    assert "whatsapp_shownnotice.url sütunu yok" in told


def test_many_differences_are_counted() -> None:
    text = schema.difference_text([str(number) for number in range(schema.NAMED_DIFFERENCES + 3)])
    assert "ve 3 fark daha" in text
