"""What of the queue a request asks for: tab, filters, order, page."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from tickets.desk.queue import tabs
from tickets.desk.queue.filters import QueueFilters, tab_code
from tickets.desk.queue.paging import Page, Place, page
from tickets.desk.queue.rows import with_glimpses
from tickets.desk.queue.sort_orders import ORDERS, QueueOrder
from tickets.presence.view_marks import unread
from tickets.record.models.ticket import OPEN_DANGER, Ticket
from tickets.record.permissions import Actor, actor_of, visible_to

MOST_DANGERS = 100


@dataclass(frozen=True)
class QueueQuery:
    """One request for the queue: the actor, the time, the query string and its filters."""

    actor: Actor
    now: datetime
    data: QueryDict
    filters: QueueFilters

    @classmethod
    def of(cls, request: HttpRequest, data: QueryDict | None = None) -> "QueueQuery":
        asked = request.GET if data is None else data
        actor = actor_of(request.user)
        return cls(actor, timezone.now(), asked, QueueFilters(asked, actor))

    @property
    def tab(self) -> tabs.QueueTab:
        return tabs.tab_named(tab_code(self.data))

    def visible(self) -> QuerySet[Ticket]:
        return visible_to(self.actor)

    def tickets(self) -> QuerySet[Ticket]:
        """The tickets of the tab that pass the filters."""
        return self.filters.apply(self.visible(), self.now).filter(self.tab.rule(self.actor, self.now))

    @property
    def order(self) -> QueueOrder:
        wanted = self.data.get("order")
        return next((order for order in ORDERS if order.code == wanted), ORDERS[0])

    @property
    def user(self) -> User:
        assert self.actor.user is not None  # noqa: S101 - admin_view requires a signed-in user
        return self.actor.user

    def page(self) -> Page:
        """The page at the cursor; on top of the first one the open dangers, newest first, whatever the order."""
        place = Place.read(self.data.get("after", ""), self.data.get("before", ""))
        related = ("department", "category", "neighbourhood", "assignee", "citizen")
        tickets = self.tickets().select_related(*related)
        tickets = with_glimpses(tickets).annotate(is_unread=unread(self.user))
        tickets = tickets.defer("description", "search", "routed", "satisfaction_comment")
        found = page(tickets.exclude(OPEN_DANGER), self.order, place)
        if found.previous:
            return found
        dangers = tickets.filter(OPEN_DANGER).order_by("-created_at", "-id")
        return replace(found, tickets=[*dangers[:MOST_DANGERS], *found.tickets])
