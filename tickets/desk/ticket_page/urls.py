"""URLs below a ticket's page: one action each; 404 for a ticket that the user may not see."""

from collections.abc import Callable
from typing import Any, Protocol

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe

from tickets.access_log.models import Access
from tickets.access_log.request_notes import note_ticket
from tickets.casework.mentions import mentioned
from tickets.citizens.phone_access import unmask
from tickets.desk.forms import answering, record, transitions
from tickets.desk.forms.base import WriteForm
from tickets.desk.ticket_page import answers, photos, polling, printed
from tickets.desk.ticket_page.own_acts import version_meant
from tickets.desk.ticket_page.view import RELATED, Refusal, ticket_page, user_of
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import actor_of, visible_to
from tickets.record.workflow import TransitionError
from tickets.undo.actions import perform

TicketView = Callable[[HttpRequest, Ticket], HttpResponseBase]


class _Admin(Protocol):
    admin_site: AdminSite

    def has_view_permission(self, request: HttpRequest) -> bool: ...


def ticket_urls(admin: _Admin) -> list[URLPattern]:
    """The URLs below `/admin/tickets/ticket/<id>/`."""

    def post(name: str, view: TicketView) -> URLPattern:
        return at(name, require_POST(view))

    def at(name: str, view: Callable[..., HttpResponseBase]) -> URLPattern:
        def guarded(request: HttpRequest, key: int, **which: Any) -> HttpResponseBase:
            return view(request, ticket_for(admin, request, key), **which)

        wrapped: Callable[..., HttpResponseBase] = admin.admin_site.admin_view(guarded)
        return path(f"<int:key>/{name}/", wrapped, name=f"tickets_ticket_{name.partition('/')[0]}")

    def write(act: str, form: type[WriteForm], name: str = "") -> URLPattern:
        def view(request: HttpRequest, ticket: Ticket) -> HttpResponse:
            return _write(request, admin.admin_site, ticket, form, act)

        return post(name or act, view)

    return [
        write("move", transitions.TransitionForm),
        write("note", answering.NoteForm),
        write("assign", record.AssignForm),
        write("release", record.ReleaseForm),
        write("danger", record.DangerForm),
        write("priority", record.PriorityForm),
        write("classify", record.ClassifyForm),
        write("reply", answering.SendForm),
        write("schedule", answering.ScheduleForm),
        write("unschedule", answering.UnscheduleForm),
        write("macro", answering.MacroForm),
        write("call", answering.CallForm),
        write("take_over", answering.TalkForm),
        write("hand_back", answering.TalkForm),
        write("register", record.RegisterForm),
        write("place", record.PlaceForm),
        write("place", record.AddressForm, "address"),
        write("split", record.SplitForm),
        write("publish", record.PublishForm),
        at("answers", require_safe(answers.answers)),
        at("colleagues", require_safe(answers.colleagues)),
        at("numbered", require_safe(answers.numbered_tickets)),
        post("draft", answers.draft),
        at("print", require_safe(printed.pdf)),
        at("file/<int:attachment>/<str:part>", require_safe(photos.file)),
        post("blur", photos.blur),
        post("original", photos.original),
        post("hide", photos.hide),
        post("reveal", photos.reveal),
        post("phone", _phone),
        post("pulse", polling.heartbeat),
        post("leave", polling.leave),
        post("preview", polling.preview),
    ]


def ticket_for(admin: _Admin, request: HttpRequest, key: int) -> Ticket:
    """The ticket of that key; PermissionDenied without a role, Http404 where the user may not see it."""
    if not admin.has_view_permission(request):
        raise PermissionDenied
    ticket = visible_to(request.user).select_related(*RELATED).filter(pk=key).first()
    if ticket is None:
        raise Http404
    return ticket


def _write(
    request: HttpRequest,
    site: AdminSite,
    ticket: Ticket,
    form_class: type[WriteForm],
    act: str,
) -> HttpResponse:
    """Does the act with the form and redirects to the page, or shows the page with the form and its errors."""
    form = form_class(request.POST, files=request.FILES, ticket=ticket, user=request.user)
    if not form.is_valid():
        reasons = [
            f"{form.fields[name].label or name}: {text}"
            for name, texts in form.errors.items()
            for text in texts
        ]
        return ticket_page(request, site, ticket, Refusal(form, reasons))
    given = form.details()
    if "version" in given:
        given["version"] = version_meant(ticket, user_of(request), act, form.cleaned_data)
    try:
        made = perform(act, ticket=ticket, actor=actor_of(request.user), now=timezone.now(), **given)
    except TransitionError as error:
        fresh = visible_to(request.user).select_related(*RELATED).filter(pk=ticket.pk).first()
        if fresh is None:
            messages.error(request, str(error))
            return redirect("admin:tickets_ticket_changelist")
        return ticket_page(request, site, fresh, Refusal.of(form, error))
    if unknown := mentioned(form.data.get("text" if act == "note" else "note", ""))[1]:
        names = ", ".join(f"@{name}" for name in unknown)
        messages.warning(request, f"{names}: böyle bir görevli yok, kimseye haber gitmedi.")
    if link := _link(made, ticket):
        messages.success(request, format_html("{}: ikinci başvuru açıldı. {}", ticket.number, link))
    if (
        not visible_to(request.user).filter(pk=ticket.pk).exists()
    ):  # moved to a department of others, or restricted
        messages.info(request, "Başvuru artık size görünmüyor: başka birimin ya da gizli.")
        return redirect("admin:tickets_ticket_changelist")
    return redirect("admin:tickets_ticket_change", ticket.pk)


def _link(made: object, ticket: Ticket) -> str:
    """A link to the ticket that the service opened, if it opened another one; else empty."""
    if not isinstance(made, Ticket) or made.pk == ticket.pk:
        return ""
    page = reverse("admin:tickets_ticket_change", args=[made.pk])
    return format_html('<a href="{}" class="underline">{}</a>', page, made.number)


def _phone(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """JSON: the citizen's telephone number; who saw it stands in the timeline and in the access log."""
    try:
        phone = unmask(ticket=ticket, actor=actor_of(request.user), now=timezone.now())
    except TransitionError as refusal:
        return JsonResponse({"reason": str(refusal)}, status=403)
    note_ticket(request, ticket, Access.What.UNMASKED)
    return JsonResponse({"phone": phone})
