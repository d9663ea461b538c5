"""The public status page of a ticket, opened by its secret code: no sign-in, no names, no texts."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from tickets.api_clients.callers import count_call
from tickets.api_clients.rate_limits import STATUS_PAGE
from tickets.record import channel
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import not_secret
from tickets.record.statuses import ENDED, Status
from tickets.undo.actions import as_published


def status_name(code: str) -> str:
    """The name by which citizens know a status, in the language of the page."""
    return channel.channel().status_name(Status(code), get_language() or "tr")


@require_safe
def status(request: HttpRequest, code: str) -> HttpResponse:
    """The page that the confirmation links to. A restricted category is not named.

    A restricted ticket, and a danger that nobody has published, is answered like a code that does not exist.
    """
    now = timezone.now()
    rate = count_call(request, "status", STATUS_PAGE, now)
    if rate.exceeded:
        return _page(request, "wait", HTTPStatus.TOO_MANY_REQUESTS, rate.headers())
    rows = Ticket.objects.filter(not_secret())
    rows = rows.select_related("category", "department", "neighbourhood", "agency")
    found = as_published(rows.filter(public_code=code.upper()), now) if "\0" not in code else []
    if not found:
        return _page(request, "unknown", HTTPStatus.NOT_FOUND, {})
    ticket = found[0]
    moves = ticket.events.filter(kind__in=(TicketEvent.Kind.CREATED, TicketEvent.Kind.MOVED)).order_by("id")
    moves = moves.exclude(undo_until__gt=now)  # it can still be taken back
    facts = {
        "ticket": ticket,
        "subject": ""
        if ticket.category is None or ticket.category.restricted
        else ticket.category.public_name,
        "status": status_name(ticket.status),
        "ended": ticket.status in ENDED,
        "moves": [(event.at, _done(event)) for event in moves],
    }
    return _page(request, "status", HTTPStatus.OK, {}, **facts)


def _done(event: TicketEvent) -> str:
    """What was done, as citizens know it."""
    if event.to_status == Status.ASSIGNED:
        if event.from_status in ENDED:
            return gettext("Yeniden açıldı")
        if event.from_status == Status.ASSIGNED:
            return gettext("Başka birime iletildi")
    return status_name(event.to_status)


def _page(
    request: HttpRequest, name: str, http: HTTPStatus, headers: dict[str, str], **facts: object
) -> HttpResponse:
    response = render(request, f"tickets/public/{name}.html", facts, status=http)
    for header, value in headers.items():
        response.headers[header] = value
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"  # the URL holds the secret code
    response.headers["X-Robots-Tag"] = "noindex"
    return response
