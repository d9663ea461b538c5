"""The screen on the wall: figures of the board, without a name, a number or a word of anybody.

Nobody is signed in there. The screen's key is in its cookie, and opens this page alone: nothing else asks for it. It
comes to the browser behind the # of an address, which no server and no log ever sees, and is sent once by a form.
"""

from collections import Counter
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from departments.common.durations import waited
from tickets.answering.waiting_limits import ANSWERED_WITHIN
from tickets.api_clients.callers import count_wrong_key
from tickets.board import figures as board
from tickets.board.wall_screens import screen_of
from tickets.presence.at_desk import Desk
from tickets.record.models.ticket import Ticket
from tickets.record.models.waiting_conversations import WaitingConversation

COOKIE = "__Host-wall" if settings.SESSION_COOKIE_SECURE else "wall"
AGE = 400 * 24 * 3600  # seconds; the longest that browsers keep a cookie. Each look begins it anew
LOOK_AGAIN_SECONDS = 10


@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def wall(request: HttpRequest) -> HttpResponse:
    """The figures; where the browser has no key that is known, the form that asks for it."""
    now = timezone.now()
    if request.method == "POST":
        return _let_in(request, request.POST.get("key", "").strip(), now)
    key = request.COOKIES.get(COOKIE, "")
    if not screen_of(key, now):
        return _asked(request)
    response = render(request, "tickets/board/wall.html", figures(now) | {"seconds": LOOK_AGAIN_SECONDS})
    return _with_key(response, key)


@require_safe
def wall_figures(request: HttpRequest) -> HttpResponse:
    """HTML fragment: the figures as they are now; 403 once the screen was shut."""
    now = timezone.now()
    if not screen_of(request.COOKIES.get(COOKIE, ""), now):
        return _closed(HttpResponse(status=HTTPStatus.FORBIDDEN))
    key = request.COOKIES[COOKIE]
    return _with_key(render(request, "tickets/board/wall_figures.html", figures(now)), key)


def figures(now: datetime) -> dict[str, Any]:
    """What the screen shows: counts, and how long the longest wait is."""
    talks = list(
        board.not_snoozed(WaitingConversation.objects.all())
        .order_by("since")
        .only("since", "reason", "assignee")
    )
    counts = board.counted(Ticket.objects.all(), now)
    desks = Counter(each.desk for each in board.line_people())
    late = board.late_by_department(now)
    most = max((n for _, n in late), default=1)
    reasons = Counter(each.get_reason_display() for each in talks)
    return {
        "now": now,
        "waiting": len(talks),
        "longest": waited(now - talks[0].oldest_word) if talks else "–",
        "late_wait": bool(talks) and now - talks[0].oldest_word > ANSWERED_WITHIN,
        "reasons": reasons.most_common(),
        "counts": counts.shown(),
        "here": desks[Desk.HERE] + desks[Desk.IDLE],
        "on_break": desks[Desk.BREAK],
        "late": [(name, n, round(100 * n / most)) for name, n in late[: board.ROWS]],
    }


def _let_in(request: HttpRequest, key: str, now: datetime) -> HttpResponse:
    if screen_of(key, now):
        return _with_key(redirect("duvar"), key)
    guessing = count_wrong_key(request, now).exceeded
    return _asked(request, HTTPStatus.TOO_MANY_REQUESTS if guessing else HTTPStatus.FORBIDDEN)


def _asked(request: HttpRequest, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    refused = status is not HTTPStatus.OK
    return _closed(render(request, "tickets/board/wall_key.html", {"refused": refused}, status=status))


def _with_key(response: HttpResponse, key: str) -> HttpResponse:
    response.set_cookie(
        COOKIE, key, max_age=AGE, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Strict"
    )
    return _closed(response)


def _closed(response: HttpResponse) -> HttpResponse:
    """Kept by nobody on the way, and found by no search engine."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
