"""Files that have to go: noted with the row that let them go, removed once that is committed."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from tickets import ports
from tickets.models import Attachment, PendingFileDeletion, PendingUpload
from tickets.photos.storage import SAMPLES, private_storage, with_thumbnail

BATCH = 500
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
    """Removes what was noted, the file before its note; returns how many notes there were. One that is gone is fine."""
    removed = 0
    while rows := list(PendingFileDeletion.objects.order_by("pk")[:BATCH]):
        for row in rows:
            private_storage.delete(row.name)
        PendingFileDeletion.objects.filter(pk__in=[row.pk for row in rows]).delete()
        removed += len(rows)
    return removed


def orphaned_files(now: datetime) -> list[str]:
    """The files of a day ago and older that no row names: a worker died between the file and its row."""
    return [name for folder in _months() for name in _strays(folder, now)]


def _months() -> list[str]:
    years = _folders("")
    months = [f"{year}/{month}" for year in years for month in _folders(year)]
    return [month for month in months if _MONTH.fullmatch(month)]


def _folders(within: str) -> list[str]:
    return sorted(private_storage.listdir(within)[0]) if private_storage.exists(within or ".") else []


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
    return ours | ports.channel().data_store().files(f"{folder}/")
