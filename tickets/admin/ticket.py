"""The ticket's page: facts to read, timeline, photos, conversation, and the forms that call the services."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST
from typing_extensions import override

from departments.models import GreyZone
from departments.places import Located, Point, locate
from tickets import nearby, ports, services
from tickets.access import Actor, actor_of, masked, visible_to
from tickets.admin.forms import AssignForm, ClassifyForm, MoveForm, NoteForm, WriteForm, offered
from tickets.admin.queue.addresses import queue_urls
from tickets.admin.queue.page import queue_page
from tickets.admin.queue.rows import LEGAL_STATES
from tickets.admin.records import RecordAdmin
from tickets.api.serializers import signed_path
from tickets.limits import legal_state
from tickets.models import Attachment, Citizen, Ticket
from tickets.workflow import MoveError, Status

# A channel's own words for its messages, where staff need another.
KINDS = {
    "image": "Fotoğraf",
    "video": "Video",
    "audio": "Sesli mesaj",
    "document": "Belge",
    "location": "Konum",
    "template": "Şablonla gönderildi",
}
STATUSES = {
    "queued": "sırada",
    "sending": "gönderiliyor",
    "sent": "gönderildi",
    "delivered": "iletildi",
    "read": "okundu",
    "failed": "gönderilemedi",
}


@admin.register(Ticket)
class TicketAdmin(RecordAdmin):
    readonly_fields = ("status_name", "urgent_name", "legal_name", "breach_list")
    change_form_outer_after_template = "tickets/work.html"
    fieldsets = (
        (None, {"fields": (("number", "status_name", "urgent_name"), "summary", "description")}),
        (
            "Konu ve birim",
            {
                "fields": (
                    ("kind", "channel", "priority"),
                    ("category", "department", "assignee"),
                    ("agency", "proposed_agency", "duplicate_of"),
                )
            },
        ),
        ("Yer", {"fields": (("neighbourhood", "address"), ("lat", "lon", "location_source"))}),
        ("Vatandaş", {"fields": ("citizen", ("satisfaction_score", "satisfaction_comment"))}),
        (
            "Süreler",
            {
                "fields": (
                    ("created_at", "updated_at", "reopened"),
                    ("target", "first_action_due_at", "first_action_at"),
                    ("resolution_due_at", "planned_for"),
                    ("legal_due_at", "legal_name"),
                    ("outcome_at", "closed_at"),
                    "breach_list",
                )
            },
        ),
    )

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        return visible_to(request.user)

    @admin.display(description="durum")
    def status_name(self, ticket: Ticket) -> str:
        return Status(ticket.status).label

    @admin.display(description="acil")
    def urgent_name(self, ticket: Ticket) -> str:
        return f"Evet: {ticket.urgent_reason}" if ticket.urgent else "Hayır"

    @admin.display(description="yasal sürenin hâli", empty_value="–")
    def legal_name(self, ticket: Ticket) -> str | None:
        return LEGAL_STATES.get(legal_state(ticket, timezone.now()))

    @admin.display(description="süre aşımları", empty_value="–")
    def breach_list(self, ticket: Ticket) -> str | None:
        missed = (
            f"{each.get_clock_display()} {each.get_stage_display()} ({timezone.localtime(each.due_at):%d.%m.%Y %H:%M})"
            for each in ticket.breaches.order_by("due_at")
        )
        return "; ".join(missed) or None

    @override
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The queue stands where the list of an admin would."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return queue_page(request, self.admin_site)

    @override
    def get_urls(self) -> list[URLPattern]:
        def post(name: str, form: type[WriteForm], service: Callable[..., Ticket], done: str) -> URLPattern:
            def view(request: HttpRequest, object_id: str) -> HttpResponse:
                return self._write(request, object_id, form, service, done)

            guarded: Callable[..., HttpResponse] = self.admin_site.admin_view(require_POST(view))
            return path(f"<path:object_id>/{name}/", guarded, name=f"tickets_ticket_{name}")

        urls: list[URLPattern] = [
            post("move", MoveForm, services.change_status, "Durum değiştirildi."),
            post("note", NoteForm, services.add_note, "Not eklendi."),
            post("assign", AssignForm, services.assign, "Başvuru atandı."),
            post("classify", ClassifyForm, services.classify, "Konu değiştirildi."),
            *queue_urls(self.admin_site),
            *super().get_urls(),
        ]
        return urls

    @override
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        ticket = self.get_object(request, unquote(object_id))
        work = self._work(request, ticket) if ticket is not None else {}
        page: HttpResponse = super().change_view(request, object_id, form_url, (extra_context or {}) | work)
        return page

    def _work(self, request: HttpRequest, ticket: Ticket) -> dict[str, Any]:
        actor = actor_of(request.user)
        return {
            "ticket": ticket,
            "phone": _phone(actor, ticket.citizen),
            "events": ticket.events.select_related("actor").order_by("-id"),
            "files": [_file(attachment) for attachment in ticket.attachments.order_by("id")],
            "place": _located(ticket),
            "similar": nearby.like(ticket, now=timezone.now(), among=visible_to(request.user)),
            "conversation": _conversation(ticket) if actor.reads_conversations else None,
            "questions": _questions(ticket),
            **offered(ticket, request.user, actor, timezone.now()),
        }

    def _write(
        self,
        request: HttpRequest,
        object_id: str,
        form_class: type[WriteForm],
        service: Callable[..., Ticket],
        done: str,
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        ticket = self.get_object(request, unquote(object_id))
        if ticket is None:
            raise Http404
        form = form_class(request.POST, ticket=ticket, user=request.user)
        refusals = _attempt(form, service, ticket, actor_of(request.user))
        for sentence in refusals:
            messages.error(request, sentence)
        if not refusals:
            messages.success(request, f"{ticket.number}: {done}")
        if self.get_object(request, unquote(object_id)) is None:  # it went where this user does not see it
            return redirect("admin:tickets_ticket_changelist")
        return redirect("admin:tickets_ticket_change", object_id)


def _attempt(form: WriteForm, service: Callable[..., Ticket], ticket: Ticket, actor: Actor) -> list[str]:
    """Makes the one service call; the sentences that say why it was refused, none when it was made."""
    if not form.is_valid():
        return [
            f"{form.fields[name].label or name}: {text}"
            for name, texts in form.errors.items()
            for text in texts
        ]
    try:
        service(ticket=ticket, actor=actor, now=timezone.now(), **form.cleaned_data)
    except MoveError as refusal:
        return [str(refusal)]
    return []


def _conversation(ticket: Ticket) -> list[dict[str, Any]]:
    """The talk about the ticket, with what kind each message is and how far it got in words of ours."""
    return [
        vars(message)
        | {"kind": KINDS.get(message.kind, ""), "status": STATUSES.get(message.status, message.status)}
        for message in ports.channel().messages(ticket)
    ]


def _located(ticket: Ticket) -> Located | None:
    return None if ticket.lat is None or ticket.lon is None else locate(Point(ticket.lat, ticket.lon))


def _phone(actor: Actor, citizen: Citizen | None) -> str:
    """The citizen's number as far as the actor may read it."""
    if citizen is None or not citizen.phone:
        return ""
    return citizen.phone if actor.sees_phones else masked(citizen.phone)


def _questions(ticket: Ticket) -> QuerySet[GreyZone]:
    """What to ask oneself where the category, given or proposed, borders on somebody else's job."""
    proposed = ticket.routed["category"] if ticket.routed else None
    code = ticket.category.code if ticket.category else proposed
    zones = (
        GreyZone.objects.filter(category__code=code)
        if ticket.status == Status.NEW
        else GreyZone.objects.none()
    )
    return zones.select_related("agency").order_by("id")


def _file(attachment: Attachment) -> dict[str, Any]:
    return {
        "attachment": attachment,
        "url": signed_path(attachment, "file") if attachment.file else "",
        "thumbnail_url": signed_path(attachment, "thumbnail") if attachment.thumbnail else "",
    }
