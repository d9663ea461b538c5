"""Tickets in the back office: the queue where the list of an admin would stand, and a page of its own for each."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern
from typing_extensions import override

from tickets.access import visible_to
from tickets.admin.page.addresses import addresses, ticket_for
from tickets.admin.page.view import ticket_page
from tickets.admin.queue.addresses import queue_urls
from tickets.admin.queue.page import queue_page
from tickets.admin.records import RecordAdmin
from tickets.models import Ticket


@admin.register(Ticket)
class TicketAdmin(RecordAdmin):
    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        return visible_to(request.user)

    @override
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The queue stands where the list of an admin would."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return queue_page(request, self.admin_site)

    @override
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The ticket's own page. Nothing is edited in it: every write is an address of its own."""
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        if not object_id.isdecimal():
            raise Http404
        return ticket_page(request, self.admin_site, ticket_for(self, request, int(object_id)))

    @override
    def get_urls(self) -> list[URLPattern]:
        urls: list[URLPattern] = [*addresses(self), *queue_urls(self.admin_site), *super().get_urls()]
        return urls
