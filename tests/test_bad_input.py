"""Whatever staff type, paste or change in an address, no page breaks."""

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy

import pytest
from django.test import Client
from django.urls import get_resolver
from pytest_django import DjangoDbBlocker

from departments.common import cache
from tests.once import once
from tests.test_matrix import Address, walk
from tests.tickets.world import NOW, World, build_world, sign_in
from tickets.casework.awaiting_staff import request_staff
from tickets.models import WaitingConversation

NAMES = re.compile(rb'<(?:input|select|textarea|button)[^>]*\bname="([^"]+)"')
# What addresses are asked with beside what their own forms hold.
ALWAYS = frozenset(
    (
        *(
            "q",
            "s",
            "o",
            "p",
            "e",
            "tab",
            "after",
            "before",
            "order",
            "since",
            "until",
            "page",
            "page_size",
            "ordering",
        ),
        *(
            "_to_field",
            "_popup",
            "app_label",
            "model_name",
            "field_name",
            "term",
            "id",
            "pk",
            "lat",
            "lon",
            "lng",
        ),
        *(
            "radius",
            "bbox",
            "z",
            "zoom",
            "from",
            "to",
            "year",
            "month",
            "day",
            "period",
            "interval",
            "department",
        ),
        *(
            "category",
            "neighbourhood",
            "status",
            "kind",
            "text",
            "number",
            "phone",
            "live",
            "start_date",
            "end_date",
        ),
        *(
            "service_request_id",
            "service_code",
            "jurisdiction_id",
            "next",
            "format",
            "version",
            "cursor",
            "search",
        ),
        *(
            "hub.mode",
            "hub.challenge",
            "code",
            "limit",
            "offset",
            "created_after",
            "created_before",
            "updated_after",
        ),
        *(
            "ticket",
            "attachment",
            "macro",
            "assignee",
            "key",
            "giver",
            "taker",
            "hold",
            "sayfa",
            "known",
            "note",
            "name",
        ),
        *("action", "select_across", "_selected_action", "index", "id__exact", "id__in", "at__gte"),
    )
)
DIGITS = "9" * 5_000
VALUES = {
    "NUL": "a\x00b",
    "digits": DIGITS,
    "NaN": "NaN",
    "infinite": "1e999",
    "negative": "-1",
    "no date": "2026-13-45",
    "first day": "0001-01-01T00:00:00Z",
    "first moment": "0001-01-01T00:00:00+14:00",
    "last day": "9999-12-31",
    "cursor": f"2026-11-01T00:00:00+03:00_{DIGITS}",
    "other digits": "٣٣",
    "JSON": '{"a": [',
    "box": "1,2,3,NaN",
}


