"""Each CSV and XLSX that the pages give out, opened by LibreOffice in Turkish: numbers are numbers, days are days, no
letter is broken, headings are Turkish.
"""

import csv
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest

from departments.models import Agency, DutyShift, RoutingRule, SpecialDay, WorkingHours
from departments.working_time.working_hours import ISTANBUL
from tests.tickets.reports.test_api_reports import TABLES, URL, in_october
from tests.tickets.reports.test_turkish_sheets import AS_TURKISH, OFFICE, TABLE
from tests.tickets.world import NOW, World, here, sign_in
from tickets.casework.rating import rate
from tickets.models import CannedAnswer, LocationSource, Ticket
from tickets.record.permissions import Actor
from whatsapp.models import FaqEntry

LETTERS = "Şehir İşleri ğüşıöç"
BASE = (
    *("departments/department", "departments/category", "departments/routingrule", "departments/agency"),
    *("departments/dutyshift", "departments/workinghours", "departments/specialday"),
    *("tickets/cannedanswer", "whatsapp/faqentry"),
)
NUMBER, DAY, HOUR = r"-?\d+(,\d+)?", r"\d\d\.\d\d\.\d{4}( \d\d:\d\d)?|\d{1,2} \w+ \d{4}", r"\d\d:\d\d"
Cell = tuple[str, str]  # its type as LibreOffice tells it, and its words


@pytest.fixture
def office(world: World) -> World:
    """Something in every table."""
    world.fen.name = LETTERS
    world.fen.save()
    in_october(world, department=world.fen, point=here(), location_source=LocationSource.PIN)
    at = datetime(2026, 10, 6, 9, tzinfo=ISTANBUL)
    ticket = world.resolved(now=at, neighbourhood=world.mahalle)
    Ticket.objects.filter(pk=ticket.pk).update(
        assignee=world.user("crew_fen"),
        routed={"category": world.misconduct.code, "department": "PARK", "sure": True},
    )
    ticket.refresh_from_db()
    rate(ticket=ticket, actor=Actor.citizen(), now=NOW + timedelta(days=1), score=4, comment="İyi")
    Agency.objects.create(code="dsi", name="DSİ", phone="0352 000 00 00", text="Sulama DSİ’nin işidir.")
    SpecialDay.objects.create(day=date(2027, 1, 5), name="İdari izin")
    WorkingHours.objects.create(weekday=0, opens=time(8, 0), closes=time(17, 0))
    begins = datetime(2027, 1, 8, 17, 30, tzinfo=ISTANBUL)
    DutyShift.objects.create(
        user=world.user("head_fen"), starts_at=begins, ends_at=begins + timedelta(days=2)
    )
    RoutingRule.objects.create(
        name="Çukur", position=1, words="çukur", given=world.pothole, category=world.pothole
    )
    CannedAnswer.objects.create(title="Teşekkür", text="Bildirdiğiniz için teşekkür ederiz.")
    FaqEntry.objects.create(title="Çöp ne zaman?", phrases="çöp ne zaman", answer="Salı günü.")
    return world


def given_out(world: World, form: str) -> Iterator[tuple[str, bytes]]:
    """The name and the bytes of each file."""
    api, admin = sign_in(world, "supervisor"), sign_in(world, "admin")
    for report in TABLES:
        asked = {"from": "2026-10-01", "to": "2027-01-01", "format": form, "headings": "tr"}
        yield f"rapor-{report.replace('/', '-')}", body(api, f"{URL}{report}/", **asked)
    yield "basvurular", body(api, "/admin/tickets/ticket/export/", tab="tumu", form=form)
    yield "erisim", body(admin, "/admin/tickets/access/indir/", form=form)
    for table in BASE:
        answer = admin.post(
            f"/admin/{table}/export/", {"format": "0" if form == "xlsx" else "1", "resource": "0"}
        )
        assert answer.status_code == 200, table
        yield table.replace("/", "-"), bytes(answer.content)


def body(client: Any, address: str, **query: str) -> bytes:
    answer = client.get(address, query)
    assert answer.status_code == 200, address
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)


@pytest.mark.skipif(not shutil.which("soffice"), reason="needs LibreOffice Calc")
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_libreoffice_finds_in_each_file_what_was_written(office: World, tmp_path: Path, form: str) -> None:
    files = dict(given_out(office, form))
    for name, content in files.items():
        (tmp_path / f"{name}.{form}").write_bytes(content)
    opened(tmp_path, form)
    for name, content in files.items():
        head, *rows = expected(content, form)
        found = cells_of(tmp_path / f"{name}.fods", len(head))
        assert [words for _, words in found[0]] == [words for _, words in head], name
        assert not [words for _, words in head if "_" in words or not words], name
        assert rows, name
        for row, here_found in zip(rows, found[1:], strict=True):
            for (kind, words), (found_kind, found_words), title in zip(row, here_found, head, strict=True):
                told = (name, title, words)
                assert found_kind == kind, told
                assert kind != "string" or found_words == words, told
    assert any(LETTERS.encode("utf-8") in content for content in files.values()) or form == "xlsx"


def opened(folder: Path, form: str) -> None:
    """Each file of the folder as LibreOffice in Turkish reads it, beside it as `.fods`."""
    names = sorted(each.name for each in folder.glob(f"*.{form}"))
    reads = [f"--infilter={AS_TURKISH}"] if form == "csv" else []
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", *reads, "--convert-to", "fods", *names]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def cells_of(file: Path, width: int) -> list[list[Cell]]:
    """The rows that have anything in them, each as wide as the head."""
    rows = []
    for row in ElementTree.parse(file).iter(f"{{{TABLE}}}table-row"):
        cells: list[Cell] = []
        for cell in row:
            kind = cell.attrib.get(f"{{{OFFICE}}}value-type", "")
            words = "\n".join("".join(part.itertext()) for part in cell if part.tag.endswith("}p"))
            repeated = int(cell.attrib.get(f"{{{TABLE}}}number-columns-repeated", 1))
            cells += [(kind, words)] * min(repeated, width)
        if any(kind for kind, _ in cells):
            times = int(row.attrib.get(f"{{{TABLE}}}number-rows-repeated", 1))
            rows += [[*cells, *[("", "")] * width][:width]] * times
    return rows


def expected(content: bytes, form: str) -> list[list[Cell]]:
    if form == "csv":
        assert content.startswith(b"\xef\xbb\xbf")
        rows = csv.reader(StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
        return [[(_kind(cell), cell) for cell in row] for row in rows]
    sheet = openpyxl.load_workbook(BytesIO(content)).active
    assert sheet is not None
    return [[(_kind_of(cell), str(cell or "")) for cell in row] for row in sheet.values]


def _kind(cell: str) -> str:
    kinds = ((NUMBER, "float"), (DAY, "date"), (HOUR, "time"), (".+", "string"))
    return next((kind for form, kind in kinds if re.fullmatch(form, cell, re.DOTALL)), "")


def _kind_of(cell: Any) -> str:
    if cell is None or cell == "":
        return ""
    kinds = {bool: "boolean", int: "float", float: "float", datetime: "date", date: "date", time: "time"}
    return kinds.get(type(cell), "string")
