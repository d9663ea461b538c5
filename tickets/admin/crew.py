"""The field crew's pages, made for a telephone: what is to be done nearby, begin, end with a photo and a line.

Plain forms that work without a script. With one (saha.js) what was written survives a lost connection, photos shrink
before they travel, and the list is sorted by the way there.
"""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from departments.models import Role
from tickets import services
from tickets.access import Actor, actor_of, visible_to
from tickets.api.serializers import signed_path
from tickets.models import Attachment, Ticket, TicketEvent
from tickets.workflow import MoveError, StaleVersion, Status

AT_WORK = (Status.ASSIGNED, Status.PLANNED, Status.IN_PROGRESS)
ENDED_HERE = (Status.RESOLVED, Status.REVIEW)
LISTED = 100
PHOTO_BYTES = 20 << 20


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
        if photo and photo.size > PHOTO_BYTES:
            raise forms.ValidationError("Fotoğraf 20 MB’tan büyük. Daha küçük bir fotoğraf seçin.")
        return photo or None


class NoteForm(forms.Form):
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
    """What the crew has to do, soonest due first; the browser may sort it by the way there."""
    actor = _crew(request)
    mine = request.GET.get("liste") == "benim"
    rows = _rows(request, actor).filter(status__in=AT_WORK)
    rows = rows.filter(assignee=actor.user) if mine else rows
    soonest = rows.order_by("-urgent", F("resolution_due_at").asc(nulls_last=True), "legal_due_at", "id")
    photos = Attachment.objects.filter(kind=Attachment.Kind.IMAGE, state=Attachment.State.STORED)
    page = soonest.select_related("category", "neighbourhood").prefetch_related(
        Prefetch("attachments", photos.order_by("id"), to_attr="pictures")
    )[: LISTED + 1]
    now = timezone.now()
    cards = [_card(ticket, now) for ticket in page[:LISTED]]
    return render(
        request,
        "tickets/saha.html",
        {"cards": cards, "mine": mine, "more": len(page) > LISTED, "user": request.user},
    )


@never_cache
@require_safe
def job(request: HttpRequest, number: str) -> HttpResponse:
    actor = _crew(request)
    return _page(request, _ticket(request, actor, number))


@require_POST
def start(request: HttpRequest, number: str) -> HttpResponse:
    """One tap: the work begins."""
    actor = _crew(request)
    ticket = _ticket(request, actor, number)
    if ticket.status != Status.IN_PROGRESS:  # else a second tap on a slow line
        try:
            services.change_status(ticket=ticket, to=Status.IN_PROGRESS, actor=actor, now=timezone.now())
        except MoveError as refusal:
            return _page(request, ticket, refusals=[str(refusal)], status=HTTPStatus.CONFLICT)
    messages.success(request, f"{number}: işe başladınız.")
    return _on(request, "saha_is", number)


@require_POST
def finish(request: HttpRequest, number: str) -> HttpResponse:
    actor = _crew(request)
    ticket = _ticket(request, actor, number)
    form = FinishForm(request.POST, request.FILES)
    if not form.is_valid():
        return _refused(request, ticket, form)
    try:
        services.finish_work(ticket=ticket, actor=actor, now=timezone.now(), **form.cleaned_data)
    except MoveError as refusal:
        if not (isinstance(refusal, StaleVersion) and _sent_already(ticket, actor, form)):
            return _refused(request, ticket, form, refusal)
    messages.success(request, f"{number}: iş bitti, kaydedildi.")
    return _on(request, "saha")


@require_POST
def note(request: HttpRequest, number: str) -> HttpResponse:
    actor = _crew(request)
    ticket = _ticket(request, actor, number)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _refused(request, ticket, form)
    try:
        services.add_note(ticket=ticket, actor=actor, now=timezone.now(), **form.cleaned_data)
    except MoveError as refusal:
        return _refused(request, ticket, form, refusal)
    messages.success(request, f"{number}: notunuz kaydedildi.")
    return _on(request, "saha_is", number)


def offered(request: HttpRequest) -> bool:
    """Whether the pages are for whoever asks: members of a department, and those who see everything."""
    actor = actor_of(request.user)
    return actor.has(Role.CREW, Role.HEAD) or actor.sees_everything


