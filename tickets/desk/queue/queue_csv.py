"""Export of the queue as CSV or XLSX, as a Turkish Excel reads them; `column` names the headings wanted, all if absent.

Nothing in it identifies the citizen; restricted tickets are left out.
"""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect

from departments.spreadsheets.responses import MOST_ROWS, TOO_MANY, table
from tickets.access_log.models import Access
from tickets.access_log.request_notes import AccessNote, note
from tickets.api_clients.desk_exports import in_share
from tickets.back_office.row_keys import key_of
from tickets.desk.queue.query import QueueQuery
from tickets.record.models.ticket import Ticket
from tickets.record.models.ticket_choices import Kind, Priority, Source
from tickets.record.statuses import Outcome, Status

CHUNK = 2000
# The columns of the file, and their headings.
_COLUMNS = {
    "number": "Başvuru no",
    "created_at": "Geliş",
    "status": "Durum",
    "outcome": "Sonuç",
    "outcome_at": "Sonuç tarihi",
    "kind": "Tür",
    "channel": "Kanal",
    "priority": "Öncelik",
    "urgent": "Acil",
    "department__name": "Birim",
    "category__name": "Konu",
    "neighbourhood__name": "Mahalle",
    "address": "Adres",
    "summary": "Özet",
    "assignee__username": "Sorumlu",
    "resolution_due_at": "Çözüm hedefi",
    "legal_due_at": "Yasal süre sonu",
    "reopened": "Yeniden açılma",
    "satisfaction_score": "Memnuniyet",
    "registry_number": "Evrak no (EBYS)",
    "cimer_number": "CİMER no",
}
HEAD = tuple(_COLUMNS.values())
_LABELS: dict[str, dict[Any, str]] = {
    "status": dict(Status.choices),
    "outcome": dict(Outcome.choices),
    "kind": dict(Kind.choices),
    "channel": dict(Source.choices),
    "priority": dict(Priority.choices),
    "urgent": {True: "evet", False: "hayır"},
}


def export(request: HttpRequest) -> HttpResponseBase:
    """The selected tickets, or all of the tab and filters where none is selected.

    Raises Http404 where the user sees none of those that are selected.
    """
    return in_share(request, "admin:tickets_ticket_changelist", lambda: _file(request))


def _file(request: HttpRequest) -> HttpResponseBase:
    queue = QueueQuery.of(request, _queue_query(request))
    form = "xlsx" if request.GET.get("form") == "xlsx" else "csv"
    chosen = [key_of(value.partition(":")[0]) for value in request.GET.getlist("ticket")]
    note(request, AccessNote(Access.What.EXPORTED))
    tickets = queue.tickets().filter(restricted=False)  # a file has no log of who reads it
    if chosen:
        tickets = tickets.filter(pk__in=chosen)
        if not tickets.exists():
            raise Http404
    if form == "xlsx" and tickets.order_by("pk").values("pk")[MOST_ROWS:].exists():
        messages.error(request, TOO_MANY)
        return redirect("admin:tickets_ticket_changelist")
    shown = [place for place, title in enumerate(HEAD) if title in request.GET.getlist("column")]
    if not shown:
        return table(form, "basvurular", HEAD, _lines(tickets), turkish=True)
    lines = ([line[place] for place in shown] for line in _lines(tickets))
    return table(form, "basvurular", [HEAD[place] for place in shown], lines, turkish=True)


def _queue_query(request: HttpRequest) -> QueryDict:
    """The queue's filters: in field `next` when the form of selected tickets is sent, else in the URL itself."""
    return QueryDict(request.GET["next"].removeprefix("?")) if "next" in request.GET else request.GET


def _lines(tickets: QuerySet[Ticket]) -> Iterator[list[Any]]:
    newest = tickets.order_by("-created_at", "-id").values_list(*_COLUMNS)
    for row in newest.iterator(chunk_size=CHUNK):
        cells = zip(_COLUMNS, row, strict=True)
        yield [_LABELS[name].get(cell, cell) if name in _LABELS else cell for name, cell in cells]
