"""The page of notifications, and the indicator of unseen ones."""

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests.tickets.desk import sign_in
from tests.tickets.world import World
from tickets import services
from tickets.models import Notification, NotificationPreference, Ticket
from tickets.services.escalation import AGAIN_AFTER

PAGE = "/admin/bildirimler/"


@pytest.fixture
def danger(world: World) -> Ticket:
    """One that supervisors were told of."""
    now = timezone.now()
    ticket = world.open(urgent=True, urgent_reason="gaz", now=now)
    services.notify_of_danger(now=now)
    return ticket


@pytest.fixture
def supervisor(world: World) -> Client:
    return sign_in(world, "supervisor")


def test_the_bell_rings_for_a_danger_until_somebody_takes_it_on(supervisor: Client, danger: Ticket) -> None:
    bell = supervisor.get(f"{PAGE}durum/").json()
    assert bell["unseen"] == 1
    assert [each["key"] for each in bell["dangers"]] == [danger.pk]
    supervisor.post(bell["dangers"][0]["claim"])
    assert supervisor.get(f"{PAGE}durum/").json() == {"unseen": 0, "dangers": []}


def test_a_danger_told_twice_stands_there_once(supervisor: Client, danger: Ticket) -> None:
    services.notify_of_danger(now=timezone.now() + AGAIN_AFTER)
    assert len(supervisor.get(f"{PAGE}durum/").json()["dangers"]) == 1


def test_nobody_sees_what_others_were_told(world: World, danger: Ticket) -> None:
    head = sign_in(world, "head_fen")
    assert danger.number not in head.get(PAGE).content.decode()
    assert head.post(f"{PAGE}{danger.pk}/ustlen/").status_code == 404
    assert not Notification.objects.filter(acknowledged_at__isnull=False).exists()


def test_whoever_claims_what_they_may_not_open_stays_where_they_were(world: World, danger: Ticket) -> None:
    told = world.user("head_park")
    Notification.objects.create(user=told, kind=Notification.Kind.DANGER, ticket=danger, at=danger.created_at)
    head, was = sign_in(world, "head_park"), "/admin/tickets/ticket/?tab=tumu"
    claimed = head.post(f"{PAGE}{danger.pk}/ustlen/", headers={"referer": f"http://testserver{was}"})
    danger.refresh_from_db()
    assert (claimed.headers["Location"], danger.claimed_by) == (was, told)


def test_all_but_dangers_are_put_aside_with_one_key(world: World) -> None:
    world.assigned()
    head = sign_in(world, "head_fen")
    head.post(f"{PAGE}goruldu/")
    assert head.get(f"{PAGE}durum/").json()["unseen"] == 0


def test_whatsapp_is_offered_where_the_installation_has_switched_it_on(
    world: World, supervisor: Client, settings: Settings
) -> None:
    for switched in (False, True):
        settings.STAFF_NOTICES_BY_WHATSAPP = switched
        assert ("WhatsApp’la" in supervisor.get(PAGE).content.decode()) is switched
    settings.STAFF_NOTICES_BY_WHATSAPP = False
    supervisor.post(f"{PAGE}tercih/", {"by_message": ["danger"], "phone": "0532 123 45 67"})
    assert NotificationPreference.objects.get(user=world.user("supervisor")).by_message == []


def test_the_chosen_means_are_kept(world: World, supervisor: Client, settings: Settings) -> None:
    settings.STAFF_NOTICES_BY_WHATSAPP = True
    chosen = {"by_mail": ["work"], "by_message": ["danger", "deadline"], "phone": "0532 123 45 67"}
    supervisor.post(f"{PAGE}tercih/", chosen)
    wish = NotificationPreference.objects.get(user=world.user("supervisor"))
    assert (wish.by_mail, wish.by_message, wish.phone) == (["work"], ["danger", "deadline"], "+905321234567")


@pytest.mark.parametrize("phone", ["", "12"])
def test_messages_need_a_telephone_number(supervisor: Client, settings: Settings, phone: str) -> None:
    settings.STAFF_NOTICES_BY_WHATSAPP = True
    response = supervisor.post(f"{PAGE}tercih/", {"by_message": ["danger"], "phone": phone})
    assert response.status_code == 400
    assert not NotificationPreference.objects.exists()


def test_the_bell_of_somebody_signed_out_is_silent(client: Client) -> None:
    assert client.get(f"{PAGE}durum/").status_code == 302
