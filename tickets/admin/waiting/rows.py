"""The rows of the list: who, how long, why, their last words, about what, where, how long one may write freely."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse

from tickets import ports
from tickets.admin.danger_claims import NAME_OF_RESTRICTED
from tickets.admin.queue.rows import display_name, initials, name_of_citizen, with_last_words
from tickets.admin.waiting.entries import Entry, Tab, TicketReason
from tickets.durations import waited
from tickets.models import Handover, Snooze, Ticket
from tickets.permissions import Actor

SOON = timedelta(hours=3)  # before the time to write freely is over
NO_WORDS = "(yazısız mesaj)"
_OF_TICKET = ("category", "neighbourhood", "citizen", "assignee", "claimed_by")
_ICONS: Mapping[str, str] = {
    Handover.Reason.ASKED: "back_hand",
    Handover.Reason.UNREAD: "help",
    Handover.Reason.CORRECTED: "edit",
    Handover.Reason.QUESTION: "help",
    TicketReason.PROPOSED: "lightbulb",
    TicketReason.REDIRECT: "forward",
    TicketReason.SUBJECT: "category",
    TicketReason.REVIEW: "done_all",
    TicketReason.GIVEN: "person",
    TicketReason.CLAIMED: "warning",
    TicketReason.SNOOZED: "snooze",
}


@dataclass(frozen=True)
class WaitingRow:
    """A row. `key` names it on the page, `address` is that of its talk, `citizen` the key of who waits.

    `late` says that they have waited too long, `snoozed` who put it off, `free_until` until when free text reaches
    them; `is_shut` that it does so no more.
    """

    key: str
    address: str
    citizen: int | None
    who: str
    since: datetime
    waits: str
    late: bool
    reason: str
    icon: str
    words: str
    subject: str
    number: str
    mahalle: str
    assignee: str
    initials: str
    mine: bool
    free_until: datetime | None
    free: str
    soon: bool
    is_shut: bool
    snoozed: str


def rows_of(entries: Sequence[Entry], actor: Actor, tab: Tab, now: datetime) -> list[WaitingRow]:
    """The rows of these entries, in the same order; with a few statements for all."""
    talks = _talks([entry.key for entry in entries if entry.is_talk])
    tickets = _tickets([entry.key for entry in entries if not entry.is_talk])
    known = _Known(
        windows=_windows([*talks.values(), *tickets.values()]),
        snoozes=_snoozes(talks, tickets),
    )
    view = _View(actor, tab, now)
    rows = []
    for entry in entries:
        talk = talks.get(entry.key) if entry.is_talk else None
        ticket = talk.ticket if talk else None if entry.is_talk else tickets.get(entry.key)
        if talk or ticket:  # else it ended since the list was read
            rows.append(_row(entry, talk, ticket, known, view))
    return rows


@dataclass(frozen=True)
class _Known:
    """What is read for all rows at once: windows by citizen, what is put off."""

    windows: Mapping[int, datetime]
    snoozes: Mapping[tuple[bool, int], Snooze]


@dataclass(frozen=True)
class _View:
    actor: Actor
    tab: Tab
    now: datetime


def _row(
    entry: Entry, talk: Handover | None, ticket: Ticket | None, known: _Known, view: _View
) -> WaitingRow:
    citizen = talk.citizen if talk else ticket.citizen if ticket else None
    secret = ticket is not None and ticket.restricted
    has = talk.assignee if talk else _holder(ticket)
    snooze = known.snoozes.get((entry.is_talk, entry.key))
    asleep = view.tab is Tab.ASLEEP
    window = _window(known.windows.get(citizen.pk) if citizen else None, view.now)
    said = talk.last_words if talk else _last_words(ticket)
    return WaitingRow(
        key=f"{'h' if entry.is_talk else 't'}{entry.key}",
        address=reverse("bekleyen" if entry.is_talk else "bekleyen_basvuru", args=[entry.key]),
        citizen=citizen.pk if citizen else None,
        who=NAME_OF_RESTRICTED if secret else name_of_citizen(citizen),
        since=entry.since,
        waits=waited(entry.since - view.now if asleep else view.now - entry.since),
        late=_is_late(talk, ticket, view.now),
        reason=_reason(entry, snooze),
        icon=_ICONS.get(entry.reason, "reply"),
        words="" if secret else said or NO_WORDS,
        number=ticket.number if ticket else "",
        assignee=display_name(has) if has else "",
        initials=initials(display_name(has)) if has else "",
        mine=has is not None and has == view.actor.user,
        snoozed=f"{display_name(snooze.user)} erteledi" if snooze and asleep else "",
        **_about(None if secret else ticket),
        **window,
    )


def _about(ticket: Ticket | None) -> dict[str, Any]:
    """Its subject and mahalle, as far as they are known and no secret."""
    subject = ticket.category.name if ticket and ticket.category else ""
    mahalle = ticket.neighbourhood.name if ticket and ticket.neighbourhood else ""
    return {"subject": subject, "mahalle": mahalle}


def _window(until: datetime | None, now: datetime) -> dict[str, Any]:
    """How long free text still reaches them."""
    if until is None or until <= now:
        return {"free_until": None, "free": "", "soon": False, "is_shut": until is not None}
    return {"free_until": until, "free": left(until - now), "soon": until - now < SOON, "is_shut": False}


def _windows(rows: Iterable[Handover | Ticket]) -> Mapping[int, datetime]:
    people = {row.citizen_id for row in rows if row.citizen_id is not None}
    return ports.channel().windows(people) if people else {}


def _talks(keys: Collection[int]) -> Mapping[int, Handover]:
    related = ("citizen", "assignee", "ticket__category", "ticket__neighbourhood")
    return Handover.objects.select_related(*related).in_bulk(keys) if keys else {}


def _tickets(keys: Collection[int]) -> Mapping[int, Any]:
    rows = (
        with_last_words(Ticket.objects)
        .select_related(*_OF_TICKET)
        .defer("search", "routed", "satisfaction_comment")
    )
    return rows.in_bulk(keys) if keys else {}


def _snoozes(talks: Collection[int], tickets: Collection[int]) -> Mapping[tuple[bool, int], Snooze]:
    """What is put off, or came back, of these."""
    open_ones = Snooze.objects.filter(ended_at=None).select_related("user")
    of_talks = open_ones.filter(handover__in=list(talks)) if talks else open_ones.none()
    found = of_talks | open_ones.filter(ticket__in=list(tickets)) if tickets else of_talks
    return {(row.ticket_id is None, row.ticket_id or row.handover_id or 0): row for row in found}


def _holder(ticket: Ticket | None) -> User | None:
    return None if ticket is None else ticket.claimed_by or ticket.assignee


def _reason(entry: Entry, snooze: Snooze | None) -> str:
    """Why it waits; of what was put off and came back that it did, and how."""
    label = str(Handover.Reason(entry.reason).label if entry.is_talk else TicketReason(entry.reason).label)
    if snooze is None or snooze.back_at is None:
        return label
    return "Ertelendi, vatandaş yazdı" if snooze.written else "Ertelemeniz doldu"


def _is_late(talk: Handover | None, ticket: Ticket | None, now: datetime) -> bool:
    """Whether the supervisors were told of it, or its first action is overdue."""
    if talk:
        return talk.escalated_at is not None
    due = ticket.first_action_due_at if ticket else None
    return due is not None and ticket is not None and ticket.first_action_at is None and due < now


def _last_words(ticket: Any) -> str:
    """The citizen's last text, else how the report begins."""
    return (ticket.last_words or ticket.summary or ticket.description[:120]) if ticket else ""


def left(time: timedelta) -> str:
    """How long one may still write freely: precise when it presses, `2 sa 18 dk`, else `20 sa`."""
    return waited(time) if time < SOON else f"{int(time.total_seconds() // 3600)} sa"
