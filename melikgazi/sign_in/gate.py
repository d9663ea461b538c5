"""Nobody is anybody before their sign-in is complete: the one place that says so, for every page and interface."""

from collections.abc import Callable
from functools import partial
from urllib.parse import parse_qs, urlencode, urlsplit

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import get_user
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject

from departments.staff import sessions
from departments.staff.reauthentication import page_of
from departments.staff.sessions import BACKGROUND_HEADER, MissingStep
from melikgazi.sign_in.passwords import NotNowError


class Gate:
    """Middleware: `request.user` is nobody until the session is complete (docs/decisions/0020).

    A right password alone makes a session of which only the pages of the steps that are still missing know, by
    `arriving`. Whatever asks for `request.user` (the back office, the API, pages to come) sees an anonymous visitor.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.user = SimpleLazyObject(lambda: _admitted(request))  # type: ignore[assignment]  # as Django does
        request.auser = partial(sync_to_async(_admitted), request)
        response = self._get_response(request)
        return _back_to_the_form(request, response)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Says when to try again where a password could not be looked at now."""
        if not isinstance(exception, NotNowError):
            return None
        shown = {"seconds": exception.seconds}
        response = render(request, "melikgazi/not_now.html", shown, status=exception.status)
        response.headers["Retry-After"] = str(exception.seconds)
        return response


def arriving(request: HttpRequest) -> User | None:
    """Whoever gave a right password in this session, whatever is still missing; None for anonymous visitors."""
    user = get_user(request)
    return user if isinstance(user, User) else None


def _admitted(request: HttpRequest) -> User | AnonymousUser:
    user = arriving(request)
    if user is None:
        return AnonymousUser()
    step = sessions.missing_step(request, user)
    if step is None:
        sessions.see(request)
        return user
    # Not for what asks by itself: the person is to read why.
    if step is MissingStep.SIGN_IN_AGAIN and not request.headers.get(BACKGROUND_HEADER):
        request.session.flush()
        messages.info(request, _ended_sentence())
    return AnonymousUser()


def _ended_sentence() -> str:
    minutes = settings.SESSION_IDLE_MINUTES
    return (
        f"Oturumunuz kapandı: {minutes} dakika boyunca işlem yapılmadı ya da {settings.SESSION_MAX_HOURS} saati "
        "doldu. Yazdığınız cevap ve notlar bu sekmede duruyor."
    )


def _back_to_the_form(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """After signing in one lands on the page with the form that was sent, since the form's own address is none."""
    to = urlsplit(response.headers.get("Location", ""))
    if request.method == "POST" and to.path == settings.LOGIN_URL and "next" in parse_qs(to.query):
        response.headers["Location"] = f"{to.path}?{urlencode({'next': page_of(request)})}"
    return response
