"""The queue's page, tab by tab, filter by filter, search by search, as a supervisor, an operator, a head and a crew get
it; the list of those who wait, as the call centre does; and the live board.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from bench import office

TICKETS = 20_000
QUEUE, WAITING, BOARD = "/admin/tickets/ticket/", "/admin/bekleyenler/", "/admin/pano/"
MOST_STATEMENTS, MOST_MS, MOST_SEARCH_MS = 15, 200, 300
SEARCHING = ("supervisor", "head_fen")  # who sees all, and whose rows are a few of them
ROLES = ("supervisor", "operator", "head_fen", "crew_fen")


def run(_directory: Path, tickets: int = TICKETS) -> dict[str, object]:
    office.prepare(tickets)
    return office.measured(_pages(), MOST_STATEMENTS, _most_ms)


def _most_ms(address: str) -> float:
    return MOST_SEARCH_MS if "q=" in address else MOST_MS


def _pages() -> Iterator[office.Page]:
    questions = [*_filters(), *_searches()]
    for role in ROLES:
        for name, query in [*_tabs(), *(questions if role in SEARCHING else [])]:
            yield role, name, f"{QUEUE}?{urlencode(query)}"
    for role in ("supervisor", "operator"):
        for name, query in _waiting():
            yield role, f"waiting {name}", f"{WAITING}?{urlencode(query)}"
    for role in SEARCHING:
        yield role, "board", BOARD
        yield role, "board, looked at again", f"{BOARD}?live=1"


def _waiting() -> Iterator[tuple[str, dict[str, str]]]:
    from tickets.desk.waiting_list.entries import WaitingTab

    for tab in WaitingTab:
        yield tab.label, {"gorunum": tab.value}
    yield "renewed", {"live": "1"}
    yield "third page", {"sayfa": "3"}


def _tabs() -> Iterator[tuple[str, dict[str, str]]]:
    from tickets.desk.queue.tabs import TABS

    for tab in TABS:
        yield f"tab {tab.label}", {"tab": tab.code}


def _filters() -> Iterator[tuple[str, dict[str, str]]]:
    from tickets.desk.queue.sort_orders import ORDERS
    from tickets.models import Ticket

    for order in ORDERS:
        yield f"order {order.label}", {"order": order.code}
    category, mahalle = "yol_cukur", "alpaslan"
    middle = Ticket.objects.order_by("created_at")[Ticket.objects.count() // 2].created_at
    day = f"{middle:%Y-%m-%d}"
    yield "status NEW", {"status": "NEW"}
    yield "status CLOSED", {"status": "CLOSED"}
    yield "department", {"department": "FEN"}
    yield "no department", {"department": "yok"}
    yield "category", {"category": category}
    yield "mahalle", {"neighbourhood": mahalle}
    yield "kind", {"kind": "oneri"}
    yield "rare kind", {"kind": "bilgi_edinme"}
    yield "channel", {"channel": "telefon"}
    yield "rare channel", {"channel": "web"}
    yield "language", {"language": "ar"}
    yield "language of most", {"language": "tr"}
    yield "given to somebody", {"assignee": "ben"}
    yield "given to nobody", {"assignee": "yok"}
    yield "unread", {"unread": "on"}
    yield "danger", {"danger": "on"}
    yield "whole department, longest wait", {"department": "FEN", "order": "bekleyen"}
    yield "one day", {"since": day, "until": day}
    yield "overdue", {"overdue": "on"}
    yield "overdue, by deadline", {"overdue": "on", "order": "sure"}
    yield "satisfaction", {"score": "1"}
    yield "category and mahalle", {"category": category, "neighbourhood": mahalle}
    yield "category and status", {"category": category, "status": "WAITING"}
    few = {"department": "FEN", "neighbourhood": mahalle, "score": "2"}
    yield "department, mahalle, satisfaction", few
    yield "Birimim of a mahalle", {"tab": "birimim", "neighbourhood": mahalle}
    yield "far page", {"after": f"{middle.isoformat()}_0"}


def _searches() -> Iterator[tuple[str, dict[str, str]]]:
    from tickets.models import Citizen, Ticket

    known = Ticket.objects.filter(citizen__phone__isnull=False).select_related("citizen").latest("pk")
    person = Citizen.objects.filter(name__isnull=False).latest("pk")
    phone = str(known.citizen.phone) if known.citizen else ""
    yield "search number", {"q": known.number}
    yield "search running number", {"q": known.number.rpartition("-")[2]}
    yield "search unknown number", {"q": "MG-1999-000001"}
    yield "search telephone", {"q": phone}
    yield "search last digits", {"q": phone[-4:]}
    yield "search registry", {"q": "2026/4711"}
    yield "search name", {"q": str(person.name)}
    words = ("çukur", "kamelya", "ÇUKUR OKUL", "çöp konteyner", "su ev", "qwxqwx")
    for text in words:
        yield f"search {text}", {"q": text}
    yield "search word in mahalle", {"q": "çukur", "neighbourhood": "alpaslan"}
