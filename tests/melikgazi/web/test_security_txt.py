"""/.well-known/security.txt: whom to tell of a weakness."""

import re

import pytest
from django.test import Client
from pytest_django import Settings

ADDRESS = "/.well-known/security.txt"
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ("guvenlik@example.org", "mailto:guvenlik@example.org"),
        ("https://example.org/b", "https://example.org/b"),
    ],
)
def test_whoever_finds_a_weakness_reads_whom_to_tell(contact: str, shown: str, settings: Settings) -> None:
    settings.SECURITY_CONTACT = contact
    response = Client().get(ADDRESS)
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    lines = response.content.decode().splitlines()
    assert lines[0] == f"Contact: {shown}"
    assert re.fullmatch(r"Expires: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", lines[1])


def test_an_installation_that_names_nobody_has_no_such_file(settings: Settings) -> None:
    settings.SECURITY_CONTACT = ""
    assert Client().get(ADDRESS).status_code == 404
