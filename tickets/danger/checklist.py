"""What staff tick off while they have a danger."""

from datetime import datetime

from django.db.models import TextChoices

from tickets.casework.writing import append_event, locked_ticket
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor, parties, require_staff


class DangerStep(TextChoices):
    """What whoever has a danger ticks off; each tick and its taking back are kept with name and time."""

    CALLED_112 = "112", "112 arandı"
    CALLED_187 = "187", "187 Kayserigaz arandı"
    CALLED_186 = "186", "186 KCETAŞ arandı"
    CREW = "crew", "Ekip yola çıktı"


def tick(*, ticket: Ticket, actor: Actor, now: datetime, step: DangerStep, done: bool) -> TicketEvent:
    """Notes that it was done, or that it was not after all. Raises NotAllowed."""
    with locked_ticket(ticket, now) as row:
        require_staff(parties(actor, row.department.code if row.department else None))
        note = step.label if done else f"İşaret geri alındı: {step.label}"
        data = {"step": step.value, "done": done}
        return append_event(row, TicketEvent.Kind.NOTE, actor=actor, now=now, note=note, data=data)
