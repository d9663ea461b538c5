"""The way through a sign-in: which page is next, and where it leads in the end."""

from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from departments.models import Role
from departments.staff import known_devices, sessions
from departments.staff.sessions import MissingStep
from tickets.record.permissions import actor_of

PAGES = {MissingStep.CODE: "kod", MissingStep.PASSWORD: "ilk_parola", MissingStep.ENROL: "ikinci_adim"}


def next_of(request: HttpRequest) -> str:
    """The page that somebody wanted, as the request says in `next`."""
    return ours(request, request.POST.get("next") or request.GET.get("next") or "")


def ours(request: HttpRequest, to: str) -> str:
    """The address if it is of this site; else the first page of the back office."""
    safe = url_has_allowed_host_and_scheme(to, {request.get_host()}, require_https=request.is_secure())
    return to if safe else reverse("admin:index")


def first_page(user: User) -> str:
    """What somebody who wanted no page in particular begins with: those who wait, the crew's jobs, else the panel."""
    actor = actor_of(user)
    if actor.has(Role.OPERATOR):
        return reverse("bekleyenler")
    if actor.roles and all(role == Role.CREW for role, _ in actor.roles):
        return reverse("saha")
    return reverse("admin:index")


def go_on(request: HttpRequest, user: User, to: str) -> HttpResponse:
    """The next step of the sign-in; once none is missing, the page that was wanted."""
    step = sessions.missing_step(request, user)
    if step in PAGES:
        return redirect(f"{reverse(PAGES[step])}?{urlencode({'next': to})}")
    response = HttpResponseRedirect(first_page(user) if to == reverse("admin:index") else to)
    known_devices.remember(request, response, user)
    return response
