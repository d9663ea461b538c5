"""Gives a tool of analysts a role of the database that reads the views without personal data (docs/analiz.md)."""

import re
from argparse import ArgumentParser
from secrets import token_urlsafe
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from psycopg import sql
from typing_extensions import override

VIEWS = (
    "analysis_tickets",
    "analysis_moves",
    "analysis_departments",
    "analysis_categories",
    "analysis_neighbourhoods",
)
# A query that never ends, or a tool that forgets its transaction, holds up neither the line nor its vacuum.
TERMS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "60s",
    "search_path": "public",
}
CONNECTIONS = 5


class Command(BaseCommand):
    help = "Analiz araçları (Power BI, Metabase, pandas) için yalnızca görünümleri okuyan bir veritabanı rolü açar."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("role", help="rolün adı, örneğin analiz")
        parser.add_argument("--drop", action="store_true", help="rolü siler")

    @override
    def handle(self, *_args: Any, role: str, drop: bool, **_options: Any) -> None:
        if not re.fullmatch("[a-z][a-z0-9_]{0,30}", role):
            raise CommandError("Rolün adı küçük harf, rakam ve alt çizgiden oluşur, harfle başlar.")
        password = token_urlsafe(24)
        try:
            with transaction.atomic():
                remove(role) if drop else make(role, password)
        except ProgrammingError as error:
            raise CommandError(
                f"Veritabanı izin vermedi: {str(error).splitlines()[0]}. Rolü açacak hesaba CREATEROLE verin."
            ) from error
        self.stdout.write(
            "Rol silindi." if drop else f"{role} rolünün parolası (bir kez gösterilir): {password}"
        )


def make(role: str, password: str) -> None:
    """Makes the role or gives it a new password, and grants it the views and nothing else. Raises CommandError for a
    role of the database that has other rights.
    """
    connection.ensure_connection()
    encrypted = connection.connection.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    )
    if exists := _exists(role):
        _require_ours(role)
    _do(
        f"{'ALTER' if exists else 'CREATE'} ROLE {{role}} LOGIN CONNECTION LIMIT {CONNECTIONS} PASSWORD {{password}}",
        role=sql.Identifier(role),
        password=sql.Literal(encrypted.decode()),
    )
    for name, value in TERMS.items():
        _do(
            "ALTER ROLE {role} SET {name} = {value}",
            role=sql.Identifier(role),
            name=sql.Identifier(name),
            value=sql.Literal(value),
        )
    _do("GRANT USAGE ON SCHEMA public TO {role}", role=sql.Identifier(role))
    for view in VIEWS:
        _do("GRANT SELECT ON {view} TO {role}", view=sql.Identifier(view), role=sql.Identifier(role))


def remove(role: str) -> None:
    """Removes a role that `make` made. Raises CommandError for any other."""
    if not _exists(role):
        raise CommandError(f"{role} diye bir rol yok.")
    _require_ours(role)
    for view in VIEWS:
        _do("REVOKE ALL ON {view} FROM {role}", view=sql.Identifier(view), role=sql.Identifier(role))
    _do("REVOKE USAGE ON SCHEMA public FROM {role}", role=sql.Identifier(role))
    _do("DROP ROLE {role}", role=sql.Identifier(role))


def _exists(role: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [role])
        return bool(cursor.fetchone()[0])


def _require_ours(role: str) -> None:
    """A name that was mistyped must not take its rights from somebody else."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s AND NOT rolsuper AND NOT rolcreaterole"
            " AND 'default_transaction_read_only=on' = ANY(rolconfig))",
            [role],
        )
        if not cursor.fetchone()[0]:
            raise CommandError(f"{role} rolünü bu komut açmamış; başka bir ad verin.")


def _do(statement: str, **parts: sql.Composable) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(**parts))
