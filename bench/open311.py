"""Open311's service_requests by region and time, as anybody gets them: pages of a thousand and of fifty, some of places
where hardly anything was reported, and their changes of status.

A tenth of a million of tickets or less is drawn by `fill`; above that what was drawn is copied in the database, as
tickets alone: spread over the year, in the order of their time, at the places of those that they are copies of.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

from bench import office, site

TICKETS = 1_000_000
DRAWN = 20_000
MOST_STATEMENTS, MOST_MS = 10, 200
REQUESTS, UPDATES = "/open311/v2/requests.json", "/open311/v2/servicerequestupdates.json"
# Degrees: west, south, east, north.
TOWN, QUARTER, CORNER = (
    "35.30,38.60,35.70,38.85",
    "35.47,38.71,35.49,38.73",
    "35.4835,38.7195,35.4845,38.7205",
)
NOWHERE = "36.5,39.5,36.6,39.6"


def run(_directory: Path, tickets: int = TICKETS) -> dict[str, object]:
    site.prepare()
    from django.conf import settings

    from bench import copies
    from tickets.models import Ticket
    from tickets.open311 import views
    from tickets.public.precision import refresh_cells

    views.READS_PER_MINUTE = 1_000_000
    settings.DEBUG = False
    is_empty = not Ticket.objects.exists()
    office.prepare(min(tickets, DRAWN))
    if is_empty and tickets > DRAWN:
        copies.multiply(tickets // DRAWN)
    refresh_cells()
    return office.measured(_pages(), MOST_STATEMENTS, lambda _: MOST_MS)


def _pages() -> Iterator[office.Page]:
    for name, query in _questions():
        yield "supervisor", name, f"{REQUESTS}?{urlencode(query)}"
    for name, query in list(_questions())[1:4]:
        yield "supervisor", f"changes, {name}", f"{UPDATES}?{urlencode({'page_size': '50'} | query)}"


def _questions() -> Iterator[tuple[str, dict[str, str]]]:
    from django.utils import timezone

    half_a_year = timezone.now() - timedelta(days=180)
    past = {"start_date": f"{half_a_year:%Y-%m-%dT%H:%M:%SZ}"}
    day = past | {"end_date": f"{half_a_year + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"}
    few = {"page_size": "50"}
    yield "90 days, a thousand", {}
    yield "quarter, 90 days, a thousand", {"bbox": QUARTER}
    yield "quarter, 90 days, fifty", few | {"bbox": QUARTER}
    yield "town, half a year ago, fifty", few | past | {"bbox": TOWN}
    yield "town, one day, a thousand", day | {"bbox": TOWN}
    yield "corner, 90 days, a thousand", {"bbox": CORNER}
    yield "corner, half a year ago, open, fifty", few | past | {"bbox": CORNER, "status": "open"}
    yield "nowhere, 90 days", {"bbox": NOWHERE}
    yield "mahalle, 90 days, a thousand", {"address_id": "alpaslan"}
    yield "mahalle and kind, fifty", few | past | {"address_id": "alpaslan", "service_code": "yol_cukur"}
    yield (
        "quarter and kind, closed, fifty",
        few | {"bbox": QUARTER, "service_code": "yol_cukur", "status": "closed"},
    )
    yield "tenth page of the town, a thousand", {"bbox": TOWN, "page": "10"}
