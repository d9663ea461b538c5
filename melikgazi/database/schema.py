"""Which tables this code can live on, and which code can live on the tables that it makes.

A release is put beside the one before while that goes on working: its migrations leave tables that both can live on,
then the programs are exchanged. So the tables may be one release newer than the code, never older: a column that the
code asks for must be there. What holds a migration to that is read from it by tooling/migration_rules.py.
"""

import pkgutil
import time
from collections.abc import Iterator
from functools import cache
from importlib import import_module

from django.contrib.postgres.operations import (
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from django.db import DatabaseError, connection, migrations
from django.db.migrations.recorder import MigrationRecorder

from melikgazi.database import schema_objects
from melikgazi.database.models import OldestRelease

Node = tuple[str, str]  # app and name of a migration
# The last migrations of the release before this one: its code lives on the tables of this one. A release moves them on.
LAST_RELEASE = {
    "departments": "0020_duty_reads_hidden",
    "melikgazi": "0006_outside_share_revision",
    "tickets": "0053_replies_in_talks",
    "whatsapp": "0036_erased_at",
}
# What no code sees: it may be missing while the code runs.
UNSEEN = (AddIndexConcurrently, RemoveIndexConcurrently, ValidateConstraint)
FEW = 3  # migrations that a sentence names
LOOK_SECONDS = 1.0
NAMED_DIFFERENCES = 20
REMEDY = (
    "Hattı bu sürümle başlatmayın: önceki sürümle sürdürün. Veritabanı elle değiştirildiyse değişikliği geri alın;"
    " değilse bu listeyi sürümü verene iletin (docs/kurulum.md, Güncelleme)."
)


def known() -> frozenset[Node]:
    """The migrations of this code, by the names of their files: none of them is loaded."""
    return frozenset((app, name) for app in LAST_RELEASE for name in _names(app))


def trouble() -> str:
    """Why this code cannot live on the tables of the database, in Turkish; empty where it can.

    Raises DatabaseError where there is no database to ask.
    """
    if missing := sorted(node for node in known() - _applied() if not _is_unseen(node)):
        return (
            f"Veritabanı bu sürümden eski: {_named(missing)} uygulanmamış."
            " “manage.py update_database” çalıştırın ya da önceki sürüme dönün."
        )
    return too_new()


def too_new() -> str:
    """Why this code can neither live on the tables nor update them, in Turkish: they have migrations that it does not
    know, and whoever applied those did not say that it can. Empty where nothing is wrong.
    """
    if (unknown := sorted(_applied() - known())) and not _is_last_release():
        return (
            f"Veritabanı bu sürümden çok yeni: {_named(unknown)} bu sürümde yok, tablolar da artık ona göre değil."
            " Veritabanını güncelleyen sürümü ya da ondan bir öncekini çalıştırın."
        )
    return ""


def differences() -> list[str]:
    """How the tables differ from what this code expects, though all its migrations were applied: a Turkish phrase each.

    Empty where the tables are as expected, and where they are those of another version: `trouble` speaks of these.
    """
    if _applied() != known():
        return []
    with connection.cursor() as cursor:
        return schema_objects.differences(schema_objects.read(cursor), schema_objects.expected())


def difference_text(found: list[str]) -> str:
    """The differences and what to do about them, as one Turkish text."""
    rest = len(found) - NAMED_DIFFERENCES
    named = [*found[:NAMED_DIFFERENCES], *([f"ve {rest} fark daha"] if rest > 0 else [])]
    return "Tablolar bu sürümün beklediği gibi değil:\n" + "".join(f"  - {each}\n" for each in named) + REMEDY


def wait_for_known() -> None:
    """Returns once there is a database with tables of this code. SystemExit with the reason where they are others."""
    while not is_known():
        time.sleep(LOOK_SECONDS)


def is_known() -> bool:
    """Whether there are tables of this code; False without a database. SystemExit with the reason for others."""
    try:
        reason = trouble()
    except DatabaseError:
        connection.close()
        return False
    if reason:
        raise SystemExit(reason)
    return True


def record() -> None:
    """Writes down whose code can live on the tables: the one before this one at the oldest."""
    rows = [OldestRelease(app=app, migration=name) for app, name in LAST_RELEASE.items()]
    OldestRelease.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["app"], update_fields=["migration"]
    )


def needs_a_stop() -> bool:
    """Whether the tables are older than the last release: then the code that runs on them does not survive what this
    one makes of them, and must be stopped before.
    """
    applied = MigrationRecorder(connection).applied_migrations()
    return bool(applied) and not set(LAST_RELEASE.items()) <= applied.keys()


def _applied() -> frozenset[Node]:
    applied = MigrationRecorder(connection).applied_migrations()
    return frozenset(node for node in applied if node[0] in LAST_RELEASE)


def _is_last_release() -> bool:
    """Whether the code that made the tables says that this one can live on them."""
    if OldestRelease._meta.db_table not in connection.introspection.table_names():
        return False
    oldest = set(OldestRelease.objects.values_list("app", "migration"))
    return bool(oldest) and oldest <= known()


@cache
def _names(app: str) -> tuple[str, ...]:
    return tuple(_modules(app))


def _modules(app: str) -> Iterator[str]:
    package = import_module(f"{app}.migrations")
    return (module.name for module in pkgutil.iter_modules(package.__path__))


@cache
def _is_unseen(node: Node) -> bool:
    app, name = node
    migration: migrations.Migration = import_module(f"{app}.migrations.{name}").Migration
    return all(isinstance(operation, UNSEEN) for operation in migration.operations)


def _named(nodes: list[Node]) -> str:
    rest = len(nodes) - FEW
    named = ", ".join(f"{app}.{name}" for app, name in nodes[:FEW])
    return f"{named} ve {rest} göç daha" if rest > 0 else named
