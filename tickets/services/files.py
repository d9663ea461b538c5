"""Photos and other files: known of first, stored (or lost) later. The ticket never waits for them."""

from datetime import datetime

from tickets.access import Actor
from tickets.likeness import stored_hash
from tickets.models import Attachment, Ticket, TicketEvent
from tickets.services._writing import record, writing
from tickets.services.additions import take_as_answer
from tickets.storage import StoredFile


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
    photo_hash = stored_hash(stored.thumbnail) if stored is not None else None
    with writing(ticket, now) as row:
        event = record(row, TicketEvent.Kind.ATTACHED, actor=actor, now=now, data={"kind": kind})
        attachment = Attachment(
            ticket=row, event=event, kind=kind, mime_type=mime_type, caption=caption, created_at=now
        )
        if stored is not None:
            _fill(attachment, stored, photo_hash)
        attachment.save()
        take_as_answer(row, actor, now)
    return attachment


def attachment_stored(*, attachment: Attachment, now: datetime, stored: StoredFile) -> Attachment:
    """The fetched file is in the private storage. Saying so again changes nothing but the names."""
    photo_hash = stored_hash(stored.thumbnail)
    with writing(attachment.ticket, now):
        _fill(attachment, stored, photo_hash)
        attachment.save()
    return attachment


def attachment_lost(
    *, attachment: Attachment, now: datetime, state: Attachment.State, reason: str
) -> Attachment:
    """The file will not come: LOST at the sender's, or REFUSED by us; `reason` is for staff."""
    if state not in (Attachment.State.LOST, Attachment.State.REFUSED):
        raise ValueError("a file that does not come is lost or refused")
    with writing(attachment.ticket, now) as row:
        attachment.state = state
        attachment.save(update_fields=["state"])
        data = {"kind": attachment.kind, "state": state}
        record(row, TicketEvent.Kind.ATTACHED, actor=Actor.line(), now=now, note=reason, data=data)
    return attachment


def _fill(attachment: Attachment, stored: StoredFile, photo_hash: int | None) -> None:
    attachment.state = Attachment.State.STORED
    attachment.file.name = stored.name
    attachment.thumbnail.name = stored.thumbnail
    attachment.photo_hash = photo_hash
    attachment.size = stored.size
    attachment.mime_type = stored.mime_type
