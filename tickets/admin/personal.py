"""The page of the personal-data officer: somebody is looked up, told what is held of them, erased, or kept from it."""

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

from departments.text.folding import fold
from tickets import data_export, services
from tickets.access import actor_of
from tickets.models import LegalHold
from tickets.services.data_subjects import Subject, subject_of
from tickets.workflow import MoveError

# Typed by whoever erases, folded: what cannot be undone takes more than a click.
ERASE = "sil"


def offered(request: HttpRequest) -> bool:
    """Whether the page is for whoever asks: the personal-data officer and administrators."""
    return actor_of(request.user).keeps_personal_data


@never_cache
@require_http_methods(["GET", "POST"])
def personal_data(request: HttpRequest) -> HttpResponseBase:
    """Looks somebody up and does what is asked. Asked by POST, so that no telephone number stands in an address."""
    if not offered(request):
        raise PermissionDenied
    said = request.POST.get("who") or request.GET.get("basvuru", "")
    if not said:
        return _page(request)
    try:
        subject = subject_of(said)
        return _ACTS.get(request.POST.get("act", ""), _look)(request, subject)
    except MoveError as refusal:
        messages.error(request, str(refusal))
        return _page(request, said)


def _look(request: HttpRequest, subject: Subject) -> HttpResponseBase:
    services.looked_up(subject=subject, actor=actor_of(request.user), now=timezone.now())
    return _page(request, _said(request), subject)


def _export(request: HttpRequest, subject: Subject) -> HttpResponseBase:
    actor, now = actor_of(request.user), timezone.now()
    told = data_export.data_export_of(subject, actor=actor, now=now, reason=request.POST.get("reason", ""))
    file = TemporaryFile()  # noqa: SIM115 - closed by the response
    data_export.write(told, file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"kisi-verisi-{now:%Y-%m-%d}.zip")


def _erase(request: HttpRequest, subject: Subject) -> HttpResponseBase:
    if fold(request.POST.get("confirm", "").strip()) != ERASE:
        messages.error(request, "Silinmedi: onay alanına SİL yazın.")
        return _page(request, _said(request), subject)
    entry = services.erase(
        people=subject.keys,
        tickets=[ticket.pk for ticket in subject.tickets],
        actor=actor_of(request.user),
        now=timezone.now(),
        reason=request.POST.get("reason", ""),
    )
    messages.success(request, f"Silindi. İmha kaydı no {entry.pk}: cevap yazısında bu numarayı belirtin.")
    return redirect("kisisel_veri")


def _hold(request: HttpRequest, subject: Subject) -> HttpResponseBase:
    chosen = next((each for each in subject.tickets if each.number == request.POST.get("on")), None)
    target: dict[str, Any] = {"ticket": chosen} if chosen else {"citizen": next(iter(subject.people), None)}
    reason, actor = request.POST.get("reason", ""), actor_of(request.user)
    services.place_hold(**target, actor=actor, now=timezone.now(), reason=reason)
    messages.success(request, "İmha engeli kondu: kaldırılana kadar hiçbir verisi imha edilmez.")
    return _page(request, _said(request), subject)


def _lift(request: HttpRequest, subject: Subject) -> HttpResponseBase:
    key = request.POST.get("hold", "")
    held = _holds(subject).filter(pk=key).first() if key.isdecimal() else None
    if held:
        services.lift_hold(held=held, actor=actor_of(request.user), now=timezone.now())
        messages.success(request, "İmha engeli kaldırıldı.")
    return _page(request, _said(request), subject)


_ACTS: Mapping[str, Callable[[HttpRequest, Subject], HttpResponseBase]] = {
    "export": _export,
    "erase": _erase,
    "hold": _hold,
    "lift": _lift,
}


def _said(request: HttpRequest) -> str:
    return request.POST.get("who") or request.GET.get("basvuru", "")


def _page(request: HttpRequest, said: str = "", subject: Subject | None = None) -> HttpResponse:
    context: dict[str, Any] = {"title": "Kişisel veriler", "said": said, "subject": subject}
    if subject:
        context |= {
            "holds": _holds(subject),
            "open": [each for each in subject.tickets if not each.closed_at],
        }
    return render(request, "tickets/kisisel_veri.html", admin.site.each_context(request) | context)


def _holds(subject: Subject) -> QuerySet[LegalHold]:
    theirs = Q(citizen__in=subject.keys) | Q(ticket__in=subject.tickets)
    return LegalHold.objects.filter(theirs, lifted_at=None).select_related("ticket", "set_by").order_by("pk")
