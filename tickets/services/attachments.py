"""Photos and other files. The citizen's are known of first and stored (or lost) later: the ticket never waits for
them. Those of staff are stored at once.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import IO

from tickets.models import Attachment, Ticket, TicketEvent
from tickets.permissions import Actor, parties, require_staff
from tickets.photos import images
from tickets.photos.perceptual_hash import stored_hash
from tickets.photos.storage import StoredFile
from tickets.services._attachment_rows import ReceivedFile, file_rows, fill, lost_event
from tickets.services._ticket_rows import append_event, append_events, locked_ticket, save, unversioned_lock
from tickets.services.answering import take_as_answer
from tickets.workflow import MissingFields

_FILLED = ("state", "file", "thumbnail", "photo_hash", "size", "mime_type")


def attach(
    *,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    kind: Attachment.Kind,
    mime_type: str,
    caption: str = "",
    stored: StoredFile | None = None,
) -> Attachment:
    """Lists a file on the ticket: still being fetched, or already `stored`."""
    file = ReceivedFile(kind=kind, mime_type=mime_type, caption=caption, stored=stored)
    return attach_all(ticket=ticket, actor=actor, now=now, files=[file])[0]


def attach_all(
    *, ticket: Ticket, actor: Actor, now: datetime, files: Sequence[ReceivedFile]
) -> list[Attachment]:
    """Lists files on the ticket, in their order."""
    if not files:
        return []
    with locked_ticket(ticket, now) as row:
        events, attachments = file_rows(row, files, actor, now)
        append_events(row, events)
        Attachment.objects.bulk_create(attachments)
        take_as_answer(row, actor, now)
    return attachments


def attach_after_photo(
    *, ticket: Ticket, actor: Actor, now: datetime, file: IO[bytes], version: int | None = None
) -> Attachment:
    """Keeps a photo that staff took of the work done, safe and small as `tickets.photos.images` makes it.

    The newest one goes to the citizen with the answer that resolves the ticket, so it is attached before that move.
    Raises StaleVersion, NotAllowed, Missing when the file is no photo.
    """
    _require_staff(ticket, actor)  # a photo is decoded for those alone who may add it
    stored = kept_photo(file, now)
    with locked_ticket(ticket, now, version=version) as row:
        _require_staff(row, actor)
        return list_photo(row, stored, actor, now, after=True)


def kept_photo(file: IO[bytes], now: datetime) -> StoredFile:
    """The photo, safe and small. Decodes: not to be called under a lock. Raises Missing when the file is no photo."""
    try:
        return images.keep(images.clean(file), now)
    except images.BadPhotoError as error:
        raise MissingFields(
            {"photo": "Bu dosya fotoğraf olarak açılamadı. JPEG, PNG ya da WebP seçin."}
        ) from error


def list_photo(
    row: Ticket, stored: StoredFile, actor: Actor, now: datetime, *, after: bool = False
) -> Attachment:
    """Lists what staff photographed on a held row, with its entry; `after` says that it shows the work done."""
    data = {"kind": Attachment.Kind.IMAGE, "after": after}
    event = append_event(row, TicketEvent.Kind.ATTACHED, actor=actor, now=now, data=data)
    attachment = Attachment(ticket=row, event=event, kind=Attachment.Kind.IMAGE, after=after, created_at=now)
    fill(attachment, stored, photo_hash=None)  # likeness is asked of what citizens send
    attachment.save()
    return attachment


def attachment_stored(*, attachment: Attachment, now: datetime, stored: StoredFile) -> Attachment:
    """The fetched file is in the private storage. Saying so again changes nothing but the names.

    `attachment` is read anew: its ticket is then the one that it is on now.
    """
    photo_hash = stored_hash(stored.thumbnail)
    with _locked_file(attachment, now):
        fill(attachment, stored, photo_hash)
        attachment.save(update_fields=_FILLED)
    return attachment


def attachment_lost(
    *, attachment: Attachment, now: datetime, state: Attachment.State, reason: str
) -> Attachment:
    """The file will not come: LOST at the sender's, or REFUSED by us; `reason` is for staff."""
    if state not in (Attachment.State.LOST, Attachment.State.REFUSED):
        raise ValueError("a file that does not come is lost or refused")
    with _locked_file(attachment, now) as row:
        attachment.state = state
        attachment.save(update_fields=["state"])
        append_events(row, [lost_event(attachment, state, reason, now)])
    return attachment


def note_lost_untold(*, ticket: Ticket, now: datetime) -> None:
    """Notes on the ticket that its citizen was not told of a lost file, since a person has the talk."""
    with unversioned_lock(ticket) as row:
        note = "Vatandaşın gönderdiği bir dosya açılamadı; bu kendisine söylenmedi."
        append_event(row, TicketEvent.Kind.NOTE, actor=Actor.system(), now=now, note=note)
        save(row, now)


@contextmanager
def _locked_file(attachment: Attachment, now: datetime) -> Iterator[Ticket]:
    """The ticket that the file is on now, as `locked_ticket`; the file itself is locked and read anew.

    A file moves to a newer ticket alone, so that the order of keys is kept where two have to be locked.
    """
    files = Attachment.objects.select_for_update(no_key=True)
    where = Attachment.objects.filter(pk=attachment.pk).values_list("ticket", flat=True).get()
    with locked_ticket(Ticket(pk=where), now) as row:
        attachment.refresh_from_db(from_queryset=files)
        if attachment.ticket_id == row.pk:
            yield row
            return
        with _locked_file(attachment, now) as moved:  # between the two statements
            yield moved


def _require_staff(ticket: Ticket, actor: Actor) -> None:
    require_staff(parties(actor, ticket.department.code if ticket.department else None))
