"""What a request shows of whom; the access log keeps it (melikgazi/access_log.py)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request

from tickets.models import Access, Ticket

_NOTED = "melikgazi.access"


@dataclass(frozen=True)
class AccessNote:
    """One thing that a request shows. `by` is the key of who was given a signed address, where nobody is signed in.

    `tickets` and `citizens` may be subqueries, so that the entry that keeps them is the only statement.
    """

    what: Access.What = Access.What.OPENED
    tickets: Any = ()
    citizens: Any = ()
    by: int | None = None


def note(request: HttpRequest | Request, entry: AccessNote) -> None:
    """Has the access log keep this of the request, in place of what it would keep by itself."""
    request.META.setdefault(_NOTED, []).append(entry)


def note_ticket(
    request: HttpRequest | Request,
    ticket: Ticket,
    what: Access.What = Access.What.OPENED,
    by: int | None = None,
) -> None:
    """The request shows a ticket, or something of it."""
    citizens = (ticket.citizen_id,) if ticket.citizen_id else ()
    note(request, AccessNote(what, (ticket.number,), citizens, by))


def noted(request: HttpRequest) -> Sequence[AccessNote]:
    """What the request showed, as its view noted it."""
    found: Sequence[AccessNote] = request.META.get(_NOTED, ())
    return found
