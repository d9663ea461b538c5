"""Access matrix: every URL against every role and anonymous users."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.admin import site
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import Settings

from tests.tickets.desk import sign_in
from tests.tickets.world import World, build_world
from tickets.models import Ticket

# For the whole world: no person and no ticket is in them, or a secret of their own guards them.
PUBLIC = re.compile(
    r"^(|healthz|metrics|readyz|admin/log(in|out)/|admin/giris/(parolami-unuttum|parola/1/1)/|admin/jsi18n/|api/v1/(schema|docs)/|open311/.*|kod/.*|durum/.*|acik-veri/.*)$"
)
# For whoever may sign in at all: the frame, one's own password, base data, and lists that show the rows of one's roles.
SIGNED_IN = re.compile(
    r"^(admin/|admin/logout/|admin/password_change/(done/)?|admin/hesabim/.*|admin/giris/onay/|admin/search/|admin/kilavuz/.*|admin/harita/|admin/bildirimler/.*"
    r"|api/v1/(schema|docs|tickets|departments|categories|neighbourhoods|agencies|keys)/.*"
    r"|api/v1/reports/.*|api/v1/open-data/.*)$"
)
# Pages beside those of the tables. One that is not named here is shut to all but those who may do everything.
ALL_ROLES = frozenset({"operator", "supervisor", "head_fen", "crew_fen", "dpo", "admin"})
CALL_CENTRE = frozenset({"operator", "supervisor", "admin"})
PAGES = {
    "kisisel_veri": frozenset({"dpo", "admin"}),
    "kvkk_talepleri": frozenset({"dpo", "admin"}),
    "admin:tickets_queue_bulk_fields": ALL_ROLES,
    "admin:tickets_queue_export": ALL_ROLES,
    "yeni": CALL_CENTRE,
    "yeni_arayan": CALL_CENTRE,
    "yeni_oneri": CALL_CENTRE,
    "api:ticket-detail": ALL_ROLES,
    "tatbikat": frozenset({"supervisor", "admin"}),
}
WITH_A_QUESTION = {"yeni_arayan", "yeni_oneri"}  # asked without one they have nothing to show
# The pages are stricter than the permissions: administrators alone.
NARROWER = {"view_apikey", "view_webhook", "view_webhookcall"}
ACTIONS = {"changelist": "view", "add": "add", "change": "view", "delete": "delete", "history": "view"}
# The page on which somebody who has none yet connects a second factor.
ENROLMENT = "/admin/giris/telefon/"
SHUT = {401, 403, 404, 405}


@dataclass(frozen=True)
class Address:
    name: str
    path: str

    @property
    def table(self) -> tuple[str, str] | None:
        """The permission's app and codename where it is one of the pages of a table."""
        match = re.fullmatch(r"admin:([a-z]+)_([a-z0-9]+)_(changelist|add|change|delete|history)", self.name)
        return (match[1], f"{ACTIONS[match[3]]}_{match[2]}") if match else None


def walk(resolver: URLResolver | Any, ticket: Ticket, prefix: str = "", space: str = "") -> Iterator[Address]:
    for part in resolver.url_patterns:
        pattern = prefix + str(part.pattern)
        if isinstance(part, URLPattern):
            yield Address(space + (part.name or "?"), example(pattern, ticket))
        else:
            yield from walk(part, ticket, pattern, space + (f"{part.namespace}:" if part.namespace else ""))


def example(pattern: str, ticket: Ticket) -> str:
    """An address of that pattern: about the ticket, or about the first of whatever it is."""
    path = re.sub(r"\(\?P<number>[^)]*\)", ticket.number, pattern)
    path = re.sub(r"\(\?P<form>[^)]*\)", "json", path)
    path = re.sub(r"\(\?P<part>[^)]*\)", "file", path)
    path = re.sub(r"\(\?P<app_label>[^)]*\)", "tickets", path)
    path = re.sub(r"\(\?P<url>[^)]*\)|\(\?P<path>[^)]*\)", "nowhere", path)
    path = re.sub(r"\(\?P<\w+>[^)]*\)", "1", path)
    key = ticket.pk if "tickets/ticket/" in path else 1
    path = re.sub(r"<(?:int|path):(?:object_id|pk)>", str(key), path)
    path = re.sub(r"<[^>]*>", "1", path)
    return path.replace("^", "").replace("$", "").replace(r"\.", ".").replace(".*", "nowhere")


