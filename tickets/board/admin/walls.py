"""Screens on the wall, opened and shut by supervisors. A key is shown once, in the address that opens its screen."""

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from departments.staff.reauthentication import recently_authenticated
from tickets.back_office.shown_once import show_once
from tickets.board import wall_screens
from tickets.board.models.wall_screens import WallScreen
from tickets.record.permissions import Actor, actor_of
from tickets.record.workflow import TransitionError


@never_cache
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The screens there are, newest first."""
    _supervisor(request)
    rows = WallScreen.objects.select_related("made_by").order_by("-pk")
    context = admin.site.each_context(request) | {"title": "Duvar ekranları", "screens": rows}
    return render(request, "tickets/board/wall_screens.html", context)


@require_POST
@recently_authenticated
def open_screen(request: HttpRequest) -> HttpResponse:
    """Opens a screen and shows its address, this once."""
    actor = _supervisor(request)
    try:
        key = wall_screens.open_screen(name=request.POST.get("name", ""), actor=actor, now=timezone.now())
    except TransitionError as refusal:
        messages.error(request, str(refusal))
        return redirect("duvarlar")
    return show_once(
        request,
        title="Duvar ekranının adresi",
        secret=f"{settings.PUBLIC_URL}{reverse('duvar')}#{key}",
        text="Ekranın tarayıcısında bir kez açın. Ekran, siz kapatana kadar açık kalır; yalnızca sayıları gösterir.",
        back="duvarlar",
    )


@require_POST
def shut_screen(request: HttpRequest, key: int) -> HttpResponse:
    wall_screens.shut_screen(pk=key, actor=_supervisor(request), now=timezone.now())
    messages.success(request, "Ekran kapatıldı; birkaç saniye içinde kararır.")
    return redirect("duvarlar")


def _supervisor(request: HttpRequest) -> Actor:
    actor = actor_of(request.user)
    if not actor.sees_everything:
        raise PermissionDenied
    return actor
