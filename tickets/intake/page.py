"""The page for a new request by telephone or at the desk (yeni), with suggestions while the clerk types."""

import json
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from typing_extensions import override

from departments import reference
from departments.common.search_words import MOST_WORDS
from departments.danger_reader.kinds import kinds
from departments.models import Category, Neighbourhood
from departments.places.points import Point, locate
from departments.routing.route import Suggestion, route
from departments.text.folding import fold, sort_key
from tickets.access_log.request_notes import AccessNote, note
from tickets.back_office.map_ground import ground_json
from tickets.back_office.subject_select import SubjectSelect
from tickets.back_office.ticket_field import VisibleTicketField
from tickets.casework.opening import Report
from tickets.casework.registry import LABELS
from tickets.citizens.phone_access import search_note
from tickets.intake.services import NO_DANGER, Caller, danger_from_caller, take_request
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket
from tickets.record.models.ticket_choices import Kind, LocationSource, Source
from tickets.record.nearby import nearby
from tickets.record.permissions import Actor, actor_of, masked, unmaskable, visible_citizens, visible_to
from tickets.record.phone_numbers import e164
from tickets.record.search import last_digits_in, people_named
from tickets.record.streets import places_named
from tickets.record.workflow import MissingFields, TransitionError

BY_STAFF = [(source.value, source.label) for source in Source if source not in (Source.WHATSAPP, Source.API)]
ALIKE = 5
RECENT_TICKETS = 5
CANDIDATES = 6  # people with the same last four digits