@pytest.fixture
def world(db: None) -> World:
    return build_world()


@pytest.fixture
def addresses(world: World) -> list[Address]:
    ticket = world.assigned()
    return [each for each in walk(get_resolver(), ticket) if "nowhere" not in each.path]


def is_open(client: Client, address: Address, method: str = "get") -> bool:
    """Whether somebody gets something there: a page, or the end of a form, but not the way to the sign-in, nor to the
    first page, which is where the back office sends those who ask for what is not there.
    """
    response = getattr(client, method)(f"/{address.path}")
    if 300 <= response.status_code < 400:
        to = response.headers["Location"]
        return (
            "/login/" not in to and to != "/admin/" and is_open(client, Address(address.name, to.lstrip("/")))
        )
    return response.status_code not in SHUT | {400, 415, 429}


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_opens_what_is_public_and_nothing_else(addresses: list[Address], method: str) -> None:
    client = Client()
    found = [each for each in addresses if not PUBLIC.match(each.path) and is_open(client, each, method)]
    assert [each.path for each in found if each.path != "whatsapp/webhook/"] == []


@pytest.mark.parametrize("method", ["get", "post"])
def test_staff_without_a_role_open_the_frame_and_nothing_else(
    world: World, addresses: list[Address], method: str
) -> None:
    client = sign_in(world, "roleless")
    kept = [each for each in addresses if not PUBLIC.match(each.path) and not SIGNED_IN.match(each.path)]
    assert [each.path for each in kept if is_open(client, each, method)] == []


@pytest.mark.parametrize("method", ["get", "post"])
def test_before_the_second_factor_an_administrator_opens_no_more_than_a_stranger(
    world: World, addresses: list[Address], settings: Settings, method: str
) -> None:
    settings.SECOND_FACTOR = "required"
    client = sign_in(world, "admin")
    found = [each for each in addresses if not PUBLIC.match(each.path) and is_open(client, each, method)]
    ends = [getattr(client, method)(f"/{each.path}", follow=True) for each in found]
    shown = {end.request["PATH_INFO"] for end in ends} - {"/whatsapp/webhook/"}
    assert shown == {ENROLMENT}


@pytest.mark.parametrize("who", sorted(ALL_ROLES))
def test_a_role_opens_the_tables_that_its_group_may_view_and_the_pages_named_for_it(
    world: World, addresses: list[Address], who: str
) -> None:
    client, user = sign_in(world, who), world.user(who)
    more, less = [], []
    for address in addresses:
        if address.table:
            app, permission = address.table
            may = user.has_perm(f"{app}.{permission}")
            must = may and address.name.endswith("_changelist") and permission not in NARROWER
        elif address.name in PAGES:
            may = who in PAGES[address.name]
            must = may and address.name not in WITH_A_QUESTION
        else:
            continue
        opened = is_open(client, address)
        more += [address.path] if opened and not may else []
        less += [address.path] if must and not opened else []
    assert (more, less) == ([], [])


def test_only_administrators_give_rights(world: World) -> None:
    for who in ALL_ROLES - {"admin"}:
        sign_in(world, who)
        user = world.user(who)
        rights = {name for name in user.get_all_permissions() if name.startswith("auth.")}
        assert rights == set()
        assert not any(user.has_perm(f"departments.{act}_membership") for act in ("add", "change", "delete"))


@pytest.mark.parametrize("who", ["head_park", "crew_park", "roleless"])
def test_a_ticket_of_another_department_is_nowhere(world: World, who: str) -> None:
    ticket = world.assigned()
    client = sign_in(world, who)
    for address in walk(get_resolver(), ticket):
        about_it = ticket.number in address.path or f"tickets/ticket/{ticket.pk}/" in address.path
        if about_it and not address.path.startswith("open311/"):
            for method in ("get", "post"):
                assert not is_open(client, address, method) or address.path.endswith("/saved/1/forget/"), (
                    address
                )


def test_every_table_of_the_back_office_is_walked(addresses: list[Address]) -> None:
    walked = {each.table for each in addresses}
    for model in site._registry:
        assert (model._meta.app_label, f"view_{model._meta.model_name}") in walked
