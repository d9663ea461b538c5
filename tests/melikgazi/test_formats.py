"""What staff type as a date is read as it is written in Turkey."""

import re
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from django import forms
from django.template import Context, Template
from django.utils import translation
from django.utils.timezone import localtime

ROOT = Path(__file__).resolve().parents[2]
APPS = ("departments", "tickets", "whatsapp", "melikgazi")


@pytest.fixture(autouse=True)
def turkish():
    with translation.override("tr"):
        yield


@pytest.mark.parametrize("typed", ["29.11.2026", "29/11/2026", "29.11.26", "2026-11-29"])
def test_a_day_is_read_however_it_is_typed(typed: str) -> None:
    assert forms.DateField().clean(typed) == date(2026, 11, 29)


@pytest.mark.parametrize("typed", ["29.11.2026 14:30", "29.11.2026 14.30", "2026-11-29 14:30"])
def test_a_moment_is_read_however_it_is_typed(typed: str) -> None:
    assert localtime(forms.DateTimeField().clean(typed), UTC) == datetime(2026, 11, 29, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["14:30", "14.30", "14:30:00"])
def test_a_time_is_read_however_it_is_typed(typed: str) -> None:
    assert forms.TimeField().clean(typed) == time(14, 30)


def test_a_field_shows_its_day_with_points() -> None:
    class Form(forms.Form):
        day = forms.DateField(localize=True)

    assert 'value="29.11.2026"' in str(Form(initial={"day": date(2026, 11, 29)})["day"])


def test_a_day_is_shown_in_the_same_form_everywhere() -> None:
    at = datetime(2026, 11, 29, 11, 30, tzinfo=UTC)
    shown = Template("{{ at }} {{ at|date }} {{ at|date:'SHORT_DATETIME_FORMAT' }}").render(
        Context({"at": at})
    )
    assert shown == "29.11.2026 14.30 29.11.2026 29.11.2026 14.30"


PAGES = [each for app in APPS for each in (ROOT / app).rglob("templates/**/*.*")]
CITIZENS = ROOT / "tickets/public/templates/tickets/public"  # in words, and in the language of who reads
FOR_MACHINES = {"c", "Y-m", "Y-m-d", "Y-m-d H:i", r"Y-m-d\TH:i"}  # what the browser and addresses read
BESIDE = {"l", "D", "d.m", "F Y"}  # a weekday, a day of the week above it, a month


def test_pages_of_the_back_office_write_a_date_in_its_one_form() -> None:
    """That of melikgazi/formats: `|date`, `|date:"DATETIME_FORMAT"`, `|time`."""
    assert PAGES
    form = re.compile(r"\|(?:date|time):(?:_\()?[\"']([^\"']*)[\"']")
    off = {
        f"{page.relative_to(ROOT)}: {each}"
        for page in PAGES
        if page.parent != CITIZENS
        for each in form.findall(page.read_text("utf-8"))
        if each not in FOR_MACHINES | BESIDE | {"DATETIME_FORMAT"}
    }
    assert off == set()


def test_scripts_write_a_date_in_its_one_form() -> None:
    """That of tickets/dates.js; the telephone of the trial writes them as a telephone does."""
    scripts = [
        each
        for app in APPS
        for each in (ROOT / app).glob("**/static/**/*.js")
        if not {"vendor", "emulator"} & {*each.parts} and each.name != "dates.js"
    ]
    assert scripts
    form = re.compile(r"toLocale(?:Date|Time)String|DateTimeFormat")
    assert [str(each) for each in scripts if form.search(each.read_text("utf-8"))] == []


def test_a_time_is_written_with_a_point_on_every_page() -> None:
    """But for what a field is given, which the browser reads, and the data of files."""
    assert PAGES
    shown = re.compile(r"(?<!value=[\"'])\{\{[^}]*date:[\"'][^\"']*H:i")
    assert [str(each) for each in PAGES if shown.search(each.read_text(encoding="utf-8"))] == []