@pytest.fixture(scope="module")
def _built(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    yield from once(django_db_blocker, build_world)


@pytest.fixture
def world(_built: World, db: None) -> World:
    cache.refresh()
    return deepcopy(_built)


def signed_in(world: World, who: str) -> Client:
    client = sign_in(world, who)
    client.raise_request_exception = False
    return client


def addresses(world: World) -> Iterable[Address]:
    return (
        each for each in walk(get_resolver(), world.assigned()) if not each.path.startswith("admin/logout")
    )


def asked_for(client: Client, path: str) -> set[str]:
    """The names that an address may be asked with."""
    shown = client.get(f"/{path}")
    own = set() if shown.streaming else {name.decode() for name in NAMES.findall(shown.content)}
    return (own | ALWAYS) - {"csrfmiddlewaretoken"}


@pytest.mark.parametrize(
    "asked",
    [
        f"tickets/ticket/?after={VALUES['cursor']}",
        "tickets/ticket/?after=0001-01-01T00:00:00%2B14:00_1",
        "tickets/ticket/?until=9999-12-31",
        "raporlar/?from=9999-12-31&last=9999-12-31",
        "departments/signin/?at__gte=0001-01-01T00:00:00%2B14:00",
        "tickets/breach/?at__gte=9999-12-31T23:59:59-14:00",
        f"tickets/access/?id__exact={DIGITS}",
    ],
    ids=lambda asked: asked[:40],
)
def test_a_value_beyond_all_calendars_and_tables_is_the_mistake_of_who_sent_it(
    world: World, asked: str
) -> None:
    assert signed_in(world, "admin").get(f"/admin/{asked}").status_code < 500


@pytest.mark.parametrize(
    ("method", "address", "field"),
    [
        ("get", "bekleyenler/", "sayfa"),
        ("get", "tickets/ticket/export/", "ticket"),
        ("get", f"tickets/ticket/{DIGITS}/change/", "q"),
        ("get", f"tickets/citizen/{DIGITS}/change/", "q"),
        ("post", "tickets/ticket/bulk/", "ticket"),
        ("post", "tickets/ticket/{ticket}/original/", "attachment"),
        ("post", "tickets/ticket/{ticket}/preview/", "macro"),
        ("post", "tickets/ticket/{ticket}/draft/", "text"),
        ("post", "tickets/ticket/saved/", "name"),
        ("post", "tickets/ticket/saved/", "next"),
        ("post", "bekleyenler/{talk}/al/", "assignee"),
        ("post", "bekleyenler/{talk}/ekle/", "ticket"),
        ("post", "bekleyenler/{talk}/kapat/", "note"),
        ("post", "pano/ver/", "assignee"),
        ("post", "pano/devret/", "giver"),
        ("post", "pano/duvar/ac/", "name"),
        ("post", "yonlendirmeler/", "ticket"),
        ("post", "kisisel-veri/", "hold"),
        ("post", "yeni/arayan/", "known"),
    ],
)
@pytest.mark.parametrize("value", ["NUL", "digits"])
def test_what_is_sent_where_no_form_checks_it_breaks_no_page(
    world: World, method: str, address: str, field: str, value: str
) -> None:
    ticket = world.open(proposed_agency=world.kaski)
    talk = request_staff(citizen=world.citizen, reason=WaitingConversation.Reason.ASKED, now=NOW)
    sent = {
        "do": "assign", "name": "a", "next": "?q=1", "act": "lift", "who": ticket.number, "key": "1", "what": "talk",
        "giver": str(world.user("operator").pk), "taker": "herkes",
    }  # fmt: skip
    of = {
        "bulk": f"{VALUES[value]}:1",
        "yonlendirmeler": f"{ticket.number}/{VALUES[value]}",
        "saved": f"?q={VALUES[value]}",
    }
    named = next((text for part, text in of.items() if part in address and field != "name"), VALUES[value])
    path = f"/admin/{address.format(ticket=ticket.pk, talk=talk.pk)}"
    answer = getattr(signed_in(world, "admin"), method)(path, sent | {field: named})
    assert answer.status_code < 500
    assert value != "NUL" or answer.status_code == 400


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # days without a zone
@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("who", ["admin", "operator", "crew_fen"])
def test_no_values_together_break_a_page(world: World, who: str, value: str) -> None:
    client = signed_in(world, who)
    said = {
        (method.__name__, address.path): method(
            f"/{address.path}", dict.fromkeys(sorted(asked_for(client, address.path)), VALUES[value])
        ).status_code
        for address in addresses(world)
        for method in (client.get, client.post)
    }
    assert [asked for asked, status in said.items() if status == 500] == []


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # days without a zone
@pytest.mark.parametrize("value", VALUES)
def test_no_value_alone_breaks_a_page(world: World, value: str) -> None:
    client = signed_in(world, "admin")
    said = {
        (address.path, name): client.get(f"/{address.path}", {name: VALUES[value]}).status_code
        for address in addresses(world)
        if not re.search(r"/(change|delete|history|add)/$", address.path)
        for name in asked_for(client, address.path)
    }
    assert [asked for asked, status in said.items() if status == 500] == []
