"""Confirming proposed redirections to other agencies."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from tests.tickets.world import World, sign_in
from tickets.models import Ticket
from tickets.record.statuses import Status

PAGE = "/admin/yonlendirmeler/"


@pytest.fixture
def clerk(world: World) -> Client:
    return sign_in(world, "operator")


def ticked(*tickets: Ticket) -> dict[str, list[str]]:
    return {"ticket": [f"{ticket.number}/{ticket.version}" for ticket in tickets]}


def status(ticket: Ticket) -> str:
    ticket.refresh_from_db()
    return ticket.status


def test_all_that_is_ticked_goes_to_its_agency_and_the_citizens_are_told(world: World, clerk: Client) -> None:
    first, second = (world.open(proposed_agency=world.kaski) for _ in range(2))
    clerk.post(PAGE, ticked(first, second))
    for ticket in (first, second):
        assert status(ticket) == Status.REDIRECTED
        assert ticket.agency == world.kaski
        assert ticket.events.get(to_status=Status.REDIRECTED).announce


def test_what_is_not_ticked_stays_proposed(world: World, clerk: Client) -> None:
    first, second = (world.open(proposed_agency=world.kaski) for _ in range(2))
    clerk.post(PAGE, ticked(first))
    assert status(second) == Status.NEW
    assert second.proposed_agency == world.kaski


def test_danger_comes_unticked(world: World, clerk: Client) -> None:
    usual = world.open(proposed_agency=world.kaski)
    urgent = world.open(proposed_agency=world.kaski, urgent=True)
    page = clerk.get(PAGE).content.decode()
    assert f'value="{usual.number}/{usual.version}" checked' in page
    assert f'value="{urgent.number}/{urgent.version}" checked' not in page
    assert urgent.number in page


def test_what_changed_since_it_was_looked_at_is_not_redirected(world: World, clerk: Client) -> None:
    ticket, other = (world.open(proposed_agency=world.kaski) for _ in range(2))
    Ticket.objects.filter(pk=ticket.pk).update(version=7)
    response = clerk.post(PAGE, ticked(ticket, other))
    assert status(ticket) == Status.NEW
    assert status(other) == Status.REDIRECTED
    assert any(ticket.number in str(message) for message in get_messages(response.wsgi_request))


def test_what_nobody_proposed_cannot_be_slipped_in(world: World, clerk: Client) -> None:
    ticket = world.open()
    clerk.post(PAGE, ticked(ticket))
    assert status(ticket) == Status.NEW


@pytest.mark.parametrize("by", ["head_fen", "crew_fen", "dpo", "roleless"])
def test_only_the_call_centre_confirms(world: World, by: str) -> None:
    ticket = world.open(proposed_agency=world.kaski)
    assert sign_in(world, by).post(PAGE, ticked(ticket)).status_code == 403
    assert status(ticket) == Status.NEW


@pytest.mark.parametrize("secret", [{"restricted": True, "danger": "violence"}, {"danger": "gas"}])
def test_of_a_danger_the_list_shows_no_words(world: World, secret: dict[str, object]) -> None:
    world.open(description="Mavikelam sokakta koku", urgent=True, proposed_agency=world.kaski, **secret)
    page = sign_in(world, "supervisor").get(PAGE).content.decode()
    assert "ACİL" in page
    assert "Mavikelam" not in page
