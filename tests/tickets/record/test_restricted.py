"""Restricted tickets, and dangers that nobody has published: who sees them, through every door there is."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from departments.models import Department, DutyShift
from departments.places.points import Point
from tests.tickets.duty import ring
from tests.tickets.keys import key_of
from tests.tickets.world import NOW, World, sign_in
from tickets.api_clients.models.clients import Webhook, WebhookCall
from tickets.casework.notes import add_note
from tickets.danger.corrections import correct_danger
from tickets.danger.services import acknowledge
from tickets.deadlines.clocks import watch_clocks
from tickets.models import Access, LocationSource, Notification, Ticket
from tickets.public.publishing import publish
from tickets.record import nearby
from tickets.record.permissions import public_tickets, visible_to
from tickets.record.statuses import Status
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed
from tickets.reports import interface
from tickets.reports.interface import Group, Period

WORDS = "Gizlisöz"
PHONE = "0532 123 45 67"
HERE = Point(38.7211, 35.4922)
OFF_DUTY = ("operator", "head_fen", "crew_fen", "head_park", "crew_park", "dpo", "roleless")


def danger(world: World, **facts: Any) -> Ticket:
    """A danger of the road department with words of its own, in a place of its own, of which its staff are told."""
    how: dict[str, Any] = {
        "danger": "violence",
        "urgent": True,
        "restricted": True,
        "description": WORDS,
        "department": world.fen,
        "neighbourhood": world.mahalle,
        "point": HERE,
        "location_source": LocationSource.PIN,
        "now": timezone.now(),
    }
    ticket = world.open(**how | facts)
    if ticket.department:
        ticket = world.move(ticket, Status.ASSIGNED, department=ticket.department)
    for name in ("operator", "head_fen", "crew_fen", "supervisor"):
        ring(world.user(name), ticket, timezone.now())
    return ticket


def on_duty(world: World, username: str, department: Department | None = None) -> None:
    now = timezone.now()
    DutyShift.objects.create(
        user=world.user(username),
        department=department,
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(hours=1),
    )


def read(response: Any) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return str(body.decode(errors="replace"))


def got(address: str, **query: str) -> Callable[[Client, Ticket], str]:
    return lambda client, ticket: read(client.get(address.format(ticket=ticket), query, follow=True))


def found(client: Client, _ticket: Ticket) -> str:
    text = read(client.get("/admin/tickets/ticket/", {"q": WORDS}))
    return text.partition("<tbody>")[2]  # what was asked stands above


def of_the_caller(client: Client, _ticket: Ticket) -> str:
    return read(client.post("/admin/yeni/arayan/", {"phone": PHONE}))


def of_another_ticket(client: Client, ticket: Ticket) -> str:
    """The page of the citizen's other ticket."""
    other = Ticket.objects.exclude(pk=ticket.pk).get()
    return read(client.get(f"/admin/tickets/ticket/{other.pk}/change/"))


def of_a_similar_report(client: Client, ticket: Ticket) -> str:
    pin = f"{HERE.lat}, {HERE.lon}"
    return read(client.post("/admin/yeni/oneri/", {"category": ticket.category_id, "pin": pin}))


def of_the_person(client: Client, _ticket: Ticket) -> str:
    return read(client.post("/admin/kisisel-veri/", {"act": "search", "who": PHONE}))


def of_the_persons_number(client: Client, ticket: Ticket) -> str:
    answer = read(client.get("/admin/kisisel-veri/", {"basvuru": ticket.number}))
    # What was asked stands in the field, and in the address that an undo leads back to.
    return answer.replace(f'value="{ticket.number}"', "").replace(f"?basvuru={ticket.number}", "")


DOORS: Mapping[str, Callable[[Client, Ticket], str]] = {
    "queue": got("/admin/tickets/ticket/"),
    "queue, live": got("/admin/tickets/ticket/", live="1"),
    "search": found,
    "page": got("/admin/tickets/ticket/{ticket.pk}/change/"),
    "queue as CSV": got("/admin/tickets/ticket/export/"),
    "map": got("/admin/harita/"),
    "events": got("/admin/tickets/ticketevent/"),
    "citizen": got("/admin/tickets/citizen/{ticket.citizen_id}/change/"),
    "notifications": got("/admin/bildirimler/"),
    "list of notifications": got("/admin/tickets/notification/"),
    "field": got("/admin/saha/"),
    "job in the field": got("/admin/saha/{ticket.number}/"),
    "caller": of_the_caller,
    "another ticket": of_another_ticket,
    "similar report": of_a_similar_report,
    "REST list": got("/api/v1/tickets/"),
    "REST search": got("/api/v1/tickets/", q=WORDS),
    "REST ticket": got("/api/v1/tickets/{ticket.number}/"),
    "REST as CSV": got("/api/v1/tickets/", format="csv"),
}
OFFICERS = {"person": of_the_person, "person by number": of_the_persons_number}


def signed_in(world: World, username: str) -> Client:
    client = sign_in(world, username)
    client.defaults["HTTP_AUTHORIZATION"] = f"Token {key_of(world.user(username))}"
    return client


