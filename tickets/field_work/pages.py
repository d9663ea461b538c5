"""The field crew's pages (saha), made for a telephone: list of jobs, start a job, finish it with a photo and a text.

Plain forms that work without a script. With one (crew.js) typed texts survive a lost connection, photos are shrunk
before upload, and the list is sorted by distance.
"""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Prefetch, Q, QuerySet, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from departments.models import Role
from tickets.access_log.request_notes import note_ticket
from tickets.attachments.uploads import MOST_BYTES, TOO_LARGE
from tickets.back_office.clock_cells import danger_clock
from tickets.danger.open_dangers import is_shut
from tickets.desk.ticket_page import place
from tickets.record.models.attachments import Attachment
from tickets.record.models.ticket import DANGER, Ticket, is_open_danger
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor, actor_of, visible_to
from tickets.record.statuses import Status
from tickets.record.workflow import StaleVersion, TransitionError
from tickets.rest_api.serializers import signed_path
from tickets.undo.actions import perform

AT_WORK = (Status.ASSIGNED, Status.PLANNED, Status.IN_PROGRESS)
ENDED_HERE = (Status.RESOLVED, Status.REVIEW)
LISTED = 100
URGENT = Q(urgent=True) | DANGER
_ROUTE = "https://www.google.com/maps/dir/?api=1&destination="


class FinishForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    answer = forms.CharField(
        label="Ne yaptınız?",
        max_length=1000,
        widget=forms.Textarea({"rows": 3, "placeholder": "Örneğin: Çukur asfaltla kapatıldı."}),
        error_messages={"required": "Ne yapıldığını bir cümleyle yazın."},
    )
    photo = forms.FileField(
        label="İşin bitmiş hâlinin fotoğrafı",
        required=False,
        widget=forms.FileInput({"accept": "image/*", "capture": "environment"}),
    )

    def clean_photo(self) -> Any:
        photo = self.cleaned_data["photo"]
        if photo and photo.size > MOST_BYTES:
            raise forms.ValidationError(TOO_LARGE)
        return photo or None


class CrewNoteForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(
        label="Büroya not",
        max_length=1000,
        widget=forms.Textarea({"rows": 2, "placeholder": "Örneğin: Malzeme eksik, yarın dönülecek."}),
        error_messages={"required": "Notu yazın."},
    )


@never_cache
@require_safe
def jobs(request: HttpRequest) -> HttpResponse:
    """The crew's jobs, soonest due first; the browser may sort them by distance."""
    actor = _crew(request)
    mine = request.GET.get("liste") == "benim"
    rows = _rows(request, actor).filter(status__in=AT_WORK)
    rows = rows.filter(assignee=actor.user) if mine else rows
    page = _first(rows.filter(URGENT), Case(When(DANGER, then=0), default=1), "-urgent")
    if len(page) <= LISTED:  # what is not urgent is read along an index, however much of it there is
        page += _first(rows.exclude(URGENT))
    now = timezone.now()
    cards = [_card(request, ticket, now) for ticket in page[:LISTED]]
    return render(
        request,
        "tickets/crew.html",
        {"cards": cards, "mine": mine, "more": len(page) > LISTED, "user": request.user},
    )


def _first(rows: QuerySet[Ticket], *before: Any) -> list[Ticket]:
    """LISTED of the rows and one more, soonest due first, with what their cards show."""
    photos = Attachment.objects.filter(kind=Attachment.Kind.IMAGE, state=Attachment.State.STORED, hidden="")
    soonest = rows.filter(outcome__isnull=True).order_by(
        *before, Coalesce("resolution_due_at", "legal_due_at"), "id"
    )
    pictured = soonest.select_related("category", "neighbourhood").prefetch_related(
        Prefetch("attachments", photos.order_by("id"), to_attr="pictures")
    )
    return list(pictured[: LISTED + 1])


@never_cache
@require_safe
def job(request: HttpRequest, number: str) -> HttpResponse:
    actor = _crew(request)
    ticket = _ticket(request, actor, number)
    return _page(request, ticket)


@require_POST
def start(request: HttpRequest, number: str) -> HttpResponse:
    """Moves the ticket to IN_PROGRESS."""
    actor = _crew(request)
    ticket = _ticket(request, actor, number)
    if ticket.status != Status.IN_PROGRESS:  # else tapped twice on a slow connection
        try:
            perform("move", ticket=ticket, to=Status.IN_PROGRESS, actor=actor, now=timezone.now())
        except TransitionError as refusal:
            return _page(request, ticket, refusals=[str(refusal)], status=HTTPStatus.CONFLICT)
    return _redirect(request, "saha_is", number)


@require_POST
def finish(request: HttpRequest, number: str) -> HttpResponse:
    actor = _crew(request)
    ticket = _ticket(request, actor, number)
    form = FinishForm(request.POST, request.FILES)
    if not form.is_valid():
        return _refused(request, ticket, form)
    try:
        perform("finish", ticket=ticket, actor=actor, now=timezone.now(), **form.cleaned_data)
    except TransitionError as refusal:
        if not (isinstance(refusal, StaleVersion) and _already_finished(ticket, actor, form)):
            return _refused(request, ticket, form, refusal)
    return _redirect(request, "saha")


@require_POST
def note(request: HttpRequest, number: str) -> HttpResponse:
    actor = _crew(request)
    ticket = _ticket(request, actor, number)
    form = CrewNoteForm(request.POST)
    if not form.is_valid():
        return _refused(request, ticket, form)
    try:
        perform("note", ticket=ticket, actor=actor, now=timezone.now(), **form.cleaned_data)
    except TransitionError as refusal:
        return _refused(request, ticket, form, refusal)
    return _redirect(request, "saha_is", number)


