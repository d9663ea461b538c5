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

from melikgazi.models import OldestRelease

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


def known() -> frozenset[Node]:
    """The migrations of this code, by the names of their files: none of them is loaded."""
    return frozenset((app, name) for app in LAST_RELEASE for name in _names(app))


def trouble() -> str:
    """Why this code cannot live on the tables of the database, in Turkish; empty where it can.

    Raises DatabaseError where there is no database to ask.
    """
    applied = frozenset(
        node for node in MigrationRecorder(connection).applied_migrations() if node[0] in LAST_RELEASE
    )
    if missing := sorted(node for node in known() - applied if not _is_unseen(node)):
        return (
            f"Veritabanı bu sürümden eski: {_named(missing)} uygulanmamış."
            " “manage.py update_database” çalıştırın ya da önceki sürüme dönün."
        )
    if (unknown := sorted(applied - known())) and not _is_last_release():
        return (
            f"Veritabanı bu sürümden çok yeni: {_named(unknown)} bu sürümde yok, tablolar da artık ona göre değil."
            " Veritabanını güncelleyen sürümü ya da ondan bir öncekini çalıştırın."
        )
    return ""


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
