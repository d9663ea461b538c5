"""The queue's page, and the part of it that the browser asks for again and again to stay up to date."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from operator import attrgetter
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, QueryDict
from django.template.response import TemplateResponse
from django.utils import timezone

from tickets.access import Actor, actor_of, visible_to
from tickets.admin.queue import tabs
from tickets.admin.queue.bulk import may_write
from tickets.admin.queue.filters import QueueFilters, address, tab_code
from tickets.admin.queue.paging import ORDERS, Page, Place, page
from tickets.admin.queue.rows import rows
from tickets.filters import open_by, unread
from tickets.models import Ticket

LOOK_AGAIN_SECONDS = 10
MORE = ("since", "until", "overdue", "kind", "score")  # the filters behind one button


@dataclass(frozen=True)
class QueueQuery:
    """What is asked of the queue: who asks, when, and for which tickets."""

    actor: Actor
    now: datetime
    data: QueryDict
    filters: QueueFilters

    @classmethod
    def of(cls, request: HttpRequest, data: QueryDict | None = None) -> "QueueQuery":
        asked = request.GET if data is None else data
        return cls(actor_of(request.user), timezone.now(), asked, QueueFilters(asked))

    @property
    def tab(self) -> tabs.Tab:
        return tabs.tab_named(tab_code(self.data))

    def visible(self) -> QuerySet[Ticket]:
        return visible_to(self.actor)

    def tickets(self) -> QuerySet[Ticket]:
        """All that the tab and the filters let through."""
        return self.filters.apply(self.visible(), self.now).filter(self.tab.rule(self.actor, self.now))

    @property
    def user(self) -> User:
        assert self.actor.user is not None  # noqa: S101 - nobody else gets past the admin's door
        return self.actor.user

    def page(self) -> Page:
        place = Place.read(self.data.get("after", ""), self.data.get("before", ""))
        wanted = self.data.get("order")
        order = next((order for order in ORDERS if order.code == wanted), ORDERS[0])
        tickets = self.tickets().select_related("department", "category", "neighbourhood", "assignee")
        tickets = tickets.annotate(is_unread=unread(self.user))
        return page(tickets.defer("description", "search", "routed", "satisfaction_comment"), order, place)


def queue_page(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """The whole page; with `live` in the address only its tabs and rows, or 304 while they are the same."""
    question = QueueQuery.of(request)
    found = question.page()
    counts = tabs.counts(question.visible(), question.actor, question.now)
    busy = open_by([ticket.pk for ticket in found.tickets], question.now, besides=question.user)
    live = "live" in request.GET
    stamp = _stamp(question, found, counts, busy)
    if live and request.headers.get("If-None-Match") == stamp:
        return HttpResponseNotModified(headers={"ETag": stamp})
    context = _shown(question, found, counts, busy)
    if not live:
        context |= (
            site.each_context(request) | {"title": "Başvurular", "is_fullwidth": "1"} | _frame(question)
        )
    template = "tickets/queue/live.html" if live else "tickets/queue/page.html"
    return TemplateResponse(request, template, context, headers={"ETag": stamp, "Cache-Control": "no-store"})


def _stamp(question: QueueQuery, found: Page, counts: dict[str, int], busy: dict[int, list[User]]) -> str:
    """Changes whenever something that is shown does, and with each minute, since ages are shown."""
    shown = list(map(attrgetter("pk", "version", "is_unread"), found.tickets))
    people = sorted((key, user.pk) for key, users in busy.items() for user in users)
    said = (shown, people, sorted(counts.items()), question.now.replace(second=0, microsecond=0))
    return f'"{sha256(repr(said).encode()).hexdigest()[:32]}"'


def _shown(
    question: QueueQuery, found: Page, counts: dict[str, int], busy: dict[int, list[User]]
) -> dict[str, Any]:
    data = question.data
    return {
        "tabs": [
            {
                "tab": tab,
                "address": address(data, tab=tab.code),
                "current": tab is question.tab,
                "count": tabs.shown(counts.get(tab.code, 0)) if tab is not tabs.ALL else "",
                "waiting": counts.get(tab.code, 0) > 0,
            }
            for tab in tabs.TABS
        ],
        "rows": rows(found.tickets, busy, question.now),
        "next": address(data) + f"&after={_quoted(found.next)}" if found.next else "",
        "previous": address(data) + f"&before={_quoted(found.previous)}" if found.previous else "",
        "first": address(data),
        "filtered": bool(question.filters.active()),
        "errors": question.filters.errors,
    }


def _quoted(place: str) -> str:
    return place.replace("+", "%2B")


def _frame(question: QueueQuery) -> dict[str, Any]:
    live = question.data.copy()
    live["live"] = "1"
    query = address(question.data)
    return {
        "may_write": may_write(question.actor),
        "saved": [
            {"filter": saved, "current": saved.query == query}
            for saved in question.user.saved_filters.order_by("name")
        ],
        "filters": question.filters,
        "active": question.filters.active(),
        "more": sum(bool(question.data.get(name)) for name in MORE) or "",
        "cleared": address(QueryDict(), tab=question.tab.code),
        "live": "?" + live.urlencode(),
        "seconds": LOOK_AGAIN_SECONDS,
        "query": query,
    }
