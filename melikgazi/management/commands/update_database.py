import contextlib
import time
from collections.abc import Iterator
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.migrations import Migration
from psycopg.errors import DeadlockDetected, LockNotAvailable
from typing_extensions import override

from melikgazi.database import schema
from melikgazi.database.direct_database import directly

LOCK = 0x6D656C696B  # who holds it in this database updates it
# For a lock on a table: whoever comes after us waits as long as we do. Then everybody else has a turn.
LOCK_SECONDS = 3
PAUSE_SECONDS = 2.0
TRIES = 30
# Who writes may have one of our tables and wait for another, as we do the other way round: one of us is sent away.
IN_THE_WAY = (LockNotAvailable, DeadlockDetected)
# An index whose making was cut off: never used, kept up all the same, and in the way of the next try.
UNFINISHED = """
SELECT format('%I', relname) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE NOT indisvalid AND relnamespace = 'public'::regnamespace
"""


class Command(migrate.Command):
    help = (
        "Tabloları bu sürüme getirir, beklenen tablolarla karşılaştırır, eksik müdürlük, konu ve mahalleleri yükler ve"
        " bir deneme iletisini hattan geçirip geri alır. Hat çalışırken de yapılır; aynı anda bir kez çalışır."
    )

    @override
    @directly()
    def handle(self, *args: Any, **options: Any) -> None:
        with self._alone():
            if reason := schema.too_new():
                raise CommandError(reason)
            self._drop_unfinished_indexes()
            self._migrate(*args, **options)
            schema.record()
            if found := schema.differences():
                raise CommandError(schema.difference_text(found))
            call_command("load_base", verbosity=options["verbosity"])
            call_command("trial_message", verbosity=options["verbosity"])

    @override
    def migration_progress_callback(
        self, action: str, migration: Migration | None = None, fake: bool = False
    ) -> None:
        """Says which migration is at it and how long it took; sets how long it may wait for a lock."""
        if action == "apply_start" and migration:
            # What is made without a transaction holds nobody up, and would be left half made.
            self._wait_for_locks_at_most(LOCK_SECONDS if migration.atomic else 0)
            self._began = time.monotonic()
        elif action == "apply_success" and self.verbosity >= 1:
            self.stdout.write(f"  {migration}: {time.monotonic() - self._began:.1f} sn")

    def _migrate(self, *args: Any, **options: Any) -> None:
        """Applies what is missing; a migration that could not have its lock is tried again."""
        for left in reversed(range(TRIES)):
            try:
                super().handle(*args, **options)
            except OperationalError as error:
                if not isinstance(error.__cause__, IN_THE_WAY):
                    raise
                if not left:
                    raise CommandError(
                        "Bir tablo hep kullanımdaydı; tablolar yarım güncellendi ve hat öyle de çalışır."
                        " Komutu yeniden çalıştırın."
                    ) from error
                self.stderr.write("  Tablo kullanımda; birazdan yeniden denenecek.")
                time.sleep(PAUSE_SECONDS)
            else:
                self._wait_for_locks_at_most(0)
                return

    def _wait_for_locks_at_most(self, seconds: int) -> None:
        """0 for as long as it takes."""
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{seconds}s'")

    def _drop_unfinished_indexes(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(UNFINISHED)
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP INDEX CONCURRENTLY {name}")

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Holds the lock, in a transaction of a connection of its own. Such a transaction may see nothing, or an index
        would wait for its end.
        """
        beside: BaseDatabaseWrapper = connection.copy()
        try:
            beside.set_autocommit(False)
            with beside.cursor() as cursor:
                if not _taken(cursor):
                    self.stderr.write("Başka bir güncelleme sürüyor; bitmesi bekleniyor.")
                    beside.rollback()
                    while not _taken(cursor):
                        beside.rollback()
                        time.sleep(PAUSE_SECONDS)
                # What the last query saw is let go of only with the next statement; this one sees nothing.
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield
        finally:
            beside.close()


def _taken(cursor: CursorWrapper) -> bool:
    """Whether the lock is ours now, until the transaction ends."""
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
    return bool(cursor.fetchone()[0])
