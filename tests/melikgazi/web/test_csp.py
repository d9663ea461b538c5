"""The Content-Security-Policy of each page."""

import re
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from melikgazi.web.csp import HEADER, tile_source
from tests.tickets.world import build_world, sign_in


def policy(client: Client, path: str) -> dict[str, str]:
    parts = client.get(path).headers[HEADER].split("; ")
    return dict(part.split(" ", 1) for part in parts)


@pytest.mark.django_db
def test_the_back_office_runs_its_own_files_only_and_evaluates_attributes(client: Client) -> None:
    found = policy(client, "/admin/login/")
    assert found["script-src"] == "'self' 'unsafe-eval'"
    assert found["default-src"] == "'self'"
    assert found["frame-ancestors"] == found["object-src"] == "'none'"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/api/v1/docs/", "/healthz", "/nowhere/"])
def test_elsewhere_no_script_is_evaluated_nor_written_into_a_page(client: Client, path: str) -> None:
    found = policy(client, path)
    assert found["default-src"] == "'self'"
    assert "script-src" not in found


@pytest.mark.django_db
def test_maps_may_fetch_the_tiles_that_are_set(settings: Settings, client: Client) -> None:
    settings.TILE_URL = "https://{s}.karo.bel.tr/{z}/{x}/{y}.png"
    assert policy(client, "/admin/login/")["img-src"] == "'self' data: blob: https://*.karo.bel.tr"


def test_without_tiles_no_other_host_is_named() -> None:
    assert tile_source("") == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "microphone"), [("/admin/login/", "()"), ("/", "()"), ("/emulator/", "(self)")]
)
def test_a_page_asks_for_no_more_of_a_device_than_it_uses(client: Client, path: str, microphone: str) -> None:
    allowed = dict(part.split("=") for part in client.get(path).headers["Permissions-Policy"].split(", "))
    assert allowed["geolocation"] == "(self)"  # the crew's list is sorted by distance
    assert allowed["microphone"] == microphone
    assert set(allowed.values()) <= {"()", "(self)"}
    assert {"camera", "usb", "payment"} <= set(allowed)


@pytest.mark.slow
@pytest.mark.django_db
def test_nothing_personal_is_kept_by_a_cache() -> None:
    world = build_world()
    ticket = world.assigned()
    client = sign_in(world, "supervisor")
    for path in (
        "/admin/tickets/ticket/",
        f"/admin/tickets/ticket/{ticket.pk}/change/",
        f"/admin/tickets/citizen/{ticket.citizen_id}/change/",
        "/admin/bildirimler/durum/",
        "/api/v1/tickets/",
        f"/api/v1/tickets/{ticket.number}/",
    ):
        assert "no-store" in client.get(path).headers["Cache-Control"], path
    unmasked = client.post(f"/api/v1/tickets/{ticket.number}/unmask/")
    assert "no-store" in unmasked.headers["Cache-Control"]


def test_what_a_map_writes_is_text_and_never_html() -> None:
    """Leaflet takes a string for HTML; an element of label.js, or one that a function makes, is none."""
    scripts = [
        path
        for app in ("melikgazi", "tickets", "whatsapp", "departments")
        for path in Path(app).rglob("static/**/*.js")
        if "vendor" not in path.parts
    ]
    written = [
        (path.name, found)
        for path in scripts
        for found in re.findall(r"\.(?:setContent|bindTooltip|bindPopup)\(([^)]*)", path.read_text())
    ]
    known = {"dashboard.js", "map_district.js", "new_ticket_map.js", "place.js"}
    assert {name for name, _ in written} == known  # the telephone's, too
    assert [each for each in written if not each[1].startswith(("label(", "h(", "() =>", "("))] == []
