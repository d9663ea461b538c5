"""CSV (streamed) and XLSX (written row by row to disk) responses.

Texts that a spreadsheet would take for formulas are made harmless (CWE-1236): in CSV by an apostrophe before them, in
XLSX by the type of the cell.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from io import StringIO
from itertools import chain
from tempfile import TemporaryFile
from time import monotonic
from typing import IO, Any, cast

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse

from departments.spreadsheets.formulas import guarded
from departments.working_time.working_hours import ISTANBUL

Rows = Iterable[Iterable[Any]]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHUNK = 64 * 1024
IN_MEMORY = 1024 * 1024  # of one CSV; what is longer waits in a file under /tmp
WHOLE_SECONDS = (
    60  # of one CSV in a request; nobody waits at a page for longer, and proxies give up after two minutes
)
NARROWEST, WIDEST = 11, 60  # characters of a column: a day fits
MEASURED_ROWS = 200  # by which the width of a column is set
MOST_ROWS = 50_000  # of a workbook: some 8 seconds of a processor. CSV has no limit but that of time
TOO_MANY = f"Excel dosyası en çok {MOST_ROWS} satır alır. CSV isteyin ya da süzün."
_AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


class TooSlowError(Exception):
    """The rows of a file took too long."""


def table(
    form: str, name: str, head: Iterable[str], rows: Rows, *, turkish: bool = False
) -> HttpResponseBase:
    """The rows as a download of that form, `csv` or `xlsx`; `name` is the file's, without its ending.

    `turkish`: as a Turkish Excel reads them (semicolons, decimal commas, 29.10.2027 08:30), not as machines do.
    """
    if form == "csv":
        written = map(_as_people_write, rows) if turkish else rows
        return as_download(f"{name}.csv", csv_of(head, written, turkish=turkish))
    return as_download(f"{name}.xlsx", xlsx_of(head, rows, turkish=turkish))


def whole(answer: HttpResponseBase, seconds: float = WHOLE_SECONDS) -> HttpResponseBase:
    """The download with all of its bytes at hand: nothing is asked of the database for it any more.

    Raises TooSlowError where that takes longer than `seconds`.
    """
    if isinstance(answer, FileResponse) or not isinstance(answer, StreamingHttpResponse):
        return answer
    parts, size, chunks = list[bytes](), 0, _in_time(answer, monotonic() + seconds)
    for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        if size > IN_MEMORY:
            break
    else:
        answer.streaming_content = parts
        return answer
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    file.writelines(chain(parts, chunks))
    file.seek(0)
    return FileResponse(file, headers=dict(answer.items()))


def write_to(file: IO[bytes], answer: HttpResponseBase) -> None:
    """Writes the download into a file. Its `close` would signal the end of a request; here is none."""
    file.writelines(cast("StreamingHttpResponse", answer))  # both forms are
    if isinstance(answer, FileResponse) and answer.file_to_stream:
        answer.file_to_stream.close()


def _in_time(chunks: Iterable[bytes], until: float) -> Iterator[bytes]:
    for chunk in chunks:
        if monotonic() >= until:
            raise TooSlowError
        yield chunk


def as_download(name: str, answer: HttpResponseBase) -> HttpResponseBase:
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def csv_of(
    head: Iterable[str], rows: Rows = (), *, copied: Iterable[bytes] = (), turkish: bool = False
) -> HttpResponseBase:
    """CSV in UTF-8 with a byte order mark, which Excel needs; times in Europe/Istanbul, without an offset.

    The heading is sent at once, so that the download starts. `copied` are lines that are CSV already.
    """
    end = "\n" if copied else "\r\n"  # as the database ends the lines that it writes
    parted = ";" if turkish else ","
    parts = chain(["\ufeff".encode()], _lines([head], end, parted), _lines(rows, end, parted), copied)
    return StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8")


def _lines(rows: Rows, end: str, parted: str) -> Iterator[bytes]:
    """The lines joined to chunks of at least CHUNK characters."""
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator=end, delimiter=parted)
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


def _as_people_write(row: Iterable[Any]) -> list[Any]:
    return [_PEOPLE[type(cell)](cell) if type(cell) in _PEOPLE else cell for cell in row]


_PEOPLE: dict[type, Callable[[Any], str]] = {
    datetime: lambda moment: f"{moment.astimezone(ISTANBUL):%d.%m.%Y %H:%M}",
    date: lambda day: f"{day:%d.%m.%Y}",
    float: lambda number: f"{number:.10g}".replace(".", ","),
    bool: lambda truth: "evet" if truth else "hayır",
}


def xlsx_of(head: Iterable[str], rows: Rows, *, turkish: bool = False) -> HttpResponseBase:
    """A workbook with a filter on its headings, and columns as wide as their first rows.

    `turkish`: days as 29.10.2027.
    """
    import xlsxwriter  # here: 15 MB that few processes ever need

    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    options = _AS_TEXT | {
        "constant_memory": True,
        "default_date_format": "dd.mm.yyyy hh:mm" if turkish else "yyyy-mm-dd hh:mm",
        "remove_timezone": True,
    }
    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    titles, bold = list(head), book.add_format({"bold": True})
    day = book.add_format({"num_format": "dd.mm.yyyy" if turkish else "yyyy-mm-dd"})
    widths = [max(len(title) + 2, NARROWEST) for title in titles]
    sheet.write_row(0, 0, titles, bold)
    last = 0
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if number <= MEASURED_ROWS:
                widths[column] = max(widths[column], _width(cell))
            if type(cell) is date:
                sheet.write_datetime(number, column, cell, day)
            elif turkish and type(cell) is bool:
                sheet.write(number, column, _PEOPLE[bool](cell))
            else:
                sheet.write(number, column, _xlsx_cell(cell))
        last = number
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    if titles:
        sheet.autofilter(0, 0, last, len(titles) - 1)
    book.close()
    file.seek(0)
    return FileResponse(file, content_type=XLSX)


def _width(cell: Any) -> int:
    """Characters that a cell takes, at most WIDEST: what is longer runs on or is cut by the program that shows it."""
    return (
        len("29.10.2027 14:05") + 2 if isinstance(cell, datetime) else min(len(str(cell or "")) + 1, WIDEST)
    )


def _xlsx_cell(cell: Any) -> Any:
    return cell.astimezone(ISTANBUL) if isinstance(cell, datetime) else cell
