"""The reports in the REST API: parameters, access, and the three formats."""

import csv
from datetime import datetime, timedelta
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest
from typing_extensions import override

from departments.working_time.working_hours import ISTANBUL
from tests.tickets.conftest import Caller
from tests.tickets.world import World, here
from tickets.casework.rating import rate
from tickets.models import LocationSource
from tickets.record import channel
from tickets.record.permissions import Actor
from tickets.record.statuses import Status

URL = "/api/v1/reports/"
GROUPED = ("departments", "categories", "neighbourhoods", "staff")
ROUTING = ("routing", "routing/confusions")
TABLES = ("summary", "trend", *GROUPED, "backlog", "satisfaction", *ROUTING, "channel", "map")
OCTOBER = {"from": "2026-10-01", "to": "2026-11-01"}
MIDNIGHT = datetime(2026, 10, 1, tzinfo=ISTANBUL)


def get(client: Any, report: str, **query: str) -> Any:
    response = client.get(f"{URL}{report}/", OCTOBER | query)
    assert response.status_code == 200, response.content
    return response.json()


def download(client: Any, report: str, form: str, **query: str) -> bytes:
    response = client.get(f"{URL}{report}/", OCTOBER | {"format": form} | query)
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def in_october(world: World, **facts: Any) -> None:
    world.open(now=datetime(2026, 10, 5, 9, tzinfo=ISTANBUL), **facts)


def test_a_period_is_half_open_and_begins_and_ends_at_midnight_in_istanbul(world: World, api: Caller) -> None:
    for at in (MIDNIGHT - timedelta(seconds=1), MIDNIGHT, datetime(2026, 11, 1, tzinfo=ISTANBUL)):
        world.open(now=at)
    answer = get(api("supervisor"), "summary")
    assert (answer["period"], answer["opened"]) == (OCTOBER, 1)


def test_a_moment_may_be_given_with_an_offset(world: World, api: Caller) -> None:
    world.open(now=MIDNIGHT)
    for start, opened in (
        ("2026-10-01T00:00:00+03:00", 1),
        ("2026-09-30T00:00:00-21:00", 1),
        ("2026-09-30T21:00:01Z", 0),
    ):
        assert get(api("supervisor"), "summary", **{"from": start})["opened"] == opened


def test_the_first_day_of_all_may_be_asked_for(world: World, api: Caller) -> None:
    assert get(api("supervisor"), "summary", **{"from": "2000-01-01"})["opened"] == 0


def test_the_summary_stands_in_results_and_beside_it(world: World, api: Caller) -> None:
    answer = get(api("supervisor"), "summary")
    assert answer == {"period": OCTOBER, "results": answer["results"], **answer["results"][0]}


def test_what_has_no_data_is_null(world: World, api: Caller) -> None:
    answer = get(api("supervisor"), "summary")
    nothing = {"median_hours": None, "p90_hours": None, "within_target": None}
    assert (answer["first_action"], answer["resolution"]) == (nothing, nothing)
    assert answer["satisfaction"] == {"count": 0, "mean": None, "distribution": None}


@pytest.mark.parametrize("report", GROUPED)
def test_grouped_reports_have_a_row_without_code_for_tickets_without_one(
    world: World, api: Caller, report: str
) -> None:
    in_october(world, category=None)
    (row,) = get(api("supervisor"), report)["results"]
    assert (row["code"], row["opened"], row["open_now"]) == (None, 1, 1)


def test_rows_are_grouped_by_the_present_department(world: World, api: Caller) -> None:
    in_october(world, department=world.fen)
    (row,) = get(api("supervisor"), "departments")["results"]
    assert (row["code"], row["name"]) == ("FEN", "Fen İşleri")


