"""A department's week by mail: to the heads who want it, once each Monday."""

from datetime import timedelta

import pytest
from django.core import mail
from pytest_django import Settings

from departments.models import Membership
from tests.tickets.world import NOW, World, sign_in
from tickets.models import Ticket, WeeklyMail
from tickets.record.workflow import NotAllowed
from tickets.reports.weekly_mails import mail_weekly, want_weekly

MONDAY = NOW + timedelta(days=7)


@pytest.fixture(autouse=True)
def _mail(settings: Settings, world: World) -> None:
    settings.NOTICES_BY_EMAIL = True
    head = world.user("head_fen")
    head.email = "fen@example.org"
    head.save()


def want(world: World, who: str = "head_fen", *, wanted: bool = True) -> None:
    want_weekly(user=world.user(who), department=world.fen, wanted=wanted, now=NOW)


def test_it_comes_once_each_monday_to_whoever_wants_it(world: World) -> None:
    assert mail_weekly(now=MONDAY) == 0
    want(world)
    late = world.assigned()
    Ticket.objects.filter(pk=late.pk).update(resolution_due_at=NOW + timedelta(days=1))
    assert mail_weekly(now=NOW) == 0  # from the next Monday on
    assert [mail_weekly(now=MONDAY) for _ in range(2)] == [1, 0]
    assert mail_weekly(now=MONDAY + timedelta(days=1)) == 0
    (sent,) = mail.outbox
    assert (sent.to, "Fen İşleri" in sent.subject) == (["fen@example.org"], True)
    for said in (
        "Gelen: 1 (0)",
        "Hafta bitince geciken: 1, açık 1 başvurudan",
        f"- {late.number}, Çukur",
        "birim=FEN",
    ):
        assert said in sent.body
    assert mail_weekly(now=MONDAY + timedelta(days=7)) == 1


def test_a_restricted_subject_and_the_words_of_a_citizen_are_not_in_it(world: World) -> None:
    want(world)
    late = world.assigned(category=world.misconduct)
    Ticket.objects.filter(pk=late.pk).update(resolution_due_at=NOW + timedelta(days=1))
    mail_weekly(now=MONDAY)
    assert late.number not in mail.outbox[0].body
    assert "önünde" not in mail.outbox[0].body


def test_only_a_head_may_want_it_and_who_is_no_longer_head_gets_none(world: World) -> None:
    with pytest.raises(NotAllowed):
        want(world, "head_park")
    want(world)
    Membership.objects.filter(user=world.user("head_fen")).delete()
    assert mail_weekly(now=MONDAY) == 0
    assert mail.outbox == []


def test_a_head_switches_it_on_and_off_on_the_page(world: World) -> None:
    client = sign_in(world, "head_fen")
    assert "Her pazartesi e-postayla al" in client.get("/admin/birimim/").content.decode()
    client.post("/admin/birimim/haftalik/", {"birim": "FEN", "istiyor": "1"})
    assert WeeklyMail.objects.count() == 1
    assert "Haftalık e-postayı kapat" in client.get("/admin/birimim/").content.decode()
    client.post("/admin/birimim/haftalik/", {"birim": "FEN", "istiyor": "0"})
    assert not WeeklyMail.objects.exists()
    assert client.post("/admin/birimim/haftalik/", {"birim": "PARK", "istiyor": "1"}).status_code == 404
    supervisor = sign_in(world, "supervisor")
    assert supervisor.post("/admin/birimim/haftalik/", {"birim": "FEN", "istiyor": "1"}).status_code == 404
    assert "e-postayla al" not in supervisor.get("/admin/birimim/").content.decode()


def test_nothing_leaves_at_night_or_without_a_mail_server(world: World, settings: Settings) -> None:
    want(world)
    assert mail_weekly(now=MONDAY.replace(hour=3)) == 0
    settings.NOTICES_BY_EMAIL = False
    assert mail_weekly(now=MONDAY) == 0
