"""Admin of tickets: the queue replaces the change list, the ticket page replaces the change form."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from typing_extensions import override

from tickets.access_log.record_admin import RecordAdmin
from tickets.back_office.row_keys import key_of
from tickets.desk.queue.page import queue_page
from tickets.desk.queue.urls import queue_urls
from tickets.desk.ticket_page.urls import ticket_for, ticket_urls
from tickets.desk.ticket_page.view import ticket_page
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import visible_to


@admin.register(Ticket)
class TicketAdmin(RecordAdmin):
    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        return visible_to(request.user)

    @override
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The queue, in place of Django's change list."""
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
        """The ticket page, in place of Django's form; writes go to URLs of their own (desk/ticket_page/urls.py)."""
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        return ticket_page(request, self.admin_site, ticket_for(self, request, key_of(object_id)))

    @override
    def get_urls(self) -> list[URLPattern]:
        urls: list[URLPattern] = [*ticket_urls(self), *queue_urls(self.admin_site), *super().get_urls()]
        return urls
