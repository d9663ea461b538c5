"""A request that reached us otherwise than by the line: over the telephone, at the desk, by mail, from CİMER."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from tickets.models import Citizen, Ticket
from tickets.permissions import Actor, parties
from tickets.services.opening import Report, open_ticket
from tickets.services.registry import checked_numbers, require_numbers
from tickets.services.transitions import change_status
from tickets.services.words import describe
from tickets.workflow import NotAllowed, Status, TicketRole

DESK = frozenset({TicketRole.AGENT, TicketRole.SUPERVISOR})


@dataclass(frozen=True)
class Caller:
    """Who asks. `phone` is in E.164 or empty; `known` is whom the clerk recognised. Somebody without name, number or
    acquaintance wants to stay unnamed.
    """

    name: str = ""
    phone: str = ""
    known: Citizen | None = None


def take_request(
    *, report: Report, caller: Caller, actor: Actor, now: datetime, same_as: Ticket | None = None
) -> Ticket:
    """Opens a ticket that a clerk of the call centre takes down, for the citizen with that phone or for a new one.

    Where it is the `same_as` an open ticket of the caller's own, the words are added to that, which is returned; where
    it is the same as somebody else's, the new ticket is its duplicate at once: own number, same news. Nobody is written
    to: the clerk is talking to the citizen. Raises NotAllowed for anybody else's staff, MissingFields where the
    duplicate's target is none, or where a number of the registry is missing that such a request has to have.
    """
    if DESK.isdisjoint(parties(actor, None)):
        raise NotAllowed("Yeni başvuruyu çağrı merkezi açar. Çağrı merkezi sorumlusuna başvurun.")
    numbers = checked_numbers(registry_number=report.registry_number, cimer_number=report.cimer_number)
    require_numbers(channel=report.channel, kind=report.kind, **numbers)
    with transaction.atomic():
        report = replace(
            report,
            citizen=_citizen(caller),
            registry_number=numbers["registry_number"],
            cimer_number=numbers["cimer_number"],
        )
        if same_as and report.citizen and same_as.citizen_id == report.citizen.pk and not same_as.outcome:
            words = "\n".join(filter(None, (report.description, report.address)))
            return describe(ticket=same_as, actor=actor, now=now, text=words)
        ticket = open_ticket(report=report, actor=actor, now=now, announce=False)
        if same_as is None:
            return ticket
        return change_status(ticket=ticket, to=Status.DUPLICATE, actor=actor, now=now, duplicate_of=same_as)


def known_caller(phone: str) -> Citizen | None:
    """The citizen who has this number (E.164)."""
    return Citizen.objects.filter(phone=phone).order_by("id").first() if phone else None


def _citizen(caller: Caller) -> Citizen | None:
    """A name that is known already stays: the one on the telephone may be somebody of the same house."""
    known = caller.known or known_caller(caller.phone)
    if known is None:
        named = caller.name or caller.phone
        return Citizen.objects.create(name=caller.name or None, phone=caller.phone or None) if named else None
    if not known.name and caller.name:
        known.name = caller.name
        known.save(update_fields=["name"])
    return known
