"""Replies of staff that are held back for a moment, in which they can be taken back.

What is held is not said yet, so it holds up nothing else that is to be said. When its time has come it waits in line
like everything else (claim.py), and may still be taken back until it is claimed.
"""

from datetime import datetime, timedelta

from django.db import transaction

from tickets.models import TicketEvent
from whatsapp.models import Outbox

UNDO = timedelta(seconds=5)


def undo_until(event: TicketEvent | None) -> datetime | None:
    """Until when what the event tells is held back; None for all but what staff wrote, which is said at once."""
    return event.at + UNDO if event and event.kind == TicketEvent.Kind.REPLIED else None


def withdraw(reply: TicketEvent, now: datetime) -> bool:
    """Keeps the reply from ever leaving; False when it is on its way. Whoever is telling it now is waited for."""
    with transaction.atomic():
        event = TicketEvent.objects.select_for_update(no_key=True).get(pk=reply.pk)
        if event.announced_at is None:
            TicketEvent.objects.filter(pk=event.pk).update(announced_at=now)
            return True
        row = Outbox.objects.filter(event=event, state=Outbox.State.HELD)
        return row.update(state=Outbox.State.WITHDRAWN) == 1
