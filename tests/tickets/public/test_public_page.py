"""The public status page of a ticket."""

import re

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from tests.tickets.world import NOW, World
from tickets.casework import numbering
from tickets.models import Ticket
from tickets.record.statuses import Status
from tickets.undo.actions import perform


def page(code: str | None, **headers: str) -> tuple[int, str]:
    response = Client(headers=headers).get(f"/d/{code}")
    return response.status_code, response.content.decode()


def test_every_request_gets_a_code_of_its_own_that_is_easily_read(world: World) -> None:
    codes = {world.open().public_code for _ in range(20)}
    assert len(codes) == 20
    assert all(code and re.fullmatch("[2-9A-HJ-NP-Z]{8}", code) for code in codes)


def test_the_page_tells_how_far_it_is_and_nothing_personal(world: World) -> None:
    ticket = world.assigned(neighbourhood=world.mahalle, address="Barbaros Sokak 5")
    world.move(ticket, Status.RESOLVED, answer="Ayşe Hanım, çukur kapatıldı.")
    status, text = page(ticket.public_code)
    assert status == 200
    for said in (ticket.number, "Yolda çukur", "Fen İşleri", "Alpaslan", "Birime iletildi", "Çözüldü"):
        assert said in text
    for unsaid in ("Ayşe", "Okulun önünde", "Barbaros", "905321234567"):
        assert unsaid not in text


def test_an_open_request_tells_when_it_will_be_done(world: World) -> None:
    ticket = world.assigned()
    assert "Hedef" in page(ticket.public_code)[1]
    world.move(ticket, Status.PLANNED, planned_for=(NOW.date().replace(month=12)))
    assert "Planlanan gün" in page(ticket.public_code)[1]


def test_the_subject_of_a_restricted_request_is_not_named(world: World) -> None:
    ticket = world.assigned(category=world.misconduct)
    status, text = page(ticket.public_code)
    assert status == 200
    assert "Belediye personeli" not in text


@pytest.mark.parametrize(
    ("phone", "told"), [("185", True), ("0352 000 00 00", False)], ids=["national", "unconfirmed"]
)
def test_only_numbers_that_are_known_to_be_right_are_told(world: World, phone: str, told: bool) -> None:
    world.kaski.phone = phone
    world.kaski.save()
    ticket = world.move(world.open(), Status.REDIRECTED, agency=world.kaski)
    assert (phone in page(ticket.public_code)[1]) == told


def test_a_code_is_read_in_small_letters_too(world: World) -> None:
    assert page(str(world.open().public_code).lower())[0] == 200


@pytest.mark.parametrize("code", ["AAAAAAAA", "x", "MG-2026-000001", "%00"])
def test_another_code_opens_nothing(world: World, code: str) -> None:
    world.open()
    status, text = page(code)
    assert status == 404
    assert "Böyle bir başvuru yok" in text


def test_the_page_is_neither_kept_nor_found_nor_passed_on(world: World) -> None:
    headers = Client().get(f"/d/{world.open().public_code}").headers
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["Referrer-Policy"] == "no-referrer"


@override_settings(TRUSTED_PROXIES=["127.0.0.1"])
def test_one_address_may_not_try_codes_on_and_on(world: World) -> None:
    code = world.open().public_code
    tries = [page("AAAAAAAA", **{"X-Forwarded-For": "198.51.100.7"})[0] for _ in range(31)]
    assert (tries[29], tries[30]) == (404, 429)
    assert page(code, **{"X-Forwarded-For": "198.51.100.7"})[0] == 429
    assert page(code, **{"X-Forwarded-For": "198.51.100.8"})[0] == 200
    # Who makes up where they come from is told apart by what our proxy says.
    assert page(code, **{"X-Forwarded-For": "203.0.113.1, 198.51.100.7"})[0] == 429


@override_settings(TRUSTED_PROXIES=[])
def test_without_a_proxy_nobody_says_where_they_come_from(world: World) -> None:
    made_up = [page("AAAAAAAA", **{"X-Forwarded-For": f"198.51.100.{n}"})[0] for n in range(31)]
    assert made_up[30] == 429


def test_a_code_that_is_taken_is_not_given_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter([bytes(8), bytes(8), bytes([1] * 8)])
    monkeypatch.setattr(numbering, "token_bytes", lambda _count: next(drawn))
    assert [world.open().public_code, world.open().public_code] == ["22222222", "33333333"]
    assert Ticket.objects.count() == 2


def test_what_was_reopened_or_sent_elsewhere_is_not_said_to_be_passed_on_once_more(world: World) -> None:
    ticket = world.resolved()
    world.move(ticket, Status.ASSIGNED)
    world.move(ticket, Status.ASSIGNED, department=world.park)
    text = page(ticket.public_code)[1]
    said = re.findall("<li><span>(.*?)</span>", text)
    assert said == ["Alındı", "Birime iletildi", "Çözüldü", "Yeniden açıldı", "Başka birime iletildi"]


def test_what_can_still_be_taken_back_is_not_told_yet(world: World) -> None:
    ticket, now = world.assigned(), timezone.now()
    perform("move", ticket=ticket, to=Status.IN_PROGRESS, actor=world.actor("crew_fen"), now=now)
    assert "İşlemde" not in page(ticket.public_code)[1]
    ticket.refresh_from_db()
    assert ticket.status == Status.IN_PROGRESS
