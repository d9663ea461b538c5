"""Imports from the upload to their end: what a page begins, confirms and cancels, and who works it off.

A process of its own does the work (import_work.py): the workers have neither the admin, whose columns and permissions
an import asks for, nor the readers of workbooks, and whatever a hostile file does ends with it.
"""

import logging
import os
import subprocess
import sys
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import QuerySet

from departments.models import ImportJob

log = logging.getLogger(__name__)

WORK_SECONDS = 240
TASK_SECONDS = WORK_SECONDS + 30
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


def work_aside(now: datetime) -> None:
    """Has a process of its own work off what is due. A job whose process died is given up: it may have killed it."""
    dead = ImportJob.objects.filter(state__in=ImportJob.RUNNING, beat_at__lt=now - DEAD_AFTER)
    end(dead, State.REFUSED, [(None, "", _DIED)])
    if not due().exists():
        return
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "work_imports"]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "melikgazi.settings"}
    try:
        status = subprocess.run(command, env=environment, timeout=WORK_SECONDS, check=False).returncode  # noqa: S603 - our own
    except subprocess.TimeoutExpired:
        status = -1
    if status != 0:
        log.error("the process of imports ended with %s", status)
