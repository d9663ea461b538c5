"""Name and crest of the municipality, as the settings have them, on every kind of page and paper."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client
from PIL import Image
from pytest_django import Settings

from melikgazi.back_office.identity import CREST_SIZE, crest_address
from tests.tickets.world import World, build_world, sign_in

NAME = "Yeşilyurt Belediyesi"
LINE = "Yeşilyurt Çözüm Hattı"
# Whose they are: citizens', the public's, the staff's before and after they have signed in, the crew's, the wall's.
PAGES = {
    "/": "",
    "/d/AAAAAAAA": "",
    "/sayilarla/": "",
    "/yok/": "",
    "/duvar/": "",
    "/admin/login/": "",
    "/admin/giris/parolami-unuttum/": "",
    "/admin/": "operator",
    "/admin/yok/": "operator",
    "/admin/auth/user/": "operator",  # refused
    "/admin/tickets/ticket/": "supervisor",
    "/admin/bekleyenler/": "operator",
    "/admin/raporlar/": "supervisor",
    "/admin/saha/": "crew_fen",
}


@pytest.fixture
def world(db: None) -> World:
    return build_world()


@pytest.fixture
def crest(settings: Settings, tmp_path: Path) -> Path:
    settings.MUNICIPALITY, settings.PUBLIC_PAGE = NAME, True
    settings.CREST_FILE = str(tmp_path / "arma.png")
    Image.new("RGB", (1200, 1200), "navy").save(settings.CREST_FILE)
    return tmp_path / "arma.png"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_says_and_shows_whose_line_it_is(world: World, crest: Path, path: str) -> None:
    client = sign_in(world, PAGES[path]) if PAGES[path] else Client()
    text = client.get(path).content.decode()
    assert LINE in re.search(r"<title>(.*?)</title>", text, re.DOTALL)[1]  # type: ignore[index]
    assert f'src="{crest_address()}"' in text
    assert NAME in text or path == "/duvar/"
    assert "Melikgazi" not in text


def test_a_refused_form_does_so_too(world: World, crest: Path) -> None:
    answer = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "operator"})
    assert (answer.status_code, crest_address() in answer.content.decode()) == (403, True)


def test_without_a_crest_no_page_has_a_picture_that_is_missing(world: World, settings: Settings) -> None:
    settings.CREST_FILE = ""
    assert "<img" not in Client().get("/yok/").content.decode()
    assert Client().get("/arma").status_code == 404


def test_the_crest_is_given_out_no_bigger_than_it_is_shown(crest: Path) -> None:
    answer = Client().get(crest_address())
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
    assert Image.open(BytesIO(answer.content)).size == (CREST_SIZE[1],) * 2


def test_a_crest_that_is_gone_or_no_picture_does_no_harm(crest: Path) -> None:
    crest.write_text("no picture")
    assert Client().get("/arma").status_code == 404
    crest.unlink()
    assert (crest_address(), Client().get("/arma").status_code) == ("", 404)


@pytest.mark.slow
def test_the_work_order_has_name_and_crest(world: World, crest: Path) -> None:
    address = f"/admin/tickets/ticket/{world.assigned().pk}/print/"
    content = sign_in(world, "supervisor").get(address).content
    assert content.count(b"/Subtype /Image") == 1
