"""The file of streets is served in parts, to staff alone; pages name it, and what draws it, where there is one."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from tests.pmtiles import write
from tests.tickets.world import World, sign_in
from tickets.back_office.map_ground import MOST_BYTES
from tickets.models import Access

URL = "/admin/harita/sokaklar.pmtiles"


@pytest.fixture
def streets(tmp_path: Path, settings: Settings) -> Path:
    file = write(tmp_path / "sokaklar.pmtiles")
    settings.MAP_FILE = str(file)
    return file


def test_a_part_of_the_file_is_what_was_asked_for(world: World, streets: Path) -> None:
    client, whole = sign_in(world, "crew_fen"), streets.read_bytes()
    part = client.get(URL, headers={"Range": "bytes=7-126"})
    assert (part.status_code, part.content) == (206, whole[7:127])
    assert part.headers["Content-Range"] == f"bytes 7-126/{len(whole)}"
    assert part.headers["Cache-Control"] == "private, max-age=86400"
    first = client.get(
        URL, headers={"Range": "bytes=0-16383"}
    )  # what a reader asks for first, of a smaller file
    assert (first.content, first.headers["ETag"]) == (whole, part.headers["ETag"])
    assert not Access.objects.exists()


@pytest.mark.parametrize(
    "asked", [None, "bytes=0-", "bytes=-5", "bytes=5-4", "bytes=999999-1000000", "bytes=0-1,3-4", "bytes=x-y"]
)
def test_nothing_else_is_answered(world: World, streets: Path, asked: str | None) -> None:
    refused = sign_in(world, "operator").get(URL, headers={"Range": asked} if asked else {})
    assert (refused.status_code, refused.content) == (416, b"")


def test_one_answer_is_never_the_whole_of_a_big_file(world: World, streets: Path) -> None:
    with streets.open("ab") as file:
        file.truncate(MOST_BYTES + 2)
    client = sign_in(world, "operator")
    answers = [client.get(URL, headers={"Range": f"bytes=0-{MOST_BYTES + more}"}) for more in (-1, 0)]
    assert [answer.status_code for answer in answers] == [206, 416]


def test_strangers_get_nothing_of_it(world: World, streets: Path) -> None:
    answer = Client().get(URL, headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.content) == (302, b"")


def test_a_new_file_of_the_same_name_is_another_one(world: World, streets: Path) -> None:
    client = sign_in(world, "operator")
    before = client.get(URL, headers={"Range": "bytes=0-9"}).headers["ETag"]
    streets.write_bytes(streets.read_bytes() + b" ")
    assert client.get(URL, headers={"Range": "bytes=0-9"}).headers["ETag"] != before


@pytest.mark.parametrize("page", ["/admin/", "/admin/yeni/"])
def test_pages_name_it_where_there_is_one(world: World, streets: Path, settings: Settings, page: str) -> None:
    client = sign_in(world, "operator")
    assert "protomaps-leaflet" in client.get(page).content.decode()
    settings.MAP_FILE = ""
    assert "protomaps" not in client.get(page).content.decode()
    assert client.get(URL, headers={"Range": "bytes=0-9"}).status_code == 404


def test_a_file_that_was_taken_away_is_not_found(world: World, streets: Path) -> None:
    client = sign_in(world, "operator")
    streets.unlink()
    assert client.get(URL, headers={"Range": "bytes=0-9"}).status_code == 404
