"""Exports of many rows: a row is asked for, a process of its own makes the file, which is kept for a day.

1. The REST API writes the row (tickets/rest_api/exports.py); one of a caller is open at a time.
2. `work_aside`, a task every other second, claims the row that is due first: the attempt is counted and committed
   before the work, which a process of its own does. A row whose process died is due again, three times at most.
3. Its process notes which tickets will be in the file, writes the file, and ends the row if it is still its own.
4. Erasing a ticket deletes the files that hold it. One that is being made then is made again.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import F, QuerySet

from departments.common.leases import beyond
from departments.common.process_aside import ProcessAside
from departments.common.row_by_row import failed, succeeded
from departments.models import RowWork
from tickets.api_clients.models.clients import ApiKey
from tickets.attachments.file_deletion import delete_pending_files, schedule_deletion
from tickets.files.storage import new_name
from tickets.record.models.exports import Export
from tickets.record.models.ticket import Ticket

KEPT = timedelta(hours=24)
ROW_KEPT = timedelta(days=7)  # says for so long what became of the file
KEPT_EACH = 3  # files of one caller
MAKE_SECONDS = 240
LEASE = beyond(MAKE_SECONDS)
MOST_ATTEMPTS = 3
PAUSE = timedelta(minutes=1)  # after a failure: a full disk, a bucket that is away
BUSY_PAUSE = timedelta(seconds=30)  # while the caller makes another file

State = Export.State
EXPIRED = "Dosyanın süresi doldu ve dosya silindi. Yeniden isteyin."
REPLACED = (
    f"Bir anahtar ya da kullanıcı için son {KEPT_EACH} dosya saklanır; bu dosya silindi. Yeniden isteyin."
)
ERASED = "Dosyadaki bir başvurunun kişisel verisi silindi; dosya da silindi. Yeniden isteyin."
UNFINISHED = "Dosya bir gün içinde hazırlanamadı. Yöneticinize bildirin."
FAILED = "Dosya hazırlanırken bir hata oldu. Süzgeci daraltıp yeniden isteyin; sürerse yöneticinize bildirin."


class AnotherIsOpenError(Exception):
    """The caller's export of another query is not over yet."""


def exports_of(user: User, key: ApiKey | None) -> QuerySet[Export]:
    """The exports that this key asked for, or this user in a session."""
    return Export.objects.filter(user=user, key=key)


def open_export(user: User, key: ApiKey | None, query: str, form: str) -> Export | None:
    """The caller's open export of that query; None where none is open. Raises AnotherIsOpenError."""
    row = exports_of(user, key).filter(state__in=Export.OPEN).first()
    if row is not None and (row.query, row.form) != (query, form):
        raise AnotherIsOpenError
    return row


def ask_export(*, user: User, key: ApiKey | None, query: str, form: str, now: datetime) -> Export:
    """An open export of that query; the caller's oldest files make room. Raises AnotherIsOpenError."""
    if known := open_export(user, key, query, form):
        return known
    kept = exports_of(user, key).filter(state=State.DONE).order_by("-pk").values_list("pk", flat=True)
    with transaction.atomic():
        _end(Export.objects.filter(pk__in=list(kept[KEPT_EACH - 1 :])), State.GONE, REPLACED, now)
        return Export.objects.create(
            user=user, key=key, query=query, form=form, due_at=now, created_at=now, expires_at=now + KEPT
        )


_process = ProcessAside("work_exports", MAKE_SECONDS)
_begun: list[Export] = []  # by this worker, the last one alone


def work_aside(now: datetime) -> bool:
    """Has a process of its own make the export that is due first, and returns at once, whether one is being made."""
    if _process.is_busy():
        return True
    for begun in _begun:  # of a process that ended without a word
        if _mine(begun).update(due_at=now):
            failed(RowWork.EXPORTS, str(begun.pk), ChildProcessError(), now)
    _begun.clear()
    if row := claim(now):
        if row.attempts > 1:
            delete_pending_files()  # what the attempt before may have left
        _process.begin(row.file)
        _begun.append(row)
        return True
    return False


def claim(now: datetime) -> Export | None:
    """The export that is due first, its attempt counted. One whose last attempt died is given up."""
    with transaction.atomic():
        _lock_rows_later()
        due = Export.objects.filter(state__in=Export.OPEN, due_at__lte=now).order_by("due_at", "pk")
        row = due.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
        if row is None:
            return None
        if row.attempts >= MOST_ATTEMPTS:
            failed(RowWork.EXPORTS, str(row.pk), ChildProcessError(), now)
            _end(due.filter(pk=row.pk), State.FAILED, FAILED, now)
            return None
        schedule_deletion([row.file], now)  # of an attempt that died
        row.state, row.attempts, row.due_at, row.file = (
            State.MAKING,
            row.attempts + 1,
            now + LEASE,
            new_name(now),
        )
        row.save(update_fields=["state", "attempts", "due_at", "file"])
    return row


