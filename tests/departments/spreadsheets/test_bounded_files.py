"""Files of staff cost no more than a known amount of memory, whatever is in them, and what is wrong is told."""

import re
import tracemalloc
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest

from departments.spreadsheets.bounded_files import UnreadableFileError, read_table


def workbook(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def bomb() -> bytes:
    """A workbook of 60 kB whose sheet unpacks to 60 MB."""
    file = BytesIO(workbook(["kod"], ["a"]))
    with ZipFile(file, "a", ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/1.xml", bytes(60 * 1024 * 1024))
    return file.getvalue()


def far_away() -> bytes:
    """A workbook whose only cells are in the last row and column that there can be."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["A1048576"] = "kod", "x"
    file = BytesIO()
    book.save(file)
    return file.getvalue()


HOSTILE = {
    "zip bomb": (bomb, "50 MB’tan büyük"),
    "last row": (far_away, "5000 satırdan çok"),
    "many rows": (lambda: workbook(["kod"], *[["x"]] * 5001), "5000 satırdan çok"),
    "many columns": (lambda: workbook(["kod"] * 60, ["x"]), "50 sütundan çok"),
    "long cell": (lambda: workbook(["kod"], ["x" * 20_001]), "20000 karakterden uzun"),
    "no workbook": (lambda: b"PK\x03\x04 nonsense", "Bu bir Excel dosyası (.xlsx) değil."),
    "another zip": (lambda: zipped("a.txt", b"a"), "Excel dosyası bozuk"),
    "nothing": (lambda: b"", "Bu bir Excel dosyası (.xlsx) değil."),
}


def zipped(name: str, content: bytes) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_is_refused_before_it_is_read(name: str) -> None:
    make, why = HOSTILE[name]
    content = make()
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableFileError, match=re.escape(why)):
            read_table(content, "xlsx")
        assert tracemalloc.get_traced_memory()[1] < 30 * 1024 * 1024
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("content", "line", "column", "why"),
    [
        (b"kod;ad\n" + b"a;b\n" * 5001, 5002, "", "5000 satırdan çok"),
        (b"kod;ad\na;b;c\n", 2, "", "Sütun adlarından çok hücre"),
        (b"kod;ad\n\n\na;b\0\n", 4, "ad", "okunamayan bir karakter"),
        (b"kod;ad\na;" + b"x" * 20_001, 2, "ad", "20000 karakterden uzun"),
        (b'kod;ad\na;"' + b"x" * 200_000, None, "", "tırnak kapanmamış"),
        (b"kod;ad\na;\xfc\x81\n", None, "", "harfleri okunamıyor"),
        (b"kod;ad\n", None, "", "başka satır yok"),
        (b"", None, "", "Dosya boş"),
        (b"x" * (5 * 1024 * 1024 + 1), None, "", "5 MB’tan büyük"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_where_and_why(
    content: bytes, line: int | None, column: str, why: str
) -> None:
    with pytest.raises(UnreadableFileError, match=re.escape(why)) as refused:
        read_table(content, "csv")
    assert (refused.value.line, refused.value.column) == (line, column)


def test_a_column_that_stands_there_twice_is_refused_by_its_name() -> None:
    with pytest.raises(UnreadableFileError, match="iki kez"):
        read_table(b"kod;ad;kod\nA;B;C\n", "csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1254", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_whatever_a_turkish_excel_writes_is_read(encoding: str, separator: str) -> None:
    written = f"kod{separator}ad\r\nX{separator}Şehir ışığı ğüöç\r\n"
    assert read_table(written.encode(encoding), "csv").data.dict == [{"kod": "X", "ad": "Şehir ışığı ğüöç"}]
