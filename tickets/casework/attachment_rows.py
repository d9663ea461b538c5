"""The rows of files that come with a ticket or join it: entries of the timeline and attachments, made but not saved."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tickets.casework.writing import new_event
from tickets.files.perceptual_hash import stored_hash
from tickets.files.storage import StoredFile
from tickets.record.models.attachments import Attachment
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor


@dataclass(frozen=True, kw_only=True)
class ReceivedFile:
    """A file that somebody sent: still being fetched, already `stored`, or known never to come (`lost` is then LOST or
    REFUSED, `reason` for staff); `may_show_identity`: an identity card is told of. Made before any lock is taken, since
    the stored picture is looked at.
    """

    kind: Attachment.Kind
    mime_type: str = ""
    caption: str = ""
    stored: StoredFile | None = None
    lost: Attachment.State | None = None
    reason: str = ""
    may_show_identity: bool = False
    photo_hash: int | None = field(init=False)

    def __post_init__(self) -> None:
        photo_hash = stored_hash(self.stored.thumbnail) if self.stored else None
        object.__setattr__(self, "photo_hash", photo_hash)


def file_rows(
    ticket: Ticket, files: Sequence[ReceivedFile], actor: Actor, now: datetime
) -> tuple[list[TicketEvent], list[Attachment]]:
    """Entries and attachments of these files, an attachment for each in their order."""
    events, attachments = [], []
    for file in files:
        data = {"kind": file.kind}
        event = new_event(ticket, TicketEvent.Kind.ATTACHED, actor=actor, now=now, data=data)
        attachment = Attachment(
            ticket=ticket,
            event=event,
            kind=file.kind,
            mime_type=file.mime_type,
            caption=file.caption,
            may_show_identity=file.may_show_identity,
            created_at=now,
        )
        if file.stored is not None:
            fill(attachment, file.stored, file.photo_hash)
        events.append(event)
        if file.lost:
            attachment.state = file.lost
            events.append(lost_event(ticket, attachment, file.lost, file.reason, now))
        attachments.append(attachment)
    return events, attachments


def lost_event(
    ticket: Ticket, attachment: Attachment, state: Attachment.State, reason: str, now: datetime
) -> TicketEvent:
    """The entry that a file will not come."""
    data = {"kind": attachment.kind, "state": state}
    kind = TicketEvent.Kind.ATTACHED
    return new_event(ticket, kind, actor=Actor.system(), now=now, note=reason, data=data)


def fill(attachment: Attachment, stored: StoredFile, photo_hash: int | None) -> None:
    """The file of the attachment is stored."""
    attachment.state = Attachment.State.STORED
    attachment.file.name = stored.name
    attachment.thumbnail.name = stored.thumbnail
    attachment.photo_hash = photo_hash
    attachment.size = stored.size
    attachment.mime_type = stored.mime_type
    attachment.warning = stored.warning
