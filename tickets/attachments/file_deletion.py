"""Files that have to go: noted with the row that let them go, removed once that is committed."""

import logging
import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from departments.common.row_by_row import each_row
from departments.models import RowWork
from tickets.attachments.models import PendingFileDeletion
from tickets.files.object_storage import StorageDownError
from tickets.files.storage import SAMPLES, private_storage, with_thumbnail
from tickets.record import channel
from tickets.record.models.attachments import Attachment, PendingUpload
from tickets.record.models.exports import Export

log = logging.getLogger(__name__)

# A file is stored before the row that names it; longer than any such moment takes.
STRAY_AFTER = timedelta(days=1)
_MONTH = re.compile(r"\d{4}/\d{2}")


def schedule_deletion(names: Iterable[str], now: datetime) -> int:
    """Notes files to be removed, within the caller's transaction; returns how many. Empty names are none.

    With each goes the thumbnail it was stored with, which a blurred photo's row no longer names.
    """
    own = {name for name in names if name and not name.startswith(SAMPLES)}
    files = {part for name in own for part in with_thumbnail(name)}
    PendingFileDeletion.objects.bulk_create(
        [PendingFileDeletion(name=name, at=now) for name in sorted(files)]
    )
    return len(own)


def delete_pending_files() -> int:
    """Removes what was noted, the file before its note; returns how many. One that is gone is fine.

    While a bucket cannot be asked the notes stay, and the next run goes by them; so does the note of a file that
    cannot be removed.
    """
    names = dict(PendingFileDeletion.objects.order_by("pk").values_list("pk", "name"))
    removed = 0
    is_down = False

    def remove(key: int) -> None:
        nonlocal removed, is_down
        try:
            private_storage.delete(names[key])
        except StorageDownError as error:
            log.warning("files that have to go wait: %s", error)
            is_down = True
            return
        PendingFileDeletion.objects.filter(pk=key).delete()
        removed += 1

    each_row(RowWork.FILES, names, remove, now=timezone.now(), is_over=lambda: is_down)
    return removed


def orphaned_files(now: datetime) -> list[str]:
    """The files of a day ago and older that no row names: a worker died between the file and its row."""
    return [name for folder in _months() for name in _strays(folder, now)]


def abort_unfinished_uploads(now: datetime) -> int:
    """Lets go what reached the bucket a day ago and earlier of files that were never whole; returns how many."""
    return private_storage.bucket.abort_unfinished(now - STRAY_AFTER) if private_storage.bucket else 0


def _months() -> list[str]:
    years = _folders("")
    months = [f"{year}/{month}" for year in years for month in _folders(year)]
    return [month for month in months if _MONTH.fullmatch(month)]


def _folders(within: str) -> list[str]:
    return sorted(private_storage.listdir(within)[0])


def _strays(folder: str, now: datetime) -> list[str]:
    names = {f"{folder}/{name}" for name in private_storage.listdir(folder)[1]}
    unknown = names - _named(folder)
    return sorted(name for name in unknown if private_storage.get_modified_time(name) < now - STRAY_AFTER)


def _named(folder: str) -> set[str]:
    columns = ("file", "thumbnail", "original")
    below = Q()
    for column in columns:
        below |= Q(**{f"{column}__startswith": f"{folder}/"})
    ours = {name for row in Attachment.objects.filter(below).values_list(*columns) for name in row}
    ours |= set(PendingUpload.objects.filter(name__startswith=f"{folder}/").values_list("name", flat=True))
    ours |= set(Export.objects.filter(file__startswith=f"{folder}/").values_list("file", flat=True))
    return ours | channel.channel().data_store().files(f"{folder}/")
