"""The rows of one report as SQL that somebody wrote by hand: nothing is thought about, looked for or sent.

Eight short transactions a message, each durable: the webhook's INSERT; everything that comes of it up to the answer;
the answer taken up to be sent; the answer sent; and for each of two statuses the webhook's INSERT and what it changes.
The rows are copies of those that the product left for a report of the same kind, under names and moments of their own.
One connection, every statement prepared.
"""

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from bench.line_rows import MARKERS, Connection, Row, Sample, columns

ARRIVED, QUEUED, CLAIMED, SENT = "new", "queued", "sending", "sent"  # states before the one in the end

_KEYS = """SELECT conrelid::regclass::text, attname, confrelid::regclass::text, attnotnull
    FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY(conkey)
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace"""
_UNIQUE = """SELECT indrelid::regclass::text, array_agg(attname ORDER BY attnum)
    FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey)
    WHERE indisunique AND NOT indisprimary AND indrelid::regclass::text = ANY(%s) GROUP BY indexrelid, indrelid"""


@dataclass(frozen=True)
class Turn:
    """One message being written: its number, its moment, and the new id of each row of the sample."""

    number: int
    now: datetime
    ids: dict[tuple[str, str | None], int]


Value = Callable[[Turn], Any]
Step = tuple[str, list[Value]]  # a statement and what goes into its places
Transaction = list[Step]


@dataclass
class Schema:
    """What the database says of the tables that a report has rows in."""

    connection: Connection
    tables: set[str]
    keys: dict[tuple[str, str], str] = field(init=False)  # the table that a column refers to
    needed: set[tuple[str, str]] = field(init=False)  # such columns that are never empty
    unique: dict[str, list[list[str]]] = field(init=False)
    columns: dict[str, dict[str, tuple[str, int | None]]] = field(init=False)

    def __post_init__(self) -> None:
        found = self.connection.execute(_KEYS).fetchall()
        self.keys = {(table, column): target for table, column, target, _ in found}
        self.needed = {(table, column) for table, column, _, always in found if always}
        self.columns = {table: columns(self.connection, table) for table in self.tables}
        self.unique = {table: [] for table in self.tables}
        for table, names in self.connection.execute(_UNIQUE, [list(self.tables)]):
            self.unique[table].append(names)


class Writer:
    """The statements for the rows of one sample."""

    def __init__(self, schema: Schema, sample: Sample) -> None:
        self._schema, self._begin = schema, sample.begin
        self._known = {row.key for row in sample.rows}
        self.rows, self.sample = sample.rows, sample

    def refers_to(self, row: Row, column: str) -> tuple[str, str | None] | None:
        """The key of the new row that this column names, None where it names none."""
        target = self._schema.keys.get((row.table, column))
        key = (target or "", row.values[column])
        return key if key in self._known else None

    def needs(self, row: Row) -> list[tuple[str, str | None]]:
        """The keys of the new rows that this one cannot be without."""
        named = [self.refers_to(row, column) for table, column in self._schema.needed if table == row.table]
        return [key for key in named if key]

    def insert(self, row: Row, state: str = "") -> Step:
        names = [name for name in self._schema.columns[row.table] if name in row.values]
        places = ", ".join(["%s"] * len(names))
        shown = ", ".join(f'"{name}"' for name in names)
        statement = f'INSERT INTO "{row.table}" ({shown}) VALUES ({places})'  # noqa: S608 - names of the catalogue
        return statement, [self._value(row, name, state) for name in names]

    def update(self, row: Row, state: str = "") -> Step:
        """The columns that change while a row is worked on: how far it is, and the moments of it."""
        kinds = self._schema.columns[row.table]
        names = [
            name
            for name, value in row.values.items()
            if name in kinds and value and (name in MARKERS or self._moved(row, name) is not None)
        ]
        shown = ", ".join(f'"{name}" = %s' for name in names)
        statement = f'UPDATE "{row.table}" SET {shown} WHERE id = %s'  # noqa: S608 - names of the catalogue
        return statement, [*(self._value(row, name, state) for name in names), self._value(row, "id", "")]

    def _value(self, row: Row, name: str, state: str) -> Value:
        value, key = row.values[name], row.key if name == "id" else self.refers_to(row, name)
        moved = self._moved(row, name)
        if key:
            return lambda turn: turn.ids[key]
        if value is None:
            return lambda _: None
        if moved is not None:
            return lambda turn: turn.now + moved
        if name in self._varied(row):
            return self._made_unique(row, name, value)
        if state and name == MARKERS[0] and self._schema.columns[row.table][name][0] != "jsonb":
            return lambda _: state
        return lambda _: value

    def _moved(self, row: Row, name: str) -> timedelta | None:
        """How long after the beginning of the sample this moment was; None where it is none, or lies before."""
        kind, _ = self._schema.columns[row.table][name]
        value = row.values[name]
        if value is None or not kind.startswith("timestamp with"):
            return None
        since = datetime.fromisoformat(value) - self._begin
        return since if since > timedelta(seconds=-60) else None

    def _varied(self, row: Row) -> list[str]:
        """A column of each unique index, where none of them refers to another row."""
        keys = self._schema.keys
        return [
            names[-1]
            for names in self._schema.unique[row.table]
            if not any((row.table, name) in keys for name in names)
        ]

    def _made_unique(self, row: Row, name: str, value: str) -> Value:
        kind, length = self._schema.columns[row.table][name]
        if kind in ("integer", "bigint"):
            return lambda turn: int(value) + turn.number

        def varied(turn: Turn) -> str:
            suffix = f".{turn.number:x}"
            return f"{value[: (length or 1000) - len(suffix)]}{suffix}"

        return varied


