"""Looking for tickets near by among a million open ones, against fetching one ticket by its key.

The harder case on purpose: every ticket is open and of the last 90 days, and they lie close about the mahalleler's
centres, as citizens do.
"""

import random
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.db import connection
from django.utils import timezone

from bench import site

TICKETS = 1_000_000
QUESTIONS = 300
TEXTS = (
    "okulun önünde çukur var",
    "çöp konteyneri taştı",
    "parkta bank kırık",
    "başıboş köpek var",
    "lamba yanmıyor",
)

# Copies of one real ticket, so that every column is as the services fill it.
_COPIES = """
INSERT INTO tickets_ticket ({columns})
SELECT {columns_of_copy}
FROM tickets_ticket AS original,
     generate_series(1, %(count)s) AS n,
     LATERAL (SELECT lat, lon FROM departments_neighbourhood WHERE n > 0 ORDER BY random() LIMIT 1) AS place,
     LATERAL (SELECT id FROM departments_category WHERE n > 0 AND parent_id IS NOT NULL ORDER BY random() LIMIT 1)
         AS category,
     LATERAL jsonb_populate_record(original, jsonb_build_object(
         'id', original.id + n,
         'number', 'B-' || n,
         'public_code', NULL,
         'category_id', category.id,
         'lat', place.lat + (random() + random() - 1) * 0.008,
         'lon', place.lon + (random() + random() - 1) * 0.01,
         'created_at', original.created_at - random() * interval '80 days',
         'search', n || ' ' || (%(texts)s::text[])[1 + n %% %(kinds)s]
     )) AS copy
"""


def run(_directory: Path) -> dict[str, object]:
    """Milliseconds for one question, median and 95th percentile, and the ratio of the medians."""
    site.prepare()
    from departments.base_data.loading import load_base_data
    from departments.models import Category, Neighbourhood
    from departments.places.points import Point
    from tickets.casework.opening import Report, open_ticket
    from tickets.models import Kind, Source, Ticket
    from tickets.record import nearby
    from tickets.record.permissions import Actor

    load_base_data()
    now = timezone.now()
    report = Report(channel=Source.WHATSAPP, kind=Kind.TALEP, point=Point(38.72, 35.49))
    first = open_ticket(report=report, actor=Actor.system(), now=now)
    _fill()
    categories = list(Category.objects.filter(parent__isnull=False))
    places = list(Neighbourhood.objects.all())
    rng = random.Random(1)  # noqa: S311 - the same questions every time

    def ask() -> object:
        place = rng.choice(places)
        point = Point(place.lat + rng.uniform(-0.004, 0.004), place.lon + rng.uniform(-0.005, 0.005))
        return nearby.nearby(
            category=rng.choice(categories),
            point=point,
            now=now + timedelta(minutes=1),
            text=rng.choice(TEXTS),
        )

    def fetch() -> object:
        return Ticket.objects.get(pk=first.pk + rng.randint(1, TICKETS))

    asked, fetched = _timed(ask), _timed(fetch)
    median, floor = statistics.median(asked), statistics.median(fetched)
    return {
        "tickets": TICKETS,
        "median_ms": round(median, 2),
        "p95_ms": round(statistics.quantiles(asked, n=20)[18], 2),
        "floor_median_ms": round(floor, 2),
        "ratio": round(floor / median, 3),
    }


def _fill() -> None:
    with connection.cursor() as cursor:
        # Serves searching by words, not this question, and would take most of the time of filling.
        cursor.execute("DROP INDEX ticket_search")
        cursor.execute(_statement(), {"count": TICKETS, "texts": list(TEXTS), "kinds": len(TEXTS)})
        cursor.execute("VACUUM ANALYZE tickets_ticket")


def _statement() -> str:
    from tickets.models import Ticket

    names = [str(field.column) for field in Ticket._meta.concrete_fields if not field.generated]
    copied = ", ".join(f"copy.{name}" for name in names)
    return _COPIES.replace("{columns}", ", ".join(names)).replace("{columns_of_copy}", copied)


def _timed(question: Callable[[], object]) -> list[float]:
    """Milliseconds of each question, after some that warm up."""
    for _ in range(20):
        question()
    times = []
    for _ in range(QUESTIONS):
        begin = time.perf_counter()
        question()
        times.append((time.perf_counter() - begin) * 1000)
    return times
