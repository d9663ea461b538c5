"""Bulk changes, saved filters and export in the queue."""

import csv
import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client

from departments.models import Membership, Role
from departments.staff.role_permissions import match_groups
from departments.working_time.working_hours import ISTANBUL
from tests.tickets.world import FUTURE, NOW, World, sign_in
from tickets.casework.notes import add_note
from tickets.desk.queue import bulk, queue_csv
from tickets.models import Act, SavedFilter, Ticket
from tickets.record.statuses import Status
from tickets.undo import actions

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


def act(client: Client, tickets: list[str], **facts: Any) -> dict[str, Any]:
    """What the page is told of the change."""
    response = client.post(f"{LIST}bulk/", {"ticket": tickets, "next": "?tab=yeni"} | facts)
    answer: dict[str, Any] = response.json()
    nobodys = not answer["done"] and {each["reason"] for each in answer["failed"]} == {bulk.GONE}
    done = 404 if nobodys else 200
    assert response.status_code == (done if answer["done"] or answer["failed"] else 400)
    return answer


def test_several_are_sent_to_a_department_and_given_to_somebody(world: World, desk: SignIn) -> None:
    tickets = [world.open(), world.open()]
    answer = act(
        desk("operator"), chosen(*tickets), do="assign", department="FEN", assignee=world.user("crew_fen").pk
    )
    assert (answer["said"], answer["failed"]) == ("2 başvuruda yapıldı.", [])
    assert answer["done"] == [ticket.pk for ticket in tickets]
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


def test_what_was_done_to_several_is_offered_once_and_taken_back_as_one(world: World, desk: SignIn) -> None:
    client = desk("operator")
    act(client, chosen(world.assigned(), world.assigned()), do="CANCELLED")
    offered = client.get("/admin/geri-al/").json()
    assert offered["title"] == "2 başvuru: İptal edildi."
    client.post(offered["address"])
    assert set(Ticket.objects.values_list("status", flat=True)) == {"ASSIGNED"}


def test_a_selection_that_is_taken_back_half_way_stops_and_says_so(
    world: World, desk: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_tab, tickets, count = desk("operator"), [world.assigned(), world.assigned()], actions._count_part

    def taken_back_after_the_first(running: Act, title: str) -> None:
        count(running, title)
        other_tab.post(other_tab.get("/admin/geri-al/").json()["address"])

    monkeypatch.setattr(actions, "_count_part", taken_back_after_the_first)
    response = desk("operator").post(f"{LIST}bulk/", {"ticket": chosen(*tickets), "do": "CANCELLED"})
    answer = response.json()
    assert (answer["done"], answer["failed"]) == ([], [])
    assert "geri aldınız" in answer["said"]
    assert set(Ticket.objects.values_list("status", flat=True)) == {"ASSIGNED"}


def test_what_cannot_be_moved_is_named_with_the_reason_and_the_others_are_done(
    world: World, desk: SignIn
) -> None:
    done, ended, stale = world.assigned(), world.resolved(), world.assigned()
    looked_at = chosen(done, ended, stale)
    add_note(ticket=stale, actor=world.actor("operator"), now=NOW, text="az önce")
    answer = act(desk("operator"), looked_at, do="CANCELLED")
    assert (answer["said"], answer["done"]) == ("1 başvuruda yapıldı.", [done.pk])
    first, second = answer["failed"]
    assert (first["key"], first["number"]) == (ended.pk, ended.number)
    assert first["reason"].startswith("“Çözüldü” durumundaki başvuru “İptal edildi” durumuna alınamaz.")
    assert (second["key"], second["number"]) == (stale.pk, stale.number)
    assert second["reason"] == "Başvuru siz bakarken değişti. Sayfayı yenileyip yeniden deneyin."
    assert dict(Ticket.objects.values_list("number", "status")) == {
        done.number: "CANCELLED",
        ended.number: "RESOLVED",
        stale.number: "ASSIGNED",
    }


def test_nothing_happens_to_a_ticket_that_the_role_does_not_see(world: World, desk: SignIn) -> None:
    hidden = world.assigned(category=world.misconduct)
    answer = act(desk("operator"), chosen(hidden), do="CANCELLED")
    assert answer["done"] == []
    assert answer["failed"] == [
        {"key": hidden.pk, "number": "", "reason": "Bu başvuru artık size görünmüyor."}
    ]
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
        ("operator", {"do": "REJECTED"}, "Gerekçe yazın."),
    ],
)
def test_an_order_that_makes_no_sense_says_why_and_changes_nothing(
    world: World, desk: SignIn, who: str, facts: dict[str, Any], sentence: str
) -> None:
    ticket = world.assigned()
    data = {"ticket": chosen(ticket)} | facts
    assert sentence in str(act(desk(who), data.pop("ticket"), **data))
    assert set(Ticket.objects.values_list("status", "version")) == {("ASSIGNED", 1)}


