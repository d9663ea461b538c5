"""A drill rings as a danger does, says everywhere that it is one, and keeps what came of it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from tests.tickets.duty import on_duty
from tests.tickets.receiver import Receiver, listening
from tests.tickets.world import NOW, World, sign_in
from tickets.danger.alert_history import Way, attempts
from tickets.danger.drills import acknowledge_drill, start_drill
from tickets.danger.telephones import call_telephones
from tickets.models import Drill, NotificationPreference, Ticket
from tickets.notifications.emails import mail_notifications
from tickets.record.workflow import NoSuchTransition, NotAllowed

PAGE = "/admin/tatbikat/"
BELL = "/admin/bildirimler/durum/"


@pytest.fixture
def duty(world: World) -> User:
    user = on_duty(world, "operator", since=timezone.now() - timedelta(hours=1))
    on_duty(world, "operator", since=NOW)
    User.objects.filter(pk=user.pk).update(email="o@example.org")
    NotificationPreference.objects.create(user=user, phone="+905321112233", by_mail=["danger"])
    return user


@pytest.fixture
def gateway(duty: User, settings: Settings) -> Iterator[Receiver]:
    settings.NOTICES_BY_EMAIL = True
    settings.RING_SECRET = "mavi-kapi-ardinda-9"
    with listening() as receiver:
        settings.RING_URL = receiver.url
        yield receiver


def start(world: World) -> Drill:
    return start_drill(actor=world.actor("admin"), now=NOW)


def test_a_drill_rings_by_every_way_for_whoever_is_on_duty_and_opens_no_ticket(
    world: World, gateway: Receiver
) -> None:
    drill = start(world)
    call_telephones(lambda: NOW + timedelta(seconds=2))
    mail_notifications(now=NOW + timedelta(seconds=3))
    assert [(each.user.username, each.way, each.seconds) for each in attempts(drill)] == [
        ("operator", Way.PANEL, None),
        ("operator", Way.MAIL, 3),
        ("operator", Way.GATEWAY, 2),
    ]
    assert not Ticket.objects.exists()


def test_a_drill_says_everywhere_that_it_is_one(world: World, gateway: Receiver) -> None:
    start_drill(actor=world.actor("admin"), now=timezone.now())
    call_telephones(timezone.now)
    mail_notifications(now=timezone.now())
    (strip,) = sign_in(world, "operator").get(BELL).json()["dangers"]
    assert strip["name"].startswith("TATBİKAT")
    assert mail.outbox[0].subject.startswith("TATBİKAT")
    assert gateway.said[0]["test"] is True


def test_a_drill_rings_for_the_supervisors_on_duty_too(world: World, duty: User) -> None:
    on_duty(world, "supervisor", department=world.fen)
    assert {each.user.username for each in attempts(start(world))} == {"operator", "supervisor"}


def test_a_drill_is_claimed_from_the_strip_and_by_one_alone(world: World, duty: User) -> None:
    on_duty(world, "crew_fen", since=timezone.now() - timedelta(hours=1))
    drill = start_drill(actor=world.actor("admin"), now=timezone.now())
    client = sign_in(world, "operator")
    client.post(client.get(BELL).json()["dangers"][0]["claim"])
    drill.refresh_from_db()
    assert drill.claimed_by == duty
    assert sign_in(world, "crew_fen").get(BELL).json()["dangers"] == []
    with pytest.raises(NoSuchTransition, match="operator üstlendi"):
        acknowledge_drill(drill=drill, actor=world.actor("crew_fen"), now=NOW)


def test_in_the_strip_a_drill_stands_below_every_danger(world: World, duty: User) -> None:
    start_drill(actor=world.actor("admin"), now=timezone.now() - timedelta(minutes=5))
    world.assigned(danger="gas_in", urgent=True, now=timezone.now())
    names = [row["name"] for row in sign_in(world, "operator").get(BELL).json()["dangers"]]
    assert names == ["evde gaz", "TATBİKAT: acil bildirim"]


def test_a_drill_that_is_claimed_rings_no_telephone_any_more(world: World, gateway: Receiver) -> None:
    acknowledge_drill(drill=start(world), actor=world.actor("operator"), now=NOW)
    assert call_telephones(lambda: NOW) == 0


def test_who_was_not_rung_cannot_claim_a_drill(world: World, duty: User) -> None:
    drill = start(world)
    with pytest.raises(NotAllowed):
        acknowledge_drill(drill=drill, actor=world.actor("head_park"), now=NOW)
    assert (
        sign_in(world, "head_park").post(f"/admin/bildirimler/tatbikat/{drill.pk}/ustlen/").status_code == 404
    )


def test_a_drill_that_nobody_claims_leaves_the_strip_after_half_an_hour(world: World, duty: User) -> None:
    start_drill(actor=world.actor("admin"), now=timezone.now() - timedelta(minutes=31))
    assert sign_in(world, "operator").get(BELL).json()["dangers"] == []


def test_the_page_shows_who_was_rung_how_soon_and_who_claimed_it(world: World, gateway: Receiver) -> None:
    drill = start(world)
    User.objects.filter(username="operator").update(last_login=NOW)
    call_telephones(lambda: NOW + timedelta(seconds=2))
    acknowledge_drill(drill=drill, actor=world.actor("operator"), now=NOW + timedelta(seconds=41))
    page = sign_in(world, "supervisor").get(PAGE).content.decode()
    assert "operator · Telefon: 2 saniyede" in page
    assert "operator · Panel: henüz ulaşmadı" in page
    assert "operator 41 saniyede üstlendi" in page


def test_the_page_says_why_nobody_is_reached_on_a_first_day(world: World, settings: Settings) -> None:
    settings.NOTICES_BY_EMAIL, settings.RING_URL = False, ""
    start(world)
    page = sign_in(world, "admin").get(PAGE).content.decode()
    for reason in ("E-posta ayarlı değil", "Arama geçidi yok", "Nöbet çizelgesi şu an boş"):
        assert reason in page
    assert "supervisor · Panel: ulaşmadı (bu hesap hiç giriş yapmadı)" in page


def test_where_every_way_is_open_the_page_gives_no_reason(world: World, gateway: Receiver) -> None:
    page = sign_in(world, "admin").get(PAGE).content.decode()
    for reason in ("E-posta ayarlı değil", "Arama geçidi yok", "Nöbet çizelgesi şu an boş"):
        assert reason not in page


def test_former_drills_stay_on_the_page(world: World, duty: User) -> None:
    start(world)
    start_drill(actor=world.actor("admin"), now=NOW + timedelta(days=1))
    page = sign_in(world, "admin").get(PAGE).content.decode()
    assert page.index("24.11.2026") < page.index("23.11.2026")


@pytest.mark.parametrize(
    ("who", "looks", "starts"),
    [("admin", 200, 302), ("supervisor", 200, 403), ("operator", 403, 403), ("head_fen", 403, 403)],
)
def test_administrators_start_drills_and_supervisors_look(
    world: World, who: str, looks: int, starts: int
) -> None:
    client = sign_in(world, who)
    assert client.get(PAGE).status_code == looks
    assert client.post(f"{PAGE}baslat/").status_code == starts
    assert Drill.objects.exists() is (starts == 302)
    if looks == 200:
        assert ("Tatbikatı başlat" in client.get(PAGE).content.decode()) is (who == "admin")
