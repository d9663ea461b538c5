"""The citizens' files beside a database that comes back to any second: each encrypted by itself, copied once.

A file is written once and never changed. Deleted ones stay in the copy as long as the database can come back to a time
when they were there.
"""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from melikgazi.backup.archive import BackupError
from melikgazi.backup.encryption import decrypted, encrypted, read_identities
from tickets.files.storage import private_storage

ENCRYPTED, DELETED = ".age", ".age.deleted"
UNFINISHED = ".unfinished"
KEPT_SECONDS = 8 * 24 * 3600.0  # after it was seen to be deleted: a day more than the database comes back


def copy(target: Path) -> tuple[int, int]:
    """Brings the copy up to date. Returns how many files were copied, and how many removed. BackupError without a
    recipient: the copy lies elsewhere.
    """
    if not settings.BACKUP_RECIPIENTS:
        raise BackupError("BACKUP_RECIPIENTS verilmemiş: dosyalar şifresiz kopyalanmaz.")
    media = Path(settings.MEDIA_ROOT)
    on_disk = set(_files(media))
    # Asked after the disk: what is moved to the bucket meanwhile is in both, never in neither.
    here = on_disk | {name for name, _, _ in private_storage.in_bucket()}
    copied = [name for name in here if not (target / f"{name}{ENCRYPTED}").exists()]
    for name in copied:
        _encrypt(name, target / f"{name}{ENCRYPTED}")
    return len(copied), _remove_deleted(target, here)


def restore(source: Path, identity: str) -> int:
    """Brings back every file that is not here. Returns how many. Needs the text of the identity's file."""
    identities = read_identities(identity)
    media = Path(settings.MEDIA_ROOT)
    restored = 0
    for name in _files(source):
        original = name.removesuffix(DELETED).removesuffix(ENCRYPTED)
        place = media / original
        if name.endswith((ENCRYPTED, DELETED)) and not private_storage.exists(original):
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            unfinished = place.with_name(place.name + UNFINISHED)
            with (
                (source / name).open("rb") as file,
                unfinished.open("wb") as out,
                decrypted(file, identities) as clear,
            ):
                shutil.copyfileobj(clear, out)
            unfinished.chmod(0o600)
            unfinished.rename(place)
            restored += 1
    return restored


def _files(folder: Path) -> Iterator[str]:
    """The names below the folder, those of unfinished files left out, and of what is no citizen's (a lock)."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.name.endswith(UNFINISHED) and not path.name.startswith("."):
            yield str(path.relative_to(folder))


def _encrypt(name: str, place: Path) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = place.with_name(place.name + UNFINISHED)
    try:
        with private_storage.open(name) as clear, unfinished.open("wb") as out:
            with encrypted(out, settings.BACKUP_RECIPIENTS) as sink:
                shutil.copyfileobj(clear, sink)
            os.fsync(out.fileno())
    except FileNotFoundError:  # deleted meanwhile
        unfinished.unlink(missing_ok=True)
        return
    unfinished.chmod(0o600)
    unfinished.rename(place)


def _remove_deleted(target: Path, here: set[str]) -> int:
    """Marks those that are here no more, and removes those that were marked long ago."""
    removed, now = 0, time.time()
    for name in list(_files(target)):
        path = target / name
        if name.endswith(DELETED) and path.stat().st_mtime < now - KEPT_SECONDS:
            path.unlink()
            removed += 1
        elif name.endswith(ENCRYPTED) and name.removesuffix(ENCRYPTED) not in here:
            os.utime(path, (now, now))
            path.rename(path.with_name(path.name.removesuffix(ENCRYPTED) + DELETED))
    return removed
