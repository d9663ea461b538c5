"""The pack for a data breach: who is concerned, what data, how much, and the drafts of the letters."""

from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client
from django.utils import timezone

from tests.tickets.world import World, sign_in
from tickets.models import Access, Citizen, Ticket

PAGE = "/admin/veri-ihlali/"
KNOWN = "2026-11-20T10:00"


def prepare(client: Client, **asked: Any) -> dict[str, str]:
    answer = client.post(PAGE, {"known_at": KNOWN, "kinds": ["name", "phone"]} | asked)
    assert answer.status_code == 200
    with ZipFile(BytesIO(b"".join(answer.streaming_content))) as archive:  # type: ignore[attr-defined]
        return {name: archive.read(name).decode() for name in archive.namelist()}


@pytest.fixture
def officer(world: World) -> Client:
    return sign_in(world, "dpo")


@pytest.fixture
def tickets(world: World) -> list[Ticket]:
    """Two of Ayşe's and one of Veli's, who wrote two days before."""
    veli = Citizen.objects.create(name="Veli Demir", phone="+905551112233")
    now = timezone.now()
    return [
        world.assigned(now=now),
        world.assigned(now=now, address="Köşk 5"),
        world.assigned(now=now - timedelta(days=2), citizen=veli),
    ]


def test_those_of_the_tickets_are_listed_with_what_reaches_them(
    officer: Client, tickets: list[Ticket]
) -> None:
    files = prepare(officer, numbers=f"{tickets[0].number}, {tickets[1].number}")
    rows = files["ilgililer.csv"].splitlines()
    assert len(rows) == 2
    assert "Ayşe Yılmaz" in rows[1]
    assert "905321234567" in rows[1]
    assert all(ticket.number in rows[1] for ticket in tickets[:2])


def test_those_of_the_days_are_listed(officer: Client, tickets: list[Ticket]) -> None:
    day = timezone.localdate() - timedelta(days=2)
    files = prepare(officer, first=f"{day:%Y-%m-%d}")
    assert "Veli Demir" in files["ilgililer.csv"]
    assert "Ayşe Yılmaz" not in files["ilgililer.csv"]


def test_of_a_misused_account_those_are_listed_whom_it_opened(
    world: World, officer: Client, tickets: list[Ticket]
) -> None:
    thief = sign_in(world, "operator")
    thief.get("/admin/tickets/ticket/")
    thief.get(f"/admin/tickets/ticket/{tickets[2].pk}/change/")
    today = f"{timezone.localdate():%Y-%m-%d}"
    files = prepare(officer, account="operator", first=today)
    assert "Veli Demir" in files["ilgililer.csv"]
    assert "Ayşe Yılmaz" not in files["ilgililer.csv"]
    assert "bilinmez: başvurular" in files["ozet.txt"]  # a list, of which nobody knows whom it showed


def test_pages_are_called_in_the_summary_as_the_desk_calls_them(
    world: World, officer: Client, tickets: list[Ticket]
) -> None:
    for page in ("admin:tickets_queue_export", "api:ticket-list", "bekleyen_arama"):
        Access.objects.create(at=timezone.now(), what="listed", by=world.user("operator"), page=page)
    files = prepare(officer, account="operator", first=f"{timezone.localdate():%Y-%m-%d}")
    assert "bilinmez: API: başvurular, başvurular (dosya), bekleyen arama" in files["ozet.txt"]


def test_a_number_that_the_account_saw_masked_alone_has_not_leaked(
    world: World, officer: Client, tickets: list[Ticket]
) -> None:
    thief = sign_in(world, "operator")
    for ticket in tickets[1:]:
        thief.get(f"/admin/tickets/ticket/{ticket.pk}/change/")
    thief.post(f"/admin/tickets/ticket/{tickets[1].pk}/phone/")
    files = prepare(officer, account="operator", first=f"{timezone.localdate():%Y-%m-%d}")
    leaked = {row.split(",")[1]: row.rsplit(",", 2)[1:] for row in files["ilgililer.csv"].splitlines()}
    assert leaked["Ayşe Yılmaz"] == ["evet", "evet"]
    assert leaked["Veli Demir"] == ["evet", "gizli göründü"]
    assert "Telefon numarası: 1\n" in files["ozet.txt"]


def test_nobody_is_named_whose_number_the_account_tried_in_vain(
    world: World, officer: Client, tickets: list[Ticket]
) -> None:
    sign_in(world, "head_park").get("/admin/tickets/ticket/", {"q": "0555 111 22 33"})
    files = prepare(officer, account="head_park", first=f"{timezone.localdate():%Y-%m-%d}")
    assert "Veli Demir" not in files["ilgililer.csv"]


def test_the_letters_are_drafts_with_the_counts_and_the_72_hours(
    officer: Client, tickets: list[Ticket]
) -> None:
    files = prepare(officer, numbers=tickets[1].number, kinds=["name", "place"], how="Ekran açık kaldı <b>")
    board, person = files["kurul-bildirimi.txt"], files["ilgiliye-bildirim.txt"]
    assert "23.11.2026 10.00" in board  # three days after it was learned
    assert "Etkilenen kişi sayısı: 1; kayıt (başvuru) sayısı: 1" in board
    assert "adres ve konum: 1" in board
    assert "Ekran açık kaldı <b>" in board
    assert "ad soyad, adres ve konum" in person
    assert "telefon" not in files["ozet.txt"].lower()
    assert all("TASLAK" in text for text in (board, person))


def test_who_made_it_and_about_whom_is_kept(world: World, officer: Client, tickets: list[Ticket]) -> None:
    prepare(officer, numbers=tickets[2].number)
    entry = Access.objects.get()
    assert (entry.what, entry.by, entry.reason) == ("exported", world.user("dpo"), "Veri ihlali dosyası")
    assert (entry.tickets, entry.citizens) == ([tickets[2].number], [tickets[2].citizen_id])


def test_restricted_tickets_are_counted_for_the_officer_and_listed_for_who_may_see_them(
    world: World, officer: Client, tickets: list[Ticket]
) -> None:
    Ticket.objects.filter(pk=tickets[2].pk).update(restricted=True)
    asked = {"numbers": f"{tickets[0].number}\n{tickets[2].number}"}
    files = prepare(officer, **asked)
    assert "Veli Demir" not in "".join(files.values())
    assert tickets[2].number not in files["ilgililer.csv"]
    assert "Dosyada olmayan gizli bildirim: 1" in files["ozet.txt"]
    assert "Veli Demir" in prepare(sign_in(world, "admin"), **asked)["ilgililer.csv"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"numbers": "12 Kasım"}, "MG-2026-000001"),
        ({"kinds": []}, "Hangi verinin sızdığını seçin"),
        ({"account": "yok", "first": "2026-11-01"}, "Bu adla bir hesap yok"),
        ({"account": "operator"}, "kötüye kullanıldığı günleri"),
        ({"first": "2026-11-05", "last": "2026-11-01"}, "Son gün ilk günden önce olamaz"),
        ({"known_at": "2099-01-01T00:00"}, "gelecekte olamaz"),
        ({}, "Başvuru numaralarını ya da günleri yazın"),
    ],
)
def test_a_mistake_is_told_with_what_to_do(officer: Client, asked: dict[str, Any], said: str) -> None:
    answer = officer.post(PAGE, {"known_at": KNOWN, "kinds": ["name"]} | asked)
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not Access.objects.exists()