def shows(text: str, ticket: Ticket) -> bool:
    return ticket.number in text or WORDS in text


@pytest.mark.parametrize("door", DOORS)
def test_every_door_shows_a_danger_that_is_not_restricted(world: World, door: str) -> None:
    """Else the tests below would find nothing behind it, either."""
    world.assigned(now=timezone.now())
    ticket = danger(world, danger="fire", restricted=False)
    assert shows(DOORS[door](signed_in(world, "supervisor"), ticket), ticket)


@pytest.mark.parametrize("door", OFFICERS)
def test_the_officer_finds_a_danger_that_is_not_restricted(world: World, door: str) -> None:
    ticket = danger(world, danger="fire", restricted=False)
    assert shows(OFFICERS[door](signed_in(world, "dpo"), ticket), ticket)


@pytest.mark.slow
@pytest.mark.parametrize("username", OFF_DUTY)
def test_a_restricted_ticket_is_behind_no_door_for_whoever_is_not_on_duty(
    world: World, username: str
) -> None:
    world.assigned(now=timezone.now())
    ticket = danger(world)
    client = signed_in(world, username)
    assert [name for name, door in {**DOORS, **OFFICERS}.items() if shows(door(client, ticket), ticket)] == []


@pytest.mark.parametrize("door", ["queue as CSV", "REST as CSV", "map", "similar report"])
def test_no_file_no_map_and_no_hint_has_it_whoever_looks(world: World, door: str) -> None:
    ticket = danger(world)
    assert not shows(DOORS[door](signed_in(world, "admin"), ticket), ticket)


def test_lists_say_of_it_only_that_it_is_there(world: World) -> None:
    ticket = danger(world)
    for door in ("queue", "notifications", "field"):
        text = DOORS[door](signed_in(world, "supervisor"), ticket)
        assert WORDS not in text
        assert "Gizli acil bildirim" in text


def test_supervisors_administrators_and_whoever_is_on_duty_for_the_line_see_it(world: World) -> None:
    ticket = danger(world)
    on_duty(world, "operator")
    on_duty(world, "crew_park")
    for name in ("supervisor", "admin", "operator", "crew_park"):
        assert ticket in visible_to(world.user(name))


def test_duty_for_a_department_shows_its_restricted_tickets_alone(world: World) -> None:
    of_fen, of_nobody = danger(world), danger(world, department=None)
    on_duty(world, "head_fen", world.fen)
    on_duty(world, "head_park", world.park)
    assert list(visible_to(world.user("head_fen")).filter(restricted=True)) == [of_fen]
    assert not visible_to(world.user("head_park")).filter(pk__in=[of_fen.pk, of_nobody.pk]).exists()


def test_whoever_claimed_it_sees_it_after_the_shift_too(world: World) -> None:
    ticket = danger(world)
    acknowledge(ticket=ticket, actor=world.actor("operator"), now=timezone.now())
    assert ticket in visible_to(world.user("operator"))
    assert ticket not in visible_to(world.user("head_fen"))


def test_on_duty_one_sees_every_danger_but_no_ordinary_ticket_more(world: World) -> None:
    fire, pothole = danger(world, danger="fire", restricted=False), world.assigned()
    on_duty(world, "crew_park", world.park)
    assert list(visible_to(world.user("crew_park")).filter(pk__in=[fire.pk, pothole.pk])) == [fire]


@pytest.mark.parametrize(
    "address", ["/admin/tickets/ticket/{0.pk}/change/", "/admin/tickets/ticket/{0.pk}/print/",
                "/admin/saha/{0.number}/", "/api/v1/tickets/{0.number}/"],
)  # fmt: skip
def test_each_look_at_it_is_logged(world: World, address: str) -> None:
    ticket = danger(world)
    assert signed_in(world, "supervisor").get(address.format(ticket)).status_code == 200
    entry = Access.objects.get(what="opened")
    assert (entry.what, entry.by, entry.tickets) == ("opened", world.user("supervisor"), [ticket.number])


def public_doors(ticket: Ticket) -> list[str]:
    """What a stranger reads of all that is public."""
    year = {"year": str(timezone.now().year)}
    addresses: tuple[tuple[str, dict[str, str]], ...] = (
        ("/open311/v2/requests.json", {}),
        (f"/open311/v2/requests/{ticket.number}.json", {}),
        ("/open311/v2/servicerequestupdates.json", {}),
        ("/open-data/tickets.csv", year),
        ("/open-data/tickets.geojson", year),
        (f"/d/{ticket.public_code}", {}),
    )
    return [read(Client().get(address, query)) for address, query in addresses]


@pytest.fixture
def open_data(settings: Settings, tmp_path: Path) -> None:
    settings.OPEN_DATA, settings.MEDIA_ROOT = True, str(tmp_path)


