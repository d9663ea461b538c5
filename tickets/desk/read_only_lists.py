"""Read-only admin lists of citizens, timeline entries, attachments, breaches and notifications."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime
from typing_extensions import override

from tickets.access_log.record_admin import RecordAdmin
from tickets.access_log.request_notes import note
from tickets.back_office.row_keys import key_of
from tickets.citizens.phone_access import search_note
from tickets.desk.citizen_page import citizen_for, citizen_page, citizen_urls
from tickets.desk.ticket_page.event_details import details, names_of_assignees
from tickets.notifications.models import Notification
from tickets.record.models.attachments import Attachment
from tickets.record.models.breaches import Breach
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket_number import TicketNumber
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import actor_of, masked, unmaskable, visible_citizens, visible_to
from tickets.record.search import people_named


def _unbroken(text: str) -> str:
    return format_html('<span class="whitespace-nowrap">{}</span>', text)


@admin.register(Citizen)
class CitizenAdmin(RecordAdmin):
    """Citizens and their tickets. The full number is shown on a ticket's page, which records who looked."""

    list_display = ("__str__", "masked_phone", "created_at")
    search_fields = ("name",)
    search_help_text = "Adın bir bölümü, telefonun tamamı ya da son dört hanesi; aramalar kaydedilir"
    ordering = ("-id",)
    fields = readonly_fields = ("name", "masked_phone", "created_at")
    of_citizen = "pk"

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Citizen]:
        return visible_citizens(request.user)

    @override
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The citizen's page, in place of Django's form; writes go to URLs of their own (citizen_page.py)."""
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request):
            raise PermissionDenied
        return citizen_page(request, self.admin_site, citizen_for(request, key_of(object_id)))

    @override
    def get_urls(self) -> list[URLPattern]:
        urls: list[URLPattern] = [*citizen_urls(self), *super().get_urls()]
        return urls

    @override
    def searched(
        self, request: HttpRequest, queryset: QuerySet[Citizen], search_term: str
    ) -> tuple[QuerySet[Citizen], bool]:
        actor = actor_of(request.user)
        if search_term.strip():
            note(request, search_note(search_term, actor))
        return people_named(queryset, search_term, visible_to(actor).filter(unmaskable(actor))), False

    @admin.display(description="telefon", empty_value="–")
    def masked_phone(self, citizen: Citizen) -> str | None:
        return masked(citizen.phone) if citizen.phone else None


@admin.register(TicketEvent)
class TicketEventAdmin(RecordAdmin):
    list_display = (
        "shown_at",
        "ticket_number",
        "kind",
        "shown_move",
        "shown_actor",
        "announce",
        "announced_at",
    )
    list_filter = ("kind", "actor_kind", "announce")
    list_select_related = ("ticket", "actor")
    search_fields = ("ticket__number",)
    exclude = ("data",)
    readonly_fields = ("shown_data",)
    ordering = ("-id",)
    of_ticket, of_citizen = "ticket__number", "ticket__citizen"

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[TicketEvent]:
        return TicketEvent.objects.filter(ticket__in=visible_to(request.user))

    @admin.display(description="zaman", ordering="at")
    def shown_at(self, event: TicketEvent) -> str:
        return _unbroken(f"{localtime(event.at):%d.%m.%Y %H.%M}")

    @admin.display(description="başvuru")
    def ticket_number(self, event: TicketEvent) -> str:
        return _unbroken(event.ticket.number)

    @admin.display(description="durum")
    def shown_move(self, event: TicketEvent) -> str:
        statuses = (event.get_from_status_display(), event.get_to_status_display())
        return " → ".join(filter(None, map(str, statuses)))

    @admin.display(description="yapan")
    def shown_actor(self, event: TicketEvent) -> str:
        return event.actor.get_username() if event.actor else str(event.get_actor_kind_display())

    @admin.display(description="ayrıntı")
    def shown_data(self, event: TicketEvent) -> str:
        found = details(event, names_of_assignees([event]))
        return format_html_join("; ", "{}: {}", found)


@admin.register(Attachment)
class AttachmentAdmin(RecordAdmin):
    list_display = ("created_at", "ticket", "kind", "state", "mime_type", "size")
    list_filter = ("kind", "state")
    list_select_related = ("ticket",)
    search_fields = ("ticket__number",)
    # The files themselves are opened from the ticket's page, by signed addresses.
    exclude = ("file", "thumbnail")
    ordering = ("-id",)
    of_ticket, of_citizen = "ticket__number", "ticket__citizen"

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Attachment]:
        return Attachment.objects.filter(ticket__in=visible_to(request.user))


@admin.register(Breach)
class BreachAdmin(RecordAdmin):
    list_display = ("at", "ticket", "clock", "stage", "department", "due_at")
    list_filter = ("clock", "stage", "department", ("at", admin.DateFieldListFilter))
    list_select_related = ("ticket", "department")
    search_fields = ("ticket__number",)
    ordering = ("-due_at", "-id")
    of_ticket, of_citizen = "ticket__number", "ticket__citizen"

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Breach]:
        return Breach.objects.filter(ticket__in=visible_to(request.user))


@admin.register(Notification)
class NotificationAdmin(RecordAdmin):
    """A user's own notifications, which they can mark as seen."""

    list_display = ("at", "shown_ticket", "kind", "reason", "seen_at")
    list_filter = ("kind", ("seen_at", admin.EmptyFieldListFilter))
    list_select_related = ("ticket", "breach__ticket")
    list_display_links = None
    ordering = ("-id",)
    actions = ("mark_seen",)
    of_ticket, of_citizen = "ticket__number", "ticket__citizen"

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Notification]:
        return Notification.objects.filter(
            user__username=request.user.get_username(),
            ticket__in=visible_to(request.user),
            at__lte=timezone.now(),
        )

    @admin.display(description="başvuru")
    def shown_ticket(self, notice: Notification) -> str:
        if notice.ticket is None:  # never: the list is of tickets
            return ""
        url = reverse("admin:tickets_ticket_change", args=[notice.ticket_id])
        return format_html('<a href="{}">{}</a>', url, notice.ticket.number)

    @admin.display(description="neden")
    def reason(self, notice: Notification) -> str:
        return str(notice)

    @admin.action(description="Görüldü olarak işaretle", permissions=["view"])
    def mark_seen(self, request: HttpRequest, queryset: QuerySet[Notification]) -> None:
        seen = queryset.filter(seen_at__isnull=True).update(seen_at=timezone.now())
        messages.success(request, f"{seen} bildirim görüldü olarak işaretlendi.")


@admin.register(TicketNumber)
class TicketNumberAdmin(RecordAdmin):
    list_display = ("year", "last")
    ordering = ("-year",)
