"""The details of a ticket beside its thread: clocks, citizen, place, map, suggestions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from departments import reference
from departments.common.durations import span
from departments.models import Category, GreyZone
from departments.places.outlines import feature, outline_of
from departments.places.points import Located, Point, Road, locate, roads_about, to_border_m
from tickets.admin.map_ground import ground
from tickets.admin.queue.rows import LEGAL_STATES
from tickets.legal_limits import LegalState, legal_state
from tickets.models import Citizen, Ticket
from tickets.nearby import Candidate
from tickets.permissions import Actor, masked, visible_to
from tickets.services.registry import LABELS, required_numbers
from tickets.workflow import Status

OTHERS = 8
ROADS_WITHIN_M = 1000.0
WORTH_SHOWING = 0.05  # the smallest confidence (0 to 1) at which an alternative of the router is shown


@dataclass(frozen=True)
class ClockLine:
    """One clock of the ticket; `state`, which sets the colour, is done, fine, near, late or paused."""

    name: str
    state: str
    text: str
    due_at: datetime


def clocks(ticket: Ticket, now: datetime) -> list[ClockLine]:
    """The clocks of first action and resolution where the category has targets, and the legal limit.

    None of a danger: its target is minutes (page/danger.py).
    """
    if ticket.is_danger:
        return []
    found = []
    if ticket.first_action_due_at:
        done = ticket.first_action_at or ticket.outcome_at
        found.append(_clock("İlk işlem", ticket.first_action_due_at, ticket.first_action_warn_at, done, now))
    if ticket.resolution_due_at:
        paused = ticket.waiting_since if ticket.status == Status.WAITING else None
        found.append(
            ClockLine("Çözüm", "paused", "vatandaşı bekliyor", ticket.resolution_due_at)
            if paused and paused <= ticket.resolution_due_at
            else _clock(
                "Çözüm", ticket.resolution_due_at, ticket.resolution_warn_at, ticket.outcome_at, paused or now
            )
        )
    legal = legal_state(ticket, now)
    state = {LegalState.FAR: "fine", LegalState.OVER: "late"}.get(legal, "near")
    text = LEGAL_STATES.get(legal) or f"{span(ticket.legal_due_at - now)} kaldı"
    if ticket.outcome is not None:
        state, text = "done", "sonuçlandı"
    return [*found, ClockLine("Yasal süre", state, text, ticket.legal_due_at)]


def _clock(
    name: str, due: datetime, warn: datetime | None, done: datetime | None, now: datetime
) -> ClockLine:
    if done is not None:
        return ClockLine(
            name, "late" if done > due else "done", "geç yapıldı" if done > due else "yapıldı", due
        )
    if due < now:
        return ClockLine(name, "late", f"{span(now - due)} gecikti", due)
    return ClockLine(name, "near" if warn and warn <= now else "fine", f"{span(due - now)} kaldı", due)


def missing_numbers(ticket: Ticket) -> list[str]:
    """The names of the registries' numbers that the ticket has to have and has not."""
    needed = required_numbers(ticket.channel, ticket.kind)
    return [label for name, label in LABELS.items() if name in needed and not getattr(ticket, name)]


def phone(citizen: Citizen | None) -> str:
    """The citizen's number, masked; empty where none is known."""
    return masked(citizen.phone) if citizen and citizen.phone else ""


def located(ticket: Ticket) -> Located | None:
    return None if ticket.lat is None or ticket.lon is None else locate(Point(ticket.lat, ticket.lon))


def beyond_border_m(ticket: Ticket) -> float | None:
    """Metres between the place and the district's border; None within the district or when unknown."""
    place = located(ticket)
    if place is None or place.inside is not False or ticket.lat is None or ticket.lon is None:
        return None
    return to_border_m(Point(ticket.lat, ticket.lon))


def roads(ticket: Ticket) -> list[Road]:
    """Main roads near the place, or near the mahalle's centre: landmarks for maps without tiles."""
    mahalle = ticket.neighbourhood
    if ticket.lat is not None and ticket.lon is not None:
        return roads_about(Point(ticket.lat, ticket.lon), ROADS_WITHIN_M)
    return roads_about(Point(mahalle.lat, mahalle.lon), ROADS_WITHIN_M) if mahalle else []


def map_data(ticket: Ticket, similar: list[Candidate], about: list[Road]) -> dict[str, Any]:
    """The map's data as JSON values: pin, border of the mahalle (GeoJSON), main roads, similar open tickets."""
    mahalle = ticket.neighbourhood
    centre = [mahalle.lat, mahalle.lon] if mahalle else None
    outline = outline_of(mahalle.code) if mahalle else None
    return {
        "pin": None if ticket.lat is None else [ticket.lat, ticket.lon],
        "centre": centre,
        "border": feature(outline) if outline else None,
        "roads": [{"name": road.artery.name, "lines": road.lines} for road in about],
        "near": [
            {
                "at": [each.ticket.lat, each.ticket.lon],
                "number": each.ticket.number,
                "address": f"../../{each.ticket.pk}/change/",
            }
            for each in similar
        ],
        "ground": ground(),
    }


def others_of(ticket: Ticket, actor: Actor) -> list[Ticket]:
    """The citizen's newest other tickets that the actor may see."""
    if ticket.citizen_id is None:
        return []
    rows = visible_to(actor).filter(citizen=ticket.citizen_id).exclude(pk=ticket.pk)
    return list(
        rows.only("number", "status", "summary", "created_at", "restricted").order_by("-created_at")[:OTHERS]
    )


@dataclass(frozen=True)
class Suggested:
    """A category that the router suggests, its confidence in per cent, and whether the ticket has it already.

    `sure`: the confidence reaches the category's threshold, so that one key applies it.
    """

    category: Category
    share: int
    taken: bool
    sure: bool


def suggested(ticket: Ticket) -> list[Suggested]:
    """The router's suggestions for the report: its choice first, then the alternatives."""
    routed = ticket.routed or {}
    shares = {each["category"]: each["confidence"] for each in routed.get("alternatives") or ()}
    if routed.get("category"):
        shares = {routed["category"]: routed.get("confidence") or 0} | shares
    known = {code: row for code in shares if (row := reference.category(code)) and row.department_id}
    return [
        Suggested(
            known[code],
            round(100 * share),
            ticket.category_id == known[code].pk,
            share >= known[code].sure_from,
        )
        for code, share in shares.items()
        if code in known and (share >= WORTH_SHOWING or code == routed.get("category"))
    ]


def acceptable(ticket: Ticket, routed: list[Suggested]) -> Suggested | None:
    """The suggestion that is the next step of a ticket without a subject: one that is sure, where no other body is
    proposed.
    """
    first = routed[0] if routed else None
    is_asked = ticket.status == Status.NEW and ticket.category_id is None and not ticket.proposed_agency_id
    return first if first and first.sure and is_asked else None


def questions(ticket: Ticket, routed: list[Suggested]) -> list[GreyZone]:
    """Grey-zone questions for the triage of a new ticket, by its category or the suggested one."""
    category = ticket.category_id or (routed[0].category.pk if routed else None)
    if ticket.status != Status.NEW or category is None:
        return []
    return list(GreyZone.objects.filter(category=category).select_related("agency").order_by("id"))
