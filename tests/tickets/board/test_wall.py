"""The screen on the wall: it shows figures, to nobody in particular, and opens nothing else."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from django.utils import timezone

from tests import scenarios
from tests.test_matrix import PUBLIC, SHUT, walk
from tests.tickets.world import World, sign_in
from tickets.api_clients.rate_limits import WRONG_KEYS
from tickets.board.wall_page import COOKIE
from tickets.board.wall_screens import open_screen
from tickets.models import Ticket, WaitingConversation, WallScreen
from tickets.record.workflow import MissingFields, NotAllowed

WALL, FIGURES, PAGE = "/duvar/", "/duvar/sayilar/", "/admin/pano/duvar/"


@pytest.fixture
def key(world: World) -> str:
    return open_screen(name="Salon", actor=world.actor("supervisor"), now=timezone.now())


@pytest.fixture
def screen(key: str) -> Client:
    """A browser on the wall that was let in."""
    client = Client()
    assert client.post(WALL, {"key": key}).headers["Location"] == WALL
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def test_a_supervisor_opens_it_and_is_shown_its_address_this_once(world: World) -> None:
    client = sign_in(world, "supervisor")
    html = text(client.post(f"{PAGE}ac/", {"name": "Çağrı merkezi salonu"}))
    key = re.search(r"/duvar/#(mgd_[0-9a-f]{40})<", html)
    assert key
    assert key[1] not in text(client.get(PAGE))
    row = WallScreen.objects.get()
    assert (row.name, row.made_by) == ("Çağrı merkezi salonu", world.user("supervisor"))
    assert key[1] not in str(WallScreen.objects.values().get())


@pytest.mark.parametrize("who", ["operator", "head_fen", "crew_fen", "dpo", "roleless"])
def test_nobody_else_opens_or_shuts_one(world: World, key: str, who: str) -> None:
    client = sign_in(world, who)
    assert client.get(PAGE).status_code == 403
    assert client.post(f"{PAGE}ac/", {"name": "A"}).status_code == 403
    assert client.post(f"{PAGE}{WallScreen.objects.get().pk}/kapat/").status_code == 403
    assert WallScreen.objects.get().revoked_at is None
    with pytest.raises(NotAllowed):
        open_screen(name="A", actor=world.actor(who), now=timezone.now())


def test_a_screen_has_a_name(world: World) -> None:
    with pytest.raises(MissingFields):
        open_screen(name=" ", actor=world.actor("supervisor"), now=timezone.now())


def test_it_shows_how_many_wait_and_for_how_long(world: World, screen: Client) -> None:
    since = timezone.now() - timedelta(hours=2, minutes=14)
    WaitingConversation.objects.create(citizen=world.citizen, reason="asked", since=since, last_at=since)
    world.assigned()
    Ticket.objects.update(resolution_due_at=since)
    html = text(screen.get(WALL))
    assert "2 sa 14 dk" in html
    assert "<span>Görevli istedi</span><b>1</b>" in html
    assert "<span>Fen İşleri</span><b>1</b>" in html
    assert "<span>Fen İşleri</span><b>1</b>" in text(screen.get(FIGURES))


def test_it_shows_nothing_of_anybody(world: World, screen: Client) -> None:
    told = [
        scenarios.tell(world, "own", "Mavikelam", "+905321110001", department=world.fen),
        scenarios.tell(world, "restricted", "Morkelam", "+905321110004", restricted=True, danger="violence"),
    ]
    Ticket.objects.update(resolution_due_at=timezone.now() - timedelta(days=1))
    for address in (WALL, FIGURES):
        html = text(screen.get(address))
        assert not any(story.shown_in(html) for story in told)
        assert not any(story.ticket.number[-6:] in html for story in told)
        assert "supervisor" not in html


def test_it_stays_open_until_it_is_shut_and_is_dark_at_once_then(world: World, screen: Client) -> None:
    assert int(screen.cookies[COOKIE]["max-age"]) > 365 * 24 * 3600
    sign_in(world, "supervisor").post(f"{PAGE}{WallScreen.objects.get().pk}/kapat/")
    assert screen.get(FIGURES).status_code == 403
    assert "Ekranın anahtarı" in text(screen.get(WALL))


def test_it_is_dark_once_whoever_opened_it_has_left(world: World, screen: Client) -> None:
    user = world.user("supervisor")
    user.is_active = False
    user.save()
    assert screen.get(FIGURES).status_code == 403


def test_it_is_dark_once_whoever_opened_it_is_no_supervisor_any_more(world: World, screen: Client) -> None:
    world.user("supervisor").memberships.all().delete()
    assert screen.get(FIGURES).status_code == 403


@pytest.mark.parametrize("tried", ["", "mgd_", "mgd_" + "0" * 40, "mgk_" + "0" * 40, "x" * 5000, "mgd_\x00"])
def test_a_key_that_is_none_opens_nothing(world: World, key: str, tried: str) -> None:
    client = Client()
    refused = client.post(WALL, {"key": tried})
    assert (refused.status_code, COOKIE in client.cookies) == (403, False)
    client.cookies[COOKIE] = tried.replace("\x00", "")
    assert client.get(FIGURES).status_code == 403


def test_the_key_is_taken_from_the_form_and_the_cookie_alone(key: str) -> None:
    client = Client()
    assert client.get(f"{FIGURES}?key={key}").status_code == 403
    assert "Ekranın anahtarı" in text(client.get(f"{WALL}?key={key}"))
    assert client.get(FIGURES, headers={"Authorization": f"Token {key}"}).status_code == 403
    assert client.get("/api/v1/tickets/", headers={"Authorization": f"Token {key}"}).status_code in SHUT
    assert Client(enforce_csrf_checks=True).post(WALL, {"key": key}).status_code == 403


def test_the_cookie_is_no_scripts_and_goes_to_no_other_site(screen: Client) -> None:
    cookie = screen.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")
    assert screen.get(WALL).headers["Cache-Control"] == "no-store"


@pytest.mark.slow
def test_with_its_cookie_a_stranger_reaches_nothing_else(world: World, screen: Client) -> None:
    """Every address of the resolver, by both methods."""
    ticket = world.assigned()
    opened = []
    for address in walk(get_resolver(), ticket):
        if PUBLIC.match(address.path) or "nowhere" in address.path or address.name == "api:attachment":
            continue
        for ask in (screen.get, screen.post):
            response = ask(f"/{address.path}")
            away = response.status_code == 302 and "/login/" in response.headers["Location"]
            if not away and response.status_code not in SHUT | {301, 400, 415, 429}:
                opened.append((address.path, response.status_code))
    assert opened == []


def test_nothing_is_done_from_it(screen: Client) -> None:
    for ask in (screen.post, screen.put, screen.delete, screen.patch):
        assert ask(FIGURES).status_code == 405
    assert screen.delete(WALL).status_code == 405


def test_it_takes_few_statements(world: World, screen: Client) -> None:
    world.assigned()
    with CaptureQueriesContext(connection) as statements:
        screen.get(FIGURES)
    assert len(statements) <= 6


def test_who_guesses_keys_has_to_wait_and_who_has_one_does_not(key: str) -> None:
    client = Client()
    tried = [client.post(WALL, {"key": f"mgd_{n:040x}"}).status_code for n in range(WRONG_KEYS + 1)]
    assert (tried[0], tried[-1]) == (403, 429)
    assert client.post(WALL, {"key": key}).status_code == 302
