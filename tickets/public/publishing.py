"""What of a ticket everybody may see (Open311): nothing of the citizen's words and photos until a clerk approved it."""

from collections.abc import Collection
from datetime import datetime

from tickets.casework.writing import append_event, locked_ticket
from tickets.record.models.attachments import Attachment
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor, parties, require_staff
from tickets.record.workflow import MissingFields, NoSuchTransition

TEXT_LENGTH = 4000  # GeoReport v2, the description of a request


def publish(
    *,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    text: str = "",
    photos: Collection[Attachment] = (),
    version: int | None = None,
) -> Ticket:
    """Makes this text and exactly these photos public; without both, everything is withdrawn.

    `text` is the description as the clerk left it, names and numbers taken out. Raises NoSuchTransition for a
    restricted ticket, and for one of a restricted category or of another agency's work, which nobody else sees anyway;
    Missing for a photo that is not this ticket's, not stored or hidden, or a text over 4,000 characters; NotAllowed,
    StaleVersion.
    """
    if len(text.strip()) > TEXT_LENGTH:
        raise MissingFields({"text": f"Yayımlanan metin en çok {TEXT_LENGTH} karakter olabilir. Kısaltın."})
    with locked_ticket(ticket, now, version=version) as row:
        require_staff(parties(actor, row.department.code if row.department else None))
        if row.restricted:
            raise NoSuchTransition("Gizli başvuru yayımlanmaz.")
        if not can_be_published(row):
            raise NoSuchTransition("Bu konudaki başvurular yayımlanmaz. Gerekirse önce konusunu düzeltin.")
        _check_photos(row, photos)
        row.published_text = text.strip()
        chosen = sorted(photo.pk for photo in photos)
        row.attachments.update(published=False)
        row.attachments.filter(pk__in=chosen).update(published=True)
        data = {"text": row.published_text, "attachments": chosen}
        append_event(row, TicketEvent.Kind.PUBLISHED, actor=actor, now=now, data=data)
    return row


def can_be_published(ticket: Ticket) -> bool:
    """Whether the public may read of it: it is not restricted, and of our own work that is no secret."""
    category = ticket.category
    ours = category is not None and not category.restricted and category.agency_id is None
    return ours and not ticket.restricted


def _check_photos(row: Ticket, photos: Collection[Attachment]) -> None:
    for photo in photos:
        stored = photo.state == Attachment.State.STORED and not photo.hidden
        if photo.ticket_id != row.pk or photo.kind != Attachment.Kind.IMAGE or not stored:
            raise MissingFields({"photos": "Yalnızca bu başvurunun hazır fotoğrafları yayımlanabilir."})
