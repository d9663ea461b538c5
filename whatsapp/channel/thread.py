"""The messages about a ticket, inbound and outbound, for the ticket page."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from tickets.models import Attachment, Ticket
from tickets.record.channel import ChannelMessage, LooseFile
from whatsapp.conversations.models.conversations import Conversation
from whatsapp.conversations.models.messages import Media, Message
from whatsapp.graph import webhook_payloads
from whatsapp.outbox.models.outbox import Outbox

# Messages from this long before the ticket belong to it, since a report can consist of several.
BEFORE = timedelta(hours=1)
MOST = 500
_MARKS = {"edit": "edited", "revoke": "deleted"}


def messages(ticket: Ticket, *, loose: bool) -> list[ChannelMessage]:
    """The newest messages about the ticket, oldest first; `loose` adds those of its time that have no ticket."""
    inbound, outbound = Q(ticket=ticket), Q(ticket=ticket)
    talk = Conversation.objects.filter(citizen=ticket.citizen_id).first() if ticket.citizen_id else None
    if loose and talk:
        meanwhile = Q(ticket=None, conversation=talk)
        inbound |= meanwhile & _between("sent_at", ticket)
        outbound |= meanwhile & _between("created_at", ticket)
    return _newest(inbound, outbound, _marks(talk, ticket.created_at - BEFORE) if talk else {})


def conversation(talk: Conversation, tickets: QuerySet[Ticket], *, loose: bool) -> list[ChannelMessage]:
    """The newest messages of the talk, oldest first: those about one of these tickets, and if `loose` about none."""
    about = Q(conversation=talk) & (Q(ticket__in=tickets) | (Q(ticket=None) if loose else Q(pk__in=())))
    return _newest(about, about & ~Q(event__ticket__restricted=True), _marks(talk))


def _newest(inbound: Q, outbound: Q, marks: dict[str, str]) -> list[ChannelMessage]:
    rows = Message.objects.filter(inbound).select_related("media").order_by("-sent_at", "-id")[:MOST]
    found = [_inbound(row, marks) for row in reversed(rows) if row.kind != "revoke"]
    sent = Outbox.objects.filter(outbound).select_related("photo").order_by("-created_at", "-id")
    found += [_outbound(row) for row in reversed(sent[:MOST])]
    # Meta tells whole seconds. Sorting is stable, so messages of one second stay in the order in which they came.
    return sorted(found, key=lambda message: message.at)


def _between(column: str, ticket: Ticket) -> Q:
    since = Q(**{f"{column}__gte": ticket.created_at - BEFORE})
    return since & Q(**{f"{column}__lte": ticket.closed_at}) if ticket.closed_at else since


def _marks(talk: Conversation, since: datetime | None = None) -> dict[str, str]:
    """Later edits and deletions, by the wamid of the changed message."""
    changes = Message.objects.filter(conversation=talk, kind__in=_MARKS)
    if since:
        changes = changes.filter(sent_at__gte=since)
    rows = changes.order_by("sent_at", "id").values_list("kind", "payload")
    return {webhook_payloads.changed_by(payload): _MARKS[kind] for kind, payload in rows}


def _inbound(row: Message, marks: dict[str, str]) -> ChannelMessage:
    media = getattr(row, "media", None)
    return ChannelMessage(
        at=row.sent_at,
        direction="in",
        text=row.text,
        kind=row.kind,
        attachment=media.attachment_id if media else None,
        file=_loose(media) if media and media.attachment_id is None and media.name else None,
        place=webhook_payloads.place_of(row.payload),
        mark="deleted" if marks.get(row.wamid) == "deleted" else "edited" if row.wamid in marks else "",
    )


def _loose(media: Media) -> LooseFile:
    return LooseFile(
        f"m{media.pk}", media.kind, media.stored_type, media.name, media.thumbnail, warning=media.error[:300]
    )


def _loose_of_staff(photo: Attachment) -> LooseFile:
    return LooseFile(
        f"g{photo.pk}",
        photo.kind,
        photo.mime_type,
        str(photo.file),
        str(photo.thumbnail),
        warning=photo.warning,
    )


def _outbound(row: Outbox) -> ChannelMessage:
    loose = row.photo if row.photo and row.photo.ticket_id is None else None
    return ChannelMessage(
        at=row.sent_at or row.created_at,
        direction="out" if row.origin == Outbox.Origin.LINE else "staff",
        text=row.text,
        kind="template" if row.as_template else row.payload.get("type", "text"),
        status=row.state,
        error=row.error,
        event=row.event_id,
        attachment=None if loose else row.photo_id,
        file=_loose_of_staff(loose) if loose and loose.file else None,
    )