def _crew(request: HttpRequest) -> Actor:
    """The member of staff who asks; PermissionDenied for whom the pages are not."""
    if not offered(request):
        raise PermissionDenied
    return actor_of(request.user)


def _rows(request: HttpRequest, actor: Actor) -> QuerySet[Ticket]:
    """The tickets of the actor's departments and those given to them; every department's for who sees everything."""
    rows = visible_to(request.user)
    if actor.sees_everything:
        return rows
    return rows.filter(Q(department__in=actor.departments(Role.CREW, Role.HEAD)) | Q(assignee=actor.user))


def _ticket(request: HttpRequest, actor: Actor, number: str) -> Ticket:
    """In whatever status: one that was just ended is still to be looked at."""
    rows = _rows(request, actor).select_related("category", "department", "neighbourhood")
    return get_object_or_404(rows, number=number)


def _on(request: HttpRequest, page: str, *arguments: str) -> HttpResponse:
    """To the next page; a script is told where, since it would swallow the page's messages by following itself."""
    if "X-Requested-With" in request.headers:
        return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"X-Next": reverse(page, args=arguments)})
    return redirect(page, *arguments)


def _refused(
    request: HttpRequest, ticket: Ticket, form: forms.Form, refusal: MoveError | None = None
) -> HttpResponse:
    """The page again with what was filled in, and why it was not taken."""
    if refusal:
        return _page(request, ticket, form, refusals=[str(refusal)], status=HTTPStatus.CONFLICT)
    said = [str(text) for texts in form.errors.values() for text in texts]
    return _page(request, ticket, form, refusals=said, status=HTTPStatus.BAD_REQUEST)


def _page(
    request: HttpRequest,
    ticket: Ticket,
    form: forms.Form | None = None,
    *,
    refusals: Sequence[str] = (),
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    ticket.refresh_from_db()
    version = {"version": ticket.version}
    filled = {name: form.data.get(name) for name in form.fields} if form else {}
    photos = ticket.attachments.filter(state=Attachment.State.STORED).order_by("id")
    context = {
        "ticket": ticket,
        "card": _card(ticket, timezone.now()),
        "at_work": ticket.status in AT_WORK,
        "may_start": ticket.status in (Status.ASSIGNED, Status.PLANNED),
        "files": [(each, signed_path(each, "file"), _thumbnail(each)) for each in photos],
        "notes": ticket.events.filter(kind=TicketEvent.Kind.NOTE)
        .select_related("actor")
        .order_by("-id")[:20],
        "finish_form": FinishForm(initial=filled | version, auto_id="bitir_%s"),
        "note_form": NoteForm(initial=filled | version, auto_id="not_%s"),
        "refusals": refusals,
    }
    return render(request, "tickets/saha_is.html", context, status=status)


def _card(ticket: Ticket, now: datetime) -> dict[str, Any]:
    due = ticket.resolution_due_at or ticket.legal_due_at
    pictures: list[Attachment] = getattr(ticket, "pictures", [])
    return {
        "ticket": ticket,
        "status": Status(ticket.status).label,
        "due": due,
        "late": due < now,
        "way": _way(ticket),
        "thumbnail": _thumbnail(pictures[0]) if pictures else "",
    }


def _way(ticket: Ticket) -> str:
    """What opens the telephone's own map: the pin, else the address in words; empty when nobody knows."""
    if ticket.lat is not None and ticket.lon is not None:
        return f"geo:{ticket.lat},{ticket.lon}?q={ticket.lat},{ticket.lon}({quote(ticket.number)})"
    mahalle = ticket.neighbourhood.full_name if ticket.neighbourhood else ""
    words = ", ".join(filter(None, (ticket.address, mahalle)))
    return f"geo:0,0?q={quote(f'{words}, Melikgazi, Kayseri')}" if words else ""


def _thumbnail(attachment: Attachment) -> str:
    return signed_path(attachment, "thumbnail") if attachment.thumbnail else ""


def _sent_already(ticket: Ticket, actor: Actor, form: FinishForm) -> bool:
    """Whether this very answer arrived before: its first sending was kept, and only our word of it was lost."""
    last = ticket.events.filter(kind=TicketEvent.Kind.MOVED).order_by("-id").first()
    if last is None or last.to_status not in ENDED_HERE or last.actor != actor.user:
        return False
    return form.cleaned_data["answer"] in (last.public_text, last.data.get("answer"))
