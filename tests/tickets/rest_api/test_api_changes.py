"""The change feed: a copy kept by it equals what its reader sees, whoever writes meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from random import Random
from threading import Event, Thread
from time import sleep
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from departments.common import cache
from departments.models import Membership, Role
from tests.tickets.keys import key_of
from tests.tickets.world import STAFF, World, build_world
from tests.whatsapp.threads import at_once
from tickets.casework.assigning import assign
from tickets.casework.notes import add_note
from tickets.models import Act, ActChange, Breach, Citizen, FeedEpoch, Ticket, TicketChange
from tickets.record.permissions import visible_to
from tickets.rest_api import change_feed

LIST, CHANGES = "/api/v1/tickets/", "/api/v1/tickets/changes/"


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    """Committed, since the feed tells what was."""
    cache.refresh()
    yield build_world()
    cache.refresh()


def client_of(world: World, who: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {key_of(world.user(who), per_minute=10**6)}")
    return client


@dataclass
class Partner:
    """A system that keeps a copy: tickets and cursor are kept together, after each page."""

    client: APIClient
    size: int = 100
    copy: dict[str, Any] = field(default_factory=dict)
    cursor: str = ""
    told: list[str] = field(default_factory=list)

    def step(self, *, dies: bool = False, in_a_crowd: bool = False) -> bool:
        """One page; whether more follow at once. One that dies has done nothing of it. In a crowd all places may be
        taken: then the same page is asked for again.
        """
        query: dict[str, str | int] = {"cursor": self.cursor, "page_size": self.size}
        response = self.client.get(CHANGES, query)
        if in_a_crowd and response.status_code == 429:
            sleep(0.05)
            return True
        assert response.status_code == 200, response.content
        page = response.json()
        if dies:
            return True
        for change in page["results"]:
            self.told.append(change["number"])
            assert change["gone"] is (change["ticket"] is None)
            if change["gone"]:
                self.copy.pop(change["number"], None)
            else:
                self.copy[change["number"]] = change["ticket"]
        self.cursor = page["cursor"]
        return bool(page["more"])

    def follow(self) -> "Partner":
        """Reads until nothing more follows."""
        while self.step():
            pass
        return self

    def original(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        page = self.client.get(LIST, {"page_size": 500}).json()
        while True:
            found |= {ticket["number"]: ticket for ticket in page["results"]}
            if not page["next"]:
                return found
            page = self.client.get(page["next"]).json()


@contextmanager
def unfinished(work: Callable[[], object]) -> Iterator[None]:
    """The work is done in a transaction of another connection that commits when the block ends."""
    done, go = Event(), Event()

    def run() -> None:
        try:
            with transaction.atomic():
                work()
                done.set()
                go.wait(30)
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    assert done.wait(30)
    try:
        yield
    finally:
        go.set()
        thread.join()


def note(world: World, ticket: Ticket, text: str = "Ekip yolda.") -> None:
    add_note(ticket=ticket, actor=world.actor("supervisor"), now=timezone.now(), text=text)


def test_a_copy_begins_with_all_that_its_reader_sees_and_is_then_told_what_changes(world: World) -> None:
    mine, other = world.assigned(), world.open(department=world.park)
    partner = Partner(client_of(world, "head_fen")).follow()
    assert set(partner.copy) == {mine.number}
    partner.told.clear()
    note(world, mine)
    note(world, other)
    partner.follow()
    assert partner.told == [mine.number]
    assert partner.copy == partner.original()
    assert partner.follow().told == [mine.number]


def test_what_a_transaction_wrote_that_ends_late_is_told_though_others_ended_before(world: World) -> None:
    slow, quick = world.open(), world.open()
    partner = Partner(client_of(world, "supervisor")).follow()
    with unfinished(lambda: note(world, slow)):
        note(world, quick)
        partner.follow()
    partner.follow()
    assert partner.copy[slow.number]["version"] == 2
    assert partner.copy == partner.original()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["department", "category", "deleted"])
def test_who_saw_a_ticket_hears_that_it_is_gone_and_nobody_else_does(world: World, how: str) -> None:
    ticket = world.assigned()
    partners = {
        who: Partner(client_of(world, who)).follow()
        for who in ("head_fen", "crew_fen", "head_park", "operator")
    }
    saw = {who for who, partner in partners.items() if ticket.number in partner.copy}
    assert saw == {"head_fen", "crew_fen", "operator"}
    if how == "department":
        assign(ticket=ticket, actor=world.actor("supervisor"), now=timezone.now(), department=world.park)
    elif how == "category":
        Ticket.objects.filter(pk=ticket.pk).update(category=world.misconduct)
    else:
        Ticket.objects.filter(pk=ticket.pk).update(department=world.fen)
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE tickets_ticketevent DISABLE TRIGGER USER")
            cursor.execute("DELETE FROM tickets_ticketevent WHERE ticket_id = %s", [ticket.pk])
            cursor.execute("ALTER TABLE tickets_ticketevent ENABLE TRIGGER USER")
        ticket.delete()
    for partner in partners.values():
        partner.told.clear()
        partner.follow()
        assert partner.copy == partner.original()
    heard = {who for who, partner in partners.items() if ticket.number in partner.told}
    assert heard == saw | ({"head_park"} if how == "department" else set())


def test_of_a_ticket_that_was_hidden_from_the_reader_nothing_is_heard(world: World) -> None:
    secret = world.assigned(category=world.misconduct)
    partner = Partner(client_of(world, "operator")).follow()
    assign(
        ticket=secret, actor=world.actor("supervisor"), now=timezone.now(), assignee=world.user("head_fen")
    )
    Ticket.objects.filter(pk=secret.pk).update(restricted=True)
    Ticket.objects.filter(pk=secret.pk).update(department=world.park)
    assert partner.follow().told == []


def test_breaches_and_names_that_a_ticket_shows_are_changes_of_it(world: World) -> None:
    ticket = world.assigned()
    partner = Partner(client_of(world, "supervisor")).follow()
    Breach.objects.create(
        ticket=ticket, clock="resolution", stage="breach", due_at=timezone.now(), at=timezone.now()
    )
    partner.follow()
    assert partner.copy[ticket.number]["clocks"]["resolution"]["breached"] is True
    Citizen.objects.filter(pk=world.citizen.pk).update(name="Ayşe Kaya")
    partner.follow()
    assert partner.copy[ticket.number]["citizen"]["name"] == "Ayşe Kaya"


def test_a_ticket_that_can_still_be_taken_back_is_told_when_it_cannot_any_more(world: World) -> None:
    partner = Partner(client_of(world, "supervisor")).follow()
    ticket = world.open()
    opened = timezone.now()
    keep_as_just_opened(world, ticket)
    assert partner.follow().told == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tickets_act SET undo_until = %s", [opened - timedelta(seconds=1)])
    assert partner.follow().told == [ticket.number]


def keep_as_just_opened(world: World, ticket: Ticket) -> None:
    later = timezone.now() + timedelta(minutes=5)
    act = Act.objects.create(
        name="open_ticket", title="x", at=timezone.now(), undo_until=later, user=world.user("operator")
    )
    ActChange.objects.create(act=act, table="tickets_ticket", key=str(ticket.pk), before=None, after={})


@pytest.mark.parametrize("size", [1, 3])
def test_pages_lead_through_everything_once(world: World, size: int) -> None:
    with transaction.atomic():  # all of one transaction
        tickets = [world.open() for _ in range(7)]
    partner = Partner(client_of(world, "supervisor"), size=size).follow()
    assert sorted(partner.told) == sorted(ticket.number for ticket in tickets)


def test_who_comes_with_a_moment_begins_there(world: World) -> None:
    world.open(now=timezone.now() - timedelta(days=3))
    new = world.open(now=timezone.now())
    client, since = client_of(world, "supervisor"), timezone.now() - timedelta(hours=1)
    page = client.get(CHANGES, {"updated_after": since.isoformat()}).json()
    assert [change["number"] for change in page["results"]] == [new.number]
    long_ago = (timezone.now() - timedelta(days=31)).isoformat()
    assert client.get(CHANGES, {"updated_after": long_ago}).status_code == 410


def test_a_copy_is_begun_anew_when_what_the_reader_sees_has_changed(world: World) -> None:
    partner = Partner(client_of(world, "head_fen")).follow()
    Membership.objects.create(user=world.user("head_fen"), role=Role.HEAD, department=world.park)
    gone = partner.client.get(CHANGES, {"cursor": partner.cursor})
    assert (gone.status_code, gone.json()["type"].rpartition("/")[2]) == (410, "cursor-gone")


def test_a_copy_is_begun_anew_when_a_category_becomes_restricted(world: World) -> None:
    partner = Partner(client_of(world, "operator")).follow()
    world.pothole.restricted = True
    world.pothole.save()
    assert partner.client.get(CHANGES, {"cursor": partner.cursor}).status_code == 410


def test_a_reader_who_comes_too_rarely_begins_anew(world: World) -> None:
    ticket = world.assigned()
    partner, late = (Partner(client_of(world, "head_fen")).follow() for _ in range(2))
    assign(ticket=ticket, actor=world.actor("supervisor"), now=timezone.now(), department=world.park)
    partner.follow()
    change_feed.forget(timezone.now() + timedelta(days=31))
    assert not TicketChange.objects.exists()
    assert late.client.get(CHANGES, {"cursor": late.cursor}).status_code == 410
    assert partner.follow().copy == {}


def test_after_a_restore_into_another_cluster_all_begin_anew(world: World) -> None:
    ticket = world.open()
    partner = Partner(client_of(world, "supervisor")).follow()
    with connection.cursor() as cursor:  # as a dump of a cluster that is much older would leave it
        cursor.execute("ALTER TABLE tickets_ticket DISABLE TRIGGER written")
        cursor.execute("UPDATE tickets_ticket SET changed_in = changed_in + 1000000000")
        cursor.execute("ALTER TABLE tickets_ticket ENABLE TRIGGER written")
    FeedEpoch.objects.update(cluster=1)
    assert partner.client.get(CHANGES, {"cursor": partner.cursor}).status_code == 410
    assert set(Partner(partner.client).follow().copy) == {ticket.number}


def test_after_a_failover_all_begin_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What they had seen may be lost."""
    partner = Partner(client_of(world, "supervisor")).follow()
    monkeypatch.setattr(change_feed, "_timeline", lambda: "00000002")
    assert partner.client.get(CHANGES, {"cursor": partner.cursor}).status_code == 410
    Partner(partner.client).follow()


