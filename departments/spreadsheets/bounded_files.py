"""Reads uploaded CSV and XLSX files, none of which can cost more than these limits, whatever is in it."""

import csv
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Any
from zipfile import BadZipFile, ZipFile

import tablib

FILE_BYTES = 5 * 1024 * 1024
UNPACKED_BYTES = 50 * 1024 * 1024  # of a workbook, which is a zip archive
PARTS = 500  # files in it
ROWS, COLUMNS, CELL_LENGTH = 5_000, 50, 20_000
Row = Sequence[Any]


class UnreadableFileError(Exception):
    """What the file is not; `str()` says in Turkish what to do, `line` and `column` where, if it is anywhere."""

    def __init__(self, cause: str, line: int | None = None, column: str = "") -> None:
        super().__init__(cause)
        self.line, self.column = line, column


@dataclass(frozen=True)
class ReadTable:
    """The rows below the titles, and for each the line of the file that it stands in."""

    data: tablib.Dataset
    lines: list[int]


def read_table(content: bytes, form: str) -> ReadTable:
    """The first sheet of an `xlsx` file, or a `csv` file parted by semicolons, commas or tabs.

    Raises UnreadableFileError, before more was read than the limits allow.
    """
    if len(content) > FILE_BYTES:
        raise UnreadableFileError(f"Dosya {FILE_BYTES // 1024**2} MB’tan büyük. Bölerek yükleyin.")
    rows = _numbered(_workbook_rows(content) if form == "xlsx" else _csv_rows(content))
    first = next(rows, None)
    if first is None:
        raise UnreadableFileError("Dosya boş: ilk satırda sütun adları olmalı.")
    titles = ["" if cell is None else str(cell).strip() for cell in first[1]]
    named = [title for title in titles if title]
    if twice := next((title for title in named if named.count(title) > 1), ""):
        raise UnreadableFileError("Bu sütun iki kez var; birini silin.", first[0], twice)
    table = ReadTable(tablib.Dataset(headers=titles), [])
    for line, cells in rows:
        _check(cells, titles, line)
        table.data.append([*cells, *[None] * (len(titles) - len(cells))])
        table.lines.append(line)
    if not table.lines:
        raise UnreadableFileError("Dosyada sütun adlarından başka satır yok.")
    return table


def _numbered(rows: Iterable[Row]) -> Iterator[tuple[int, Row]]:
    """The rows with something in them, without the empty cells at their ends, and their line."""
    for line, cells in enumerate(rows, 1):
        if line > ROWS + 1:
            raise UnreadableFileError(
                f"Dosyada {ROWS} satırdan çok var. Bölerek yükleyin; sonundaki boş satırları silin.", line
            )
        width = max((place for place, cell in enumerate(cells, 1) if cell not in (None, "")), default=0)
        if width > COLUMNS:
            raise UnreadableFileError(f"{COLUMNS} sütundan çok var.", line)
        if width:
            yield line, cells[:width]


def _check(cells: Row, titles: list[str], line: int) -> None:
    if len(cells) > len(titles):
        raise UnreadableFileError("Sütun adlarından çok hücre var.", line)
    for title, cell in zip(titles, cells, strict=False):
        if isinstance(cell, str) and len(cell) > CELL_LENGTH:
            raise UnreadableFileError(f"Hücrede {CELL_LENGTH} karakterden uzun yazı var.", line, title)
        if isinstance(cell, str) and "\0" in cell:
            raise UnreadableFileError("Hücrede okunamayan bir karakter var.", line, title)


def _csv_rows(content: bytes) -> Iterator[Row]:
    text = _decoded(content)
    try:
        separator = csv.Sniffer().sniff(text.partition("\n")[0][:1000], delimiters=";,\t").delimiter
    except csv.Error:  # a single column
        separator = ","
    try:
        yield from csv.reader(StringIO(text, newline=""), delimiter=separator)
    except csv.Error:
        raise UnreadableFileError("Bu bir CSV dosyası değil ya da bir tırnak kapanmamış.") from None


def _decoded(content: bytes) -> str:
    """The text in UTF-8, or in what a Turkish Excel writes: “Unicode metni” or the Windows code page 1254."""
    encodings = ["utf-16"] if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else ["utf-8-sig", "cp1254"]
    for encoding in encodings:
        with suppress(UnicodeDecodeError):
            return content.decode(encoding)
    raise UnreadableFileError(
        "Dosyanın harfleri okunamıyor. Excel’de “CSV UTF-8” ya da XLSX olarak kaydedin."
    )


def _workbook_rows(content: bytes) -> Iterator[Row]:
    import openpyxl  # here: few processes ever need it

    try:
        parts = ZipFile(BytesIO(content)).infolist()  # what they unpack to; none is unpacked any further
    except BadZipFile:
        raise UnreadableFileError("Bu bir Excel dosyası (.xlsx) değil.") from None
    if len(parts) > PARTS or sum(part.file_size for part in parts) > UNPACKED_BYTES:
        raise UnreadableFileError(
            f"Excel dosyası açılınca {UNPACKED_BYTES // 1024**2} MB’tan büyük. Bölerek yükleyin."
        )
    try:
        book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        # One more than allowed, to see that there is more; what lies beyond is not read.
        yield from sheet.iter_rows(max_row=ROWS + 2, max_col=COLUMNS + 1, values_only=True)
    except UnreadableFileError:
        raise
    except Exception as error:  # a hostile file may break the library in any way
        raise UnreadableFileError("Excel dosyası bozuk: açılamadı.") from error
