"""Past a pooler that hands connections out by transaction: what pg_dump, psql and a migration say to their session
would stay with a connection that is everybody's. After a restore nobody would find a table any more."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management import CommandError
from django.db import connection


@contextmanager
def directly() -> Iterator[None]:
    """Within, the connection is one to the server itself (DATABASE_DIRECT_URL), with a session of its own.

    Without a pooler (DATABASE_POOLED) that is what it is anyway. CommandError behind one whose server is not named.
    """
    if not settings.DATABASE_POOLED:
        yield
        return
    if settings.DATABASE_DIRECT is None:
        raise CommandError(
            "Bu komut PgBouncer’ın arkasında çalışmaz: ortama DATABASE_DIRECT_URL=postgres://… ile sunucunun kendi"
            " adresini yazın (docs/kurulum.md, PgBouncer)."
        )
    here = connection.settings_dict
    before = dict(here)
    connection.close()
    here.update(settings.DATABASE_DIRECT)
    try:
        yield
    finally:
        connection.close()
        here.update(before)
