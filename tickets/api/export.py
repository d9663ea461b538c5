"""All tickets that a list would page through, as one file for a spreadsheet.

Who wrote is not in it: names and telephone numbers would leave the house with the file (KVKK art. 4, no more than
the purpose needs).
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase

from tickets.api.tables import table
from tickets.models import Ticket

BATCH = 4000
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
}


def export(tickets: QuerySet[Ticket], form: str) -> HttpResponseBase:
    """The tickets in the order in which they came, as `csv` (streamed) or `xlsx`."""
    return table(form, "basvurular", COLUMNS, _rows(tickets))


def _rows(tickets: QuerySet[Ticket]) -> Iterator[tuple[Any, ...]]:
    """Batch by batch along the key: no transaction stays open for as long as somebody's download takes."""
    last = 0
    while True:
        batch = list(tickets.filter(pk__gt=last).order_by("pk").values_list("pk", *COLUMNS.values())[:BATCH])
        for _, *row in batch:
            yield tuple(row)
        if len(batch) < BATCH:
            return
        last = batch[-1][0]
