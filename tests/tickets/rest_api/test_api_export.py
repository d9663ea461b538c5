"""The ticket list as CSV and XLSX."""

import csv
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest
from django.db import connection

from departments.spreadsheets.formulas import FORMULA, SQL_PATTERN, guarded, unguarded
from departments.spreadsheets.responses import TooSlowError, csv_of, whole
from tests.tickets.conftest import Caller
from tests.tickets.world import World
from tickets.models import Ticket
from tickets.rest_api import ticket_csv

URL = "/api/v1/tickets/"


def exported(client: Any, **query: str) -> list[dict[str, str]]:
    response = client.get(URL, {"format": "csv"} | query)
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text)))


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_a_file_has_every_ticket_once_in_the_order_they_came(
    world: World, api: Caller, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(ticket_csv, "BATCH", batch)
    numbers = [world.open().number for _ in range(3)]
    assert [row["number"] for row in exported(api("supervisor"))] == numbers


def test_a_file_has_what_the_asker_sees_and_the_filters_let_through(world: World, api: Caller) -> None:
    mine = world.assigned()
    world.open(department=world.park, category=None)
    assert [row["number"] for row in exported(api("head_fen"))] == [mine.number]
    assert [row["number"] for row in exported(api("supervisor"), department="FEN")] == [mine.number]


def test_times_are_those_of_the_wall_clock_in_kayseri_and_nobody_is_named(world: World, api: Caller) -> None:
    ticket = world.open()
    (row,) = exported(api("supervisor"))
    assert (row["created_at"], row["summary"]) == ("2026-11-23 09:00:00", ticket.summary)
    assert world.citizen.name not in row.values()
    assert world.citizen.phone not in row.values()


@pytest.mark.parametrize("begin", FORMULA)
def test_words_that_begin_like_a_formula_are_none(world: World, api: Caller, begin: str) -> None:
    Ticket.objects.filter(pk=world.open().pk).update(summary=f'{begin}HYPERLINK("http://x")')
    (row,) = exported(api("supervisor"))
    assert row["summary"] == f'\'{begin}HYPERLINK("http://x")'


def test_the_database_guards_what_the_spreadsheets_guard(db: None) -> None:
    texts = [f"{chr(code)}x" for code in (*range(1, 0x300), *range(0xFF00, 0xFFEF))]
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM unnest(%s::text[]) text WHERE text ~ %s", [texts, SQL_PATTERN])
        found = {text for (text,) in cursor.fetchall()}
    assert found == {text for text in texts if guarded(text) != text}
    assert all(unguarded(guarded(text)) == text for text in texts)


def test_the_same_as_a_workbook(world: World, api: Caller) -> None:
    ticket = world.open(description="=1+1")
    client: Any = api("supervisor")
    response = client.get(URL, {"format": "xlsx"})
    head, row = openpyxl.load_workbook(BytesIO(b"".join(response.streaming_content))).active.values
    cells = dict(zip(head, row, strict=True))
    assert (cells["number"], cells["summary"], cells["created_at"].hour) == (ticket.number, "=1+1", 9)


def test_every_line_of_a_file_ends_alike(world: World, api: Caller) -> None:
    world.open()
    client: Any = api("supervisor")
    body = b"".join(client.get(URL, {"format": "csv"}).streaming_content)
    assert (body.count(b"\n"), body.count(b"\r")) == (2, 0)


def test_more_than_a_worksheet_takes_is_a_problem_and_not_left_out(
    world: World, api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticket_csv, "MOST_ROWS", 2)
    client: Any = api("supervisor")
    for status in (200, 200, 400):
        world.open()
        response = client.get(URL, {"format": "xlsx"})
        b"".join(getattr(response, "streaming_content", ()))  # closes its file
        assert response.status_code == status
    assert client.get(URL, {"format": "csv"}).status_code == 200


def test_another_form_is_a_problem(world: World, api: Caller) -> None:
    assert api("supervisor").get(URL, {"format": "pdf"}).status_code == 400


def test_a_file_that_takes_a_request_too_long_is_ended() -> None:
    with pytest.raises(TooSlowError):
        whole(csv_of(["number"], [["1"]]), seconds=0)
