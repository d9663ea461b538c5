"""The numbers under which a ticket is kept elsewhere: in the registry of papers (EBYS), at the Presidency (CİMER)."""

from datetime import datetime

from django.conf import settings

from tickets.casework.writing import append_event, save, unversioned_lock
from tickets.record.models.ticket import REGISTRY_NUMBER_LENGTH, Ticket
from tickets.record.models.ticket_choices import Kind, Source
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor, parties, require_staff
from tickets.record.workflow import MissingFields

LABELS = {"registry_number": "Evrak no (EBYS)", "cimer_number": "CİMER no"}
_NEEDED = {
    "registry_number": "Evrak numarasını (EBYS) yazın: bu tür başvurular numarasız kaydedilmez.",
    "cimer_number": "CİMER numarasını yazın: CİMER başvuruları numarasız kaydedilmez.",
}


def required_numbers(channel: str, kind: str) -> frozenset[str]:
    """Which numbers a request that came by that channel has to have, by REGISTRY_NUMBER_REQUIRED."""
    asked = frozenset(settings.REGISTRY_NUMBER_REQUIRED)
    found = set()
    if channel == Source.CIMER and Source.CIMER in asked:
        found.add("cimer_number")
    if kind in asked or (channel != Source.CIMER and channel in asked):
        found.add("registry_number")
    return frozenset(found)


def known_codes() -> frozenset[str]:
    """What REGISTRY_NUMBER_REQUIRED may name: petitions, and each channel but the line, whose citizens have none."""
    return frozenset({Kind.DILEKCE.value, *(each.value for each in Source if each is not Source.WHATSAPP)})


def checked_numbers(**numbers: str) -> dict[str, str]:
    """The numbers as written, without the space around them. Raises MissingFields for one that is too long."""
    written = {name: number.strip() for name, number in numbers.items()}
    long = [name for name, number in written.items() if len(number) > REGISTRY_NUMBER_LENGTH]
    if long:
        said = f"en çok {REGISTRY_NUMBER_LENGTH} karakter olabilir. Numarayı denetleyin."
        raise MissingFields({name: f"{LABELS[name]} {said}" for name in long})
    return written


def require_numbers(*, channel: str, kind: str, **numbers: str) -> None:
    """Raises MissingFields where a number that such a request has to have is not there."""
    missing = [name for name in required_numbers(channel, kind) if not numbers.get(name, "").strip()]
    if missing:
        raise MissingFields({name: _NEEDED[name] for name in sorted(missing)})


def register(
    *,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    registry_number: str,
    cimer_number: str,
    version: int | None = None,
) -> Ticket:
    """Keeps under which numbers the ticket is known elsewhere; as they are already, nothing changes.

    Raises StaleVersion, NotAllowed, MissingFields for a number that is too long, or that the ticket has to have.
    """
    numbers = checked_numbers(registry_number=registry_number, cimer_number=cimer_number)
    with unversioned_lock(ticket, version=version) as row:
        require_staff(parties(actor, row.department.code if row.department else None))
        require_numbers(channel=row.channel, kind=row.kind, **numbers)
        changed = {name: number for name, number in numbers.items() if number != getattr(row, name)}
        if changed:
            for name, number in changed.items():
                setattr(row, name, number)
            append_event(row, TicketEvent.Kind.REGISTERED, actor=actor, now=now, data=changed)
            save(row, now)
    return row