@pytest.mark.parametrize(
    ("who", "opened"),
    [
        ("admin", 3),
        ("supervisor", 3),
        ("dpo", 3),
        ("operator", 2),
        ("head_fen", 2),
        ("crew_fen", 1),
        ("head_park", 1),
    ],
)
def test_everybody_gets_the_figures_of_what_they_see(
    world: World, api: Caller, who: str, opened: int
) -> None:
    in_october(world, department=world.fen)
    in_october(world, department=world.fen, category=world.misconduct)
    in_october(world, department=world.park, category=None)
    assert get(api(who), "summary")["opened"] == opened


@pytest.mark.parametrize(
    ("who", "report", "status"),
    [
        *((who, "staff", 403) for who in ("operator", "crew_fen", "dpo")),
        *((who, "staff", 200) for who in ("admin", "supervisor", "head_fen")),
        *(("roleless", report, 403) for report in TABLES),
    ],
)
def test_figures_of_people_are_for_those_who_answer_for_them_and_none_for_the_roleless(
    world: World, api: Caller, who: str, report: str, status: int
) -> None:
    assert api(who).get(f"{URL}{report}/").status_code == status


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "gestern"}, "from"),
        ({"from": "1999-12-31"}, "from"),
        ({"from": "0001-01-01"}, "from"),
        ({"to": "9999-12-31"}, "to"),
        ({"from": "2026-11-01", "to": "2026-10-01"}, "to"),
        ({"department": "YOK"}, "department"),
        ({"category": "a\0b"}, "category"),
        ({"compare": "never"}, "compare"),
        ({"format": "pdf"}, "format"),
    ],
)
def test_what_cannot_be_understood_is_a_problem_of_its_field(
    world: World, api: Caller, query: dict[str, str], field: str
) -> None:
    response = api("supervisor").get(f"{URL}summary/", query)
    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")
    assert list(response.json()["errors"]) == [field]


@pytest.mark.parametrize(
    ("report", "query"),
    [
        ("trend", {"interval": "hour"}),
        ("trend", {"from": "2001-01-01"}),
        ("map", {"zoom": "99"}),
        ("map", {"bbox": "1,2,3"}),
    ],
)
def test_what_only_one_report_takes_is_checked_there(
    world: World, api: Caller, report: str, query: dict[str, str]
) -> None:
    assert api("supervisor").get(f"{URL}{report}/", query).status_code == 400


@pytest.mark.parametrize("report", [*(f"{name}/" for name in TABLES), "monthly.pdf"])
def test_what_no_report_reads_is_refused_so_that_no_misspelt_filter_counts_too_much(
    world: World, api: Caller, report: str
) -> None:
    refused = api("supervisor").get(f"{URL}{report}", {"departmant": "FEN"})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["departmant"])


def test_filters_take_several_codes_and_groups_of_categories(world: World, api: Caller) -> None:
    in_october(world, department=world.fen)
    in_october(world, department=world.park, category=None)
    client = api("supervisor")
    assert get(client, "summary", department="FEN,PARK")["opened"] == 2
    assert get(client, "summary", department="PARK")["opened"] == 1
    assert get(client, "summary", category="yol")["opened"] == 1


def test_a_comparison_stands_in_every_row(world: World, api: Caller) -> None:
    in_october(world, department=world.fen)
    world.open(now=MIDNIGHT - timedelta(days=9), department=world.fen)
    answer = get(api("supervisor"), "departments", compare="previous")
    assert answer["compared_period"] == {"from": "2026-09-01", "to": "2026-10-01"}
    assert [row["compared"]["opened"] for row in answer["results"]] == [1]
    assert get(api("supervisor"), "summary", compare="last_year")["compared"]["opened"] == 0


@pytest.mark.parametrize("report", ["summary", "departments"])
def test_nobody_knows_what_was_open_in_the_period_compared_with(
    world: World, api: Caller, report: str
) -> None:
    in_october(world, department=world.fen)
    (row,) = get(api("supervisor"), report, compare="previous")["results"]
    assert (row["open_now"], row["compared"]["open_now"], row["compared"]["overdue_now"]) == (1, None, None)


