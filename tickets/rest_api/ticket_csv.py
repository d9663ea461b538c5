"""The ticket list of the REST API as one CSV or XLSX file.

Names and telephone numbers of citizens are left out (KVKK art. 4: no more data than the purpose needs).
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import BooleanField, CharField, DateTimeField, F, ForeignKey, Func, QuerySet, TextField
from django.http import HttpResponseBase
from rest_framework.exceptions import ValidationError

from departments.spreadsheets.formulas import SQL_PATTERN
from departments.spreadsheets.responses import MOST_ROWS, TOO_MANY, as_download, csv_of, table
from tickets.record.models.ticket import Ticket

BATCH = 4000
NAME = "basvurular"
NAMES = {form: f"{NAME}.{form}" for form in ("csv", "xlsx")}
COLUMNS = {
    "number": "number",
    "kind": "kind",
    "channel": "channel",
    "status": "status",
    "outcome": "outcome",
    "priority": "priority",
    "urgent": "urgent",
    "department": "department__code",
    "department_name": "department__name",
    "category": "category__code",
    "category_name": "category__name",
    "neighbourhood": "neighbourhood__code",
    "neighbourhood_name": "neighbourhood__name",
    "summary": "summary",
    "address": "address",
    "lat": "lat",
    "lon": "lon",
    "assignee": "assignee__username",
    "created_at": "created_at",
    "first_action_at": "first_action_at",
    "first_action_due_at": "first_action_due_at",
    "first_action_hours": "first_action_hours",
    "resolved_at": "resolved_at",
    "resolution_due_at": "resolution_due_at",
    "worked_hours": "worked_hours",
    "legal_due_at": "legal_due_at",
    "closed_at": "closed_at",
    "reopened": "reopened",
    "duplicate_of": "duplicate_of__number",
    "satisfaction": "satisfaction_score",
    "registry_number": "registry_number",
    "cimer_number": "cimer_number",
}


def has_more(tickets: QuerySet[Ticket], rows: int) -> bool:
    """Whether there are more tickets than that; all are never counted."""
    return tickets.order_by("pk").values("pk")[rows:].exists()


def check_rows(tickets: QuerySet[Ticket], form: str) -> None:
    """Raises ValidationError where there are more than a file of that form takes."""
    if form == "xlsx" and has_more(tickets, MOST_ROWS):
        raise ValidationError({"format": TOO_MANY})


def export(tickets: QuerySet[Ticket], form: str, keys: Sequence[int] | None = None) -> HttpResponseBase:
    """The tickets in the order in which they came, as `csv` or `xlsx`; of `keys` alone where they are given."""
    batches = _batches(tickets) if keys is None else _batches_of(tickets, keys)
    if form == "csv":
        return as_download(NAMES[form], csv_of(COLUMNS, copied=_copied(batches)))
    return table(form, NAME, COLUMNS, _rows(batches))


def _batches(tickets: QuerySet[Ticket]) -> Iterator[QuerySet[Ticket]]:
    """Batches of tickets by primary key, so that no statement takes long."""
    rest = tickets.order_by("pk")
    while (last := rest.values_list("pk", flat=True)[BATCH - 1 : BATCH].first()) is not None:
        yield rest.filter(pk__lte=last)
        rest = tickets.filter(pk__gt=last).order_by("pk")
    yield rest


def _batches_of(tickets: QuerySet[Ticket], keys: Sequence[int]) -> Iterator[QuerySet[Ticket]]:
    for begin in range(0, len(keys), BATCH):
        yield tickets.filter(pk__in=keys[begin : begin + BATCH]).order_by("pk")


def _rows(batches: Iterator[QuerySet[Ticket]]) -> Iterator[tuple[Any, ...]]:
    for batch in batches:
        yield from batch.values_list(*COLUMNS.values())


def _copied(batches: Iterator[QuerySet[Ticket]]) -> Iterator[bytes]:
    """Lines of CSV written by PostgreSQL (COPY), several times as fast as writing them in Python."""
    cells = [_written(path) for path in COLUMNS.values()]
    with suppress(EmptyResultSet):
        for batch in batches:
            query, values = batch.values_list(*cells).query.get_compiler(using=batch.db).as_sql()
            statement = f"COPY ({query}) TO STDOUT WITH (FORMAT csv)"
            with connections[batch.db].cursor() as cursor, cursor.copy(statement, values) as copy:
                lines = b"".join(copy)
            yield lines


def _written(path: str) -> Func | F:
    """A column as `spreadsheets` writes it: times in Europe/Istanbul, texts that look like formulas escaped."""
    field: Any = None
    for name in path.split("__"):
        model = field.remote_field.model if isinstance(field, ForeignKey) else Ticket
        field = model._meta.get_field(name)
    if isinstance(field, DateTimeField):
        return _Time(path)
    if isinstance(field, BooleanField):
        return _Truth(path)
    return _Text(path) if isinstance(field, CharField | TextField) else F(path)


class _Time(Func):
    template = "to_char(%(expressions)s AT TIME ZONE 'Europe/Istanbul', 'YYYY-MM-DD HH24:MI:SS')"
    output_field = TextField()


class _Truth(Func):
    template = "CASE WHEN %(expressions)s THEN 'True' ELSE 'False' END"
    output_field = TextField()


class _Text(Func):
    template = (
        f"CASE WHEN %(expressions)s ~ '{SQL_PATTERN}' THEN '''' || %(expressions)s ELSE %(expressions)s END"
    )
    output_field = TextField()
