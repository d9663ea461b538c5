"""The part of a ticket's page that a danger has: its red head, what to do and never to do, what to tell 112."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.timezone import localtime

from departments.common.durations import span
from departments.danger_reader.kinds import kinds
from tickets.back_office.clock_cells import danger_clock
from tickets.back_office.names import display_name
from tickets.back_office.thread_entries import ThreadEntry
from tickets.citizens.phone_access import may_unmask
from tickets.danger.alert_history import danger_notifications, why_unheard
from tickets.danger.bar import place_of
from tickets.danger.checklist import DangerStep
from tickets.danger.open_dangers import DangerAdvice, advice_for, name_of
from tickets.danger.services import News
from tickets.record.models.ticket import DANGER_TARGET, Ticket, is_open_danger
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor, masked

FIRST, NEWEST = 3, 9  # of the citizen's messages, for 112
NOT_TELEPHONED = frozenset({"violence", "cry"})


@dataclass(frozen=True)
class Tick:
    """A step on the list of what to do: who ticked it and when, empty while nobody has."""

    key: str
    label: str
    done: bool
    by: str
    at: datetime | None


@dataclass(frozen=True)
class DangerDesk:
    """What the page shows of a danger.

    `phone` is the number in full for those who see numbers or have opened it here, masked for others, empty where none
    is known; `masked` says which. `unheard` are the reasons, in sentences, why no colleague could be told of it, empty
    where one was or where the reason is not known. `clock` says how long it took until somebody had it, `claimed_by`
    who has it, empty while nobody has; `helpless` that the citizen cannot call 112, `unwarned` what to do since our
    warning did not arrive, else empty. `words` are lines for 112, `also` what else was told of, `news` what they say
    became of it.
    """

    name: str
    level: str
    reason: str
    is_open: bool
    since: datetime
    waited: str
    target: str
    clock: str
    claimed_by: str
    claimed_at: datetime | None
    helpless: bool
    unwarned: str
    unheard: Sequence[str]
    advice: DangerAdvice
    place: str
    phone: str
    masked: bool
    words: Sequence[str]
    also: Sequence[str]
    news: str
    ticks: Sequence[Tick]


def danger_desk(
    ticket: Ticket, actor: Actor, entries: Sequence[ThreadEntry], now: datetime
) -> DangerDesk | None:
    """The danger of the ticket; None where there is none."""
    if not ticket.is_danger:
        return None
    number = (ticket.citizen.phone or "") if ticket.citizen else ""
    kept = ticket.events.filter(kind__in=(TicketEvent.Kind.NOTE, TicketEvent.Kind.UNMASKED))
    events = list(kept.select_related("actor").order_by("id"))
    notes = [event for event in events if event.kind == TicketEvent.Kind.NOTE]
    noted = [event for event in notes if event.actor_id is None]
    opened = any(
        event.kind == TicketEvent.Kind.UNMASKED and event.actor is not None and event.actor == actor.user
        for event in events
    )
    full = actor.sees_phones or (opened and may_unmask(ticket, actor))
    return DangerDesk(
        name=name_of(ticket.danger),
        level="Belirsiz tehlike" if ticket.danger_unsure else "Can tehlikesi",
        reason=ticket.urgent_reason,
        is_open=is_open_danger(ticket),
        since=ticket.created_at,
        waited=span(now - ticket.created_at),
        target=span(DANGER_TARGET),
        clock=danger_clock(ticket.created_at, ticket.claimed_at, now).text,
        claimed_by=display_name(ticket.claimed_by) if ticket.claimed_by else "",
        claimed_at=ticket.claimed_at,
        helpless=ticket.helpless,
        unwarned=unwarned(ticket) if ticket.unwarned_at else "",
        unheard=_why_unheard(ticket, now),
        advice=advice_for(ticket.danger),
        place=_full_place(ticket),
        phone=number if full or not number else masked(number),
        masked=bool(number) and not full,
        words=_words(ticket, entries),
        also=_also(ticket, noted),
        news=_news(noted),
        ticks=_ticks(notes),
    )


def _why_unheard(ticket: Ticket, now: datetime) -> list[str]:
    if ticket.claimed_by is not None or not danger_notifications(ticket).filter(unheard=True).exists():
        return []
    return why_unheard(now)


def unwarned(ticket: Ticket) -> str:
    """What is to be done where our warning did not arrive; nobody is telephoned who may be with their attacker."""
    kind = kinds().get(ticket.danger)
    if kind and kind.family in NOT_TELEPHONED:
        return "Uyarımız vatandaşa ulaşmadı. Telefonla aramayın; 112’ye siz bildirin."
    return "Uyarımız vatandaşa ulaşmadı. Numarası biliniyorsa telefonla arayın, 112’ye siz bildirin."


def _full_place(ticket: Ticket) -> str:
    """Address, mahalle and coordinates, as far as they are known."""
    mahalle = ticket.neighbourhood.full_name if ticket.neighbourhood else ""
    point = f"{ticket.lat:.5f}, {ticket.lon:.5f}" if ticket.lat is not None and ticket.lon is not None else ""
    return ", ".join(filter(None, (ticket.address, mahalle, point))) or place_of(ticket)


def _words(ticket: Ticket, entries: Sequence[ThreadEntry]) -> list[str]:
    """What the citizen wrote, each with its time: the first words, which tell of the danger, and the newest."""
    lines = [
        f"{localtime(entry.at):%H.%M} {entry.text}" for entry in entries if entry.look == "in" and entry.text
    ]
    if not lines:
        return [f"{localtime(ticket.created_at):%H.%M} {ticket.description or 'yazı yok'}"]
    if len(lines) <= FIRST + NEWEST:
        return lines
    return [*lines[:FIRST], "…", *lines[-NEWEST:]]


def _also(ticket: Ticket, noted: Sequence[TicketEvent]) -> list[str]:
    """The other dangers that the citizen told of."""
    told = dict.fromkeys(event.data["also"] for event in noted if "also" in event.data)
    return [name_of(key) for key in told if key != ticket.danger]


def _news(noted: Sequence[TicketEvent]) -> str:
    told = [event for event in noted if "news" in event.data]
    return f"{News(told[-1].data['news']).label}, {localtime(told[-1].at):%H.%M}" if told else ""


def _ticks(noted: Sequence[TicketEvent]) -> list[Tick]:
    """Each step as it was ticked last."""
    last = {event.data["step"]: event for event in noted if "step" in event.data}
    return [_tick(step, last.get(step.value)) for step in DangerStep]


def _tick(step: DangerStep, event: TicketEvent | None) -> Tick:
    done = event is not None and bool(event.data["done"])
    by = display_name(event.actor) if event is not None and event.actor and done else ""
    return Tick(step.value, step.label, done, by, event.at if event is not None and done else None)
