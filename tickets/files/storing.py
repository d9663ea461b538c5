"""Stores files of strangers safely: looked through for viruses, told by their bytes, photos made anew.

For workers: nothing here runs in a web process.
"""

from datetime import datetime
from io import SEEK_END
from typing import IO, NamedTuple

from django.core.files import File

from tickets.files import images, kinds, programs, virus_scan
from tickets.files.storage import StoredFile, new_name, private_storage
from tickets.files.virus_scan import TooLargeToScanError

MAX_CRASHES = 3  # of those who had a file in hand: then it is refused
KILLS = f"Dosya işlenirken süreç {MAX_CRASHES} kez sona erdi; dosya saklanmadı."
PROGRAM = (
    "Dosya, adı ne olursa olsun bir program ya da web sayfası (veya içinde program var); dosya saklanmadı."
)
_PHOTOS = ("image", "sticker")


class RefusedFileError(Exception):
    """The file is not kept; the text says why, to staff and in Turkish."""


class SafeFile(NamedTuple):
    """A stored file, and where it says that it was taken: (lat, lon)."""

    stored: StoredFile
    place: tuple[float, float] | None


def store(file: IO[bytes], *, kind: str, said: str, now: datetime) -> SafeFile:
    """Stores a file that came as this `kind` (`Attachment.Kind`), of which its sender `said` that MIME type.

    The database is asked nothing: it may run in a thread. Nothing of a file with a virus is kept: nobody is served by
    it, and its finder's name is all that staff need; nor of a program, scanner or not. Raises `RefusedFileError`; where
    it is to be tried again `DecoderDiedError`, `ScannerDownError`, `SlowScanError`.
    """
    _check_viruses(file)
    if kind in _PHOTOS:
        try:
            photo = images.clean(file)
        except images.BadPhotoError as error:
            raise RefusedFileError(str(error)) from error
        return SafeFile(images.keep(photo, now), photo.place)
    return SafeFile(_as_it_came(file, kind, said, now), None)


def _check_viruses(file: IO[bytes]) -> None:
    try:
        virus = virus_scan.scan(file)
    except TooLargeToScanError as error:
        raise RefusedFileError("Dosya, virüs taraması için çok büyük; saklanmadı.") from error
    if virus:
        raise RefusedFileError(f"Dosyada virüs bulundu ({virus[:100]}); dosya saklanmadı.")


def _as_it_came(file: IO[bytes], kind: str, said: str, now: datetime) -> StoredFile:
    size = file.seek(0, SEEK_END)
    if programs.is_program(file, said):
        raise RefusedFileError(PROGRAM)
    file.seek(0)
    told = kinds.recognise(file.read(kinds.HEAD_BYTES), said, kind)
    file.seek(0)
    name = private_storage.save(new_name(now), File(file))
    return StoredFile(name, "", size, told.mime_type, told.warning)
