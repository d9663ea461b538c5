"""Replies of staff that are held back for a moment, in which they can be taken back.

What is held is not said yet, so it holds up nothing else that is to be said.
"""

from datetime import datetime, timedelta

from django.db import transaction

from tickets.models import TicketEvent
from whatsapp.models import Outbox

UNDO = timedelta(seconds=5)


def undo_until(event: TicketEvent | None) -> datetime | None:
    """Until when what the event tells is held back; None for all but what staff wrote, which is said at once."""
    return event.at + UNDO if event and event.kind == TicketEvent.Kind.REPLIED else None


def release(now: datetime) -> None:
    """Lets go what was held long enough."""
    due = Outbox.objects.filter(state=Outbox.State.HELD, not_before__lte=now)
    due.update(state=Outbox.State.QUEUED)


def next_release() -> datetime | None:
    held = Outbox.objects.filter(state=Outbox.State.HELD).order_by("not_before")
    return held.values_list("not_before", flat=True).first()


def withdraw(reply: TicketEvent, now: datetime) -> bool:
    """Keeps the reply from ever leaving; False when it is on its way. Whoever is telling it now is waited for."""
    with transaction.atomic():
        event = TicketEvent.objects.select_for_update(no_key=True).get(pk=reply.pk)
        if event.announced_at is None:
            TicketEvent.objects.filter(pk=event.pk).update(announced_at=now)
            return True
        row = Outbox.objects.filter(event=event, state=Outbox.State.HELD)
        return row.update(state=Outbox.State.WITHDRAWN) == 1
