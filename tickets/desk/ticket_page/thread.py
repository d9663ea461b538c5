"""The thread of a ticket, oldest first: messages as bubbles, timeline entries between them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256

from django.db.models import Exists, OuterRef, Q
from django.utils.timezone import localtime

from tickets.answering.models.replies import ScheduledReply
from tickets.back_office.names import display_name
from tickets.back_office.thread_entries import ThreadEntry, ThreadFile
from tickets.desk.ticket_page.event_details import details, names_of_assignees
from tickets.files.storage import Part
from tickets.record import channel
from tickets.record.channel import ChannelMessage
from tickets.record.models.attachments import Attachment
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.models.waiting_conversations import WaitingConversation
from tickets.record.permissions import Actor, hidden_from, names_hidden, seen_by, visible_handovers
from tickets.record.workflow import ActorKind

Kind = TicketEvent.Kind
Later = ScheduledReply.State

# Labels of the channel's message kinds other than text.
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
# Delivery status of our messages: the icon and its label.
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
# ThreadEntry.look of a timeline entry; "fact" for all other kinds.
LOOKS = {Kind.NOTE: "note", Kind.MOVED: "move", Kind.FOLLOWED: "move"}


def thread(
    ticket: Ticket, actor: Actor, files: Mapping[int, ThreadFile], events: list[TicketEvent]
) -> list[ThreadEntry]:
    """The thread, oldest first; the timeline alone for those who may not read conversations."""
    # What the citizen wrote of a restricted ticket may still belong to none.
    on_line = actor.is_call_centre and not hidden_from(actor).filter(citizen=ticket.citizen_id).exists()
    messages = channel.channel().messages(ticket, loose=on_line) if actor.reads_conversations else []
    messages = readable(messages, actor, ticket.citizen_id)
    announced = {message.event for message in messages if message.event is not None}
    by_key = {event.pk: event for event in events}
    entries = [_bubble(message, by_key.get(message.event or 0), files) for message in messages]
    unsent = [
        event
        for event in events
        if event.kind == Kind.REPLIED and actor.reads_conversations and event.pk not in announced
    ]
    entries += [_unsent(event, files) for event in unsent]
    in_bubbles = _in_bubbles(entries, events)
    first_words = "" if any(each.look == "in" for each in entries) else _first_words(ticket, events)
    people = names_of_assignees(events)
    entries += [
        _line(
            event,
            people,
            shown=event.pk in announced,
            words=first_words if event.kind == Kind.CREATED else "",
        )
        for event in events
        if event.pk not in in_bubbles
    ]
    if actor.reads_conversations:
        entries += scheduled(ticket.citizen, actor, ticket)
    entries += _calls(ticket)
    return _dated(sorted(entries, key=lambda entry: entry.at))


def readable(messages: Sequence[ChannelMessage], actor: Actor, citizen: int | None) -> list[ChannelMessage]:
    """Those that name no ticket of the citizen's that the actor may not see."""
    hides = names_hidden(actor, citizen)
    return [each for each in messages if not hides(each.text)]


def conversation(
    messages: Sequence[ChannelMessage],
    later: Iterable[ThreadEntry] = (),
    loose: Callable[[str, Part], str] | None = None,
) -> list[ThreadEntry]:
    """The messages of a talk as bubbles, oldest first, with their files, and what is sent `later`; `loose` is the
    address of a file without ticket, None where those are not shown.
    """
    found = Attachment.objects.filter(pk__in=[each.attachment for each in messages if each.attachment])
    files = {each.pk: ThreadFile.of(each) for each in found}
    written = [each.event for each in messages if each.direction == "staff" and each.event]
    events = TicketEvent.objects.select_related("actor").in_bulk(written) if written else {}
    bubbles = [_bubble(message, events.get(message.event or 0), files) for message in messages]
    if loose is not None:
        bubbles = [
            replace(bubble, file=ThreadFile.loose(message.file, loose)) if message.file else bubble
            for bubble, message in zip(bubbles, messages, strict=True)
        ]
    return _dated(sorted([*bubbles, *later], key=lambda entry: entry.at))


def _in_bubbles(bubbles: list[ThreadEntry], events: list[TicketEvent]) -> set[int]:
    """The keys of events that a bubble already shows: replies, texts of the citizen, files."""
    if not bubbles:
        return set()
    files = {bubble.file.attachment.event_id for bubble in bubbles if bubble.file}
    text = {line.strip() for bubble in bubbles for line in bubble.text.splitlines()}
    described = {
        event.pk
        for event in events
        if event.kind == Kind.DESCRIBED and all(line.strip() in text for line in _text(event).splitlines())
    }
    replies = {event.pk for event in events if event.kind == Kind.REPLIED}
    return described | replies | {event.pk for event in events if event.pk in files and not event.note}


def _first_words(ticket: Ticket, events: Iterable[TicketEvent]) -> str:
    """What the ticket was opened with: of its description what no later entry added."""
    described = [event for event in events if event.kind == Kind.DESCRIBED]
    added = {line.strip() for event in described for line in _text(event).splitlines()}
    return "\n".join(line for line in ticket.description.splitlines() if line.strip() not in added)


def _text(event: TicketEvent) -> str:
    return str(event.data.get("text", ""))


def stamp(entries: Iterable[ThreadEntry], files: Iterable[ThreadFile], version: int) -> str:
    """A hash that changes whenever the shown thread does, or what is known of a file."""
    seen = "|".join(f"{entry.at.timestamp()}{entry.look}{entry.status}{entry.mark}" for entry in entries)
    states = "|".join(file.attachment.state for file in files)
    return sha256(f"{version}|{states}|{seen}".encode()).hexdigest()[:16]


