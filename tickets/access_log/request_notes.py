"""What a request shows of whom; the access log keeps it (melikgazi/web/access_log.py)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.http import HttpRequest
from rest_framework.request import Request

from tickets.access_log.models import Access
from tickets.record.models.ticket import Ticket

_NOTED = "melikgazi.access"
# Of an address: whose table it is of, and what it does there.
_PAGE = re.compile(r"(?:admin:(?P<app>[a-z]+)_|api:)(?P<table>[a-z0-9]+)[_-]?(?P<act>\w*)")
_OF_TICKETS = frozenset({"queue"})  # the list of tickets, and what is done from it


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


def page_name(name: str) -> str:
    """How an address is called in the back office: by its table where it is of one."""
    match = _PAGE.fullmatch(name)
    if match is None:
        return name.replace("_", " ")
    table = "ticket" if match["table"] in _OF_TICKETS else match["table"]
    try:
        model = apps.get_model(match["app"] or "tickets", table)
    except LookupError:
        return name.partition(":")[2]
    called = str(model._meta.verbose_name_plural)
    as_file = " (dosya)" if match["act"] == "export" else ""
    return f"{called}{as_file}" if match["app"] else f"API: {called}"