@pytest.mark.usefixtures("open_data")
@pytest.mark.parametrize(
    "facts",
    [{}, {"danger": "fire", "restricted": False}, {"danger": "", "danger_unsure": True, "restricted": False}],
)
def test_no_danger_is_public(world: World, facts: dict[str, Any]) -> None:
    ticket = danger(world, **facts)
    unknown = read(Client().get("/d/AAAAAAAA"))
    *others, status = public_doors(ticket)
    assert status == unknown
    assert not any(ticket.number in text.replace(f"{ticket.number} ", "") for text in others[:1] + others[2:])
    assert Client().get(f"/open311/v2/requests/{ticket.number}.json").status_code == 404
    assert "yol_cukur" not in others[3] + others[4]
    assert not public_tickets().exists()


@pytest.mark.usefixtures("open_data")
def test_a_danger_that_somebody_has_published_has_a_page_for_its_citizen_and_is_in_no_list(
    world: World,
) -> None:
    ticket = danger(world, danger="manhole", restricted=False)
    publish(ticket=ticket, actor=world.actor("operator"), now=NOW, text="Kapağı açık rögar")
    assert not public_tickets().exists()
    assert Client().get(f"/d/{ticket.public_code}").status_code == 200


def test_a_restricted_ticket_cannot_be_published(world: World) -> None:
    with pytest.raises(NoSuchTransition):
        publish(ticket=danger(world), actor=world.actor("supervisor"), now=NOW, text="x")


def test_nobody_hears_that_a_danger_was_reported_there(world: World) -> None:
    ticket = danger(world, danger="fire", restricted=False)
    assert not nearby.is_reported(category=world.pothole, point=HERE, now=timezone.now())
    assert nearby.nearby(category=world.pothole, point=HERE, now=timezone.now())[0].ticket == ticket
    Ticket.objects.update(restricted=True)
    assert nearby.nearby(category=world.pothole, point=HERE, now=timezone.now()) == []


def test_no_other_system_is_told_of_it(world: World) -> None:
    Webhook.objects.create(name="Fen", url="https://fen.example/")
    ticket = danger(world)
    add_note(ticket=ticket, actor=world.actor("supervisor"), now=NOW, text="x")
    assert not WebhookCall.objects.exists()


def test_the_citizen_is_told_of_no_move_and_hears_what_staff_write(world: World) -> None:
    ticket = danger(world, department=None)
    world.move(ticket, Status.ASSIGNED, department=world.fen)
    world.move(ticket, Status.RESOLVED, answer="Bitti")
    assert not ticket.events.filter(announce=True).exists()


def test_it_joins_no_other_ticket_and_none_joins_it(world: World) -> None:
    ticket, other = danger(world), world.assigned()
    for one, original in ((ticket, other), (other, ticket)):
        with pytest.raises(MissingFields):
            world.move(one, Status.DUPLICATE, duplicate_of=original)


def test_notices_of_it_say_nothing_and_departments_hear_of_no_work_or_deadline(world: World) -> None:
    ticket = danger(world)
    assert {str(each) for each in Notification.objects.all()} == {"Gizli acil bildirim"}
    world.move(ticket, Status.ASSIGNED, department=world.park)
    watch_clocks(now=timezone.now() + timedelta(days=90))
    assert not Notification.objects.exclude(kind=Notification.Kind.DANGER).exists()


def test_reports_count_it_in_totals_and_in_nothing_that_names_a_group(world: World) -> None:
    danger(world)
    now = timezone.now()
    period = Period(now - timedelta(days=1), now + timedelta(days=1))
    for username in ("head_fen", "operator", "supervisor"):
        tickets = interface.scope(world.user(username))
        assert interface.summary(tickets, period, now).opened == 1
        assert all(interface.grouped(tickets, period, now, group) == [] for group in Group)
        assert interface.clusters(tickets, period, 14) == []
        of_it = interface.scope(world.user(username), neighbourhood=["alpaslan"])
        assert interface.summary(of_it, period, now).opened == 0


def test_the_officer_does_not_export_what_is_not_theirs_to_read(world: World) -> None:
    ticket = danger(world)
    client = signed_in(world, "dpo")
    answer = client.post("/admin/kisisel-veri/", {"act": "export", "who": PHONE})
    assert answer["Content-Type"].startswith("text/html")
    page = of_the_person(client, ticket)
    assert "gizli acil bildirim" in page
    assert ticket.number not in page
    file = signed_in(world, "admin").post("/admin/kisisel-veri/", {"act": "export", "who": PHONE})
    assert "attachment" in file["Content-Disposition"]
    assert read(file)


def test_a_change_that_makes_it_restricted_takes_it_away_at_once(world: World) -> None:
    ticket = danger(world, danger="fire", restricted=False)
    assert ticket in visible_to(world.user("operator"))
    correct_danger(
        ticket=ticket,
        actor=world.actor("operator"),
        now=NOW,
        danger="violence",
        urgent=True,
        restricted=False,
    )
    assert ticket not in visible_to(world.user("operator"))


def test_only_staff_of_the_ticket_claim_it(world: World) -> None:
    ticket = danger(world)
    with pytest.raises(NotAllowed):
        acknowledge(ticket=ticket, actor=world.actor("head_park"), now=NOW)