def may_open(request: HttpRequest) -> bool:
    """Whether the user may open the pages: members of a department, and those who see everything."""
    actor = actor_of(request.user)
    return actor.has(Role.CREW, Role.HEAD) or actor.sees_everything


def _crew(request: HttpRequest) -> Actor:
    """The user as an actor. Raises PermissionDenied where `may_open` says no."""
    if not may_open(request):
        raise PermissionDenied
    return actor_of(request.user)


def _rows(request: HttpRequest, actor: Actor) -> QuerySet[Ticket]:
    """The tickets of the actor's departments and those given to them; every department's for who sees everything."""
    rows = visible_to(request.user)
    if actor.sees_everything:
        return rows
    return rows.filter(Q(department__in=actor.departments(Role.CREW, Role.HEAD)) | Q(assignee=actor.user))


def _ticket(request: HttpRequest, actor: Actor, number: str) -> Ticket:
    """The ticket in any status, since the crew may open one it has just finished. Raises Http404."""
    rows = _rows(request, actor).select_related("category", "department", "neighbourhood")
    return get_object_or_404(rows, number=number)


def _redirect(request: HttpRequest, page: str, *arguments: str) -> HttpResponse:
    """A redirect; a script gets the address in X-Next, since following it by fetch would consume the messages."""
    if "X-Requested-With" in request.headers:
        return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"X-Next": reverse(page, args=arguments)})
    return redirect(page, *arguments)


def _refused(
    request: HttpRequest, ticket: Ticket, form: forms.Form, refusal: TransitionError | None = None
) -> HttpResponse:
    """The page again with the form as filled in, and the errors."""
    if refusal:
        return _page(request, ticket, form, refusals=[str(refusal)], status=HTTPStatus.CONFLICT)
    errors = [str(text) for texts in form.errors.values() for text in texts]
    return _page(request, ticket, form, refusals=errors, status=HTTPStatus.BAD_REQUEST)


def _page(
    request: HttpRequest,
    ticket: Ticket,
    form: forms.Form | None = None,
    *,
    refusals: Sequence[str] = (),
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    ticket.refresh_from_db()
    note_ticket(request, ticket)
    version = {"version": ticket.version}
    filled = {name: form.data.get(name) for name in form.fields} if form else {}
    photos = ticket.attachments.filter(state=Attachment.State.STORED, hidden="").order_by("id")
    context = {
        "ticket": ticket,
        "card": _card(request, ticket, timezone.now()),
        "map": _map(ticket),
        "at_work": ticket.status in AT_WORK,
        "may_start": ticket.status in (Status.ASSIGNED, Status.PLANNED),
        "files": [
            (each, signed_path(each, "file", request.user), _thumbnail(request, each)) for each in photos
        ],
        "in_work": ticket.attachments.filter(state=Attachment.State.CHECKING).count(),
        "notes": ticket.events.filter(kind=TicketEvent.Kind.NOTE)
        .select_related("actor")
        .order_by("-id")[:20],
        "finish_form": FinishForm(initial=filled | version, auto_id="bitir_%s"),
        "note_form": CrewNoteForm(initial=filled | version, auto_id="not_%s"),
        "refusals": refusals,
    }
    return render(request, "tickets/crew_job.html", context, status=status)


def _card(request: HttpRequest, ticket: Ticket, now: datetime) -> dict[str, Any]:
    due = ticket.resolution_due_at or ticket.legal_due_at
    pictures: list[Attachment] = getattr(ticket, "pictures", [])
    return {
        "ticket": ticket,
        "status": Status(ticket.status).label,
        "due": due,
        "late": due < now,
        "shut": is_shut(ticket),
        "danger": danger_clock(ticket.created_at, ticket.claimed_at, now).text
        if is_open_danger(ticket)
        else "",
        "way": _map_link(ticket),
        "thumbnail": _thumbnail(request, pictures[0]) if pictures else "",
    }


def _map(ticket: Ticket) -> dict[str, Any] | None:
    """The map's data; None where it would be a pin in an empty box, or nothing at all: the words say where it is."""
    drawn = place.map_data(ticket, [], place.roads(ticket))
    return drawn if drawn["border"] or (drawn["pin"] and any(drawn["ground"].values())) else None


def _map_link(ticket: Ticket) -> str:
    """A link that the telephone's map app opens, Android's and Apple's alike: to the pin, else to the address in words;
    empty when neither is known. It tells the map's maker where the job is, and nothing else.
    """
    if ticket.lat is not None and ticket.lon is not None:
        return f"{_ROUTE}{ticket.lat},{ticket.lon}"
    mahalle = ticket.neighbourhood.full_name if ticket.neighbourhood else ""
    address = ", ".join(filter(None, (ticket.address, mahalle)))
    return f"{_ROUTE}{quote(f'{address}, Melikgazi, Kayseri')}" if address else ""


def _thumbnail(request: HttpRequest, attachment: Attachment) -> str:
    return signed_path(attachment, "thumbnail", request.user) if attachment.thumbnail else ""


def _already_finished(ticket: Ticket, actor: Actor, form: FinishForm) -> bool:
    """Whether this same form was stored before and only the response was lost, so that it is sent again."""
    last = ticket.events.filter(kind=TicketEvent.Kind.MOVED).order_by("-id").first()
    if last is None or last.to_status not in ENDED_HERE or last.actor != actor.user:
        return False
    return form.cleaned_data["answer"] in (last.public_text, last.data.get("answer"))