def test_after_a_restore_all_begin_anew(world: World) -> None:
    ticket = world.open()
    partner = Partner(client_of(world, "supervisor")).follow()
    change_feed.begin_anew()
    assert partner.client.get(CHANGES, {"cursor": partner.cursor}).status_code == 410
    assert set(Partner(partner.client).follow().copy) == {ticket.number}


@pytest.mark.parametrize("cursor", ["x", "YQ", "YS5iLjEuMi4z.", "ç", "YS5iLjEuMi4tOQ"])
def test_a_cursor_that_is_none_is_refused(world: World, cursor: str) -> None:
    assert client_of(world, "supervisor").get(CHANGES, {"cursor": cursor}).status_code == 404


@pytest.mark.parametrize(
    "query",
    [{"page_size": "0"}, {"page_size": "501"}, {"updated_after": "dün"}, {"updated_after": "0001-01-01"}],
)
def test_what_cannot_be_asked_is_refused(world: World, query: dict[str, str]) -> None:
    assert client_of(world, "supervisor").get(CHANGES, query).status_code == 400


@pytest.mark.parametrize("who", STAFF)
@pytest.mark.parametrize("seed", [1])
def test_copies_equal_the_original_after_any_changes_with_partners_killed_at_random(
    world: World, who: str, seed: int
) -> None:
    assert_copies_follow(world, [who], Random(f"{seed}{who}"), writers=3, changes=12)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(8))
