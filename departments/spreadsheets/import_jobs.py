"""Imports from the upload to their end: what a page begins, confirms and cancels, and who works it off.

A process of its own does the work (import_work.py): the workers have neither the admin, whose columns and permissions
an import asks for, nor the readers of workbooks, and whatever a hostile file does ends with it.
"""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import QuerySet

from departments.common.process_aside import ProcessAside
from departments.spreadsheets.models import ImportJob

WORK_SECONDS = 240  # of one file; then its process is killed
SHOWN = 200  # rows of the preview, and errors
DEAD_AFTER = timedelta(minutes=2)  # without a sign; reading a file takes seconds, and each row is one
CONFIRMED_WITHIN = timedelta(hours=1)  # a file may hold personal data
KEPT = timedelta(days=1)

State = ImportJob.State
Error = tuple[int | None, str, str]  # line, column, cause

_TOO_LATE = "Dosya önizlemeden sonra bir saat saklanır. Yeniden yükleyin."
_DIED = "Dosyayı işleyen süreç kapandı; dosyadan hiçbir şey alınmadı. Bölerek yeniden yükleyin."


def begin(*, user: User, table: str, name: str, form: str, content: bytes, now: datetime) -> ImportJob:
    """A job that checks the file and then waits for its user's word."""
    forget(now)
    return ImportJob.objects.create(
        user=user, table=table, name=name[:200], form=form, content=content, created_at=now
    )


def confirm(job: ImportJob) -> bool:
    """Has a checked file applied; False where it does not wait for that any more."""
    checked = ImportJob.objects.filter(pk=job.pk, state=State.CHECKED)
    return checked.update(state=State.CONFIRMED, done=0) == 1


def cancel(job: ImportJob) -> bool:
    """Ends a job; of one that is being applied nothing stays. False where it is over already."""
    return end(ImportJob.objects.filter(pk=job.pk, state__in=ImportJob.OPEN), State.CANCELLED) == 1


def end(jobs: "QuerySet[ImportJob]", state: str, errors: list[Error] | None = None) -> int:
    """Ends jobs, and lets their files go; returns how many."""
    shown = (errors or [])[:SHOWN]
    if errors and len(errors) > SHOWN:
        shown.append((None, "", f"… ve {len(errors) - SHOWN} hata daha."))
    return jobs.update(state=state, errors=shown, content=b"", changes=[])


def forget(now: datetime) -> None:
    """Deletes old jobs, and the files that nobody confirmed within an hour."""
    ImportJob.objects.filter(created_at__lt=now - KEPT).delete()
    unconfirmed = ImportJob.objects.filter(state=State.CHECKED, created_at__lt=now - CONFIRMED_WITHIN)
    end(unconfirmed, State.REFUSED, [(None, "", _TOO_LATE)])


def due() -> "QuerySet[ImportJob]":
    """The jobs that wait for a worker."""
    return ImportJob.objects.filter(state__in=(State.WAITING, State.CONFIRMED))


_process = ProcessAside("work_imports", WORK_SECONDS)


def work_aside(now: datetime) -> bool:
    """Has a process of its own work off what is due, and returns at once, whether one is at work. A job whose process
    died is given up: it may have killed it.
    """
    dead = ImportJob.objects.filter(state__in=ImportJob.RUNNING, beat_at__lt=now - DEAD_AFTER)
    end(dead, State.REFUSED, [(None, "", _DIED)])
    if _process.is_busy():
        return True
    if due().exists():
        _process.begin()
        return True
    return False
