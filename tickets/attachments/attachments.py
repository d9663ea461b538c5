"""Photos and other files. They are known of first and stored (or lost) later: the ticket never waits for them. Those of
citizens are fetched, those of staff and of other applications are uploaded and made safe by a worker (uploads.py).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from tickets.casework.attachment_rows import ReceivedFile, file_rows, fill, lost_event
from tickets.casework.awaiting_staff import wrote_on_ticket
from tickets.casework.citizen_answers import take_as_answer
from tickets.casework.writing import append_event, append_events, locked_ticket, save, unversioned_lock
from tickets.files.perceptual_hash import stored_hash
from tickets.files.storage import StoredFile
from tickets.record.models.attachments import Attachment
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor
from tickets.record.statuses import Status
from tickets.record.workflow import ActorKind

_FILLED = ("state", "file", "thumbnail", "photo_hash", "size", "mime_type", "warning")


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
        before = Status(row.status)
        take_as_answer(row, actor, now)
        if actor.kind is ActorKind.CITIZEN:
            wrote_on_ticket(ticket=row, before=before, words="", now=now)
    return attachments


def attachment_stored(
    *, attachment: Attachment, now: datetime, stored: StoredFile, new_version: bool = True, alike: bool = True
) -> Attachment:
    """The file is in the private storage. Saying so again changes nothing but the names.

    `attachment` is read anew: its ticket is then the one that it is on now. Without a `new_version` of it no form that
    somebody is filling in is refused for this; `alike` says that the photo is compared with those of other tickets.
    """
    photo_hash = stored_hash(stored.thumbnail) if alike else None
    with _locked_file(attachment, now, new_version=new_version):
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
        if row is not None:
            append_events(row, [lost_event(row, attachment, state, reason, now)])
    return attachment


def note_lost_untold(*, ticket: Ticket, now: datetime) -> None:
    """Notes on the ticket that its citizen was not told of a lost file, since a person has the talk."""
    with unversioned_lock(ticket) as row:
        note = "Vatandaşın gönderdiği bir dosya açılamadı; bu kendisine söylenmedi."
        append_event(row, TicketEvent.Kind.NOTE, actor=Actor.system(), now=now, note=note)
        save(row, now)


@contextmanager
def _locked_file(
    attachment: Attachment, now: datetime, *, new_version: bool = True
) -> Iterator[Ticket | None]:
    """The ticket that the file is on now, if any, as `locked_ticket` or its version kept; the file is locked and read
    anew.

    A file moves to a newer ticket alone, so that the order of keys is kept where two have to be locked.
    """
    files = Attachment.objects.select_for_update(no_key=True)
    where = Attachment.objects.filter(pk=attachment.pk).values_list("ticket", flat=True).get()
    if where is None:
        with transaction.atomic():
            attachment.refresh_from_db(from_queryset=files)
            yield None
        return
    ticket = Ticket(pk=where)
    with locked_ticket(ticket, now) if new_version else unversioned_lock(ticket) as row:
        attachment.refresh_from_db(from_queryset=files)
        if attachment.ticket_id == row.pk:
            yield row
            return
        with _locked_file(attachment, now, new_version=new_version) as moved:  # between the two statements
            yield moved