def test_what_had_something_only_in_the_other_period_has_a_row(world: World, api: Caller) -> None:
    ticket = world.open(now=MIDNIGHT - timedelta(days=9), department=world.park)
    world.move(ticket, Status.CANCELLED, reason="Yanlışlıkla", now=MIDNIGHT - timedelta(days=9))
    (row,) = get(api("supervisor"), "departments", compare="previous")["results"]
    assert (row["code"], row["opened"], row["compared"]["opened"]) == ("PARK", 0, 1)


def test_satisfaction_is_compared_too(world: World, api: Caller) -> None:
    at = datetime(2026, 9, 7, 9, tzinfo=ISTANBUL)
    ticket = world.move(world.assigned(now=at), Status.RESOLVED, answer="Oldu.", now=at)
    rate(ticket=ticket, actor=Actor.citizen(), now=at, score=4, comment="")
    (row,) = get(api("supervisor"), "satisfaction", compare="previous")["results"]
    assert (row["code"], row["count"], row["resolved"]) == ("FEN", 0, 0)
    assert (row["compared"]["count"], row["compared"]["mean"], row["compared"]["resolved"]) == (1, 4.0, 1)
    head = download(api("supervisor"), "satisfaction", "csv", compare="previous").decode("utf-8-sig")
    assert "compared_mean" in head.split("\r\n")[0]


@pytest.mark.parametrize("report", TABLES)
def test_every_table_is_a_csv_with_a_byte_order_mark_and_a_workbook(
    world: World, api: Caller, report: str
) -> None:
    in_october(world, department=world.fen, neighbourhood=world.mahalle)
    body = download(api("supervisor"), report, "csv")
    assert body.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(StringIO(body.decode("utf-8-sig")))
    workbook = openpyxl.load_workbook(BytesIO(download(api("supervisor"), report, "xlsx")))
    cells = list(workbook.active.values)
    assert list(cells[0]) == head
    assert [["" if cell is None else cell for cell in row] for row in cells[1:]] == [
        [_number(cell) for cell in row] for row in rows
    ]
    assert len(head) == len(set(head))


def _number(cell: str) -> Any:
    try:
        return float(cell)
    except ValueError:
        return cell


def test_columns_are_named_by_the_path_to_their_figure(world: World, api: Caller) -> None:
    body = download(api("supervisor"), "departments", "csv", compare="previous")
    head = body.decode("utf-8-sig").split("\r\n")[0].split(",")
    assert head[:3] == ["code", "name", "opened"]
    assert {"first_action_median_hours", "satisfaction_distribution_5", "compared_opened"} <= set(head)


