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


def test_a_time_is_written_with_a_point_on_every_page() -> None:
    """But for what a field is given, which the browser reads, and the data of files."""
    pages = [each for app in APPS for each in (ROOT / app).glob("templates/**/*.*")]
    assert pages
    shown = re.compile(r"(?<!value=[\"'])\{\{[^}]*date:[\"'][^\"']*H:i")
    assert [str(each) for each in pages if shown.search(each.read_text(encoding="utf-8"))] == []
