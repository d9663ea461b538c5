"""What happened to a ticket in the order of time: messages as bubbles, the timeline between them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from django.urls import reverse
from django.utils.timezone import localtime

from departments.models import Role
from tickets import ports
from tickets.access import Actor
from tickets.admin.page.details import Names, details, names_in
from tickets.admin.queue.rows import called
from tickets.models import Attachment, Ticket, TicketEvent
from tickets.photos.storage import Part
from tickets.ports import ChannelMessage
from tickets.workflow import ActorKind

Kind = TicketEvent.Kind

# A channel's own words for its messages, where staff need another.
KINDS = {
    "image": "Fotoğraf",
    "video": "Video",
    "audio": "Sesli mesaj",
    "document": "Belge",
    "sticker": "Çıkartma",
    "location": "Konum",
    "contacts": "Kişi kartı",
    "template": "Şablonla",
    "edit": "Düzeltme",
    "unsupported": "WhatsApp’ın iletmediği mesaj",
}
# How far a message of ours got: the symbol, and what it means.
TICKS = {
    "held": ("timer", "birkaç saniye içinde gönderilecek"),
    "withdrawn": ("block", "geri çekildi"),
    "queued": ("schedule", "sırada"),
    "sending": ("schedule", "gönderiliyor"),
    "sent": ("check", "gönderildi"),
    "delivered": ("done_all", "iletildi"),
    "read": ("done_all", "okundu"),
    "failed": ("error", "gönderilemedi"),
}
MARKS = {"edited": "düzeltildi", "deleted": "vatandaş sildi"}
# What a note, a move and the like is, by the look of it.
LOOKS = {Kind.NOTE: "note", Kind.MOVED: "move", Kind.FOLLOWED: "move"}


@dataclass(frozen=True)
class ThreadFile:
    """A file as the page shows it; the addresses are empty until it is there."""

    attachment: Attachment
    url: str
    thumbnail_url: str

    @classmethod
    def of(cls, attachment: Attachment) -> "ThreadFile":
        return cls(attachment, _address(attachment, "file"), _address(attachment, "thumbnail"))


def _address(attachment: Attachment, part: Part) -> str:
    """Stays the same as long as the file does: a page is open for hours, and what it has shown is not fetched again."""
    name = str(attachment.file if part == "file" else attachment.thumbnail)
    if not name:
        return ""
    path = reverse("admin:tickets_ticket_file", args=[attachment.ticket_id, attachment.pk, part])
    return f"{path}?{sha256(name.encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class ThreadEntry:
    """One thing that happened. `look` is in, out, staff (bubbles), move, note or fact.

    `reply` is the event of a reply that its writer can still take back.
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
    reply: int | None = None
    day: str = field(default="", compare=False)


def thread(
    ticket: Ticket, actor: Actor, files: Mapping[int, ThreadFile], events: list[TicketEvent]
) -> list[ThreadEntry]:
    """The whole story, oldest first. Whoever does not read conversations gets the timeline alone."""
    on_line = actor.sees_everything or actor.has(Role.OPERATOR)
    messages = ports.channel().messages(ticket, loose=on_line) if actor.reads_conversations else []
    told = {message.event for message in messages if message.event is not None}
    by_key = {event.pk: event for event in events}
    entries = [_bubble(message, by_key.get(message.event or 0), actor, files) for message in messages]
    unsent = [
        event
        for event in events
        if event.kind == Kind.REPLIED and actor.reads_conversations and event.pk not in told
    ]
    entries += [_unsent(event, actor, files) for event in unsent]
    in_bubbles = _in_bubbles(entries, events)
    names = names_in(events)
    entries += [_line(event, names, shown=event.pk in told) for event in events if event.pk not in in_bubbles]
    return _dated(sorted(entries, key=lambda entry: entry.at))


def _in_bubbles(bubbles: list[ThreadEntry], events: list[TicketEvent]) -> set[int]:
    """The entries that would only say again what a bubble shows: a reply, the citizen's words, a file."""
    if not bubbles:
        return set()
    files = {bubble.file.attachment.event_id for bubble in bubbles if bubble.file}
    words = {line.strip() for bubble in bubbles for line in bubble.text.splitlines()}
    said = {
        event.pk
        for event in events
        if event.kind == Kind.DESCRIBED and all(line.strip() in words for line in _words(event).splitlines())
    }
    replies = {event.pk for event in events if event.kind == Kind.REPLIED}
    return said | replies | {event.pk for event in events if event.pk in files and not event.note}