def _bubble(
    message: ChannelMessage, event: TicketEvent | None, files: Mapping[int, ThreadFile]
) -> ThreadEntry:
    by_hand = message.direction == "staff" or (event is not None and event.kind == Kind.REPLIED)
    tick, text = TICKS.get(message.status, ("", message.status))
    who = _who(event) if event and by_hand else {"in": "Vatandaş", "out": "Hat", "staff": "Personel"}
    return ThreadEntry(
        at=message.at,
        look="staff" if by_hand else message.direction,
        who=who if isinstance(who, str) else who[message.direction],
        title=KINDS.get(message.kind, ""),
        text=message.text,
        tick=tick,
        status=message.status,
        tick_words=text,
        error=message.error,
        mark=MARKS.get(message.mark, ""),
        file=files.get(message.attachment or 0),
        place=message.place,
    )


def _unsent(event: TicketEvent, files: Mapping[int, ThreadFile]) -> ThreadEntry:
    """A reply that the channel has not queued yet (or, of old ones, that was taken back before that)."""
    status = "withdrawn" if event.announced_at else "held"
    tick, text = TICKS[status]
    return ThreadEntry(
        at=event.at,
        look="staff",
        who=_who(event),
        text=event.public_text,
        tick=tick,
        status=status,
        tick_words=text,
        file=files.get(event.data.get("photo", 0)),
    )


def scheduled(
    citizen: Citizen | None, actor: Actor, of: Ticket | WaitingConversation | None = None
) -> list[ThreadEntry]:
    """Replies to the citizen that wait for their time, of whichever ticket that the actor sees or of a talk without
    one, and those of this ticket or talk that were not sent, by when they were to be.
    """
    here = {"handover" if isinstance(of, WaitingConversation) else "ticket": of}
    shown = Q(**here, state__in=(Later.WAITING, Later.UNSENT)) if of else Q(pk=None)
    if citizen is not None:
        seen = Q(ticket__restricted=False) & seen_by(actor, "ticket")
        talk = Exists(visible_handovers(actor).filter(pk=OuterRef("handover")))
        shown |= (seen | talk) & Q(state=Later.WAITING)
    rows = ScheduledReply.objects.to(citizen).filter(shown).select_related("author", "ticket")
    return [
        ThreadEntry(
            at=row.due_at,
            look="staff",
            who=display_name(row.author),
            title=_scheduled_title(row, of),
            text=row.text,
            tick="schedule_send" if row.state == Later.WAITING else "error",
            status=row.state,
            tick_words=str(row.get_state_display()),
            error=row.reason,
            file=ThreadFile.of(row.file) if row.file else None,
            scheduled=row.pk if row.state == Later.WAITING and not row.file and _is_of(row, of) else None,
        )
        for row in rows
    ]


def _scheduled_title(row: ScheduledReply, of: Ticket | WaitingConversation | None) -> str:
    if row.state != Later.WAITING:
        title = "Gönderilmedi"
    elif row.file:
        title = "Dosyası denetlenince gidecek"
    else:
        title = "Sonra gidecek"
    return title if row.ticket is None or _is_of(row, of) else f"{title} · {row.ticket.number}"


def _is_of(row: ScheduledReply, of: Ticket | WaitingConversation | None) -> bool:
    """Whether it is of this ticket, or of the same citizen's talk without one."""
    return row.ticket is None if isinstance(of, WaitingConversation) else of is not None and row.ticket == of


def _calls(ticket: Ticket) -> list[ThreadEntry]:
    return [
        ThreadEntry(
            at=row.at,
            look="fact",
            who=display_name(row.by),
            title=f"Telefonla arandı: {row.get_result_display()}",
            text=row.note,
        )
        for row in ticket.phone_calls.select_related("by")
    ]


def _line(event: TicketEvent, people: Mapping[str, str], *, shown: bool, words: str = "") -> ThreadEntry:
    """An entry of the timeline with further `words`; `shown` says that a bubble shows its text to the citizen."""
    texts = (event.note, _text(event), words, "" if shown else event.public_text)
    return ThreadEntry(
        at=event.at,
        look=LOOKS.get(Kind(event.kind), "fact"),
        who=_who(event),
        title=_title(event),
        text="\n".join(filter(None, texts)),
        details=details(event, people),
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
            return "Görüşmeyi personel devraldı" if event.data.get("taken") else "Görüşme hatta bırakıldı"
        case Kind.DANGER:
            return _level_said(event)
        case Kind.WITHDRAWN if event.data.get("acts"):
            return f"Geri alındı: {', '.join(event.data['acts'])}"
        case Kind.RATED:
            return f"Vatandaş {event.data.get('score')}/5 puan verdi"
        case _:
            return str(event.get_kind_display())


def _level_said(event: TicketEvent) -> str:
    if event.data.get("danger"):
        return "Tehlike düzeltildi" + (", gizli" if event.data.get("restricted") else "")
    return "Acil iş denildi" if event.data.get("urgent") else "Tehlike değil denildi"


def _who(event: TicketEvent) -> str:
    return display_name(event.actor) if event.actor else ActorKind(event.actor_kind).label


def _dated(entries: list[ThreadEntry]) -> list[ThreadEntry]:
    """Puts the date on the first entry of each day."""
    dated, last = [], None
    for entry in entries:
        day = localtime(entry.at).date()
        shown = f"{day:%d.%m.%Y}" if day != last else ""
        dated.append(ThreadEntry(**{**vars(entry), "day": shown}))
        last = day
    return dated
