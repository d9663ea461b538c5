"""A request that reached us otherwise than by the line: over the telephone, at the desk, by mail, from CİMER."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from departments.danger_reader.kinds import kinds
from departments.danger_reader.reader import read
from departments.routing.route import route
from tickets.api_clients.models.clients import IdempotencyKey
from tickets.casework.classifying import classify
from tickets.casework.descriptions import describe
from tickets.casework.locating import locate
from tickets.casework.notes import add_note
from tickets.casework.opening import Report, open_ticket
from tickets.casework.registry import LABELS, checked_numbers, register, require_numbers
from tickets.casework.transitions import change_status
from tickets.danger.ringing import repeat_alert
from tickets.notifications.notifications import notify_of_addition
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket
from tickets.record.models.ticket_choices import LocationSource
from tickets.record.permissions import Actor, parties
from tickets.record.statuses import Status
from tickets.record.workflow import MissingFields, NotAllowed, TicketRole

DESK = frozenset({TicketRole.AGENT, TicketRole.SUPERVISOR})
NO_DANGER = "work"  # what a clerk says of urgent work that endangers nobody
UNNAMED_DANGER = "other"


@dataclass(frozen=True)
class Caller:
    """Who asks. `phone` is in E.164 or empty; `known` is whom the clerk recognised. Somebody without name, number or
    acquaintance wants to stay unnamed.
    """

    name: str = ""
    phone: str = ""
    known: Citizen | None = None


def take_request(
    *,
    report: Report,
    caller: Caller,
    actor: Actor,
    now: datetime,
    same_as: Ticket | None = None,
    once: str = "",
) -> Ticket:
    """Opens a ticket that a clerk of the call centre takes down, for the citizen with that phone or for a new one.

    Where it is the `same_as` an open ticket of the caller's own, what was said is added to that, which is returned;
    where it is the same as somebody else's, the new ticket is its duplicate at once: own number, same news. What is
    urgent is a new ticket all the same, since that rings. Nobody is written to: the clerk is talking to the citizen.
    What is sent again with the same `once` does nothing more and returns the same ticket.

    Raises NotAllowed for anybody else's staff, MissingFields where the duplicate's target is none, where a number of
    the registry is missing that such a request has to have, or where the caller's own ticket says otherwise.
    """
    require_desk(actor)
    numbers = checked_numbers(registry_number=report.registry_number, cimer_number=report.cimer_number)
    require_numbers(channel=report.channel, kind=report.kind, **numbers)
    with transaction.atomic():
        key, new = _key(once, actor, now)
        if key and not new and key.ticket:
            return key.ticket
        report = replace(
            report,
            citizen=_citizen(caller),
            registry_number=numbers["registry_number"],
            cimer_number=numbers["cimer_number"],
        )
        ticket = _take(report, same_as, actor, now)
        if key:
            key.ticket = ticket
            key.save(update_fields=["ticket"])
    return ticket


def require_desk(actor: Actor) -> None:
    """Raises NotAllowed unless the actor may open tickets for those who call."""
    if DESK.isdisjoint(parties(actor, None)):
        raise NotAllowed("Yeni başvuruyu çağrı merkezi açar. Çağrı merkezi sorumlusuna başvurun.")


def danger_from_caller(words: str, *, urgent: bool, danger: str) -> dict[str, Any]:
    """How dangerous a report is, as facts of one: as the clerk says, who chooses a kind of `danger` (NO_DANGER: none)
    or only says that it is `urgent`; which danger that is tell the words.

    What the words surely tell of, and nobody marked, is marked as a possible danger: a second person looks at it.
    """
    found = read(words)
    level = route(words).level if urgent and found.level != "life" else found.level
    unsure = False
    if danger in kinds():
        kind = danger
    elif danger == NO_DANGER:
        kind = ""
    elif urgent:
        kind = found.kind if level == "life" else "" if level == "work" else UNNAMED_DANGER
    else:
        unsure = level == "life" and found.sure
        kind = found.kind if unsure else ""
    restricted = bool(kind) and (kinds()[kind].is_restricted(words) or found.shielded)
    urgent = bool(kind) or urgent or danger == NO_DANGER
    reason = found.reason if kind and kind == found.kind else kinds()[kind].name if kind else ""
    return {
        "urgent": urgent,
        "urgent_reason": reason or ("Kaydı alan görevli acil dedi" if urgent else ""),
        "danger": kind,
        "danger_unsure": unsure,
        "restricted": restricted,
    }


def known_caller(phone: str) -> Citizen | None:
    """The citizen who has this number (E.164)."""
    return Citizen.objects.filter(phone=phone).order_by("id").first() if phone else None


def _take(report: Report, same_as: Ticket | None, actor: Actor, now: datetime) -> Ticket:
    own = same_as is not None and report.citizen and same_as.citizen_id == report.citizen.pk
    if same_as and own and not same_as.outcome and not report.urgent:
        return _add(report, same_as, actor, now)
    if report.restricted:  # nobody but who is on duty sees it, whatever department its words resemble
        report = replace(report, category=None, department=None, proposed_agency=None)
    ticket = open_ticket(report=report, actor=actor, now=now, announce=False)
    if same_as is None:
        return ticket
    if report.urgent:
        text = f"Arayana göre {same_as.number} ile aynı konu olabilir. Acil olduğu için ayrı açıldı."
        return add_note(ticket=ticket, actor=actor, now=now, text=text)
    return change_status(ticket=ticket, to=Status.DUPLICATE, actor=actor, now=now, duplicate_of=same_as)


def _add(report: Report, ticket: Ticket, actor: Actor, now: datetime) -> Ticket:
    """What the caller says of their own ticket joins it, an answer that it waits for, too; those who work on it hear of
    it. Whatever would be lost by that is refused.
    """
    _check_same(report, ticket)
    place = report.neighbourhood if report.neighbourhood != ticket.neighbourhood else None
    ticket = describe(ticket=ticket, actor=actor, now=now, text=report.description, from_citizen=True)
    if report.point or report.address or place:
        ticket = locate(
            ticket=ticket,
            actor=actor,
            now=now,
            point=report.point,
            source=LocationSource.STAFF,
            neighbourhood=place,
            address=report.address,
        )
    if report.registry_number or report.cimer_number:
        ticket = register(
            ticket=ticket,
            actor=actor,
            now=now,
            registry_number=report.registry_number or ticket.registry_number,
            cimer_number=report.cimer_number or ticket.cimer_number,
        )
    if report.category and ticket.category is None:
        ticket = classify(ticket=ticket, category=report.category, actor=actor, now=now)
    notify_of_addition(ticket, now)
    repeat_alert(ticket=ticket, now=now)
    return ticket


def _check_same(report: Report, ticket: Ticket) -> None:
    """Raises MissingFields where the report has another subject, or another number of a registry."""
    if report.category and ticket.category and report.category != ticket.category:
        said = f"Eklenen başvurunun konusu “{ticket.category}”."
        raise MissingFields(
            {"category": f"{said} Aynı konuysa bu alanı boşaltın, değilse yeni başvuru açın."}
        )
    for name, label in LABELS.items():
        written, kept = getattr(report, name), getattr(ticket, name)
        if written and kept and written != kept:
            raise MissingFields(
                {name: f"Eklenen başvuruda {label} {kept}. Bu numara için yeni başvuru açın."}
            )


def _key(once: str, actor: Actor, now: datetime) -> tuple[IdempotencyKey | None, bool]:
    """The key, and whether it is new; a second press waits here until the first is done."""
    if not once:
        return None, True
    return IdempotencyKey.objects.get_or_create(user=actor.user, key=once, defaults={"created_at": now})


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