def note_tickets(row: Export, tickets: QuerySet[Ticket]) -> list[int] | None:
    """Notes which tickets will be in the file; returns their keys, None where the row is not its process's any more.

    The row is written before they are read: an erasure that is under way is waited for, and a later one finds them.
    """
    with transaction.atomic():
        if not _mine(row).update(tickets=[]):
            return None
        keys = list(tickets.order_by("pk").values_list("pk", flat=True))
        _mine(row).update(tickets=keys)
    return keys


def finish(row: Export, now: datetime) -> bool:
    """The file lies under the row's name. False where the row is not its process's any more."""
    done = _mine(row).update(state=State.DONE, expires_at=now + KEPT) == 1
    if done:
        succeeded(RowWork.EXPORTS, [str(row.pk)])
    return done


def put_back(row: Export, until: datetime) -> None:
    """The row is due again at `until`, and its attempt does not count."""
    with transaction.atomic():
        schedule_deletion(_put_back(_mine(row), until), until)


def try_again(row: Export, error: Exception, now: datetime) -> None:
    """Notes the failure; the row is due again after a pause, or given up."""
    failed(RowWork.EXPORTS, str(row.pk), error, now)
    if row.attempts < MOST_ATTEMPTS:
        with transaction.atomic():
            schedule_deletion(_put_back(_mine(row), now + PAUSE, refunded=0), now)
    else:
        give_up(row, FAILED, now)


def give_up(row: Export, reason: str, now: datetime) -> None:
    """Ends the row without a file."""
    with transaction.atomic():
        _end(_mine(row), State.FAILED, reason, now)


def forget_exports(tickets: Collection[int], now: datetime) -> list[str]:
    """Ends the exports that hold one of these tickets, within the caller's transaction; returns the files.

    Until the caller commits, nobody begins or ends an export; who reads later does not find these tickets any more.
    """
    _keep_others_out()
    rows = Export.objects.filter(tickets__overlap=list(tickets))
    return _put_back(rows.filter(state__in=Export.OPEN), now) + _ended(
        rows.filter(state=State.DONE), State.GONE, ERASED
    )


def forget_searches(is_of: Callable[[str], bool], now: datetime) -> None:
    """Ends the exports whose search `is_of` recognises as one for a person who is erased. As `forget_exports`."""
    _keep_others_out()
    rows = Export.objects.exclude(query="").values_list("pk", "query")
    found = [pk for pk, query in rows if is_of(query)]
    _end(Export.objects.filter(pk__in=found), State.GONE, ERASED, now)


def forget(now: datetime) -> None:
    """Deletes the files that were kept for a day, and old rows."""
    over = Export.objects.filter(expires_at__lte=now)
    with transaction.atomic():
        _end(over.filter(state=State.DONE), State.GONE, EXPIRED, now)
        _end(over.filter(state__in=Export.OPEN), State.FAILED, UNFINISHED, now)
        over.filter(expires_at__lte=now - ROW_KEPT).delete()
    delete_pending_files()


def _mine(row: Export) -> QuerySet[Export]:
    """The row, as long as it is being made by this attempt, whose file has a name of its own."""
    return Export.objects.filter(pk=row.pk, state=State.MAKING, file=row.file)


def _keep_others_out() -> None:
    """Lets no other transaction change exports until this one ends."""
    _lock_table("SHARE ROW EXCLUSIVE")


def _lock_rows_later() -> None:
    """Waits for an erasure before any row is locked. The other way round each of the two would wait for the other."""
    _lock_table("ROW EXCLUSIVE")


def _lock_table(mode: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE tickets_export IN {mode} MODE")


def _put_back(rows: QuerySet[Export], until: datetime, *, refunded: int = 1) -> list[str]:
    """The rows are due again at `until`; returns the names of what may have been stored of their files."""
    _lock_rows_later()
    locked = dict(rows.select_for_update(no_key=True).values_list("pk", "file"))
    put_back = Export.objects.filter(pk__in=locked)
    put_back.filter(state=State.MAKING).update(attempts=F("attempts") - refunded)
    put_back.update(state=State.WAITING, due_at=until, tickets=[], file="")
    return [name for name in locked.values() if name]


def _end(rows: QuerySet[Export], state: str, reason: str, now: datetime) -> None:
    schedule_deletion(_ended(rows, state, reason), now)


def _ended(rows: QuerySet[Export], state: str, reason: str) -> list[str]:
    """Empties the rows; returns the names of their files."""
    _lock_rows_later()
    locked = dict(rows.select_for_update(no_key=True).values_list("pk", "file"))
    Export.objects.filter(pk__in=locked).update(state=state, reason=reason, file="", tickets=[], query="")
    return [name for name in locked.values() if name]