def transactions(writer: Writer) -> list[Transaction]:
    """What a program by hand does for this report, transaction by transaction."""
    rows, sample = writer.rows, writer.sample
    arrivals = [row for row in rows if _is_body(row)]
    message = _holding(rows, sample.incoming)[0]
    answer, *receipts = sorted(_holding(rows, sample.outgoing), key=lambda row: _names(writer, row, rows))
    later = {row.key for row in (*arrivals, *receipts)}
    talk = [row for row in rows if row.key in writer.needs(answer) and row.key not in later]
    first = {message.key: ARRIVED, answer.key: QUEUED}
    made = [writer.insert(row, first.get(row.key, "")) for row in rows if row.key not in later]
    taken_in = [*made, *(writer.update(row) for row in (message, *talk, arrivals[0]))]
    found = [[writer.insert(arrivals[0], ARRIVED)], taken_in]
    found += [[writer.update(answer, CLAIMED)], [writer.update(answer, SENT)]]
    for arrival, receipt in itertools.zip_longest(arrivals[1:], receipts):
        found += [[writer.insert(arrival, ARRIVED)]] if arrival else []
        settled = [writer.insert(receipt), writer.update(answer)] if receipt else [writer.update(answer)]
        found.append([*settled, *([writer.update(arrival)] if arrival else [])])
    return found


def _is_body(row: Row) -> bool:
    """Whether this row keeps a body as it came: bytes are shown in hexadecimal."""
    return any((value or "").startswith("\\x7b") for value in row.values.values())


def _holding(rows: list[Row], name: str) -> list[Row]:
    found = [row for row in rows if name in row.values.values()]
    if not found:
        raise RuntimeError(f"no row holds {name}")
    return found


def _names(writer: Writer, row: Row, rows: list[Row]) -> int:
    """How many of the rows that hold the answer's name this one refers to: the answer itself none."""
    tables = {each.table for each in _holding(rows, writer.sample.outgoing)}
    keys = [writer.refers_to(row, column) for column in row.values]
    return sum(1 for key in keys if key and key[0] in tables)


def catch_up(connection: Connection, rows: list[Row]) -> None:
    """Takes over rows as they are: what samples refer to may have come into the product's database before them."""
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")  # in any order
        for row in rows:
            names = ", ".join(f'"{name}"' for name in row.values)
            places = ", ".join(["%s"] * len(row.values))
            statement = f'INSERT INTO "{row.table}" ({names}) VALUES ({places})'  # noqa: S608 - names of the catalogue
            connection.execute(statement.encode(), list(row.values.values()))


class Program:
    """Writes messages, one after the other, in a database of its own that has the product's tables."""

    def __init__(self, connection: Connection, samples: list[Sample]) -> None:
        self._connection, self._numbers = connection, itertools.count(1)
        schema = Schema(connection, {row.table for sample in samples for row in sample.rows})
        self._ids = {table: self._next_ids(table) for table in schema.tables}
        self._work = [(sample, transactions(Writer(schema, sample))) for sample in samples]

    @property
    def session(self) -> int:
        """The process id of the server's that works for it."""
        return self._connection.info.backend_pid

    def write(self, messages: int) -> float:
        """Returns the seconds of processor time that this program itself took, the server apart."""
        begin = time.thread_time()
        cursor = self._connection.cursor()
        for _ in range(messages):
            self._write(cursor, next(self._numbers))
        return time.thread_time() - begin

    def _write(self, cursor: psycopg.Cursor[Any], number: int) -> None:
        sample, work = self._work[number % len(self._work)]
        turn = Turn(number, datetime.now(UTC), {row.key: next(self._ids[row.table]) for row in sample.rows})
        for steps in work:
            if len(steps) > 1:
                cursor.execute("BEGIN", prepare=False)
            for statement, values in steps:
                cursor.execute(statement, [value(turn) for value in values], prepare=True)
            if len(steps) > 1:
                cursor.execute("COMMIT", prepare=False)

    def _next_ids(self, table: str) -> Iterator[int]:
        highest = self._connection.execute(f'SELECT max(id) FROM "{table}"').fetchone()  # noqa: S608
        return itertools.count(((highest and highest[0]) or 0) + 1)