def test_what_an_action_needs_is_asked_for_at_its_field_and_nothing_is_lost(
    world: World, desk: SignIn
) -> None:
    tickets = [world.assigned(), world.assigned()]
    answer = act(desk("operator"), chosen(*tickets), do="REJECTED", answer="Olmaz.")
    assert answer["errors"] == {"reason": ["Gerekçe yazın."]}
    assert [each["key"] for each in answer["failed"]] == [ticket.pk for ticket in tickets]
    html = desk("operator").get(f"{LIST}bulk/fields/").content.decode()
    needs = json.loads(html.partition(">")[2].partition("</script>")[0])
    assert needs["REJECTED"]["required"] == ["answer", "reason"]
    assert needs["PLANNED"] == {"takes": ["note", "planned_for"], "required": ["planned_for"]}


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
    return list(csv.DictReader(StringIO(text), delimiter=";"))


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


def test_only_the_columns_asked_for_are_exported_as_people_write_them(world: World, desk: SignIn) -> None:
    ticket = world.assigned()
    (row,) = exported(desk("operator"), "next=%3Ftab%3Dtumu&form=csv&column=Geli%C5%9F&column=Acil")
    came = ticket.created_at.astimezone(ISTANBUL)
    assert row == {"Geliş": f"{came:%d.%m.%Y %H:%M}", "Acil": "hayır"}


def test_a_number_of_a_report_leads_to_the_tickets_that_it_counts(world: World, desk: SignIn) -> None:
    still, done = world.assigned(), world.resolved()
    for query, found in {
        "open=on": {still.number},
        "outcome=RESOLVED": {done.number},
        "outcome=RESOLVED&ended_since=2026-11-23&ended_until=2026-11-23": {done.number},
        "ended_until=2026-11-22": set(),
        "acted_since=2026-11-23": {done.number},
        "rated_since=2026-11-01": set(),
    }.items():
        assert {row["Başvuru no"] for row in exported(desk("operator"), query)} == found, query
    assert (
        'name="ended_since" value="2026-11-23"'
        in desk("operator").get(f"{LIST}?ended_since=2026-11-23").content.decode()
    )


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


def test_a_supervisor_shares_a_view_with_the_office_and_any_supervisor_removes_it(
    world: World, desk: SignIn
) -> None:
    User.objects.create_user("supervisor2", is_staff=True)
    Membership.objects.create(user=world.user("supervisor2"), role=Role.SUPERVISOR)
    match_groups(world.user("supervisor2"))
    desk("supervisor").post(
        f"{LIST}saved/", {"name": "Okul çevresi", "next": "?durum=ASSIGNED", "shared": "on"}
    )
    saved = SavedFilter.objects.get(shared=True)
    html = desk("operator").get(LIST).content.decode()
    assert "Okul çevresi" in html
    assert "görünümünü sil" not in html
    desk("operator").post(f"{LIST}saved/{saved.pk}/forget/")
    assert SavedFilter.objects.exists()
    desk("supervisor2").post(f"{LIST}saved/{saved.pk}/forget/")
    assert not SavedFilter.objects.exists()


def test_a_clerk_shares_no_view(world: World, desk: SignIn) -> None:
    response = desk("operator").post(f"{LIST}saved/", {"name": "A", "next": "?q=a", "shared": "on"})
    assert said(response) == [
        "Herkese açık görünümü çağrı merkezi sorumlusu kaydeder. Kendiniz için kaydedin."
    ]
    assert not SavedFilter.objects.exists()


def test_a_filter_without_a_name_is_not_kept(world: World, desk: SignIn) -> None:
    response = desk("operator").post(f"{LIST}saved/", {"name": " ", "next": "https://example.org"})
    assert (said(response), response.headers["Location"]) == (["Görünüme bir ad verin."], LIST)
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize("path", ["bulk/", "saved/", "saved/1/forget/", "export/", "bulk/fields/"])
def test_staff_without_a_role_do_nothing_from_the_queue(world: World, desk: SignIn, path: str) -> None:
    client = desk("roleless")
    ask = client.get if path in ("export/", "bulk/fields/") else client.post
    assert ask(LIST + path).status_code == 403


def test_an_order_or_a_tab_alone_is_saved_as_a_view(world: World, desk: SignIn) -> None:
    world.assigned()
    for query in ("order=bekleyen", "tab=geciken"):
        assert "Ad verip kaydedin" in desk("operator").get(f"{LIST}?{query}").content.decode()
    assert "Ad verip kaydedin" not in desk("operator").get(LIST).content.decode()


def test_of_a_settled_ticket_the_queue_does_not_say_that_somebody_wrote(world: World, desk: SignIn) -> None:
    world.resolved()
    html = desk("operator").get(f"{LIST}?tab=tumu").content.decode()
    assert 'title="Başvuru sonuçlandı"' in html
