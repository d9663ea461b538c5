"""The pages of citizens and strangers in Turkish and English."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone, translation
from pytest_django import Settings

from tests.tickets.world import NOW, World, build_world
from tickets import tasks
from tickets.public import page
from tickets.public.status import status_name
from tickets.record.statuses import Status
from whatsapp.texts.catalog import TABLES

ENGLISH = {"Accept-Language": "en-GB,en;q=0.9"}
TURKISH_LETTERS = re.compile("[çğıöşüÇĞİÖŞÜ]")
# What is Turkish in English sentences: said to be so, or whose line it is and the link to the Turkish page.
SAID_TO_BE_TURKISH = re.compile(
    r'<(\w+)[^>]* lang="tr"[^>]*>.*?</\1>|Türkçe|<svg.*?</svg>|<title>.*?</title>', re.DOTALL
)


@pytest.fixture
def world(db: None) -> World:
    return build_world()


def english(path: str) -> str:
    text = Client(headers=ENGLISH).get(path).content.decode()
    assert '<html lang="en">' in text
    return text


def untranslated(text: str) -> list[str]:
    return [line for line in SAID_TO_BE_TURKISH.sub("", text).splitlines() if TURKISH_LETTERS.search(line)]


@pytest.mark.parametrize("path", ["/", "/d/AAAAAAAA", "/sayilarla/", "/nowhere/"])
def test_a_page_has_an_english_side_without_a_turkish_word(
    world: World, settings: Settings, path: str
) -> None:
    settings.PUBLIC_PAGE, settings.MUNICIPALITY = True, "Bor"
    assert untranslated(english(path).replace("Bor Çözüm Hattı", "")) == []


def test_the_figures_are_english_but_for_names(world: World, settings: Settings) -> None:
    settings.PUBLIC_PAGE, settings.MUNICIPALITY, settings.OPEN_DATA = True, "Bor", True
    for _ in range(6):
        world.resolved(neighbourhood=world.mahalle, now=timezone.now())
    tasks.publish()
    text = english("/sayilarla/")
    assert untranslated(text) == []
    for said in (
        "The help line in figures",
        "Solved in time",
        "100%",
        '<span lang="tr">Yolda çukur</span>',
    ):
        assert said in text


def test_the_state_of_a_request_is_told_in_english(world: World, settings: Settings) -> None:
    settings.MUNICIPALITY = "Bor"
    ticket = world.assigned(neighbourhood=world.mahalle)
    world.move(ticket, Status.PLANNED, planned_for=NOW.date().replace(month=12))
    text = english(f"/d/{ticket.public_code}")
    assert untranslated(text) == []
    for said in (
        "Scheduled",
        "Planned for",
        "December 20",
        "With the department",
        '<dd lang="tr">Yolda çukur',
    ):
        assert said in text


def test_a_number_that_is_too_small_is_said_to_be_so() -> None:
    with translation.override("en"):
        assert (page._count(None), page._count(1234)) == ("fewer than 5", "1,234")
    assert (page._count(None), page._count(1234)) == ("5’ten az", "1.234")


def test_a_status_has_the_name_that_the_talk_gives_it() -> None:
    with translation.override("en"):
        assert {status.value: status_name(status) for status in Status} == TABLES["en"].statuses


@pytest.mark.parametrize(
    ("read", "shown"),
    [
        ("", "tr"),
        ("en-US,en;q=0.9,tr;q=0.8", "tr"),
        ("en", "en"),
        ("de-DE,en;q=0.5", "en"),
        ("ar", "tr"),
        ("\0;q=x", "tr"),
    ],
)
def test_who_reads_turkish_at_all_is_shown_turkish(read: str, shown: str, db: None) -> None:
    answer = Client().get("/nowhere/", headers={"Accept-Language": read})
    assert f'<html lang="{shown}">' in answer.content.decode()
    assert "Accept-Language" in answer.headers["Vary"]


def test_the_link_on_the_page_shows_the_other_language(db: None) -> None:
    assert 'href="?dil=en"' in Client().get("/nowhere/").content.decode()
    assert '<html lang="en">' in Client().get("/nowhere/?dil=en").content.decode()
    assert '<html lang="tr">' in Client(headers=ENGLISH).get("/nowhere/?dil=tr").content.decode()
    assert '<html lang="tr">' in Client().get("/nowhere/?dil=xx").content.decode()


@pytest.mark.parametrize("path", ["/admin/login/", "/admin/giris/parolami-unuttum/", "/duvar/"])
def test_the_back_office_stays_turkish(world: World, path: str) -> None:
    assert 'lang="tr"' in Client(headers=ENGLISH).get(path + "?dil=en").content.decode()


def test_the_catalogue_that_is_read_is_the_one_that_is_written() -> None:
    """Django reads the .mo file; whoever changes the .po compiles it (msgfmt)."""
    folder = Path(settings.LOCALE_PATHS[0]) / "en" / "LC_MESSAGES"
    written = re.findall(
        r'^msgid "(.+)"\nmsgstr "(.+)"$', (folder / "django.po").read_text("utf-8"), re.MULTILINE
    )
    assert written
    with translation.override("en"):
        for turkish, said in ((each.replace('\\"', '"') for each in pair) for pair in written):
            assert translation.gettext(turkish) == said
