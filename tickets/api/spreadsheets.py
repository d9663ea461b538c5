"""CSV (streamed) and XLSX (written row by row to disk) responses.

Texts that a spreadsheet would take for formulas are made harmless (CWE-1236): in CSV by an apostrophe before them, in
XLSX by the type of the cell.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from io import StringIO
from itertools import chain
from tempfile import TemporaryFile
from typing import Any

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse

from departments.spreadsheets.formulas import guarded
from departments.working_time.working_hours import ISTANBUL

Rows = Iterable[Iterable[Any]]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHUNK = 64 * 1024
MOST_ROWS = (
    50_000  # of a workbook, which is whole before it leaves: some 8 seconds of a processor. CSV has no limit
)
TOO_MANY = f"Excel dosyası en çok {MOST_ROWS} satır alır. CSV isteyin ya da süzün."
_AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def table(form: str, name: str, head: Iterable[str], rows: Rows) -> HttpResponseBase:
    """The rows as a download of that form, `csv` or `xlsx`; `name` is the file's, without its ending."""
    return as_download(f"{name}.{form}", csv_of(head, rows) if form == "csv" else xlsx_of(head, rows))


def as_download(name: str, answer: HttpResponseBase) -> HttpResponseBase:
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def csv_of(head: Iterable[str], rows: Rows = (), *, copied: Iterable[bytes] = ()) -> HttpResponseBase:
    """CSV in UTF-8 with a byte order mark, which Excel needs; times in Europe/Istanbul, without an offset.

    The heading is sent at once, so that the download starts. `copied` are lines that are CSV already.
    """
    end = "\n" if copied else "\r\n"  # as the database ends the lines that it writes
    parts = chain(["\ufeff".encode()], _lines([head], end), _lines(rows, end), copied)
    return StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8")


def _lines(rows: Rows, end: str) -> Iterator[bytes]:
    """The lines joined to chunks of at least CHUNK characters."""
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator=end)
    for row in rows:
        writer.writerow([_CSV[type(cell)](cell) if type(cell) in _CSV else cell for cell in row])
        if buffer.tell() > CHUNK:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _csv_time(moment: datetime) -> str:
    return moment.astimezone(ISTANBUL).replace(tzinfo=None).isoformat(" ", "seconds")


# By exact type, since there are millions of cells; all others are written as they are.
_CSV: dict[type, Callable[[Any], str]] = {datetime: _csv_time, str: guarded}


def xlsx_of(head: Iterable[str], rows: Rows) -> HttpResponseBase:
    import xlsxwriter  # here: 15 MB that few processes ever need

    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    options = _AS_TEXT | {
        "constant_memory": True,
        "default_date_format": "yyyy-mm-dd hh:mm",
        "remove_timezone": True,
    }
    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, list(head), book.add_format({"bold": True}))
    for number, row in enumerate(rows, start=1):
        sheet.write_row(number, 0, [_xlsx_cell(cell) for cell in row])
    book.close()
    file.seek(0)
    return FileResponse(file, content_type=XLSX)


def _xlsx_cell(cell: Any) -> Any:
    return cell.astimezone(ISTANBUL) if isinstance(cell, datetime) else cell
