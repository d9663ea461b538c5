"""How pressing a ticket is among the others: high from the start where lives may hang on it, else what staff say."""

from typing import Any

import pytest

from tests.tickets.conftest import Caller
from tests.tickets.world import NOW, World, sign_in
from tickets.casework.priorities import prioritise
from tickets.models import Priority
from tickets.record.statuses import Status
from tickets.record.workflow import NoSuchTransition, NotAllowed, StaleVersion


def test_an_urgent_ticket_begins_high_and_any_other_normal(world: World) -> None:
    assert world.open(urgent=True, urgent_reason="elektrik").priority == Priority.HIGH
    assert world.open().priority == Priority.NORMAL


def test_staff_change_it_and_the_timeline_says_from_what_to_what(world: World, api: Caller) -> None:
    ticket = world.assigned()
    prioritise(ticket=ticket, actor=world.actor("head_fen"), now=NOW, priority=Priority.LOW)
    ticket.refresh_from_db()
    entry = ticket.events.latest("id")
    assert (ticket.priority, ticket.version) == ("low", 2)
    assert (entry.kind, entry.data) == ("priority", {"priority": "low", "from_priority": "normal"})
    found = api("supervisor").get("/api/v1/tickets/", {"priority": "low"}).json()["results"]
    assert [each["number"] for each in found] == [ticket.number]


def test_what_it_is_already_changes_nothing(world: World) -> None:
    ticket = world.assigned()
    prioritise(ticket=ticket, actor=world.actor("head_fen"), now=NOW, priority=Priority.NORMAL)
    ticket.refresh_from_db()
    assert ticket.version == 1
    assert not ticket.events.filter(kind="priority").exists()


@pytest.mark.parametrize("who", ["head_park", "dpo", "roleless"])
def test_whoever_does_not_work_on_it_does_not_change_it(world: World, who: str) -> None:
    with pytest.raises(NotAllowed):
        prioritise(ticket=world.assigned(), actor=world.actor(who), now=NOW, priority=Priority.HIGH)


def test_it_is_not_changed_behind_somebodys_back_nor_after_the_end(world: World) -> None:
    high: dict[str, Any] = {"actor": world.actor("supervisor"), "now": NOW, "priority": Priority.HIGH}
    with pytest.raises(StaleVersion):
        prioritise(ticket=world.assigned(), version=7, **high)
    with pytest.raises(NoSuchTransition):
        prioritise(ticket=world.resolved(), **high)


def test_the_page_offers_it_and_shows_what_it_is(world: World) -> None:
    ticket = world.assigned()
    client = sign_in(world, "operator")
    page = f"/admin/tickets/ticket/{ticket.pk}/"
    assert "Önceliği değiştir" in client.get(f"{page}change/").content.decode()
    answer = client.post(f"{page}priority/", {"version": ticket.version, "priority": "high"}, follow=True)
    ticket.refresh_from_db()
    assert ticket.priority == Priority.HIGH
    assert "Öncelik: Yüksek" in answer.content.decode()


def test_once_it_has_an_outcome_the_page_offers_it_no_more(world: World) -> None:
    ticket = world.move(world.assigned(), Status.RESOLVED, answer="Kapatıldı.")
    page = sign_in(world, "operator").get(f"/admin/tickets/ticket/{ticket.pk}/change/")
    assert "Önceliği değiştir" not in page.content.decode()
