"""Files that were uploaded: kept as they came, then looked through and made safe by a worker.

1. A web process looks at the first bytes, stores the file as it came and lists it as CHECKING: it decodes nothing.
2. `work`, a task every other second, claims one upload after the other. The attempt is counted and committed before the
   work; three that ended with the death of the worker or the decoder, and the file is refused.
3. What became of it stands on the attachment (STORED, or REFUSED with an entry that says why), and the upload goes.
"""

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from io import SEEK_END
from typing import IO

from django.core.files import File
from django.db import transaction

from departments.common.row_by_row import each_row
from departments.models import RowWork
from tickets.attachments.attachments import attachment_lost, attachment_stored
from tickets.casework.writing import append_event, locked_ticket, wake_channel_on_commit
from tickets.files import kinds, storing, virus_scan
from tickets.files.decoder import DecoderDiedError
from tickets.files.object_storage import StorageDownError
from tickets.files.storage import StoredFile, new_name, private_storage
from tickets.files.storing import RefusedFileError
from tickets.record.models.attachments import Attachment, PendingUpload
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor, parties, require_staff
from tickets.record.undo_window import undo_until
from tickets.record.workflow import MissingFields

log = logging.getLogger(__name__)

PAUSE, LONG_PAUSE = timedelta(seconds=5), timedelta(seconds=30)
TRIED_FOR = timedelta(days=7)  # then it is refused whatever the reason, and staff read so
WORK_FOR = timedelta(seconds=5)  # then whatever else waits for the process has its turn
# Moved on while a file is worked on: the upload of a worker that died is taken again when it is over.
LEASE = timedelta(seconds=20)
LOOK_SECONDS = 1.0
MOST_BYTES = 20 << 20
NOT_NOW = "Dosya şu anda saklanamıyor. Biraz sonra yeniden deneyin."
TOO_LARGE = f"Fotoğraf {MOST_BYTES >> 20} MB’tan büyük. Daha küçük bir fotoğraf seçin."
AFTER = "after"  # in the entry of what staff photographed, whose likeness is not asked of


@dataclass(frozen=True, slots=True)
class RawFile:
    """An upload that begins as a photo or a PDF does, in the private storage as it came."""

    name: str
    mime_type: str

    @property
    def kind(self) -> Attachment.Kind:
        return Attachment.Kind.DOCUMENT if self.mime_type == kinds.PDF else Attachment.Kind.IMAGE


def attach_after_photo(
    *, ticket: Ticket, actor: Actor, now: datetime, file: IO[bytes], version: int | None = None
) -> Attachment:
    """Takes a photo that staff took of the work done; a worker makes it safe and small.

    The newest one goes to the citizen with the answer that resolves the ticket, so it is attached before that
    transition. Raises StaleVersion, NotAllowed, Missing when the file does not begin as a photo does.
    """
    _require_staff(ticket, actor)  # a file is kept for those alone who may add it
    raw = raw_photo(file, now)
    with locked_ticket(ticket, now, version=version) as row:
        _require_staff(row, actor)
        return list_file(row, raw, actor, now, after=True)


def attach_uploads(*, ticket: Ticket, actor: Actor, now: datetime, photos: Iterable[RawFile]) -> None:
    """Lists photos that came with a report, within the transaction that opens its ticket."""
    for photo in photos:
        data = {"kind": Attachment.Kind.IMAGE}
        event = append_event(ticket, TicketEvent.Kind.ATTACHED, actor=actor, now=now, data=data)
        _list(photo, event, now)


def list_file(row: Ticket, raw: RawFile, actor: Actor, now: datetime, *, after: bool = False) -> Attachment:
    """Lists a file of staff on a held row, with its entry; `after` says that it shows the work done."""
    data = {"kind": raw.kind, AFTER: after}
    event = append_event(row, TicketEvent.Kind.ATTACHED, actor=actor, now=now, data=data)
    return _list(raw, event, now, after=after)


def list_loose_file(raw: RawFile, now: datetime) -> Attachment:
    """Lists a file of staff that goes to somebody without a ticket."""
    return _list(raw, None, now)


def _list(raw: RawFile, event: TicketEvent | None, now: datetime, *, after: bool = False) -> Attachment:
    attachment = Attachment.objects.create(
        ticket=event.ticket if event else None,
        event=event,
        kind=raw.kind,
        state=Attachment.State.CHECKING,
        mime_type=raw.mime_type,
        after=after,
        created_at=now,
    )
    # What can still be taken back is not looked at yet: it would be made safe for nobody.
    PendingUpload.objects.create(attachment=attachment, name=raw.name, next_attempt_at=undo_until() or now)
    return attachment


def raw_photo(file: IO[bytes], now: datetime) -> RawFile:
    """Keeps an uploaded photo as it came. Raises MissingFields where it is too large or does not begin as a photo."""
    if file.seek(0, SEEK_END) > MOST_BYTES:
        raise MissingFields({"photo": TOO_LARGE})
    mime_type = photo_type(file)
    if not mime_type:
        raise MissingFields({"photo": "Bu dosya fotoğraf olarak açılamadı. JPEG, PNG ya da WebP seçin."})
    return _kept(file, mime_type, now, "photo")


def raw_file(file: IO[bytes], now: datetime) -> RawFile:
    """Keeps a photo or a PDF that is to be sent as it came. Raises MissingFields where it is neither, or too large."""
    if file.seek(0, SEEK_END) > MOST_BYTES:
        raise MissingFields({"file": f"Dosya {MOST_BYTES >> 20} MB’tan büyük. Daha küçük bir dosya seçin."})
    mime_type = file_type(file)
    if not mime_type:
        raise MissingFields({"file": "Bu dosya gönderilemez. JPEG, PNG, WebP ya da PDF seçin."})
    return _kept(file, mime_type, now, "file")


