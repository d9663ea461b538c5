"""The rules of migrations: what would break the release that still runs is found, what would not is let through."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from django.db.models.functions import Now, Random

from melikgazi.database.schema import LAST_RELEASE, known
from tooling.migration_rules import WORDS, Reader

INDEX = models.Index(fields=("note",), name="by_note")
CHECK = models.CheckConstraint(condition=models.Q(count__gte=0), name="count_from_zero")
OLD_TABLE = (
    ("id", models.BigAutoField(primary_key=True)),
    ("note", models.CharField(max_length=10)),
    ("count", models.IntegerField()),
    ("size", models.IntegerField(db_default=0)),
    ("shade", models.IntegerField(null=True)),
)


def found(*operations: Operation, atomic: bool = True, accepted: dict[str, str] | None = None) -> set[str]:
    """The words of the faults of a migration of these operations, on a table of the last release."""
    state = ProjectState()
    state.add_model(ModelState("tickets", "Ticket", list(OLD_TABLE)))
    given = {"operations": list(operations), "atomic": atomic, "accepted": accepted or {}}
    migration = type("Migration", (migrations.Migration,), given)("0099_trial", "tickets")
    faults = Reader(state).faults(migration)
    return {word for word, text in WORDS.items() for fault in faults if fault.endswith(f"{word}: {text}")}


def add(column: "models.Field[Any, Any]") -> Operation:
    return migrations.AddField("ticket", "later", column)


def alter(name: str, column: "models.Field[Any, Any]") -> Operation:
    return migrations.AlterField("ticket", name, column)


def only_state(operation: Operation) -> Operation:
    return migrations.SeparateDatabaseAndState(state_operations=[operation])


FAULTY = [
    ("default", add(models.IntegerField(default=0))),
    ("volatile", add(models.FloatField(db_default=Random()))),
    ("index", add(models.IntegerField(null=True, db_index=True))),
    ("index", add(models.ForeignKey("tickets.ticket", models.CASCADE, null=True))),
    ("index", migrations.AddIndex("ticket", INDEX)),
    ("constraint", migrations.AddConstraint("ticket", CHECK)),
    ("type", alter("count", models.TextField())),
    ("type", alter("note", models.CharField(max_length=5))),
    ("not null", alter("shade", models.IntegerField())),
    ("null", alter("count", models.IntegerField(null=True))),
    ("lost default", alter("size", models.IntegerField())),
    ("dropped", migrations.RemoveField("ticket", "note")),
    ("dropped", migrations.DeleteModel("Ticket")),
    ("unfillable", only_state(migrations.RemoveField("ticket", "count"))),
    ("renamed", migrations.RenameField("ticket", "count", "number")),
    ("renamed", migrations.RenameModel("Ticket", "Request")),
    ("sql", migrations.RunSQL("ALTER TABLE tickets_ticket DROP COLUMN note")),
    ("sql", migrations.RunSQL("CREATE INDEX by_note ON tickets_ticket (note)")),
    ("sql", migrations.RunSQL("UPDATE tickets_ticket SET note = ''")),
    ("sql", migrations.RunSQL([("ALTER TABLE t ADD CONSTRAINT c CHECK (true)", None)])),
    ("code", migrations.RunPython(migrations.RunPython.noop)),
]
FAULTLESS = [
    add(models.IntegerField(db_default=0)),
    add(models.DateTimeField(db_default=Now())),
    add(models.TextField(null=True)),
    add(models.ForeignKey("tickets.ticket", models.CASCADE, null=True, db_index=False)),
    add(models.ManyToManyField("tickets.ticket")),
    alter("note", models.CharField("not", max_length=20)),
    AddConstraintNotValid("ticket", CHECK),
    migrations.CreateModel("Other", list(OLD_TABLE)),
    only_state(migrations.RemoveField("ticket", "size")),
    migrations.AlterModelOptions("ticket", {"ordering": ["id"]}),
    migrations.RunSQL(
        "CREATE TRIGGER journal AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION f()"
    ),
    migrations.RunSQL("ALTER TABLE t ADD CONSTRAINT c CHECK (true) NOT VALID"),
]


@pytest.mark.parametrize(("word", "operation"), FAULTY, ids=range(len(FAULTY)))
def test_what_breaks_the_last_release_is_found(word: str, operation: Operation) -> None:
    assert found(operation) == {word}


@pytest.mark.parametrize("operation", FAULTLESS, ids=range(len(FAULTLESS)))
def test_what_both_releases_live_on_is_let_through(operation: Operation) -> None:
    assert found(operation) == set()


def test_what_is_made_concurrently_stands_alone() -> None:
    beside = AddIndexConcurrently("ticket", INDEX)
    assert found(beside, atomic=False) == set()
    assert found(beside, add(models.TextField(null=True)), atomic=False) == {"mixed"}


def test_a_constraint_is_validated_in_a_migration_of_its_own() -> None:
    validate = ValidateConstraint("ticket", CHECK.name)
    assert found(validate) == set()
    assert found(AddConstraintNotValid("ticket", CHECK), validate) == {"validated"}


def test_a_table_that_came_with_the_release_is_free() -> None:
    made = migrations.CreateModel("Other", list(OLD_TABLE))
    index = models.Index(fields=("note",), name="other_by_note")
    assert found(made, migrations.AddIndex("other", index), migrations.RemoveField("other", "count")) == set()


def test_a_fault_may_have_its_reason_and_a_reason_needs_a_fault() -> None:
    index = migrations.AddIndex("ticket", INDEX)
    assert found(index, accepted={"index": "forty rows"}) == set()
    assert found(index, accepted={"index": ""}) == {"index"}
    assert found(index, accepted={"index": "forty rows", "sql": "quick"}) == {"needless"}


def test_no_migration_since_the_last_release_breaks_it() -> None:
    assert list(faults_of_ours()) == []


def test_the_last_release_is_there() -> None:
    assert set(LAST_RELEASE.items()) <= known()


def faults_of_ours() -> Iterator[str]:
    """Of the migrations since the last release, in the order in which they are applied."""
    loader = MigrationLoader(None)
    before = [node for app, name in LAST_RELEASE.items() for node in loader.graph.forwards_plan((app, name))]
    state = loader.project_state(list(LAST_RELEASE.items()))
    reader = Reader(state)
    plan = [node for leaf in loader.graph.leaf_nodes() for node in loader.graph.forwards_plan(leaf)]
    for node in dict.fromkeys(plan):
        if node not in before and node[0] in LAST_RELEASE:
            yield from reader.faults(loader.graph.nodes[node])
