"""The telephone page, served by the emulator and through the application's proxy."""

import re
import threading
from typing import Any

import pytest
import requests
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings
from werkzeug.wrappers import Request
from werkzeug.wsgi import FileWrapper

from departments.models import Neighbourhood
from melikgazi.web import emulator_proxy
from tests.timeouts import PATIENCE
from whatsapp.emulator.faults import KINDS
from whatsapp.emulator.page import FILES, page
from whatsapp.emulator.server import Emulator


@pytest.fixture
def line(emulator: Emulator, settings: Settings) -> Client:
    settings.ROOT_URLCONF = emulator_proxy
    settings.EMULATOR_URL = emulator.url
    return Client()


def read(line: Client, path: str, **headers: str) -> Any:
    """The answer, read to its end: what is left unread keeps the file open at the emulator."""
    answer = line.get(path, headers=headers)
    answer.getvalue()
    return answer


def test_the_page_lets_the_browser_ask_this_host_only(emulator: Emulator) -> None:
    answer = requests.get(f"{emulator.url}/", timeout=PATIENCE)
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["static/nichts.js", "static/../server.py", "static/%2e%2e/server.py"])
def test_nothing_but_the_pages_own_files_is_served(emulator: Emulator, path: str) -> None:
    assert requests.get(f"{emulator.url}/{path}", timeout=PATIENCE).status_code == 404


def test_every_file_that_the_page_names_is_there() -> None:
    for file in (*FILES.glob("*.js"), *FILES.glob("*.html")):
        named = re.findall(r"""(?:from|import\() ?"\./([^"]+)"|"static/([^"]+)\"""", file.read_text("utf-8"))
        assert all((FILES / (module or static)).is_file() for module, static in named), file


def test_the_panel_has_words_for_every_fault() -> None:
    words = (FILES / "labels.js").read_text("utf-8")
    titled = set(re.findall(r"^  (\w+): \[", words, flags=re.MULTILINE))
    grouped = set(re.findall(r'"(\w+)"', words.partition("FAULT_GROUPS")[2].partition("];")[0]))
    assert titled == grouped == set(KINDS)


def test_the_line_passes_pages_files_and_their_policy_on(line: Client) -> None:
    answer = read(line, "/")
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert read(line, "/static/app.js").headers["Content-Type"].startswith("text/javascript")


def test_an_unchanged_file_is_not_sent_twice(line: Client) -> None:
    tag = read(line, "/static/app.js").headers["ETag"]
    assert read(line, "/static/app.js", **{"If-None-Match": tag}).status_code == 304


def test_the_file_of_an_answer_without_a_body_is_closed() -> None:
    address = "/static/app.js"
    with page(Request.from_values(address)) as whole:
        tag = whole.headers["ETag"]
    answer = page(Request.from_values(address, headers={"If-None-Match": tag}))
    assert isinstance(answer.response, FileWrapper)
    assert answer.response.file.closed


def test_the_line_passes_methods_queries_and_bodies_on(line: Client, emulator: Emulator) -> None:
    added = line.post("/control/people", {"name": "Ayşe", "username": "ayse"}, "application/json").json()
    line.post("/control/faults", {"kind": "hold"}, "application/json")
    line.post("/control/faults", {"kind": "delay"}, "application/json")
    line.delete("/control/faults?kind=hold")
    assert [person.id for person in emulator.store.people()] == [added["id"]]
    assert [fault["kind"] for fault in emulator.faults.listed()] == ["delay"]


def test_a_photo_larger_than_a_form_may_be_arrives_whole(line: Client, emulator: Emulator) -> None:
    person = emulator.people.add("Ayşe", username="ayse")
    photo = SimpleUploadedFile("buyuk.jpg", b"x" * (4 << 20), "image/jpeg")
    answer = line.post(f"/control/people/{person.id}/messages", {"type": "image", "file": photo})
    media = emulator.store.media(answer.json()["messages"][0]["body"]["image"]["id"])
    assert media is not None
    assert len(media.data) == 4 << 20


def test_a_foreign_page_cannot_write_to_the_line_through_a_browser(line: Client, emulator: Emulator) -> None:
    headers = {"Origin": "https://example.org"}
    answer = line.post("/control/people", {"name": "X", "username": "x"}, "application/json", headers=headers)
    assert answer.status_code == 403
    assert emulator.store.people() == []


def test_the_graph_api_is_not_passed_on(line: Client) -> None:
    assert line.get("/v23.0/100200").status_code == 404


def test_an_emulator_that_does_not_answer_is_a_502(line: Client, settings: Settings) -> None:
    settings.EMULATOR_URL = "http://127.0.0.1:9"
    assert line.get("/").status_code == 502


@pytest.mark.slow
def test_polls_never_hold_all_threads_of_the_web_server(line: Client) -> None:
    waiting = [threading.Thread(target=Client().get, args=("/control/outbound?wait=2",)) for _ in range(2)]
    for thread in waiting:
        thread.start()
    for thread in waiting:
        thread.join(0.3)
    assert line.get("/control/outbound?wait=60").status_code == 200
    assert all(thread.is_alive() for thread in waiting)
    for thread in waiting:
        thread.join()


@pytest.mark.django_db
def test_the_map_has_an_outline_where_one_was_imported_and_else_an_approximate_one(line: Client) -> None:
    ring = [[35.5, 38.7], [35.51, 38.7], [35.51, 38.71], [35.5, 38.71], [35.5, 38.7]]
    outline = {"type": "Polygon", "coordinates": [ring]}
    Neighbourhood.objects.create(code="a", name="Alpaslan", lat=38.7, lon=35.5, boundary=outline)
    Neighbourhood.objects.create(code="b", name="Belsin", lat=38.72, lon=35.4)
    alpaslan, belsin = line.get("/neighbourhoods.json").json()["features"]
    assert (alpaslan["geometry"]["type"], alpaslan["properties"]["approximate"]) == ("Polygon", False)
    assert belsin["properties"] == {"name": "Belsin", "lat": 38.72, "lon": 35.4, "approximate": True}
    assert belsin["geometry"]["type"] == "Polygon"
