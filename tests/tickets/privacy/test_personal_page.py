"""The personal-data officer's page: access, actions, log entries."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import reverse

from tests.tickets.world import NOW, World, sign_in
from tickets.models import Access, Citizen, Destruction, LegalHold, Retention, Ticket
from tickets.privacy.legal_holds import place_hold
from tickets.record.statuses import Status

PAGE = "/admin/kisisel-veri/"
PHONE = "0532 123 45 67"


@pytest.fixture
def ticket(world: World) -> Ticket:
    return world.move(world.resolved(), Status.CLOSED)


@pytest.fixture
def officer(world: World) -> Client:
    return sign_in(world, "dpo")


def ask(client: Client, act: str, who: str = PHONE, **fields: str) -> HttpResponseBase:
    return client.post(PAGE, {"act": act, "who": who} | fields, follow=True)


def shown(response: HttpResponseBase) -> str:
    assert hasattr(response, "content")
    return str(response.content.decode())


@pytest.mark.parametrize("who", ["operator", "supervisor", "head_fen", "crew_fen", "roleless"])
def test_nobody_else_looks_anybody_up(world: World, who: str, ticket: Ticket) -> None:
    client = sign_in(world, who)
    assert client.get(PAGE).status_code == 403
    assert ask(client, "search").status_code == 403
    assert not Access.objects.exists()


@pytest.mark.parametrize("which", ["phone", "number"])
def test_somebody_is_found_and_it_is_kept_who_looked(
    officer: Client, world: World, ticket: Ticket, which: str
) -> None:
    page = shown(ask(officer, "search", PHONE if which == "phone" else ticket.number))
    assert "Ayşe Yılmaz" in page
    assert ticket.number in page
    entry = Access.objects.get()
    assert (entry.what, entry.by, entry.citizens) == ("searched", world.user("dpo"), [world.citizen.pk])


def test_a_number_that_nobody_has_finds_nobody(officer: Client, ticket: Ticket) -> None:
    assert "Bu numarayla kayıtlı kimse yok." in shown(ask(officer, "search", "0532 999 99 99"))
    assert not Access.objects.exists()


def test_data_is_taken_out_as_a_zip(officer: Client, ticket: Ticket) -> None:
    response = ask(officer, "export", reason="dilekçe 12")
    assert response.headers["Content-Type"] == "application/zip"
    content = b"".join(response)
    assert ticket.number in ZipFile(BytesIO(content)).read("oku.html").decode()
    assert Access.objects.get().reason == "dilekçe 12"


def test_somebody_is_erased_once_it_is_typed_and_the_entry_is_told(
    officer: Client, world: World, ticket: Ticket
) -> None:
    page = shown(ask(officer, "erase", reason="dilekçe 12", confirm="sİl"))
    entry = Destruction.objects.get()
    assert f"İmha kaydı no {entry.pk}" in page
    assert (entry.by, entry.reason, entry.tickets) == (world.user("dpo"), "dilekçe 12", [ticket.number])
    assert not Citizen.objects.filter(name="Ayşe Yılmaz").exists()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"reason": "x", "confirm": "evet"}, "Silinmedi: onay alanına SİL yazın."),
        ({"reason": " ", "confirm": "SİL"}, "Silme nedenini yazın"),
    ],
)
def test_nothing_is_erased_by_a_slip(
    officer: Client, ticket: Ticket, fields: dict[str, str], told: str
) -> None:
    assert told in shown(ask(officer, "erase", **fields))
    assert not Destruction.objects.exists()
    assert Ticket.objects.get().description


def test_of_an_open_ticket_the_page_says_what_to_do_first(officer: Client, world: World) -> None:
    number = world.assigned().number
    assert "Önce şu başvuruları sonuçlandırıp kapatın" in shown(ask(officer, "search"))
    assert f"Kapanmamış başvurusu var: {number}" in shown(ask(officer, "erase", reason="x", confirm="SİL"))


@pytest.mark.parametrize("on", ["person", "ticket"])
def test_a_hold_is_put_shown_and_lifted(officer: Client, world: World, ticket: Ticket, on: str) -> None:
    chosen = {"on": ticket.number} if on == "ticket" else {}
    assert "2026/15 E." in shown(ask(officer, "hold", reason="2026/15 E.", **chosen))
    held = LegalHold.objects.get()
    assert (held.ticket, held.citizen) == ((ticket, None) if chosen else (None, world.citizen))
    assert "İmha engeli var" in shown(ask(officer, "erase", reason="x", confirm="SİL"))
    ticket_page = reverse("admin:tickets_ticket_change", args=[ticket.pk])
    assert "İmha engeli" in shown(sign_in(world, "operator").get(ticket_page))
    ask(officer, "lift", hold=str(held.pk))
    held.refresh_from_db()
    assert held.lifted_by == world.user("dpo")
    assert "İmha engeli" not in shown(sign_in(world, "operator").get(ticket_page))


def test_somebody_elses_hold_is_not_lifted_from_here(officer: Client, world: World, ticket: Ticket) -> None:
    other = world.open(citizen=Citizen.objects.create(name="Can", phone="+905559998877"))
    held = place_hold(ticket=other, actor=world.actor("dpo"), now=NOW, reason="Dava")
    ask(officer, "lift", hold=str(held.pk))
    held.refresh_from_db()
    assert held.lifted_at is None


def test_the_officer_sets_the_days_and_no_fewer_than_the_least(officer: Client) -> None:
    page = reverse("admin:tickets_retention_change", args=["media"])
    officer.post(page, {"days": "200"})
    assert Retention.objects.get(kind="media").days == 200
    assert officer.post(page, {"days": "3"}).status_code == 200
    assert Retention.objects.get(kind="media").days == 200


def test_the_log_of_destruction_is_searched_by_ticket_and_reason(officer: Client, ticket: Ticket) -> None:
    ask(officer, "erase", reason="dilekçe 12", confirm="SİL")
    listed = reverse("admin:tickets_destruction_changelist")
    for sought, found in ((ticket.number, True), ("dilekçe 12", True), ("MG-2031-000001", False)):
        page = shown(officer.get(listed, {"q": sought}))
        assert (page.count("dilekçe 12") > (sought == "dilekçe 12")) is found


@pytest.mark.parametrize("log", ["destruction", "access"])
def test_a_log_is_changed_by_nobody(officer: Client, world: World, ticket: Ticket, log: str) -> None:
    b"".join(ask(officer, "export", reason="dilekçe 12"))
    ask(officer, "erase", reason="dilekçe 12", confirm="SİL")
    listed = reverse(f"admin:tickets_{log}_changelist")
    entry = (Destruction if log == "destruction" else Access)._default_manager.latest("id")
    for act in ("change", "delete"):
        address = reverse(f"admin:tickets_{log}_{act}", args=[entry.pk])
        assert officer.post(address, {"reason": "x"}).status_code == 403
    assert sign_in(world, "supervisor").get(listed).status_code == 403


def test_the_page_of_a_forgotten_ticket_opens_and_says_so(officer: Client, ticket: Ticket) -> None:
    ask(officer, "erase", reason="dilekçe 12", confirm="SİL")
    page = shown(officer.get(reverse("admin:tickets_ticket_change", args=[ticket.pk])))
    assert "anonimleştirildi" in page
    assert "Ayşe" not in page