def _words(event: TicketEvent) -> str:
    return str(event.data.get("text", ""))


def stamp(entries: Iterable[ThreadEntry], version: int) -> str:
    """Another one whenever there is something else to see."""
    seen = "|".join(f"{entry.at.timestamp()}{entry.look}{entry.status}{entry.mark}" for entry in entries)
    return sha256(f"{version}|{seen}".encode()).hexdigest()[:16]


def _bubble(
    message: ChannelMessage, event: TicketEvent | None, actor: Actor, files: Mapping[int, ThreadFile]
) -> ThreadEntry:
    by_hand = message.direction == "staff" or (event is not None and event.kind == Kind.REPLIED)
    tick, words = TICKS.get(message.status, ("", message.status))
    who = _who(event) if event and by_hand else {"in": "Vatandaş", "out": "Hat", "staff": "Personel"}
    return ThreadEntry(
        at=message.at,
        look="staff" if by_hand else message.direction,
        who=who if isinstance(who, str) else who[message.direction],
        title=KINDS.get(message.kind, ""),
        text=message.text,
        tick=tick,
        status=message.status,
        tick_words=words,
        error=message.error,
        mark=MARKS.get(message.mark, ""),
        file=files.get(message.attachment or 0),
        place=message.place,
        reply=event.pk if event and message.status == "held" and _is_own(event, actor) else None,
    )


def _unsent(event: TicketEvent, actor: Actor, files: Mapping[int, ThreadFile]) -> ThreadEntry:
    """A reply that the channel has not taken yet, or that was taken back before it did."""
    status = "withdrawn" if event.announced_at else "held"
    tick, words = TICKS[status]
    return ThreadEntry(
        at=event.at,
        look="staff",
        who=_who(event),
        text=event.public_text,
        tick=tick,
        status=status,
        tick_words=words,
        file=files.get(event.data.get("photo", 0)),
        reply=event.pk if status == "held" and _is_own(event, actor) else None,
    )


def _line(event: TicketEvent, names: Names, *, shown: bool) -> ThreadEntry:
    """An entry of the timeline; `shown` says that its words to the citizen stand in a bubble."""
    texts = (event.note, _words(event), "" if shown else event.public_text)
    return ThreadEntry(
        at=event.at,
        look=LOOKS.get(Kind(event.kind), "fact"),
        who=_who(event),
        title=_title(event),
        text="\n".join(filter(None, texts)),
        details=details(event, names),
    )


def _title(event: TicketEvent) -> str:
    match event.kind:
        case Kind.MOVED if event.from_status == event.to_status:
            return "Başka birime gönderildi"
        case Kind.MOVED:
            return f"{event.get_from_status_display()} → {event.get_to_status_display()}"
        case Kind.FOLLOWED:
            return f"Asıl başvurudan haber: {event.get_to_status_display()}"
        case Kind.HANDED:
            return "Görüşmeyi personel devraldı" if event.data.get("taken") else "Söz hatta geri verildi"
        case Kind.CLASSIFIED:
            return "Konu değişti"
        case Kind.RATED:
            return f"Vatandaş {event.data.get('score')}/5 puan verdi"
        case _:
            return str(event.get_kind_display())


def _who(event: TicketEvent) -> str:
    return called(event.actor) if event.actor else ActorKind(event.actor_kind).label


def _is_own(event: TicketEvent, actor: Actor) -> bool:
    return actor.user is not None and event.actor_id == actor.user.pk


def _dated(entries: list[ThreadEntry]) -> list[ThreadEntry]:
    """The first entry of each day says which it is."""
    dated, last = [], None
    for entry in entries:
        day = localtime(entry.at).date()
        shown = f"{day:%d.%m.%Y}" if day != last else ""
        dated.append(ThreadEntry(**{**vars(entry), "day": shown}))
        last = day
    return dated
