"""What a migration must not do while the release before it still runs on the tables.

Read from the migrations themselves, without a database. `faults` names what breaks that release, or holds up who
writes: a column that its rows cannot fill, what it still reads taken away, a lock for as long as a table is long. A
table that came with the same release is nobody's yet, and free.

A migration that does so for a reason says it: `accepted = {"index": "forty rows"}` by the fault's word. Words that no
fault of it needs are faults, too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models.functions import Now

WORDS = {
    "default": "the last release fills no such column: give it null=True or a db_default",
    "volatile": "a default that differs from row to row writes the whole table: null=True, filled afterwards",
    "index": "writers wait until it is made: AddIndexConcurrently in a migration with atomic = False",
    "constraint": "writers wait while rows are looked at: AddConstraintNotValid, then ValidateConstraint in another",
    "validated": "the lock of its beginning is kept until all rows are looked at: validate in another migration",
    "type": "the table is written anew, or the last release reads another type: a new column instead",
    "not null": "all rows are looked at under a lock, and the last release writes none: a check NOT VALID instead",
    "null": "the last release reads a column that was never empty: say why it can",
    "lost default": "the last release counts on the column's default",
    "dropped": "the last release reads it: out of the state first, out of the database a release later",
    "unfillable": "a column that nobody knows any more must be null or have a db_default, or no row can be added",
    "renamed": "the last release asks for the old name: a new one beside it instead",
    "mixed": "what is done outside a transaction stands alone in its migration, so that it can be repeated",
    "sql": "may hold up who writes, take away what is read, or change many rows at once: say why it does not",
    "code": "nobody can read from outside what it does: say why it is quick and fits both releases",
    "unknown": "no rule knows this operation",
    "needless": "no fault needs this reason",
}
RISKY_SQL = re.compile(
    r"\bDROP\s+(TABLE|COLUMN|NOT\b)|\bRENAME\b|\bTYPE\b|\bSET\s+NOT\s+NULL|\bTRUNCATE\s+TABLE|\bLOCK\s+TABLE"
    r"|\bADD\s+CONSTRAINT(?!.*NOT\s+VALID)|\bCREATE\s+(UNIQUE\s+)?INDEX(?!\s+CONCURRENTLY)|\bUPDATE\s+\w+\s+(\w+\s+)?SET\b"
    r"|\bDELETE\s+FROM\b",
    re.IGNORECASE | re.DOTALL,
)
NONBLOCKING = (AddIndexConcurrently, RemoveIndexConcurrently, ValidateConstraint)
HARMLESS = (
    migrations.CreateModel,
    migrations.AlterModelOptions,
    migrations.AlterModelManagers,
    migrations.AlterModelTableComment,
    migrations.RemoveConstraint,
    *NONBLOCKING,
    AddConstraintNotValid,
)
BY_RENAMING = (
    migrations.RenameField,
    migrations.RenameModel,
    migrations.RenameIndex,
    migrations.AlterModelTable,
)
UNDER_A_LOCK = (
    migrations.AddIndex,
    migrations.RemoveIndex,
    migrations.AlterUniqueTogether,
    migrations.AlterIndexTogether,
)


Column: TypeAlias = "models.Field[Any, Any]"


@dataclass
class Reader:
    """Reads migrations in their order. `state` is what stands before the next one."""

    state: ProjectState
    new: set[tuple[str, str]] = field(default_factory=set)  # models that came since the last release

    def faults(self, migration: migrations.Migration) -> list[str]:
        """What is wrong with the next migration, a sentence each, which begins with its name."""
        found = {(word, what) for word, what in self._read(migration)}
        accepted: dict[str, str] = getattr(migration, "accepted", {})
        words = {word for word, _ in found}
        found = {(word, what) for word, what in found if not accepted.get(word)}
        found |= {("needless", word) for word in accepted if word not in words}
        name = f"{migration.app_label}.{migration.name}"
        return sorted(f"{name}: {what}: {word}: {WORDS[word]}" for word, what in found)

    def _read(self, migration: migrations.Migration) -> Iterator[tuple[str, str]]:
        if not migration.atomic and not all(isinstance(each, NONBLOCKING) for each in migration.operations):
            yield "mixed", "atomic = False"
        names = {
            each.constraint.name for each in migration.operations if isinstance(each, AddConstraintNotValid)
        }
        for operation in migration.operations:
            what = operation.describe()
            if isinstance(operation, ValidateConstraint) and operation.name in names:
                yield "validated", what
            for word in self._faults(migration.app_label, operation):
                yield word, what
            self._apply(migration.app_label, operation)

    def _apply(self, app: str, operation: Operation) -> None:
        if isinstance(operation, migrations.CreateModel):
            self.new.add((app, operation.name_lower))
        operation.state_forwards(app, self.state)

    def _faults(self, app: str, operation: Operation) -> Iterator[str]:
        """The words of the faults of one operation."""
        if isinstance(operation, migrations.SeparateDatabaseAndState):
            for each in operation.database_operations:
                yield from self._faults(app, each)
            for each in operation.state_operations:
                yield from self._only_in_state(app, each)
        elif isinstance(operation, migrations.RunSQL):
            yield from ["sql"] if RISKY_SQL.search(_text(operation.sql)) else []
        elif isinstance(operation, migrations.RunPython):
            yield "code"
        elif not self._is_new(app, operation):
            yield from self._of_a_table(app, operation)

    def _of_a_table(self, app: str, operation: Operation) -> Iterator[str]:
        if isinstance(operation, migrations.AddField):
            yield from _added(operation.field)
        elif isinstance(operation, migrations.AlterField):
            yield from _altered(self._field(app, operation.model_name_lower, operation.name), operation.field)
        elif isinstance(operation, migrations.RemoveField | migrations.DeleteModel):
            yield "dropped"
        elif isinstance(operation, BY_RENAMING):
            yield "renamed"
        elif isinstance(operation, UNDER_A_LOCK) and not isinstance(operation, NONBLOCKING):
            yield "index"
        elif isinstance(operation, migrations.AddConstraint) and not isinstance(
            operation, AddConstraintNotValid
        ):
            yield "constraint"
        elif not isinstance(operation, HARMLESS):
            yield "unknown"

    def _only_in_state(self, app: str, operation: Operation) -> Iterator[str]:
        """What is forgotten, and stays in the database."""
        if isinstance(operation, migrations.RemoveField):
            forgotten = self._field(app, operation.model_name_lower, operation.name)
            if not (forgotten.null or forgotten.has_db_default()) and not self._is_new(app, operation):
                yield "unfillable"

    def _is_new(self, app: str, operation: Operation) -> bool:
        name = getattr(operation, "model_name_lower", None) or getattr(operation, "name_lower", "")
        return (app, name) in self.new

    def _field(self, app: str, model: str, name: str) -> Column:
        found: Column = self.state.models[app, model].get_field(name)
        return found


def _added(column: Column) -> Iterator[str]:
    if column.many_to_many:  # a table of its own
        return
    if column.has_db_default():
        default = column.db_default
        if not isinstance(default, models.Value | Now) and isinstance(default, models.Expression):
            yield "volatile"
    elif not column.null:
        yield "default"
    if _is_indexed(column):
        yield "index"


def _altered(before: Column, after: Column) -> Iterator[str]:
    if _type(before) != _type(after) or _length(after) < _length(before):
        yield "type"
    if before.null and not after.null:
        yield "not null"
    if after.null and not before.null:
        yield "null"
    if before.has_db_default() and not after.has_db_default():
        yield "lost default"
    if _is_indexed(after) != _is_indexed(before):
        yield "index"


def _is_indexed(column: Column) -> bool:
    return column.unique or bool(getattr(column, "db_index", False))


def _type(column: Column) -> tuple[str, str]:
    """The kind of the column, its length left out, and what it refers to."""
    related = column.remote_field.model if column.remote_field else ""
    return column.get_internal_type().replace("OneToOneField", "ForeignKey"), str(related).lower()


def _length(column: Column) -> float:
    return getattr(column, "max_length", None) or float("inf")


def _text(sql: object) -> str:
    if isinstance(sql, str):
        return sql
    assert isinstance(sql, list | tuple)  # noqa: S101 - Django takes nothing else
    return "\n".join(each if isinstance(each, str) else str(each[0]) for each in sql)