def _kept(file: IO[bytes], mime_type: str, now: datetime, field: str) -> RawFile:
    try:
        return RawFile(private_storage.save(new_name(now), File(file)), mime_type)
    except StorageDownError as error:
        raise MissingFields({field: NOT_NOW}) from error


def photo_type(file: IO[bytes]) -> str:
    """The type of photo that the first bytes tell, "" where they tell none; the file is left at its beginning."""
    found = file_type(file)
    return found if found in kinds.PHOTOS else ""


def file_type(file: IO[bytes]) -> str:
    """The type of photo that the first bytes tell, or PDF; "" for all else. The file is left at its beginning."""
    file.seek(0)
    found = kinds.by_content(file.read(kinds.HEAD_BYTES))
    file.seek(0)
    return found if found in (*kinds.PHOTOS, kinds.PDF) else ""


def _require_staff(ticket: Ticket, actor: Actor) -> None:
    require_staff(parties(actor, ticket.department.code if ticket.department else None))


def work(clock: Callable[[], datetime]) -> None:
    """Works on the uploads that are due, one after the other, for some seconds. While the virus scanner is down they
    wait, and no attempt is counted."""
    until = clock() + WORK_FOR
    while clock() < until and work_on_next(clock):
        pass


def work_on_next(clock: Callable[[], datetime], meanwhile: Callable[[], None] = lambda: None) -> bool:
    """Works on the upload that is due first; False where there is none. Every second of it `meanwhile` is called."""
    upload = _claim(clock()) if _is_due(clock()) and virus_scan.is_ready() else None
    if upload is None:
        return False
    if upload.attempts > storing.MAX_CRASHES:
        step = partial(_refuse, upload, storing.KILLS, clock())
    else:
        step = partial(_work_on, upload, clock, meanwhile)
    each_row(RowWork.UPLOADS, [upload.pk], lambda _: step(), now=clock(), are_all=False, in_transaction=False)
    return True


def _is_due(now: datetime) -> bool:
    return PendingUpload.objects.filter(next_attempt_at__lte=now).exists()


def _claim(now: datetime) -> PendingUpload | None:
    with transaction.atomic():
        due = PendingUpload.objects.filter(next_attempt_at__lte=now).order_by("next_attempt_at", "pk")
        upload = due.select_for_update(skip_locked=True, no_key=True).first()
        if upload is not None:
            upload.attempts += 1
            upload.next_attempt_at = now + LEASE
            upload.save(update_fields=["attempts", "next_attempt_at"])
    return upload


def _work_on(upload: PendingUpload, clock: Callable[[], datetime], meanwhile: Callable[[], None]) -> None:
    try:
        stored = _made_safe(upload, clock, meanwhile)
        _stored(upload, stored, clock())
    except RefusedFileError as error:
        _refuse(upload, str(error), clock())
    except FileNotFoundError:
        _refuse(upload, "Yüklenen dosya artık yerinde değil.", clock())
    except DecoderDiedError:
        if upload.attempts < storing.MAX_CRASHES:
            _put_off(upload, clock() + PAUSE, attempts=upload.attempts)
        else:
            _refuse(upload, storing.KILLS, clock())
    except Exception as error:  # noqa: BLE001 - a full disk, an ill database, a scanner that is gone: no fault of the file
        log.warning("upload %s is put off: %s", upload.pk, type(error).__name__)
        if clock() - upload.attachment.created_at > TRIED_FOR:
            _refuse(upload, f"Dosya {TRIED_FOR.days} gün boyunca işlenemedi; saklanmadı.", clock())
        else:
            _put_off(upload, clock() + LONG_PAUSE, attempts=upload.attempts - 1)


def _made_safe(
    upload: PendingUpload, clock: Callable[[], datetime], meanwhile: Callable[[], None]
) -> StoredFile:
    """The stored file. It is scanned and decoded in a thread, while this one keeps the lease."""
    with private_storage.open(upload.name) as file, ThreadPoolExecutor(1, "storing") as thread:
        coming = thread.submit(storing.store, file, kind=upload.attachment.kind, said="", now=clock())
        while not wait([coming], LOOK_SECONDS).done:
            PendingUpload.objects.filter(pk=upload.pk).update(next_attempt_at=clock() + LEASE)
            meanwhile()
        return coming.result().stored


def _put_off(upload: PendingUpload, until: datetime, *, attempts: int) -> None:
    PendingUpload.objects.filter(pk=upload.pk).update(next_attempt_at=until, attempts=attempts)


def _stored(upload: PendingUpload, stored: StoredFile, now: datetime) -> None:
    attachment = upload.attachment
    of_staff = attachment.event is None or AFTER in attachment.event.data
    kept = False
    try:
        with transaction.atomic():
            attachment_stored(
                attachment=attachment, now=now, stored=stored, new_version=False, alike=not of_staff
            )
            wake_channel_on_commit()  # the citizen's news may wait for it
            if not (wanted := _end(upload)):
                transaction.set_rollback(True)
        kept = wanted
    finally:
        if not kept:
            stored.delete()
    private_storage.delete(upload.name)


def _refuse(upload: PendingUpload, reason: str, now: datetime) -> None:
    with transaction.atomic():
        attachment_lost(attachment=upload.attachment, now=now, state=Attachment.State.REFUSED, reason=reason)
        transaction.set_rollback(not _end(upload))
    private_storage.delete(upload.name)


def _end(upload: PendingUpload) -> bool:
    """Lets the upload go; False where it had gone: erased meanwhile, or another worker was quicker. After the locks of
    its ticket and its attachment, as erasing does."""
    return bool(PendingUpload.objects.filter(pk=upload.pk).delete()[0])
