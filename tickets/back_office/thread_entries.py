"""What a thread shows: an entry, and a file of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from django.urls import reverse

from tickets.files.kinds import SHOWN, base_type
from tickets.files.storage import Part
from tickets.record.channel import LooseFile
from tickets.record.models.attachments import Attachment


@dataclass(frozen=True)
class ThreadFile:
    """A file on the page; the URLs are empty until it is stored, and once it is hidden."""

    attachment: Attachment
    url: str
    thumbnail_url: str
    key: str  # names it on the page

    @property
    def is_played(self) -> bool:
        """Whether the browser may play or show it: its content is of a type that is listed for that."""
        return base_type(self.attachment.mime_type) in SHOWN

    @classmethod
    def of(cls, attachment: Attachment) -> "ThreadFile":
        addresses = _address(attachment, "file"), _address(attachment, "thumbnail")
        return cls(attachment, *addresses, key=str(attachment.pk))

    @classmethod
    def loose(cls, file: LooseFile, address: Callable[[str, Part], str]) -> "ThreadFile":
        """One that belongs to no ticket yet, at these addresses."""
        shown = Attachment(
            kind=file.kind, mime_type=file.mime_type, warning=file.warning, state=Attachment.State.STORED
        )
        thumbnail = address(file.key, "thumbnail") if file.thumbnail else ""
        return cls(shown, address(file.key, "file"), thumbnail, key=file.key)


@dataclass(frozen=True)
class ThreadEntry:
    """One entry of the thread. `look` is in, out, staff (bubbles), move, note or fact.

    `scheduled` is the key of a reply that waits for its time.
    """

    at: datetime
    look: str
    who: str
    title: str = ""
    text: str = ""
    tick: str = ""
    status: str = ""
    tick_words: str = ""
    error: str = ""
    mark: str = ""
    file: ThreadFile | None = None
    place: tuple[float, float] | None = None
    details: tuple[tuple[str, str], ...] = ()
    scheduled: int | None = None
    day: str = field(default="", compare=False)


def _address(attachment: Attachment, part: Part) -> str:
    """A URL that changes only with the file, so that a page open for hours does not load it again."""
    name = str(attachment.file if part == "file" else attachment.thumbnail)
    if not name or attachment.hidden or attachment.ticket_id is None:
        return ""
    path = reverse("admin:tickets_ticket_file", args=[attachment.ticket_id, attachment.pk, part])
    return f"{path}?{sha256(name.encode()).hexdigest()[:8]}"
