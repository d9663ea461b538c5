"""Files that the desk takes away: one at a time for each colleague, few at once for all (shares.py)."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from departments.spreadsheets.responses import TooSlowError, whole
from tickets.api_clients.shares import EXPORT, ShareTakenError, TooCostlyError, caller_of, held

BUSY = "Başka bir dosya hazırlanıyor. O bitince yeniden deneyin."
TOO_COSTLY = "Dosyanın hazırlanması çok uzun sürdü. Listeyi süzüp yeniden deneyin."


def in_share(request: HttpRequest, back: str, make: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The file that `make` makes, whole; the page named `back`, which says why, where there is none to be had now."""
    try:
        with held(EXPORT, caller_of(request, None, request.user)):
            return whole(make())
    except ShareTakenError:
        messages.error(request, BUSY)
    except (TooCostlyError, TooSlowError):
        messages.error(request, TOO_COSTLY)
    return redirect(back)
