"""Every page that the accessibility statement is about, as an administrator or a stranger gets it: statements and
server time. What a page's scripts ask for afterwards is not in it, but for the panel's map.
"""

from collections.abc import Iterator
from pathlib import Path

from bench import office
from tests.accessibility import PAGES

TICKETS = 20_000
MOST_STATEMENTS, MOST_MS = 50, 150
ELSEWHERE = ("/emulator/",)  # another process, which holds no tickets
CODE = "{code}"  # of a ticket, in an address
ABOUT_NOTHING = ("/yok/", "/admin/yok/", "/d/AAAAAAAA")  # what says that there is no such page
MAP = "/admin/harita/"


def run(_directory: Path, tickets: int = TICKETS) -> dict[str, object]:
    office.prepare(tickets)
    from django.conf import settings

    settings.PUBLIC_PAGE = True
    return office.measured(_pages(), MOST_STATEMENTS, lambda _address: MOST_MS)


def _pages() -> Iterator[office.Page]:
    from django.utils import timezone

    from tickets.models import Ticket
    from tickets.public import figures

    if figures.last() is None:
        figures.refresh(timezone.now())
    ticket = Ticket.objects.filter(outcome__isnull=True).latest("pk")
    code = Ticket.objects.filter(public_code__isnull=False).values_list("public_code", flat=True).first()
    of_one = {
        "/admin/tickets/ticket/": f"{ticket.pk}/change/",
        "/admin/tickets/citizen/": f"{ticket.citizen_id}/change/",
        "/admin/saha/": f"{ticket.number}/",
    }
    for each in PAGES:
        if (
            each.path in ELSEWHERE
            or each.path.startswith(ABOUT_NOTHING)
            or (CODE in each.path and code is None)
        ):
            continue
        address = each.path + (of_one[each.path] if each.first else "")
        yield "admin" if each.staff else "", each.name, address.replace(CODE, str(code))
    yield "admin", "Panelin haritası (veri)", MAP
