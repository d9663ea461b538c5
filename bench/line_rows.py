"""The rows that one report leaves, found by looking: no table is named here.

Every table is asked for its highest id before and after a report; what is new belongs to it.
"""

import time
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

MARKERS = ("state", "settled")  # columns that tell how far the work on a row is
STILL = 3.0  # seconds without a new row after which no more comes of a report
_TABLES = """SELECT table_name FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name = 'id' AND data_type IN ('integer', 'bigint') ORDER BY 1"""
_MARKED = """SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name = ANY(%s) AND data_type IN ('character varying', 'text', 'boolean')"""

Marks = dict[str, int]
Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Row:
    """A row as text, as the server reads and writes it."""

    table: str
    values: dict[str, str | None]

    @property
    def key(self) -> tuple[str, str | None]:
        return self.table, self.values["id"]


@dataclass(frozen=True)
class Sample:
    """All rows of one report, its message and the answer, by the names that Meta gave these two; begun at a moment."""

    rows: list[Row]
    incoming: str
    outgoing: str
    begin: Any


class Rows:
    """What has come into the tables of the product, as an onlooker's `connection` sees it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.tables = [name for (name,) in connection.execute(_TABLES)]
        self._marked = connection.execute(_MARKED, [list(MARKERS)]).fetchall()
        self._each: dict[str, int] = {}
        self._ends: dict[tuple[str, str], list[str]] = {}

    def marks(self) -> Marks:
        """The highest id of each table."""
        parts = [
            sql.SQL("SELECT {}, coalesce(max(id), 0) FROM {}").format(name, sql.Identifier(name))
            for name in self.tables
        ]
        return {name: int(highest) for name, highest in self._connection.execute(_union(parts))}

    def grown(self, since: Marks, tables: list[str] | None = None) -> dict[str, int]:
        """How many rows have come into each table since."""
        query = "SELECT {}, count(*) FROM {} WHERE id > {}"
        parts = [
            sql.SQL(query).format(name, sql.Identifier(name), since[name]) for name in tables or self.tables
        ]
        return {name: int(rows) for name, rows in self._connection.execute(_union(parts))}

    def still(self, since: Marks) -> None:
        """Returns once no row has come for a while."""
        before, at = self.grown(since), time.monotonic()
        while time.monotonic() < at + STILL:
            time.sleep(0.2)
            if (now := self.grown(since)) != before:
                before, at = now, time.monotonic()

    def new(self, since: Marks) -> list[Row]:
        """The rows themselves."""
        found = []
        with self._connection.cursor(row_factory=dict_row) as cursor:
            for name in (name for name, rows in self.grown(since).items() if rows):
                shown = sql.SQL(", ").join(
                    sql.SQL("{0}::text AS {0}").format(sql.Identifier(column))
                    for column in columns(self._connection, name)
                )
                query = sql.SQL("SELECT {} FROM {} WHERE id > {} ORDER BY {}.id")
                table = sql.Identifier(name)
                cursor.execute(query.format(shown, table, since[name], table))
                found += [Row(name, row) for row in cursor]
        return found

    def learn(self, samples: list[Sample]) -> None:
        """Remembers how many rows a report makes at least in each table, and how its rows stand in the end."""
        counted = [[row.table for row in sample.rows] for sample in samples]
        least = {name: min(each.count(name) for each in counted) for name in self.tables}
        self._each = {name: rows for name, rows in least.items() if rows}
        self._ends = {
            (table, column): _known(samples, table, column)
            for table, column in self._marked
            if table in self._each
        }

    def left(self, since: Marks, reports: int) -> dict[str, int]:
        """How many rows are still to come in each table, or to be settled, until so many reports are done."""
        grown = self.grown(since, list(self._each))
        short = {name: rows * reports - grown[name] for name, rows in self._each.items()}
        return {name: rows for name, rows in short.items() if rows > 0} | self.waiting(since)

    def waiting(self, since: Marks) -> dict[str, int]:
        """How many of the new rows do not stand yet as they do in the end, and how they stand."""
        query = "SELECT {} || {}::text, count(*) FROM {} WHERE id > {} AND {}::text <> ALL({}) GROUP BY 1"
        parts = []
        for (table, column), ends in self._ends.items():
            name = sql.Identifier(column)
            shown = f"{table}.{column} is "
            parts.append(sql.SQL(query).format(shown, name, sql.Identifier(table), since[table], name, ends))
        return {how: int(rows) for how, rows in self._connection.execute(_union(parts))}


def _known(samples: list[Sample], table: str, column: str) -> list[str]:
    values = {row.values[column] for sample in samples for row in sample.rows if row.table == table}
    return [str(value) for value in values]


def columns(connection: Connection, table: str) -> dict[str, tuple[str, int | None]]:
    """Type and greatest length of each column that is written, not computed."""
    query = """SELECT column_name, data_type, character_maximum_length FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position"""
    return {name: (kind, length) for name, kind, length in connection.execute(query, [table])}


def _union(parts: list[sql.Composed]) -> sql.Composed:
    return sql.SQL(" UNION ALL ").join(parts)
