"""Files for people: Turkish headings, and numbers and days as a Turkish Excel reads them."""

import csv
import shutil
import subprocess
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest

from tests.tickets.conftest import Caller
from tests.tickets.reports.test_api_reports import OCTOBER, TABLES, URL, download, in_october
from tests.tickets.world import World, here
from tickets.models import LocationSource
from tickets.record.statuses import Status

OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
# Parted by semicolons, quoted by ", UTF-8, from the first line on, in Turkish, and days recognised.
AS_TURKISH = "CSV:59,34,76,1,,1055,false,true"


def sheet(client: Any, report: str, **query: str) -> list[list[str]]:
    body = download(client, report, "csv", headings="tr", **query)
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(StringIO(body.decode("utf-8-sig")), delimiter=";"))


@pytest.fixture
def figures(world: World) -> World:
    """A request came in in October, of a place on the map."""
    in_october(world, department=world.fen, point=here(), location_source=LocationSource.PIN)
    return world


@pytest.mark.parametrize("report", TABLES)
def test_every_column_of_every_report_has_a_turkish_heading_of_its_own(
    world: World, api: Caller, report: str
) -> None:
    compared = (
        {} if report in ("backlog", "map", "routing", "routing/confusions") else {"compare": "previous"}
    )
    machine = download(api("supervisor"), report, "csv", **compared).decode("utf-8-sig").split("\r\n")[0]
    head = sheet(api("supervisor"), report, **compared)[0]
    assert len(head) == len(set(head)) == len(machine.split(","))
    assert not set(head) & set(machine.split(","))


def test_days_have_points_and_numbers_commas(figures: World, api: Caller) -> None:
    head, first, *_ = sheet(api("supervisor"), "trend", interval="month")
    row = dict(zip(head, first, strict=True))
    assert (row["Tarih"], row["Gelen"]) == ("01.10.2026", "1")
    [_, place] = sheet(api("supervisor"), "map", columns="lat,count")
    assert place == [f"{here().lat:.10g}".replace(".", ","), "1"]


def test_a_share_is_written_in_per_cent(figures: World, api: Caller) -> None:
    figures.move(figures.assigned(), Status.RESOLVED, answer="Oldu.")
    november = {"from": "2026-11-01", "to": "2026-12-01"}
    wanted = november | {"columns": "resolution_within_target"}
    assert sheet(api("supervisor"), "summary", **wanted) == [["Çözüm, hedefinde (%)"], ["100"]]


def test_only_the_columns_asked_for_are_in_the_file_and_each_beside_its_compared(
    figures: World, api: Caller
) -> None:
    wanted = {"columns": "name,opened", "compare": "previous"}
    assert sheet(api("supervisor"), "departments", **wanted) == [
        ["Ad", "Gelen", "Gelen (karşılaştırılan)"],
        ["Fen İşleri", "1", "0"],
    ]
    machine = download(api("supervisor"), "departments", "csv", columns="name,opened")
    assert machine.decode("utf-8-sig").split("\r\n")[:2] == ["name,opened", "Fen İşleri,1"]


def test_a_column_that_is_none_is_refused_with_those_that_are(world: World, api: Caller) -> None:
    answer = api("supervisor").get(f"{URL}summary/", OCTOBER | {"format": "csv", "columns": "gelen"})
    assert answer.status_code == 400
    assert "“gelen” diye bir sütun yok. Sütunlar: opened, closed" in answer.content.decode()


def test_a_workbook_has_days_that_are_days(figures: World, api: Caller) -> None:
    body = download(
        api("supervisor"), "trend", "xlsx", headings="tr", columns="code,opened", interval="month"
    )
    page = openpyxl.load_workbook(BytesIO(body)).active
    assert page is not None
    assert [cell.value for cell in page[1]] == ["Tarih", "Gelen"]
    assert (page["A2"].is_date, page["A2"].number_format, page["B2"].value) == (True, "dd.mm.yyyy", 1)


@pytest.mark.skipif(not shutil.which("soffice"), reason="needs LibreOffice Calc")
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_turkish_spreadsheet_finds_numbers_days_and_letters(
    figures: World, api: Caller, tmp_path: Path, form: str
) -> None:
    figures.fen.name = "Şehir İşleri ğüö"
    figures.fen.save()
    trend = download(api("supervisor"), "trend", form, headings="tr", columns="code,opened", interval="month")
    assert _types(trend, form, tmp_path)[1:] == [["date", "float"]]
    places = download(api("supervisor"), "departments", form, headings="tr", columns="name,opened")
    assert _types(places, form, tmp_path)[1:] == [["Şehir İşleri ğüö", "float"]]


def _types(body: bytes, form: str, folder: Path) -> list[list[str]]:
    """Of each cell its type, or its words where it is text, as LibreOffice in Turkish opens the file."""
    (folder / f"rapor.{form}").write_bytes(body)
    reads = [f"--infilter={AS_TURKISH}"] if form == "csv" else []
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", *reads, "--convert-to", "fods", f"rapor.{form}"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    found = []
    for row in ElementTree.parse(folder / "rapor.fods").iter(f"{{{TABLE}}}table-row"):
        cells = [
            cell for cell in row.iter(f"{{{TABLE}}}table-cell") if f"{{{OFFICE}}}value-type" in cell.attrib
        ]
        kinds = [(cell.attrib[f"{{{OFFICE}}}value-type"], "".join(cell.itertext()).strip()) for cell in cells]
        found += [[words if kind == "string" else kind for kind, words in kinds]] if kinds else []
    return found
