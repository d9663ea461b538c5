"""The Content-Security-Policy of each page."""

import pytest
from django.test import Client
from pytest_django import Settings

from melikgazi.csp import HEADER, tile_source


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
