"""What a process of imports does: tells what would change, then changes it.

The rows of one file are one transaction, together with the job's own end. So an import that was cancelled, or whose
process died, has changed nothing. How far it is gets told by another connection, whose changes are seen meanwhile.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from time import monotonic
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.http import HttpRequest

from departments.spreadsheets.bounded_files import ReadTable, UnreadableFileError, read_table
from departments.spreadsheets.import_jobs import SHOWN, Error, State, due, end
from departments.spreadsheets.models import ImportJob

log = logging.getLogger(__name__)

SHOWN_LENGTH = 300  # of a cell in the preview
NAMING = 2  # columns that a row is called by in the preview
REPORTED_EVERY = 0.5  # seconds

_FAILED = "Beklenmeyen bir hata oldu; dosyadan hiçbir şey alınmadı. Yöneticinize bildirin."
_FORBIDDEN = "Bu tabloyu dosyadan değiştirme yetkiniz yok."
CHANGED_MEANWHILE = (
    "Kayıtlar önizlemeden sonra değişti, dosyadan hiçbir şey alınmadı. Dosyayı yeniden yükleyin."
)


class _CancelledError(Exception):
    """Its user wants it no more."""


def work(clock: Callable[[], datetime]) -> None:
    """Works on the oldest of the jobs that wait. The next one gets a process, and its time, of its own."""
    if job := _claim(clock()):
        _run(job)


def _claim(now: datetime) -> ImportJob | None:
    """The next job, marked as running before anything of it is read."""
    with transaction.atomic():
        job = due().select_for_update(skip_locked=True, no_key=True, of=("self",)).order_by("pk").first()
        if job is not None:
            job.state = State.CHECKING if job.state == State.WAITING else State.APPLYING
            job.beat_at = now
            job.save(update_fields=["state", "beat_at"])
    return job


def _run(job: ImportJob) -> None:
    mine = ImportJob.objects.filter(pk=job.pk, state=job.state)
    try:
        with transaction.atomic():
            _import(job)
    except _CancelledError:
        log.info("import %s was cancelled", job.pk)
    except UnreadableFileError as error:
        end(mine, State.REFUSED, [(error.line, error.column, str(error))])
    except _RefusedError as refused:
        end(mine, State.REFUSED, refused.errors)
    except Exception as error:  # noqa: BLE001 - shown to its user; the next job must not wait for it
        log.error("import %s failed: %s", job.pk, type(error).__name__)  # noqa: TRY400 - a trace may quote the file
        end(mine, State.REFUSED, [(None, "", _FAILED)])


class _RefusedError(Exception):
    """The file has faults; nothing of it is taken."""

    def __init__(self, errors: list[Error]) -> None:
        super().__init__()
        self.errors = errors


def _import(job: ImportJob) -> None:
    """Tries the rows, or applies them; with the job's own end, in one transaction of the caller."""
    applies = job.state == State.APPLYING
    page: Any = admin.site.get_model_admin(apps.get_model(job.table))
    request = HttpRequest()
    request.user = job.user
    if not (job.user.is_active and page.has_import_permission(request)):
        raise _RefusedError([(None, "", _FORBIDDEN)])
    table = read_table(bytes(job.content), job.form)
    resource = page.get_import_resource_classes(request)[0]()
    with _progress_of(job, len(table.lines)) as report:
        resource.report_progress = report
        result = resource.import_data(
            table.data,
            dry_run=not applies,
            file_name=job.name,
            user=job.user,
            rollback_on_validation_errors=True,
            retain_instance_in_row_result=True,
        )
    if errors := _errors(result, table):
        raise _RefusedError([*([(None, "", CHANGED_MEANWHILE)] if applies else []), *errors])
    if applies:
        page.generate_log_entries(result, request)
    rows, totals = len(table.lines), dict(result.totals)
    mine = ImportJob.objects.filter(pk=job.pk, state=job.state)
    if mine.update(rows=rows, done=rows, totals=totals) != 1:  # cancelled in the last moment
        raise _CancelledError
    if applies:
        end(mine, State.DONE)
    else:
        mine.update(state=State.CHECKED, changes=_changes(result))


@contextmanager
def _progress_of(job: ImportJob, rows: int) -> Iterator[Callable[[int], None]]:
    """What reports how many rows are done, and raises _CancelledError once the job was cancelled."""
    aside = connections.create_connection(DEFAULT_DB_ALIAS)
    reported_at = monotonic()

    def report(done: int) -> None:
        nonlocal reported_at
        if monotonic() - reported_at < REPORTED_EVERY:
            return
        reported_at = monotonic()
        with aside.cursor() as cursor:
            cursor.execute(
                "UPDATE departments_importjob SET rows = %s, done = %s, beat_at = now() WHERE id = %s RETURNING state",
                [rows, done, job.pk],
            )
            found = cursor.fetchone()
        if found and found[0] != job.state:
            raise _CancelledError

    try:
        yield report
    finally:
        aside.close()


def _errors(result: Any, table: ReadTable) -> list[Error]:
    """What is wrong, by the lines of the file and the titles of its columns."""
    found: list[Error] = [(1, "", cause) for each in result.base_errors for cause in _causes(each.error)]
    for row in result.error_rows:
        line = table.lines[row.number - 1]
        found += [(line, "", cause) for each in row.errors for cause in _causes(each.error)]
    for row in result.invalid_rows:
        line = table.lines[row.number - 1]
        for column, causes in row.error_dict.items():
            found += [(line, "" if column == NON_FIELD_ERRORS else column, str(cause)) for cause in causes]
    return sorted(found, key=lambda each: (each[0] or 0, each[1]))


def _causes(error: Exception) -> list[str]:
    """What an exception says, of those that are made for people; others may quote what nobody is to see."""
    if isinstance(error, ValidationError):
        return list(error.messages)
    log.warning("a row was not read: %s", type(error).__name__)
    return ["Satır okunamadı. Bu tabloyu dışa aktarın, satırı oradaki gibi yazın."]


def _changes(result: Any) -> list[Any]:
    """The titles of the columns, then for each row that changes its kind and what its cells hold before and after."""
    rows = [[row.import_type, row.diff] for row in result.rows[:SHOWN]]
    return [result.diff_headers, *rows]


def described(changes: list[Any]) -> list[dict[str, Any]]:
    """What `_changes` kept, for people: of each row whether it is new, its name, its cells before and after."""
    titles, *rows = changes or [[]]
    found = []
    for kind, cells in rows:
        named = [(title, *cell) for title, cell in zip(titles, cells, strict=True)]
        changed = [each for each in named if each[1] != each[2]]
        name = ", ".join(after or before for _, before, after in named[:NAMING] if after or before)
        found.append({"is_new": kind == "new", "name": name, "changed": changed})
    return found


class Changes:
    """What an import changes in a row, as pairs of texts: before and after."""

    def __init__(self, resource: Any, instance: Any, new: bool) -> None:
        self._new = new
        self._before = self._after = self._texts(resource, instance)

    def compare_with(self, resource: Any, instance: Any) -> None:
        self._after = self._texts(resource, instance)

    def as_html(self) -> list[tuple[str, str]]:
        """Named so by the library; the page escapes them."""
        return [("" if self._new else old, new) for old, new in zip(self._before, self._after, strict=True)]

    @staticmethod
    def _texts(resource: Any, instance: Any) -> list[str]:
        texts = (field.export(instance) for field in resource.get_import_fields())
        return ["" if text is None else str(text)[:SHOWN_LENGTH] for text in texts]
