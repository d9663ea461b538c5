"""Open data: a year's tickets without personal data."""

import csv
import json
import os
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from departments.places.points import Point
from tests.tickets.world import NOW, World
from tickets.models import Ticket
from tickets.public import opendata, precision
from tickets.record.statuses import Status

CSV, GEOJSON = "/open-data/tickets.csv", "/open-data/tickets.geojson"


@pytest.fixture(autouse=True)
def _open(settings: Settings, tmp_path: Path) -> None:
    settings.OPEN_DATA, settings.MEDIA_ROOT = True, str(tmp_path)


def body(response: Any) -> str:
    return b"".join(response.streaming_content).decode()


def test_it_is_off_unless_it_is_switched_on(world: World, settings: Settings) -> None:
    settings.OPEN_DATA = False
    assert Client().get(CSV).status_code == 404


def test_a_row_says_what_where_and_what_became_of_it_in_days_and_to_a_hundred_metres(world: World) -> None:
    ticket = world.move(
        world.assigned(neighbourhood=world.mahalle), Status.RESOLVED, answer="Ayşe Hanım, kapatıldı."
    )
    Ticket.objects.filter(pk=ticket.pk).update(lat=38.7234567, lon=35.4876543)
    world.crowd(38.7232, 35.4883)
    response = Client().get(CSV, {"year": 2026})
    text = body(response)
    assert text.startswith("\N{ZERO WIDTH NO-BREAK SPACE}")
    assert list(csv.DictReader(StringIO(text[1:])))[:1] == [
        {
            "opened": "2026-11-23",
            "category": "yol_cukur",
            "department": "FEN",
            "neighbourhood": "alpaslan",
            "channel": "whatsapp",
            "outcome": "RESOLVED",
            "ended": "2026-11-23",
            "lat": "38.723",
            "lon": "35.488",
        }
    ]


def test_geojson_has_a_feature_for_each_request_with_or_without_a_place(world: World) -> None:
    placed = world.assigned()
    world.assigned()
    Ticket.objects.filter(pk=placed.pk).update(lat=38.7234567, lon=35.4876543)
    world.crowd(38.7232, 35.4883)
    response = Client().get(GEOJSON, {"year": 2026})
    assert response.headers["Content-Type"] == "application/geo+json"
    collection = json.loads(body(response))
    assert [each["geometry"] for each in collection["features"]][:2] == [
        {"type": "Point", "coordinates": [35.488, 38.723]},
        None,
    ]
    assert collection["features"][0]["properties"]["category"] == "yol_cukur"


def test_a_place_where_fewer_than_five_citizens_reported_something_is_not_told(world: World) -> None:
    world.crowd(38.7232, 35.4883, people=4)
    world.assigned(
        point=Point(38.7232, 35.4883), citizen=Ticket.objects.latest("id").citizen
    )  # one of the four
    precision.refresh_cells()
    rows = list(csv.DictReader(StringIO(body(Client().get(CSV, {"year": 2026}))[1:])))
    assert [(row["lat"], row["lon"]) for row in rows] == [("", "")] * 5


def test_restricted_requests_and_those_of_another_year_are_not_in_it(world: World) -> None:
    world.assigned(category=world.misconduct)
    world.assigned(now=NOW.replace(year=2025))
    assert body(Client().get(CSV, {"year": 2026})).count("\n") == 1
    assert body(Client().get(CSV, {"year": 2025})).count("\n") == 2


@pytest.mark.parametrize("year", ["1999", "9999", "x", "20 26"])
def test_a_year_that_nobody_knows_is_404(world: World, year: str) -> None:
    assert Client().get(CSV, {"year": year}).status_code == 404


def test_a_file_is_made_once_an_hour(world: World, settings: Settings) -> None:
    world.assigned()
    first = Client().get(CSV, {"year": 2026})
    assert body(first).count("\n") == 2
    world.assigned()
    assert body(Client().get(CSV, {"year": 2026})).count("\n") == 2
    again = Client().get(CSV, {"year": 2026}, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.headers["Cache-Control"]) == (304, "public, max-age=3600")
    path = Path(settings.MEDIA_ROOT) / "open-data" / "melikgazi-2026.csv"
    an_hour_ago = (timezone.now() - timedelta(hours=1, seconds=1)).timestamp()
    os.utime(path, (an_hour_ago, an_hour_ago))
    assert body(Client().get(CSV, {"year": 2026})).count("\n") == 3
    assert [each.name for each in path.parent.iterdir()] == ["melikgazi-2026.csv"]


def test_a_file_is_written_under_a_lock_that_ends_with_its_transaction(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a pooler a lock of the session would stay with a connection that nobody has any more."""
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"

    def locks() -> int:
        with connection.cursor() as cursor:
            cursor.execute(held)
            return int(cursor.fetchone()[0])

    seen: list[tuple[int, bool]] = []

    def fail(*_: Any) -> None:
        seen.append((locks(), connection.in_atomic_block))
        raise OSError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr(opendata, "_make", fail)
        with pytest.raises(OSError, match="no space"):
            Client().get(CSV)
    assert (seen, locks()) == ([(1, True)], 0)
