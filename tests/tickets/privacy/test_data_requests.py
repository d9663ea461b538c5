"""Requests about personal data: the officer's list and clock, closing, erasure, retention, export."""

from datetime import timedelta

import pytest
from django.db.models import QuerySet
from django.test import Client

from tests.tickets.world import NOW, World, sign_in
from tickets.models import Citizen, Notification, PersonalDataRequest
from tickets.privacy import destruction, subject_access
from tickets.privacy.data_requests import ask_officer, close_request
from tickets.privacy.data_subjects import subject_of
from tickets.privacy.erasure import erase
from tickets.record.statuses import Status
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed

PAGE = "/admin/kisisel-veri/talepler/"


def ask(citizen: Citizen, kind: str = "erase", words: str = "verilerimi silin") -> PersonalDataRequest:
    return ask_officer(citizen=citizen, kind=kind, words=words, now=NOW)


def page(client: Client, which: str = "acik") -> str:
    return str(client.get(PAGE, {"durum": which}).content.decode())


def notices() -> QuerySet[Notification]:
    return Notification.objects.filter(kind="data")


def test_it_has_to_be_answered_within_thirty_days(world: World) -> None:
    assert ask(world.citizen).due_at == NOW + timedelta(days=30)


def test_a_second_one_joins_the_first_while_that_is_open(world: World) -> None:
    first = ask(world.citizen)
    again = ask(world.citizen, "access", "hakkımda ne biliyorsunuz")
    assert again.pk == first.pk
    assert again.words == "verilerimi silin\nhakkımda ne biliyorsunuz"
    assert notices().count() == 1


def test_after_it_was_closed_another_is_a_new_one(world: World) -> None:
    first = ask(world.citizen)
    close_request(data_request=first, actor=world.actor("dpo"), now=NOW, outcome="informed")
    assert ask(world.citizen).pk != first.pk


def test_the_officer_is_notified_without_a_word_of_the_citizen(world: World) -> None:
    ask(world.citizen)
    notice = notices().get()
    assert notice.user == world.user("dpo")
    assert str(notice) == "Yeni kişisel veri talebi"
    assert notice.page().endswith(PAGE)
    assert PAGE in str(sign_in(world, "dpo").get("/admin/bildirimler/").content.decode())


@pytest.mark.parametrize("who", ["operator", "supervisor", "head_fen", "crew_fen", "roleless"])
def test_nobody_else_sees_or_closes_one(world: World, who: str) -> None:
    asked = ask(world.citizen)
    client = sign_in(world, who)
    assert client.get(PAGE).status_code == 403
    assert client.post(f"{PAGE}{asked.pk}/kapat/", {"outcome": "erased"}).status_code == 403
    with pytest.raises(NotAllowed):
        close_request(data_request=asked, actor=world.actor(who), now=NOW, outcome="erased")


def test_the_list_says_how_long_there_is_left_and_leads_to_the_persons_data(world: World) -> None:
    asked = ask(world.citizen)
    PersonalDataRequest.objects.update(due_at=asked.due_at + timedelta(days=36500))
    shown = page(sign_in(world, "dpo"))
    assert "gün kaldı" in shown
    assert "verilerimi silin" in shown
    assert f"/admin/kisisel-veri/?talep={asked.pk}" in shown


def test_the_page_of_the_persons_data_opens_by_the_request(world: World) -> None:
    asked = ask(world.citizen)
    response = sign_in(world, "dpo").get("/admin/kisisel-veri/", {"talep": asked.pk})
    assert "Ayşe Yılmaz" in response.content.decode()
    assert str(asked) in response.content.decode()


def test_what_is_overdue_is_listed_apart(world: World) -> None:
    asked = ask(world.citizen)
    PersonalDataRequest.objects.update(due_at=NOW - timedelta(days=3650))
    officer = sign_in(world, "dpo")
    assert "süresi geçti" in page(officer, "geciken")
    PersonalDataRequest.objects.update(due_at=asked.due_at + timedelta(days=36500))
    assert "Süresi geçen talep yok." in page(officer, "geciken")