def test_copies_of_all_equal_the_original_after_many_changes(world: World, seed: int) -> None:
    assert_copies_follow(world, list(STAFF), Random(seed), writers=4, changes=120)


def assert_copies_follow(world: World, who: list[str], rng: Random, *, writers: int, changes: int) -> None:
    tickets = [world.assigned() for _ in range(6)]
    partners = [Partner(client_of(world, name), size=rng.choice([1, 2, 5])) for name in who]
    over = Event()

    def read(partner: Partner, mine: Random) -> None:
        while not over.is_set():
            partner.step(dies=mine.random() < 0.3, in_a_crowd=len(partners) > 1)

    def write(mine: Random) -> None:
        for _ in range(changes):
            with transaction.atomic():
                change(world, mine, tickets, mine.choice([1, 1, 3]))

    readers = [Thread(target=closing(read), args=(each, Random(rng.random()))) for each in partners]
    for reader in readers:
        reader.start()
    try:
        at_once(*[partial(write, Random(rng.random())) for _ in range(writers)])
    finally:
        over.set()
        for reader in readers:
            reader.join()
    for partner in partners:
        partner.size = 100  # small pages were read while it was written; the rest is long
        assert partner.follow().copy == partner.original()
        assert set(partner.copy) == set(
            visible_to(world.actor(who[partners.index(partner)])).values_list("number", flat=True)
        )


def closing(work: Callable[..., None]) -> Callable[..., None]:
    def run(*arguments: Any) -> None:
        try:
            work(*arguments)
        finally:
            connection.close()

    return run


def change(world: World, rng: Random, tickets: list[Ticket], count: int) -> None:
    """Changes what is shown of that many tickets, or to whom: each row once and in one order, so that no two writers
    block each other.
    """
    for ticket in sorted(rng.sample(tickets, count), key=lambda each: each.pk):
        rows = Ticket.objects.filter(pk=ticket.pk)
        what = rng.randrange(4)
        if what == 0:
            rows.update(department=rng.choice([world.fen, world.park]), updated_at=timezone.now())
        elif what == 1:
            rows.update(category=rng.choice([world.pothole, world.misconduct]))
        elif what == 2:
            rows.update(assignee=rng.choice([None, world.user("crew_fen"), world.user("crew_park")]))
        else:
            rows.update(restricted=rng.random() < 0.5)
    if rng.random() < 0.2:
        Citizen.objects.filter(pk=world.citizen.pk).update(name=f"Ayşe {rng.random()}")
    if rng.random() < 0.3:
        department = rng.choice([world.fen, world.park, None])
        world.open(department=department, category=rng.choice([world.pothole, world.misconduct]))
