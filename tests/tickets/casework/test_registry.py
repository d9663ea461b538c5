"""The numbers of the registries: EBYS and CİMER."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from melikgazi.configuration import checks
from tests.tickets.world import NOW, World, sign_in
from tickets.casework.registry import register
from tickets.models import Ticket, TicketEvent
from tickets.record.workflow import MissingFields, NotAllowed, StaleVersion

INTAKE = "/admin/yeni/"


@pytest.fixture
def clerk(world: World) -> Client:
    return sign_in(world, "operator")


def said(**changes: Any) -> dict[str, Any]:
    return {"channel": "telefon", "kind": "sikayet", "description": "Yolda çukur var"} | changes


def registered(world: World, ticket: Ticket, by: str = "operator", **numbers: str) -> Ticket:
    return register(
        ticket=ticket,
        actor=world.actor(by),
        now=NOW,
        registry_number=numbers.get("registry_number", ""),
        cimer_number=numbers.get("cimer_number", ""),
    )


@pytest.mark.parametrize(
    ("required", "facts", "field"),
    [
        (["dilekce"], {"kind": "dilekce"}, "registry_number"),
        (["dilekce"], {"kind": "dilekce", "channel": "yuz_yuze"}, "registry_number"),
        (["cimer"], {"channel": "cimer"}, "cimer_number"),
        (["eposta"], {"channel": "eposta"}, "registry_number"),
        (
            ["dilekce", "cimer"],
            {"kind": "dilekce", "channel": "cimer", "cimer_number": "1"},
            "registry_number",
        ),
    ],
)
def test_what_has_to_have_a_number_is_not_taken_down_without_it(
    world: World, clerk: Client, settings: Settings, required: list[str], facts: dict[str, str], field: str
) -> None:
    settings.REGISTRY_NUMBER_REQUIRED = required
    refused = clerk.post(INTAKE, said(**facts))
    assert "numarasız kaydedilmez" in refused.context["form"].errors[field][0]
    assert not Ticket.objects.exists()
    clerk.post(INTAKE, said(**facts | {field: " E-17-622/98 "}))
    assert getattr(Ticket.objects.get(), field) == "E-17-622/98"


def test_without_the_setting_nobody_is_asked_for_one(world: World, clerk: Client) -> None:
    clerk.post(INTAKE, said(kind="dilekce", channel="cimer"))
    assert Ticket.objects.get().registry_number == ""


def test_a_number_is_written_later_and_stands_in_the_timeline(world: World) -> None:
    ticket = registered(world, world.assigned(), registry_number=" 2026/4711 ")
    ticket = registered(world, ticket, registry_number="2026/4711")
    assert (ticket.registry_number, ticket.version) == ("2026/4711", 2)
    event = ticket.events.get(kind=TicketEvent.Kind.REGISTERED)
    assert event.data == {"registry_number": "2026/4711"}


def test_a_number_that_is_too_long_is_refused_and_not_cut(world: World) -> None:
    with pytest.raises(MissingFields, match="en çok 60 karakter"):
        registered(world, world.assigned(), cimer_number="9" * 61)


def test_who_does_not_work_on_the_ticket_writes_no_number(world: World) -> None:
    ticket = world.assigned()
    with pytest.raises(NotAllowed):
        registered(world, ticket, by="head_park", registry_number="1")
    with pytest.raises(StaleVersion):
        register(
            ticket=ticket,
            actor=world.actor("operator"),
            now=NOW,
            registry_number="1",
            cimer_number="",
            version=9,
        )


def test_the_ticket_page_shows_the_numbers_and_what_is_missing(
    world: World, clerk: Client, settings: Settings
) -> None:
    settings.REGISTRY_NUMBER_REQUIRED = ["cimer"]
    ticket = world.assigned(channel="cimer")
    page = f"/admin/tickets/ticket/{ticket.pk}/"
    assert "<dt>CİMER no</dt><dd><strong>eksik</strong></dd>" in clerk.get(f"{page}change/").content.decode()
    clerk.post(f"{page}register/", {"version": 1, "registry_number": "E-1", "cimer_number": "2600012345"})
    html = clerk.get(f"{page}change/").content.decode()
    assert "2600012345" in html
    assert "eksik</strong>" not in html


@pytest.mark.parametrize("query", ["E-17-622/98", "e-17-622/98", "622/98", "2600012345"])
def test_the_search_finds_it_by_either_number(world: World, clerk: Client, query: str) -> None:
    world.open()
    ticket = world.assigned()
    registered(world, ticket, registry_number="E-17-622/98", cimer_number="2600012345")
    html = clerk.get("/admin/tickets/ticket/", {"q": query}).content.decode()
    assert html.count("data-row=") == 1
    assert f'data-row="{ticket.pk}"' in html


def test_files_and_rest_have_both_numbers(world: World, clerk: Client) -> None:
    ticket = registered(world, world.assigned(), registry_number="E-17", cimer_number="26000")
    answer = clerk.get(f"/api/v1/tickets/{ticket.number}/").json()
    assert (answer["registry_number"], answer["cimer_number"]) == ("E-17", "26000")
    for address in ("/admin/tickets/ticket/export/?tab=tumu", "/api/v1/tickets/?format=csv"):
        text = b"".join(clerk.get(address).streaming_content).decode()  # type: ignore[attr-defined]
        assert "E-17" in text
        assert "26000" in text


def test_nothing_of_them_is_left_once_the_ticket_is_anonymous(world: World) -> None:
    ticket = registered(world, world.resolved(), cimer_number="26000")
    from tickets.privacy.erasure import forget_tickets

    forget_tickets([ticket.pk], NOW, world.actor("dpo"))
    ticket.refresh_from_db()
    assert (ticket.cimer_number, "26000" in ticket.search) == ("", False)


@pytest.mark.parametrize(("named", "faults"), [(["dilekce", "cimer"], 0), (["whatsapp"], 1), (["evrak"], 1)])
def test_a_setting_that_names_what_there_is_not_is_a_fault(
    settings: Settings, named: list[str], faults: int
) -> None:
    settings.REGISTRY_NUMBER_REQUIRED = named
    assert sum(each.id == "melikgazi.E044" for each in checks.run(checks.ALWAYS)) == faults
