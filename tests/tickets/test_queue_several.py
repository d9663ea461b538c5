"""Bulk changes, saved filters and export in the queue."""

import csv
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from tests.tickets.desk import sign_in
from tests.tickets.world import FUTURE, NOW, World
from tickets import services
from tickets.admin.queue import queue_csv
from tickets.models import SavedFilter, Ticket
from tickets.workflow import Status

LIST = "/admin/tickets/ticket/"
SignIn = Callable[[str], Client]


@pytest.fixture
def desk(world: World) -> SignIn:
    return lambda username: sign_in(world, username)


def said(response: Any) -> list[str]:
    """The sentences that the next page will show."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def chosen(*tickets: Ticket) -> list[str]:
    return [f"{ticket.pk}:{ticket.version}" for ticket in tickets]


def act(client: Client, tickets: list[str], **facts: Any) -> list[str]:
    response = client.post(f"{LIST}bulk/", {"ticket": tickets, "next": "?tab=yeni"} | facts)
    assert (response.status_code, response.headers["Location"]) == (302, f"{LIST}?tab=yeni")
    return said(response)


def test_several_are_sent_to_a_department_and_given_to_somebody(world: World, desk: SignIn) -> None:
    tickets = [world.open(), world.open()]
    sentences = act(
        desk("operator"), chosen(*tickets), do="assign", department="FEN", assignee=world.user("crew_fen").pk
    )
    assert sentences == ["2 başvuruda yapıldı."]
    found = Ticket.objects.values_list("status", "department__code", "assignee__username")
    assert set(found) == {("ASSIGNED", "FEN", "crew_fen")}


def test_several_are_moved_with_what_the_move_needs(world: World, desk: SignIn) -> None:
    tickets = [world.assigned(), world.assigned()]
    act(
        desk("head_fen"),
        chosen(*tickets),
        do="PLANNED",
        planned_for=FUTURE.isoformat(),
        note="asfalt programı",
    )
    assert set(Ticket.objects.values_list("status", "planned_for")) == {("PLANNED", FUTURE)}
    assert all(ticket.events.filter(note="asfalt programı").count() == 1 for ticket in tickets)


def test_what_cannot_be_moved_is_named_with_the_reason_and_the_others_are_done(
    world: World, desk: SignIn
) -> None:
    done, ended, stale = world.assigned(), world.resolved(), world.assigned()
    looked_at = chosen(done, ended, stale)
    services.add_note(ticket=stale, actor=world.actor("operator"), now=NOW, text="az önce")
    sentences = act(desk("operator"), looked_at, do="CANCELLED")
    assert sentences[0] == "1 başvuruda yapıldı."
    title, first, second = sentences[1].split("<br>")
    assert title == "2 başvuruda yapılamadı:"
    assert first.startswith(
        f"{ended.number}: “Çözüldü” durumundaki başvuru “İptal edildi” durumuna alınamaz."
    )
    assert second == f"{stale.number}: Başvuru siz bakarken değişti. Sayfayı yenileyip yeniden deneyin."
    assert dict(Ticket.objects.values_list("number", "status")) == {
        done.number: "CANCELLED",
        ended.number: "RESOLVED",
        stale.number: "ASSIGNED",
    }


def test_nothing_happens_to_a_ticket_that_the_role_does_not_see(world: World, desk: SignIn) -> None:
    hidden = world.assigned(category=world.misconduct)
    assert act(desk("operator"), chosen(hidden), do="CANCELLED") == []
    hidden.refresh_from_db()
    assert (hidden.status, hidden.version) == (Status.ASSIGNED, 1)


@pytest.mark.parametrize(
    ("who", "facts", "sentence"),
    [
        ("operator", {"ticket": []}, "Önce başvuru seçin."),
        ("operator", {"ticket": ["x", "1:y", ":"]}, "Önce başvuru seçin."),
        ("operator", {"do": ""}, "Bu alan zorunlu."),
        ("operator", {"do": "PLANNED"}, "Geçerli bir seçenek seçin."),
        ("crew_fen", {"do": "REJECTED"}, "Geçerli bir seçenek seçin."),
        ("dpo", {"do": "CANCELLED"}, "Geçerli bir seçenek seçin."),
        ("operator", {"do": "REJECTED"}, "1 başvuruda yapılamadı"),
    ],
)
def test_an_order_that_makes_no_sense_says_why_and_changes_nothing(
    world: World, desk: SignIn, who: str, facts: dict[str, Any], sentence: str
) -> None:
    ticket = world.assigned()
    data = {"ticket": chosen(ticket)} | facts
    assert sentence in " ".join(act(desk(who), data.pop("ticket"), **data))
    assert set(Ticket.objects.values_list("status", "version")) == {("ASSIGNED", 1)}


@pytest.mark.parametrize(
    ("who", "offered", "kept"),
    [
        ("operator", "CANCELLED", "RESOLVED_"),
        ("crew_fen", "RESOLVED", "REJECTED"),
        ("head_fen", "REJECTED", "REDIRECTED"),
    ],
)
def test_the_form_offers_what_the_role_can_do(
    world: World, desk: SignIn, who: str, offered: str, kept: str
) -> None:
    html = desk(who).get(f"{LIST}bulk/fields/").content.decode()
    assert f'<option value="{offered}"' in html
    assert f'<option value="{kept}"' not in html
    assert ('name="department"' in html) == (who == "operator")


def test_who_may_only_read_is_offered_nothing_to_do(world: World, desk: SignIn) -> None:
    world.assigned()
    assert "data-fields" in desk("operator").get(LIST).content.decode()
    assert "data-fields" not in desk("dpo").get(LIST).content.decode()


def exported(client: Client, query: str) -> list[dict[str, str]]:
    response = client.get(f"{LIST}export/?{query}")
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(StringIO(text)))


def test_the_list_is_exported_as_it_is_filtered_and_without_the_citizen(world: World, desk: SignIn) -> None:
    world.open()
    ticket = world.assigned(summary="=HYPERLINK()", neighbourhood=world.mahalle)
    (row,) = exported(desk("operator"), "tab=birimim&department=yok")
    assert row["Durum"] == "Alındı"
    (row,) = exported(desk("operator"), "department=FEN&form=csv")
    assert (row["Başvuru no"], row["Birim"], row["Mahalle"]) == (ticket.number, "Fen İşleri", "Alpaslan")
    assert row["Özet"] == "'=HYPERLINK()"
    assert "Ayşe" not in str(row)
    assert "5321234567" not in str(row)


def test_a_workbook_has_a_limit_that_is_told(
    world: World, desk: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_csv, "MOST_ROWS", 1)
    for _ in range(2):
        world.assigned()
    refused = desk("operator").get(f"{LIST}export/?tab=tumu&form=xlsx", follow=True)
    assert "CSV isteyin ya da süzün." in refused.content.decode()


def test_only_the_chosen_are_exported_and_only_what_the_role_sees(world: World, desk: SignIn) -> None:
    first, _, hidden = world.assigned(), world.assigned(), world.assigned(category=world.misconduct)
    keys = "&".join(f"ticket={key}" for key in chosen(first, hidden))
    rows = exported(desk("operator"), f"{keys}&next=%3Ftab%3Dtumu")
    assert [row["Başvuru no"] for row in rows] == [first.number]


def test_a_filter_is_kept_under_a_name_replaced_and_forgotten(world: World, desk: SignIn) -> None:
    client = desk("operator")
    for query in ("?status=NEW", "?status=WAITING"):
        response = client.post(f"{LIST}saved/", {"name": " Benimkiler ", "next": query})
        assert response.headers["Location"] == f"{LIST}{query}"
    (saved,) = world.user("operator").saved_filters.all()
    assert (saved.name, saved.query) == ("Benimkiler", "?status=WAITING")
    assert "Benimkiler" in client.get(LIST).content.decode()
    assert "Benimkiler" not in desk("supervisor").get(LIST).content.decode()
    desk("supervisor").post(f"{LIST}saved/{saved.pk}/forget/")
    assert SavedFilter.objects.count() == 1
    client.post(f"{LIST}saved/{saved.pk}/forget/")
    assert not SavedFilter.objects.exists()


def test_a_filter_without_a_name_is_not_kept(world: World, desk: SignIn) -> None:
    response = desk("operator").post(f"{LIST}saved/", {"name": " ", "next": "https://example.org"})
    assert (said(response), response.headers["Location"]) == (["Süzgece bir ad verin."], LIST)
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize("path", ["bulk/", "saved/", "saved/1/forget/", "export/", "bulk/fields/"])
def test_staff_without_a_role_do_nothing_from_the_queue(world: World, desk: SignIn, path: str) -> None:
    client = desk("roleless")
    ask = client.get if path in ("export/", "bulk/fields/") else client.post
    assert ask(LIST + path).status_code == 403