class IntakeForm(forms.Form):
    channel = forms.ChoiceField(label="Kanal", choices=BY_STAFF, initial=Source.TELEFON)
    phone = forms.CharField(
        label="Telefon",
        required=False,
        max_length=30,
        widget=forms.TextInput(
            {
                "inputmode": "tel",
                "autocomplete": "off",
                "placeholder": "05… ya da son dört hane",
                "autofocus": True,
            }
        ),
    )
    known = forms.ModelChoiceField(Citizen.objects.none(), required=False, widget=forms.HiddenInput())
    name = forms.CharField(
        label="Ad soyad", required=False, max_length=200, widget=forms.TextInput({"autocomplete": "off"})
    )
    description = forms.CharField(
        label="Ne anlatıyor?",
        max_length=4000,
        widget=forms.Textarea({"rows": 4}),
        error_messages={"required": "Vatandaşın anlattığını yazın."},
    )
    neighbourhood = forms.ModelChoiceField(
        Neighbourhood.objects.order_by("sort_key"), label="Mahalle", required=False, empty_label="–"
    )
    address = forms.CharField(
        label="Adres: mahalle, cadde, sokak, no, tarif",
        required=False,
        max_length=300,
        widget=forms.TextInput(
            {
                "autocomplete": "off",
                "role": "combobox",
                "aria-expanded": "false",
                "aria-controls": "places",
                "aria-autocomplete": "list",
            }
        ),
    )
    pin = forms.CharField(
        label="Konum (enlem, boylam)",
        required=False,
        max_length=60,
        widget=forms.TextInput({"placeholder": "38,7212 35,4892", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(label="Tür", choices=Kind.choices, initial=Kind.SIKAYET)
    category = forms.ModelChoiceField(
        Category.objects.filter(active=True, department__isnull=False)
        .select_related("parent", "department", "agency")
        .order_by("parent__code", "name"),
        label="Konu",
        required=False,
        empty_label="Belirsiz: sonra bakılacak",
        widget=SubjectSelect({"data-fuzzy": "Konu, birim ya da sözcük yazın"}),
    )
    urgent = forms.BooleanField(label="Acil: can güvenliği", required=False)
    danger = forms.ChoiceField(label="Tehlike", required=False)
    once = forms.UUIDField(required=False, widget=forms.HiddenInput())
    same_as = forms.CharField(required=False)
    registry_number = forms.CharField(
        label=LABELS["registry_number"], required=False, widget=forms.TextInput({"autocomplete": "off"})
    )
    cimer_number = forms.CharField(
        label=LABELS["cimer_number"], required=False, widget=forms.TextInput({"autocomplete": "off"})
    )

    def __init__(self, data: Any = None, *, user: Any, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["same_as"] = VisibleTicketField(user, required=False, widget=forms.HiddenInput())
        self.fields["once"].initial = uuid4
        self.fields["danger"].choices = _dangers()  # type: ignore[attr-defined]
        self.fields["known"].queryset = visible_citizens(user)  # type: ignore[attr-defined]
        self.fields["category"].choices = _grouped(self.fields["category"])  # type: ignore[attr-defined]

    def clean_phone(self) -> str:
        written: str = self.cleaned_data["phone"].strip()
        if last_digits_in(written):
            return written
        phone = e164("".join(character for character in written if character not in " ()-./"))
        if written and not phone:
            raise forms.ValidationError("Bu bir telefon numarası değil. Örneğin: 0532 123 45 67")
        return phone or ""

    def clean_pin(self) -> Point | None:
        written = self.cleaned_data["pin"].strip()
        if not written:
            return None
        try:
            return _point(written)
        except ValueError:
            raise forms.ValidationError(
                "Konum anlaşılamadı. Enlem ve boylamı yazın. Örneğin: 38,7212 35,4892"
            ) from None

    @override
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if last_digits_in(cleaned.get("phone", "")) and not cleaned.get("known"):
            self.add_error(
                "phone", "Son dört hanesi bu olan kişiyi sağdan seçin ya da numaranın tamamını yazın."
            )
        if cleaned.get("neighbourhood") is None:
            cleaned["neighbourhood"] = self._neighbourhood(cleaned)
        return cleaned

    @staticmethod
    def _neighbourhood(cleaned: dict[str, Any]) -> Neighbourhood | None:
        """Where the pin is, or which mahalle the words name."""
        if pin := cleaned.get("pin"):
            return locate(pin).neighbourhood
        words = " ".join(filter(None, (cleaned.get("address"), cleaned.get("description"))))
        return reference.neighbourhood(route(words).neighbourhood) if words else None

    def caller(self) -> Caller:
        data = self.cleaned_data
        phone = "" if data["known"] else data["phone"]
        return Caller(data["name"].strip(), phone, data["known"])

    def report(self) -> Report:
        """The arguments for opening a ticket."""
        data = self.cleaned_data
        category, pin = data["category"], data["pin"]
        told = danger_from_caller(data["description"], urgent=data["urgent"], danger=data["danger"])
        known = bool(pin or data["neighbourhood"] or data["address"])
        return Report(
            channel=Source(data["channel"]),
            kind=Kind(data["kind"]),
            description=data["description"],
            category=category,
            department=category.department if category and not data["same_as"] else None,
            proposed_agency=category.agency if category else None,
            neighbourhood=data["neighbourhood"],
            point=pin,
            location_source=LocationSource.STAFF if known else "",
            address=data["address"],
            place_missing=not known,
            **told,
            registry_number=data["registry_number"],
            cimer_number=data["cimer_number"],
        )


@never_cache
@require_http_methods(["GET", "POST"])
def new_request(request: HttpRequest) -> HttpResponse:
    """Shows the form; POST opens the ticket."""
    actor = _clerk(request)
    form = IntakeForm(request.POST or None, user=request.user)
    if form.is_valid():
        try:
            ticket = take_request(
                report=form.report(),
                caller=form.caller(),
                actor=actor,
                now=timezone.now(),
                same_as=form.cleaned_data["same_as"],
                once=_once(request) if form.cleaned_data["once"] else "",
            )
        except MissingFields as refusal:
            for name, sentence in refusal.fields.items():
                form.add_error(name if name in form.fields else None, sentence)
        except TransitionError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{_done(ticket, form)}. Vatandaşa söyleyin: {ticket.number}")
            if visible_to(request.user).filter(pk=ticket.pk).exists():
                return redirect("admin:tickets_ticket_change", ticket.pk)
            return redirect("yeni")  # a restricted category: the clerk may open such a ticket, but not see it
    context = admin.site.each_context(request) | {
        "form": form,
        "title": "Yeni başvuru",
        "ground": ground_json(),
    }
    return render(request, "tickets/new_ticket.html", context)


@never_cache
@require_POST
def caller(request: HttpRequest) -> HttpResponse:
    """HTML fragment: who calls, by the whole number or among those with its last four digits; and the open tickets of
    whoever it is that the clerk may see.

    Whose page they may not open, because of a restricted ticket, is answered as somebody who calls for the first time:
    else the answer would tell of that ticket. The new one is joined to their name all the same (services.py).
    """
    actor = _clerk(request)
    form = IntakeForm(request.POST, user=request.user)
    form.full_clean()
    phone, known = form.cleaned_data.get("phone", ""), form.cleaned_data.get("known")
    typed = request.POST.get("phone", "")
    if typed.strip():
        note(request, search_note(typed, actor))
    seen = visible_to(actor)
    last = last_digits_in(typed)
    found = people_named(Citizen.objects.all(), last, seen.filter(unmaskable(actor))).order_by("-id")
    name = " ".join(fold(request.POST.get("name", "")).split()[:MOST_WORDS])
    candidates = list(people_named(found, name, seen.none())) if last and name else []
    candidates = candidates or (list(found) if last else [])  # where nobody has that name, all
    citizen = known or (visible_citizens(actor).filter(phone=phone).order_by("pk").first() if phone else None)
    tickets = seen.filter(citizen=citizen) if citizen else Ticket.objects.none()
    recent = list(tickets.select_related("category").order_by("-created_at")[:RECENT_TICKETS])
    if citizen:
        note(request, AccessNote(tickets=[each.number for each in recent], citizens=(citizen.pk,)))
    context = {
        "citizen": citizen,
        "candidates": [(each, masked(each.phone or "")) for each in candidates[:CANDIDATES]],
        "more": len(candidates[CANDIDATES:]),
        "phone": phone or last,
        "tickets": recent,
        "chosen": request.POST.get("same_as", ""),
    }
    return render(request, "tickets/new_ticket_caller.html", context)


@never_cache
@require_safe
def places(request: HttpRequest) -> JsonResponse:
    """JSON: mahalleler, main roads and streets whose name begins as `q`; of no restricted ticket."""
    seen = visible_to(_clerk(request)).filter(restricted=False)
    found = places_named(request.GET.get("q", "")[:80], seen)
    return JsonResponse({"places": [asdict(each) for each in found]})


@never_cache
@require_POST
def suggestion(request: HttpRequest) -> HttpResponse:
    """HTML fragment: the router's suggestion for the text so far, and similar open tickets."""
    _clerk(request)
    form = IntakeForm(request.POST, user=request.user)
    form.full_clean()
    data = form.cleaned_data
    words, pin = data.get("description", ""), data.get("pin")
    found = route(words, pin) if words else None
    category = data.get("category") or _category(found)
    context = {
        "suggestion": found,
        "category": _category(found),
        "neighbourhood": Neighbourhood.objects.filter(code=found.neighbourhood).first() if found else None,
        "alike": _similar(request, category, data, timezone.now()),
        "chosen": request.POST.get("same_as", ""),
        "sure": found is not None and found.sure,
        "danger": kinds()[found.danger].name if found and found.level == "life" else "",
    }
    return render(request, "tickets/new_ticket_suggestions.html", context)


def may_open(request: HttpRequest) -> bool:
    """Whether the user may open the page: the call centre."""
    return actor_of(request.user).is_call_centre


def _clerk(request: HttpRequest) -> Actor:
    """The user as an actor. Raises PermissionDenied where `may_open` says no."""
    if not may_open(request):
        raise PermissionDenied
    return actor_of(request.user)


def _once(request: HttpRequest) -> str:
    """What tells a second press from another call: the form's own key with all that was written in it."""
    written = {name: value for name, value in request.POST.items() if name != "csrfmiddlewaretoken"}
    return sha256(json.dumps(written, sort_keys=True).encode()).hexdigest()


def _done(ticket: Ticket, form: IntakeForm) -> str:
    same_as = form.cleaned_data["same_as"]
    if ticket == same_as:
        return "Başvuruya eklendi"
    if same_as and ticket.duplicate_of is None:
        return "Acil olduğu için ayrı başvuru açıldı"
    return "Başvuru açıldı"


def _dangers() -> list[Any]:
    named = sorted(((each.key, each.name) for each in kinds().values()), key=lambda pair: sort_key(pair[1]))
    return [
        ("", "Anlatılana göre"),
        (NO_DANGER, "Acil iş: can tehlikesi yok"),
        ("Can tehlikesi", named),
    ]


def _grouped(field: Any) -> list[Any]:
    """The categories under their groups' names."""
    groups: dict[str, list[tuple[int, str]]] = {}
    for category in field.queryset:
        groups.setdefault(category.parent.name, []).append((category.pk, category.name))
    return [("", field.empty_label), *groups.items()]


def _point(written: str) -> Point:
    """Parses “38,7212 35,4892” or “38.7212, 35.4892”, as maps show it. Raises ValueError."""
    parts = written.replace(";", " ").split()
    if len(parts) == 1:
        parts = written.split(",")
    lat, lon = (float(part.strip(",").replace(",", ".")) for part in parts)
    return Point(lat, lon)


def _category(found: Suggestion | None) -> Category | None:
    rows = Category.objects.select_related("department", "agency", "parent")
    return rows.filter(code=found.category).first() if found else None


def _similar(
    request: HttpRequest, category: Category | None, data: dict[str, Any], now: datetime
) -> list[Ticket]:
    """Similar open tickets: near the pin, or of the same category in the same mahalle."""
    if category is None:
        return []
    visible = visible_to(request.user).filter(restricted=False).select_related("category", "neighbourhood")
    if data.get("pin"):
        near = nearby(
            category=category, point=data["pin"], now=now, text=data.get("description", ""), among=visible
        )
        return [candidate.ticket for candidate in near[:ALIKE]]
    if data.get("neighbourhood") is None:
        return []
    same: QuerySet[Ticket] = visible.filter(
        category=category, neighbourhood=data["neighbourhood"], outcome__isnull=True
    )
    return list(same.order_by("-created_at")[:ALIKE])
