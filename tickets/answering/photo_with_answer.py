"""The photo of finished work that goes with an answer."""

from tickets.record.models.attachments import Attachment
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.statuses import ENDED, Status


def after_photo(answer: TicketEvent) -> Attachment | None:
    """The photo of the finished work for an answer that resolves a ticket: staff's newest one before it, or None.

    Photos from before a reopening do not count: that work did not last. For a duplicate, whose citizen gets the
    original's answer, it is the original's photo.
    """
    original = answer.data.get("duplicate_of") if answer.kind == TicketEvent.Kind.FOLLOWED else None
    ticket = Ticket.objects.filter(number=original).first() if original else answer.ticket
    if ticket is None or answer.to_status != Status.RESOLVED:
        return None
    before = ticket.events.filter(id__lt=answer.pk)
    reopened = before.filter(from_status__in=ENDED, to_status=Status.ASSIGNED).order_by("-id").first()
    taken = ticket.attachments.filter(after=True, state=Attachment.State.STORED, hidden="", event__in=before)
    return taken.filter(event__gt=reopened.pk if reopened else 0).order_by("-id").first()
