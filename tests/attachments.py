"""Files on tickets, without anybody who sent them."""

from datetime import datetime
from io import BytesIO

from tests.pictures import photo
from tickets.attachments import uploads
from tickets.attachments import uploads as uploads_services
from tickets.attachments.attachments import attach_all
from tickets.casework.attachment_rows import ReceivedFile
from tickets.files.storage import StoredFile
from tickets.models import Attachment, Ticket
from tickets.record.permissions import Actor


def attach_file(
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


def attach_after_photo(*, ticket: Ticket, actor: Actor, now: datetime, content: bytes = b"") -> Attachment:
    """A photo of the work done, and a worker has made it safe."""
    file = BytesIO(content or photo())
    attachment = uploads_services.attach_after_photo(ticket=ticket, actor=actor, now=now, file=file)
    uploads.work(lambda: now)
    attachment.refresh_from_db()
    return attachment
