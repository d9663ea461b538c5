"""The queue's page, and the part of it that the browser polls to stay up to date."""

from hashlib import sha256
from operator import attrgetter
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, QueryDict
from django.template.response import TemplateResponse

from tickets.access_log.request_notes import note
from tickets.back_office.saved_filters import filters_of, may_forget
from tickets.citizens.phone_access import search_note
from tickets.desk.queue import tabs
from tickets.desk.queue.bulk import letters, may_write
from tickets.desk.queue.filters import address
from tickets.desk.queue.paging import Page
from tickets.desk.queue.query import QueueQuery
from tickets.desk.queue.queue_csv import HEAD
from tickets.desk.queue.rows import rows
from tickets.desk.queue.sort_orders import ORDERS
from tickets.presence.view_marks import open_by

LOOK_AGAIN_SECONDS = 10
# The filters behind one button.
MORE = ("since", "until", "open", "overdue", "unread", "danger", "kind", "score", "channel", "language")


def queue_page(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """The whole page; with `live` in the query string only its tabs and rows, or 304 while they are the same."""
    queue = QueueQuery.of(request)
    found = queue.page()
    counts = tabs.counts(queue.visible(), queue.actor, queue.now)
    busy = open_by([ticket.pk for ticket in found.tickets], queue.now, besides=queue.user)
    live = "live" in request.GET
    words = queue.data.get("q", "")
    if words.strip() and not live:  # the page looks again by itself
        note(request, search_note(words, queue.actor))
    stamp = _stamp(queue, found, counts, busy)
    if live and request.headers.get("If-None-Match") == stamp:
        return HttpResponseNotModified(headers={"ETag": stamp})
    context = _shown(queue, found, counts, busy)
    if not live:
        context |= site.each_context(request) | {"title": "Başvurular", "is_fullwidth": "1"} | _frame(queue)
    template = "tickets/queue/live.html" if live else "tickets/queue/page.html"
    return TemplateResponse(request, template, context, headers={"ETag": stamp, "Cache-Control": "no-store"})


def _stamp(queue: QueueQuery, found: Page, counts: dict[str, int], busy: dict[int, list[User]]) -> str:
    """An ETag that changes with everything shown, and every minute, since ages are shown."""
    shown = list(map(attrgetter("pk", "version", "is_unread", "waits_since"), found.tickets))
    people = sorted((key, user.pk) for key, users in busy.items() for user in users)
    shown_state = (shown, people, sorted(counts.items()), queue.now.replace(second=0, microsecond=0))
    return f'"{sha256(repr(shown_state).encode()).hexdigest()[:32]}"'


def _shown(
    queue: QueueQuery, found: Page, counts: dict[str, int], busy: dict[int, list[User]]
) -> dict[str, Any]:
    data = queue.data
    return {
        "tabs": [
            {
                "tab": tab,
                "address": address(data, tab=tab.code),
                "current": tab is queue.tab,
                "count": tabs.shown(counts.get(tab.code, 0)) if tab is not tabs.ALL else "",
                "waiting": counts.get(tab.code, 0) > 0,
            }
            for tab in tabs.TABS
        ],
        "rows": rows(found.tickets, busy, queue.user, queue.now),
        "sorts": {order.code: address(data, order=order.code) for order in ORDERS},
        "order": queue.order.code,
        "next": address(data) + f"&after={_quoted(found.next)}" if found.next else "",
        "previous": address(data) + f"&before={_quoted(found.previous)}" if found.previous else "",
        "first": address(data),
        "filtered": bool(queue.filters.active()),
        "errors": queue.filters.errors,
    }


def _quoted(place: str) -> str:
    return place.replace("+", "%2B")


def _frame(queue: QueueQuery) -> dict[str, Any]:
    live = queue.data.copy()
    live["live"] = "1"
    query = address(queue.data)
    return {
        "may_write": may_write(queue.actor),
        "letters": letters(),
        "saved": [
            {"filter": saved, "current": saved.query == query, "mine": may_forget(saved, queue.actor)}
            for saved in filters_of(queue.user)
        ],
        "may_share": queue.actor.sees_everything,
        "filters": queue.filters,
        "active": queue.filters.active(),
        "export_columns": HEAD,
        "savable": bool(queue.filters.active() or queue.data.get("order") or queue.data.get("tab")),
        "more": sum(bool(queue.data.get(name)) for name in MORE) or "",
        "cleared": address(QueryDict(), tab=queue.tab.code),
        "live": "?" + live.urlencode(),
        "seconds": LOOK_AGAIN_SECONDS,
        "query": query,
    }
