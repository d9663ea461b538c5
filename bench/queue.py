"""The queue's page, tab by tab, filter by filter, search by search: its statements, and its time against a bare page.

The floor is a view with the same sign-in, session and middleware that shows nothing. Each page is the whole answer of
the application, rows and rendering and all, as a supervisor, an operator, a head and a crew get it.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench import site

TICKETS = 20_000
ROUNDS = 7
QUEUE, FLOOR = "/admin/tickets/ticket/", "/admin/floor/"
MOST_STATEMENTS, MOST_MS, MOST_SEARCH_MS = 15, 200, 300
ROLES = ("supervisor", "operator", "head_fen", "crew_fen")


def run(_directory: Path, tickets: int = TICKETS) -> dict[str, object]:
    """A row for each page: statements, median milliseconds, and how many bare pages that is.

    An empty database is filled with that many tickets; one that has tickets is taken as it is.
    """
    site.prepare()
    from django.conf import settings
    from django.core.management import call_command

    from tickets.models import Ticket

    settings.ROOT_URLCONF = "bench.floor_urls"
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    call_command("load_base", verbosity=0)
    call_command("demo_accounts", "--keep", stdout=StringIO())
    if not Ticket.objects.exists():
        call_command("fill", tickets=tickets, stdout=StringIO())
        _analyze()
    floor = _median(_ask("supervisor", FLOOR))
    rows = [_measured(role, name, query, floor) for role in ROLES for name, query in _questions(role)]
    return {
        "tickets": Ticket.objects.count(),
        "floor_ms": round(floor, 2),
        "most_statements": max(row["statements"] for row in rows),
        "slowest_ms": max(row["ms"] for row in rows),
        "over": [row["page"] for row in rows if row["over"]],
        "rows": rows,
    }


def _questions(role: str) -> Iterator[tuple[str, dict[str, str]]]:
    """What a clerk asks of the queue. Filters and searches are asked as the role that sees all, and as a head."""
    from departments.models import Category, Neighbourhood
    from tickets.admin.queue.paging import ORDERS
    from tickets.admin.queue.tabs import TABS
    from tickets.models import Citizen, Ticket

    for tab in TABS:
        yield f"tab {tab.label}", {"tab": tab.code}
    if role not in ("supervisor", "head_fen"):
        return
    for order in ORDERS:
        yield f"order {order.label}", {"order": order.code}
    category = Category.objects.get(code="yol_cukur").code
    mahalle = Neighbourhood.objects.get(code="alpaslan").code
    middle = Ticket.objects.order_by("created_at")[Ticket.objects.count() // 2].created_at
    day = f"{middle:%Y-%m-%d}"
    filters = {
        "status NEW": {"status": "NEW"},
        "status CLOSED": {"status": "CLOSED"},
        "department": {"department": "FEN"},
        "no department": {"department": "yok"},
        "category": {"category": category},
        "mahalle": {"neighbourhood": mahalle},
        "kind": {"kind": "oneri"},
        "rare kind": {"kind": "bilgi_edinme"},
        "one day": {"since": day, "until": day},
        "overdue": {"overdue": "on"},
        "overdue, by deadline": {"overdue": "on", "order": "sure"},
        "satisfaction": {"score": "1"},
        "category and mahalle": {"category": category, "neighbourhood": mahalle},
        "category and status": {"category": category, "status": "WAITING"},
        "department, mahalle, satisfaction": {"department": "FEN", "neighbourhood": mahalle, "score": "2"},
        "Birimim of a mahalle": {"tab": "birimim", "neighbourhood": mahalle},
        "far page": {"after": f"{middle.isoformat()}_0"},
    }
    yield from filters.items()
    known = Ticket.objects.filter(citizen__phone__isnull=False).select_related("citizen").latest("pk")
    person = Citizen.objects.filter(name__isnull=False).latest("pk")
    phone = str(known.citizen.phone) if known.citizen else ""
    searches = {
        "number": known.number,
        "running number": known.number.rpartition("-")[2],
        "unknown number": "MG-1999-000001",
        "telephone": phone,
        "part of a telephone": phone[-7:],
        "name": str(person.name),
        "one word": "çukur",
        "a rare word": "kamelya",
        "capitals": "ÇUKUR OKUL",
        "two words": "çöp konteyner",
        "short words": "su ev",
        "nothing": "qwxqwx",
    }
    for name, text in searches.items():
        yield f"search {name}", {"q": text}
    yield "search word in mahalle", {"q": "çukur", "neighbourhood": mahalle}


def _measured(role: str, name: str, query: dict[str, str], floor: float) -> dict[str, Any]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    ask = _ask(role, f"{QUEUE}?{urlencode(query)}")
    with CaptureQueriesContext(connection) as captured:
        ask()
        said = captured.captured_queries  # the next request would clear them
    spent = _median(ask)
    most = MOST_SEARCH_MS if "q" in query else MOST_MS
    return {
        "page": f"{role}: {name}",
        "statements": len(said),
        "ms": round(spent, 1),
        "floors": round(spent / floor, 1),
        "sql_ms": round(sum(float(each["time"]) for each in said) * 1000),
        "over": len(said) > MOST_STATEMENTS or spent > most,
    }


def _ask(username: str, address: str) -> Callable[[], object]:
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client()
    client.force_login(User.objects.get(username=username))

    def ask() -> object:
        response = client.get(address)
        assert response.status_code == 200, (address, response.status_code)
        return response

    ask()
    return ask


def _median(question: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        question()
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times)


def _analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
