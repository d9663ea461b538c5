"""A backup is known to be good when it was restored: into a database beside ours, which is emptied again.

Whoever has the server can read no archive, not even the server. So one that is verified here is written for a key more,
which this process makes, keeps to itself and forgets. On a machine with the identity any archive can be verified.
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from psycopg import sql
from psycopg.conninfo import make_conninfo

from melikgazi.backup import archive as backup
from melikgazi.backup.archive import BackupError, RestoredDatabase
from melikgazi.backup.encryption import new_identity
from tickets.files.storage import private_storage
from tickets.models import Citizen, Ticket, TicketEvent
from whatsapp.models import InboundDelivery, Outbox

SUFFIX = "_verification"
# What grows with every message: a backup holds at least the rows that were there before it.
GROWING = (Citizen, Ticket, TicketEvent, InboundDelivery, Outbox)


@dataclass
class VerifiedBackup:
    """What a restored backup held."""

    tickets: int = 0
    files: dict[str, int] = field(default_factory=dict)  # sizes by name


def save_verified(archive: Path) -> VerifiedBackup:
    """Writes the archive as `backup.save` does, and verifies it. BackupError, too, for one that is not good."""
    identity, recipient = new_identity()
    before = _newest()
    backup.save(archive, *([recipient] if settings.BACKUP_RECIPIENTS else []))
    return verify(archive, identity, before)


def verify(
    archive: Path, identity: str | None = None, at_least: Mapping[str, int] | None = None
) -> VerifiedBackup:
    """Restores the archive into a database of its own and looks whether all is there. BackupError where it is not.

    `at_least` are the newest rows that it must hold, by table. Nothing of ours is touched.
    """
    found = VerifiedBackup()
    identities = backup.identities_for(archive, identity)
    with _scratch() as (name, address):
        with backup.restoring_database(name) as database:
            try:
                with backup.opened(archive, identities) as packed:
                    found.files = _files(packed, database)
            except backup.UNREADABLE as error:
                raise BackupError(f"{archive} okunamadı: {error}") from error
            if not database.begun:
                raise BackupError(f"{archive} bir yedek değil: içinde veritabanı yok.")
        with psycopg.connect(address) as restored:
            _require_rows(restored, at_least or {})
            _require_files(restored, found.files)
            found.tickets = _value(restored, sql.SQL("SELECT count(*) FROM {}").format(_table(Ticket)))
    return found


def _files(packed: object, database: RestoredDatabase) -> dict[str, int]:
    members = backup.members(packed, database)  # type: ignore[arg-type]  # it is one in all but name
    prefix = f"{backup.MEDIA}/"
    return {member.name.removeprefix(prefix): member.size for _, member in members if member.isfile()}


@contextlib.contextmanager
def _scratch() -> Iterator[tuple[str, str]]:
    """The name of the database that may be overwritten, and how to reach it; empty again at the end."""
    connection.ensure_connection()
    server = connection.connection.info
    name = f"{server.dbname}{SUFFIX}"
    parameters = server.get_parameters() | ({"password": server.password} if server.password else {})
    address = make_conninfo(**parameters | {"dbname": name})
    if not _exists(name):
        _create(make_conninfo(**parameters), name)
    try:
        yield name, address
    finally:
        with contextlib.suppress(psycopg.Error), psycopg.connect(address, autocommit=True) as scratch:
            scratch.execute(backup.EMPTIED)


def _exists(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


def _create(address: str, name: str) -> None:
    with psycopg.connect(address, autocommit=True) as server:
        try:
            server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        except psycopg.errors.InsufficientPrivilege as error:
            raise BackupError(
                "Yedeğin deneneceği veritabanı yok. Açın:"
                f" createdb --owner {server.info.user} --template template0 {name}"
            ) from error


def _newest() -> dict[str, int]:
    return {model._meta.db_table: _last(model) for model in GROWING}


def _last(model: type[models.Model]) -> int:
    return int(model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0)


def _require_rows(restored: "psycopg.Connection[tuple[int]]", at_least: Mapping[str, int]) -> None:
    for table, last in at_least.items():
        if (
            _value(restored, sql.SQL("SELECT coalesce(max(id), 0) FROM {}").format(sql.Identifier(table)))
            < last
        ):
            raise BackupError(f"Yedekte eksik satır var: {table}, {last} numaraya kadar olmalıydı.")


def _require_files(restored: "psycopg.Connection[tuple[int]]", files: Mapping[str, int]) -> None:
    """Each that a restored row names, unless it was deleted while the backup was taken."""
    for model, column in _file_columns():
        asked = sql.SQL("SELECT {0} FROM {1} WHERE {0} <> ''").format(sql.Identifier(column), _table(model))
        for (name,) in restored.execute(asked):
            if str(name) not in files and private_storage.exists(str(name)):
                raise BackupError(f"Yedekte eksik dosya var: {model._meta.verbose_name}, {name}.")


def _file_columns() -> Iterator[tuple[type[models.Model], str]]:
    for model in apps.get_models():
        for column in model._meta.concrete_fields:
            if isinstance(column, models.FileField):
                yield model, str(column.column)


def _table(model: type[models.Model]) -> sql.Identifier:
    return sql.Identifier(model._meta.db_table)


def _value(restored: "psycopg.Connection[tuple[int]]", asked: sql.Composed) -> int:
    row = restored.execute(asked).fetchone()
    return row[0] if row else 0
