"""The tickets of the queue as a file for a spreadsheet. Nothing in it says who the citizen is."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, QueryDict

from tickets.admin.queue.page import QueueQuery
from tickets.api.spreadsheets import table
from tickets.models import Kind, Priority, Source, Ticket
from tickets.workflow import Outcome, Status

CHUNK = 2000
HEAD = (
    *("Başvuru no", "Geliş", "Durum", "Sonuç", "Sonuçlanma", "Tür", "Kanal", "Öncelik", "Acil"),
    *("Birim", "Konu", "Mahalle", "Adres", "Özet", "Sorumlu", "Çözüm hedefi", "Yasal süre sonu"),
    *("Yeniden açılma", "Memnuniyet"),
)
_COLUMNS = (
    *("number", "created_at", "status", "outcome", "outcome_at", "kind", "channel", "priority", "urgent"),
    *(
        "department__name",
        "category__name",
        "neighbourhood__name",
        "address",
        "summary",
        "assignee__username",
    ),
    *("resolution_due_at", "legal_due_at", "reopened", "satisfaction_score"),
)
_LABELS: dict[str, dict[Any, str]] = {
    "status": dict(Status.choices),
    "outcome": dict(Outcome.choices),
    "kind": dict(Kind.choices),
    "channel": dict(Source.choices),
    "priority": dict(Priority.choices),
    "urgent": {True: "evet", False: "hayır"},
}


def export(request: HttpRequest) -> HttpResponseBase:
    """The chosen tickets, or where none is chosen all that the tab and the filters show."""
    question = QueueQuery.of(request, _asked(request))
    form = "xlsx" if request.GET.get("form") == "xlsx" else "csv"
    chosen = [value.partition(":")[0] for value in request.GET.getlist("ticket")]
    tickets = question.tickets()
    if chosen:
        tickets = tickets.filter(pk__in=[key for key in chosen if key.isdecimal()])
    return table(form, "basvurular", HEAD, _lines(tickets))


def _asked(request: HttpRequest) -> QueryDict:
    """The queue's own address: a form sends it as one field, beside the chosen tickets."""
    return QueryDict(request.GET["next"].removeprefix("?")) if "next" in request.GET else request.GET


def _lines(tickets: QuerySet[Ticket]) -> Iterator[list[Any]]:
    newest = tickets.order_by("-created_at", "-id").values_list(*_COLUMNS)
    for row in newest.iterator(chunk_size=CHUNK):
        cells = zip(_COLUMNS, row, strict=True)
        yield [_LABELS[name].get(cell, cell) if name in _LABELS else cell for name, cell in cells]
