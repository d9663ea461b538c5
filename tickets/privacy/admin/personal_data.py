"""The personal-data officer's page: look somebody up, export their data, erase it, place and lift legal holds."""

from collections.abc import Callable, Mapping
from tempfile import TemporaryFile
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from departments.staff import reauthentication
from departments.text.folding import fold
from tickets.back_office.row_keys import key_of
from tickets.privacy import subject_access
from tickets.privacy.data_subjects import Subject, looked_up, shown_to, subject_of
from tickets.privacy.erasure import erase
from tickets.privacy.legal_holds import lift_hold, place_hold
from tickets.privacy.models.data_requests import PersonalDataRequest
from tickets.privacy.models.legal_holds import LegalHold
from tickets.record.permissions import actor_of
from tickets.record.workflow import TransitionError

# The word (folded) that confirms an erasure, which cannot be undone.
ERASE = "sil"
# What only somebody does who has just proven who they are.
PROVEN = frozenset({"export", "erase"})


def may_open(request: HttpRequest) -> bool:
    """Whether the user may open the page: the personal-data officer and administrators."""
    return actor_of(request.user).keeps_personal_data


@never_cache
@require_http_methods(["GET", "POST"])
def personal_data(request: HttpRequest) -> HttpResponseBase:
    """Looks somebody up and runs the chosen action. Searches are POSTs, so that no telephone number gets into URLs."""
    if not may_open(request):
        raise PermissionDenied
    query = _query(request)
    if not query:
        return _page(request)
    act = request.POST.get("act", "")
    if act in PROVEN and not reauthentication.is_recent(request):
        return reauthentication.ask(request)
    try:
        subject = subject_of(query, actor_of(request.user))
        return _ACTIONS.get(act, _show)(request, subject)
    except TransitionError as refusal:
        messages.error(request, str(refusal))
        return _page(request, query)


def _show(request: HttpRequest, subject: Subject) -> HttpResponseBase:
    looked_up(subject=subject, actor=actor_of(request.user), now=timezone.now())
    return _page(request, _query(request), subject)


def _export(request: HttpRequest, subject: Subject) -> HttpResponseBase:
    actor, now = actor_of(request.user), timezone.now()
    export = subject_access.data_export_of(
        subject, actor=actor, now=now, reason=request.POST.get("reason", "")
    )
    file = TemporaryFile()  # noqa: SIM115 - closed by the response
    subject_access.write(export, file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"kisi-verisi-{now:%Y-%m-%d}.zip")


def _erase(request: HttpRequest, subject: Subject) -> HttpResponseBase:
    if fold(request.POST.get("confirm", "").strip()) != ERASE:
        messages.error(request, "Silinmedi: onay alanına SİL yazın.")
        return _page(request, _query(request), subject)
    entry = erase(
        people=subject.keys,
        tickets=[ticket.pk for ticket in subject.tickets],
        actor=actor_of(request.user),
        now=timezone.now(),
        reason=request.POST.get("reason", ""),
    )
    messages.success(request, f"Silindi. İmha kaydı no {entry.pk}: cevap yazısında bu numarayı belirtin.")
    return redirect("kisisel_veri")


def _hold(request: HttpRequest, subject: Subject) -> HttpResponseBase:
    shown = shown_to(subject, actor_of(request.user))
    chosen = next((each for each in shown if each.number == request.POST.get("on")), None)
    target: dict[str, Any] = {"ticket": chosen} if chosen else {"citizen": next(iter(subject.people), None)}
    reason, actor = request.POST.get("reason", ""), actor_of(request.user)
    place_hold(**target, actor=actor, now=timezone.now(), reason=reason)
    messages.success(request, "İmha engeli kondu: kaldırılana kadar hiçbir verisi imha edilmez.")
    return _page(request, _query(request), subject)


def _lift(request: HttpRequest, subject: Subject) -> HttpResponseBase:
    held = _holds(subject).filter(pk=key_of(request.POST.get("hold", ""))).first()
    if held:
        lift_hold(held=held, actor=actor_of(request.user), now=timezone.now())
        messages.success(request, "İmha engeli kaldırıldı.")
    return _page(request, _query(request), subject)


_ACTIONS: Mapping[str, Callable[[HttpRequest, Subject], HttpResponseBase]] = {
    "export": _export,
    "erase": _erase,
    "hold": _hold,
    "lift": _lift,
}


def _query(request: HttpRequest) -> str:
    asked = request.GET.get("talep", "")
    return request.POST.get("who") or request.GET.get("basvuru") or (f"KVKK-{asked}" if asked else "")


def _page(request: HttpRequest, query: str = "", subject: Subject | None = None) -> HttpResponse:
    context: dict[str, Any] = {"title": "Kişisel veriler", "said": query, "subject": subject}
    if subject:
        shown = shown_to(subject, actor_of(request.user))
        context |= {
            "tickets": shown,
            "hidden": len(subject.tickets) - len(shown),
            "holds": _holds(subject),
            "asked": PersonalDataRequest.objects.filter(citizen__in=subject.keys, closed_at=None),
            "open": [each for each in shown if not each.closed_at],
            "hidden_open": any(not each.closed_at for each in subject.tickets if each not in shown),
        }
    return render(request, "tickets/personal_data.html", admin.site.each_context(request) | context)


def _holds(subject: Subject) -> QuerySet[LegalHold]:
    theirs = Q(citizen__in=subject.keys) | Q(ticket__in=subject.tickets)
    return LegalHold.objects.filter(theirs, lifted_at=None).select_related("ticket", "set_by").order_by("pk")