def test_no_text_of_a_table_is_a_formula(world: World, api: Caller) -> None:
    world.fen.name = "=1+1"
    world.fen.save()
    in_october(world, department=world.fen)
    body = download(api("supervisor"), "departments", "csv")
    assert b"FEN,'=1+1," in body
    book = openpyxl.load_workbook(BytesIO(download(api("supervisor"), "departments", "xlsx")))
    cell = book.active["B2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_who_has_the_answer_already_is_told_so(world: World, api: Caller) -> None:
    client = api("supervisor")
    first = client.get(f"{URL}summary/", OCTOBER)
    assert first.headers["Cache-Control"] == "private, max-age=30"
    again = client.get(f"{URL}summary/", OCTOBER, HTTP_IF_NONE_MATCH=first.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    in_october(world)
    assert client.get(f"{URL}summary/", OCTOBER, HTTP_IF_NONE_MATCH=first.headers["ETag"]).status_code == 200


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_who_has_the_file_already_is_told_so(world: World, api: Caller, form: str) -> None:
    def ask(query: dict[str, str], held: str = "") -> Any:
        response = api("supervisor").get(f"{URL}departments/", query, HTTP_IF_NONE_MATCH=held)
        b"".join(getattr(response, "streaming_content", ()))  # closes its file
        return response

    first = ask(OCTOBER | {"format": form})
    assert first.headers["Cache-Control"] == "private, max-age=30"
    assert ask(OCTOBER | {"format": form}, first.headers["ETag"]).status_code == 304
    assert ask(OCTOBER, first.headers["ETag"]).status_code == 200
    in_october(world)
    assert ask(OCTOBER | {"format": form}, first.headers["ETag"]).status_code == 200


def test_the_map_draws_together_what_is_near_and_apart_what_is_far(world: World, api: Caller) -> None:
    place = {"point": here(), "location_source": LocationSource.PIN}
    in_october(world, **place)
    in_october(world, **place)
    in_october(world)
    (feature,) = get(api("supervisor"), "map", zoom="14")["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [here().lon, here().lat]}
    assert feature["properties"] == {"count": 2, "open": 2}
    assert get(api("supervisor"), "map", bbox="0,0,1,1")["features"] == []


def test_the_backlog_is_of_this_moment(world: World, api: Caller) -> None:
    in_october(world)
    answer = get(api("supervisor"), "backlog")
    assert answer["period"]["from"] is None
    assert datetime.fromisoformat(answer["period"]["to"]).second == 0
    assert sum(row["open"] for row in answer["results"]) == 1


def test_satisfaction_says_who_could_have_rated(world: World, api: Caller) -> None:
    at = datetime(2026, 10, 6, 9, tzinfo=ISTANBUL)
    world.move(world.assigned(now=at), Status.RESOLVED, answer="Oldu.", now=at)
    (row,) = get(api("supervisor"), "satisfaction")["results"]
    assert row == {
        "code": "FEN", "name": "Fen İşleri", "count": 0, "mean": None, "distribution": None, "resolved": 1
    }  # fmt: skip


def test_the_router_is_reported_by_week_with_its_confusions_beside(world: World, api: Caller) -> None:
    routed = {
        "department": "FEN",
        "category": "kaldirim",
        "confidence": 0.9,
        "sure_from": 0.6,
        "triage": False,
    }
    at = datetime(2026, 10, 6, 9, tzinfo=ISTANBUL)
    ticket = world.assigned(now=at, routed=routed)
    world.move(ticket, Status.IN_PROGRESS, now=at)
    answer = get(api("head_fen"), "routing", interval="week")
    names = [row["name"] for row in answer["results"]]
    assert names[:2] == ["1 Ekim 2026", "5 Ekim 2026"]
    assert answer["results"][1] == {
        "code": "2026-10-05", "name": "5 Ekim 2026", "routed": 1, "sure": 1, "judged": 1,
        "department": 1.0, "category": 0.0, "sure_department": 1.0,
    }  # fmt: skip
    confused = {
        "said": "kaldirim",
        "said_name": "kaldirim",
        "right": "yol_cukur",
        "right_name": "Çukur",
        "count": 1,
    }
    assert answer["confusions"] == [confused]
    assert get(api("head_fen"), "routing/confusions")["results"] == [confused]
    assert get(api("head_park"), "routing")["confusions"] == []


def test_what_went_through_the_line_is_what_the_channel_says_of_the_period(world: World, api: Caller) -> None:
    asked = []

    class Channel(channel.NullChannel):
        @override
        def statistics(self, start: datetime, end: datetime, /) -> channel.NumberStatistics:
            asked.append((start, end))
            return channel.NumberStatistics(9, 4, 8, 7, 6, 5, 1, 2, 1.5, 4.0)

    before = channel.register(Channel())
    try:
        (row,) = get(api("head_fen"), "channel")["results"]
    finally:
        channel.register(before)
    assert asked == [(MIDNIGHT, datetime(2026, 11, 1, tzinfo=ISTANBUL))]
    assert (row["received"], row["failed"], row["p90_seconds"]) == (9, 1, 4.0)
