"""The public page: counts, targets kept and a map by mahalle; nothing of anybody, and no count that is too small."""

import re
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from departments.models import Neighbourhood
from departments.places.outlines import outlines
from tests.tickets.world import NOW, World
from tickets import tasks
from tickets.models import Citizen, PublicFigures, Ticket
from tickets.public.precision import folded, published_count
from tickets.public.publishing import publish
from tickets.record.statuses import Status

ADDRESS = "/sayilarla/"


@pytest.fixture(autouse=True)
def _on(settings: Settings) -> Any:
    settings.PUBLIC_PAGE = True
    with patch.object(timezone, "now", return_value=NOW + timedelta(days=1)):
        yield


def page() -> str:
    """The page as a stranger reads it after the hourly count: its words, one space apart."""
    tasks.publish()
    text = Client().get(ADDRESS).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text))


def report(world: World, count: int, **facts: Any) -> list[Ticket]:
    return [
        world.assigned(**{"citizen": Citizen.objects.create(name=f"Komşu {n}")} | facts) for n in range(count)
    ]


def test_it_is_off_unless_it_is_switched_on(world: World, settings: Settings) -> None:
    settings.PUBLIC_PAGE = False
    tasks.publish()
    assert Client().get(ADDRESS).status_code == 404
    assert not PublicFigures.objects.exists()


def test_it_says_whose_line_it_is(world: World, settings: Settings) -> None:
    settings.MUNICIPALITY = "Yeşilyurt Belediyesi"
    assert "Yeşilyurt Belediyesi · Çözüm Hattı" in page()


def test_before_the_first_count_it_says_so(world: World) -> None:
    response = Client().get(ADDRESS)
    assert response.status_code == 200
    assert "henüz hazırlanmadı" in response.content.decode()


def test_it_tells_counts_and_targets_kept_and_where(world: World) -> None:
    for ticket in report(world, 6, neighbourhood=world.mahalle):
        world.move(ticket, Status.RESOLVED, answer="Ayşe Hanım, kapatıldı.")
    report(world, 5, neighbourhood=world.mahalle)
    words = page()
    assert "Gelen 11 Çözülen 6 Şu an açık 5 Hedef sürede çözülen %100" in words
    assert "Alpaslan: 5 açık, 6 çözülen" in words  # on the map
    assert "Yolda çukur 11 6 5 %100" in words
    assert "Fen İşleri 11 6 5 %100" in words
    assert "Kasım 2026 11 6" in words


def test_it_says_nothing_of_anybody_and_no_number_of_a_request(world: World) -> None:
    tickets = report(
        world, 6, neighbourhood=world.mahalle, address="Barbaros Sokak 5", description="Evimin önü"
    )
    world.move(tickets[0], Status.RESOLVED, answer="Ayşe Hanım, kapatıldı.")
    words = page()
    for unsaid in ("Komşu", "Barbaros", "Evimin", "Ayşe", "MG-2026", tickets[0].public_code or "?"):
        assert unsaid not in words


def test_words_are_shown_as_long_as_they_are_released(world: World) -> None:
    ticket = report(world, 1, neighbourhood=world.mahalle)[0]
    publish(ticket=ticket, actor=world.actor("operator"), now=NOW, text="Okul önünde çukur <b>")
    assert "Okul önünde çukur &lt;b&gt;" in page()
    publish(ticket=ticket, actor=world.actor("operator"), now=NOW)
    assert "Okul önünde" not in Client().get(ADDRESS).content.decode()  # though nothing was counted anew


def test_counts_under_five_are_not_told(world: World) -> None:
    report(world, 4, neighbourhood=world.mahalle)
    words = page()
    assert "Gelen 5’ten az Çözülen 0 Şu an açık 5’ten az" in words
    assert "Alpaslan: 5’ten az açık, 0 çözülen" in words
    assert "Fen İşleri" not in words


def test_the_map_opens_with_what_can_be_told(world: World) -> None:
    report(world, 3, neighbourhood=world.mahalle)
    tasks.publish()
    assert 'id="show-resolved" checked' in Client().get(ADDRESS).content.decode()
    report(world, 5, neighbourhood=world.mahalle)
    tasks.publish()
    assert 'id="show-open" checked' in Client().get(ADDRESS).content.decode()


def test_dangers_and_restricted_subjects_are_in_no_count(world: World) -> None:
    report(world, 5)
    report(world, 5, category=world.misconduct)
    dangers = report(world, 5)
    Ticket.objects.filter(pk__in=[each.pk for each in dangers]).update(danger="manhole")
    publish(ticket=dangers[0], actor=world.actor("operator"), now=NOW, text="Kapağı açık rögar")
    words = page()
    assert "Gelen 5 " in words
    assert "rögar" not in words
    assert "personeli" not in words


def test_what_is_left_out_cannot_be_reckoned_from_the_total() -> None:
    rows = {"a": {"n": 20}, "b": {"n": 7}, "c": {"n": 3}, "d": {"n": 1}}
    assert folded(rows) == ({"a": {"n": 20}}, {"n": 11})  # 3 and 1 are four: b goes with them
    assert folded({"a": {"n": 20}, "c": {"n": 3}, "d": {"n": 2}}) == ({"a": {"n": 20}}, {"n": 5})
    assert folded({"c": {"n": 3}}) == ({}, {})
    assert folded({}) == ({}, {})
    assert [published_count(n) for n in (0, 1, 4, 5)] == [0, None, None, 5]


def test_it_may_be_kept_for_minutes_and_is_looked_at_60_times_a_minute(world: World) -> None:
    tasks.publish()
    client = Client()
    assert client.get(ADDRESS).headers["Cache-Control"] == "public, max-age=300"
    answers = [client.get(ADDRESS).status_code for _ in range(60)]
    assert answers[-2:] == [200, 429]


def test_who_looks_costs_a_few_queries(world: World, django_assert_max_num_queries: Any) -> None:
    tasks.publish()
    outlines()
    with django_assert_max_num_queries(5):
        assert Client().get(ADDRESS).status_code == 200


def test_a_mahalle_without_a_boundary_is_drawn_around_its_middle(world: World) -> None:
    Neighbourhood.objects.create(code="belsin", name="Belsin", full_name="Belsin", lat=38.73, lon=35.52)
    first, second = outlines()
    assert (first.approximate, second.approximate) == (True, True)
    west, south, east, north = (35.52 - 0.03, 38.72 - 0.03, 35.52 + 0.03, 38.73 + 0.03)
    for each in (first, second):
        ring = each.geometry["coordinates"][0]
        assert all(west < lon < east and south < lat < north for lon, lat in ring)
    assert max(lat for _, lat in first.geometry["coordinates"][0]) == pytest.approx(
        38.725, abs=0.001
    )  # halfway