def test_an_empty_list_says_so(world: World) -> None:
    officer = sign_in(world, "dpo")
    assert "Bekleyen talep yok." in page(officer)
    assert "Henüz kapatılmış talep yok." in page(officer, "kapanan")


def test_the_officer_closes_one_with_its_outcome(world: World) -> None:
    asked = ask(world.citizen)
    officer = sign_in(world, "dpo")
    officer.post(f"{PAGE}{asked.pk}/kapat/", {"outcome": "informed", "note": "12.12.2026, 345"})
    asked.refresh_from_db()
    assert (asked.outcome, asked.closed_by, asked.note) == ("informed", world.user("dpo"), "12.12.2026, 345")
    assert "Bilgi verildi" in page(officer, "kapanan")


def test_closing_needs_an_outcome_and_happens_once(world: World) -> None:
    asked, officer = ask(world.citizen), world.actor("dpo")
    with pytest.raises(MissingFields):
        close_request(data_request=asked, actor=officer, now=NOW, outcome="")
    close_request(data_request=asked, actor=officer, now=NOW, outcome="refused")
    with pytest.raises(NoSuchTransition):
        close_request(data_request=asked, actor=officer, now=NOW, outcome="erased")


def test_erasing_the_citizen_closes_the_open_one_and_forgets_the_words_of_all(world: World) -> None:
    world.move(world.resolved(), Status.CLOSED)
    old = ask(world.citizen, "access", "hakkımda ne var")
    close_request(data_request=old, actor=world.actor("dpo"), now=NOW, outcome="informed", note="12.12.2026")
    waiting = ask(world.citizen)
    subject = subject_of(str(waiting), world.actor("dpo"))
    entry = erase(
        people=subject.keys,
        tickets=[each.pk for each in subject.tickets],
        actor=world.actor("dpo"),
        now=NOW,
        reason="dilekçe",
    )
    old.refresh_from_db()
    waiting.refresh_from_db()
    assert (old.citizen, old.words, old.note, old.outcome) == (None, "", "", "informed")
    assert (waiting.citizen, waiting.words, waiting.outcome) == (None, "", "erased")
    assert waiting.note == f"İmha kaydı no {entry.pk}"
    with pytest.raises(NoSuchTransition, match="silindi"):
        subject_of(str(waiting), world.actor("dpo"))


@pytest.mark.slow
def test_a_closed_one_is_destroyed_after_three_years_and_an_open_one_never(world: World) -> None:
    closed, stranger = ask(world.citizen), Citizen.objects.create(name="Veli", created_at=NOW)
    close_request(data_request=closed, actor=world.actor("dpo"), now=NOW, outcome="informed")
    waiting = ask(stranger)
    destruction.destroy(lambda: NOW + timedelta(days=3 * 365 - 1))
    assert set(PersonalDataRequest.objects.all()) == {closed, waiting}
    destruction.destroy(lambda: NOW + timedelta(days=3 * 365 + 1))
    assert list(PersonalDataRequest.objects.all()) == [waiting]


def test_whoever_asked_stays_known_until_it_is_destroyed(world: World) -> None:
    stranger = Citizen.objects.create(name="Veli", created_at=NOW)
    ask(stranger)
    destruction.destroy(lambda: NOW + timedelta(days=4000))
    stranger.refresh_from_db()
    assert stranger.name == "Veli"


def test_the_export_holds_what_was_asked(world: World) -> None:
    ask(world.citizen)
    subject = subject_of("0532 123 45 67", world.actor("dpo"))
    export = subject_access.data_export_of(subject, actor=world.actor("dpo"), now=NOW)
    [asked] = export.contents["Kişi"][0]["kişisel veri talepleri"]
    assert asked["yazdığınız"] == "verilerimi silin"
