"""The database as it was before an upgrade that the version before would not survive, to be put back if that fails.

Not a backup: it holds no files, and lies in clear beside the database for as long as the upgrade takes.
"""

import os
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection

from melikgazi.backup.archive import BackupError, dumping_database, others_connected, restoring_database

COMPLETE = b"PostgreSQL database dump complete"  # the last words of pg_dump; psql would commit half a dump
TAIL_BYTES = 500
# What came in since: Meta does not send again what it was told to have arrived.
_ARRIVED = "SELECT body, names, received_at FROM whatsapp_inbounddelivery WHERE received_at > %s ORDER BY id"
# A pooler keeps its connections when the line has stopped; it opens them again.
_END_IDLE = """
SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND state = 'idle' AND pid <> pg_backend_pid()
"""
_ARRIVES = """
INSERT INTO whatsapp_inbounddelivery (body, names, received_at, state, attempts, error)
SELECT %(body)s, %(names)s, %(at)s, 'new', 0, '' WHERE NOT EXISTS (
    SELECT FROM whatsapp_inbounddelivery WHERE received_at = %(at)s AND body = %(body)s
)
"""


def keep(file: Path) -> None:
    """Writes the database into a new file, readable by its owner alone. BackupError or OSError where that fails."""
    began = time.time()  # what is stored during the dump is in it, or has come since
    with (
        os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as kept,
        dumping_database() as dump,
    ):
        shutil.copyfileobj(dump, kept)
    os.utime(file, (began, began))


def put_back(file: Path) -> int:
    """Makes the database what `keep` found; returns how many deliveries have arrived since and wait in it again.

    BackupError or OSError where it cannot be done, with nothing changed. Nobody else may be connected.
    """
    with connection.cursor() as cursor:
        cursor.execute(_END_IDLE)
    if others_connected():
        raise BackupError("Veritabanına bağlı başka programlar var; önce hattı durdurun.")
    if COMPLETE not in _end_of(file):
        raise BackupError(f"{file} yarım kalmış; tablolara dokunulmadı.")
    kept_at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    with connection.cursor() as cursor:
        cursor.execute(_ARRIVED, [kept_at])
        arrived = cursor.fetchall()
    with file.open("rb") as kept, restoring_database() as database:
        database.write(kept)
    with connection.cursor() as cursor:
        for body, names, at in arrived:
            cursor.execute(_ARRIVES, {"body": body, "names": names, "at": at})
    return len(arrived)


def _end_of(file: Path) -> bytes:
    with file.open("rb") as kept:
        kept.seek(max(0, kept.seek(0, os.SEEK_END) - TAIL_BYTES))
        return kept.read()
