"""Danger to life and urgent work: for whom it rings, how often, until somebody claims it (services.py).

1. `alert_staff` looks every few seconds at what nobody has claimed (UNACKNOWLEDGED_DANGER).
   It rings for whoever is due.
2. Where nobody claims it in time, others are rung besides (`_joining`).
3. What the citizen adds rings at once (`repeat_alert`); what was released begins anew.

Whom a kind rings besides those on duty: departments/danger_reader/kinds.toml.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Max, Min, Q, QuerySet

from departments.common.row_by_row import each_row
from departments.danger_reader.kinds import kinds
from departments.models import Department, Role, RowWork
from departments.working_time.duty import on_any_duty, on_duty
from tickets.casework.writing import append_event, save, unversioned_lock
from tickets.danger.alert_history import danger_notifications
from tickets.danger.ringing_times import (
    ADMINISTRATORS_AFTER,
    AGAIN_AFTER,
    BUNDLED,
    PRESSING_AGAIN_AFTER,
    REACHED_WITHIN,
    SUPERVISORS_AFTER,
)
from tickets.danger.telephones import ring
from tickets.notifications.models import Notification
from tickets.notifications.notifications import WORTH_TELLING, heads_of, staff
from tickets.record.models.ticket import UNACKNOWLEDGED_DANGER, Ticket, is_open_danger
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor

# By WhatsApp it is only known that the line has taken it over.
_DELIVERED = Q(shown_at__isnull=False) | Q(mailed_at__isnull=False) | Q(ring__delivered_at__isnull=False)


@dataclass(frozen=True)
class _Rung:
    """How often it rang for somebody since it last began, when first and when for the last time."""

    times: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class _Round:
    """For whom a ticket rings by now, for whom it did, and whether nobody was reached so far."""

    people: list[User]
    rung: Mapping[int, _Rung]
    unheard: bool

    def ring(self, ticket: Ticket, now: datetime, *, unless_since: datetime) -> bool:
        """Rings for those for whom it did not since then; returns whether there were any."""
        people = self.due(unless_since)
        before = {key: rung.times for key, rung in self.rung.items()}
        ring(people, now, of=ticket, unheard=self.unheard, before=before)
        return bool(people)

    def due(self, unless_since: datetime) -> list[User]:
        late = {key for key, rung in self.rung.items() if rung.last > unless_since}
        return [user for user in self.people if user.pk not in late]


def alert_staff(*, now: datetime) -> int:
    """Rings for what nobody has claimed; returns for how many tickets.

    Each person hears of a ticket once in AGAIN_AFTER; in PRESSING_AGAIN_AFTER of a restricted one, of one whose citizen
    cannot call 112, and of one who was not reached. What nobody has touched for a day is left to the clocks.
    """
    waiting = Ticket.objects.filter(UNACKNOWLEDGED_DANGER, updated_at__gt=now - WORTH_TELLING).order_by("id")
    tickets = {each.pk: each for each in waiting.select_related("department", "claimed_by")}
    roster, rung, reached = _Roster(now), _rung(tickets), _reached(tickets)
    count = 0

    def look(key: int) -> None:
        nonlocal count
        ticket = tickets[key]
        each = _round_of(ticket, roster, rung.get(key, {}), reached=key in reached)
        since = now - (PRESSING_AGAIN_AFTER if _is_pressing(ticket) else AGAIN_AFTER)
        if not each.due(since):
            return
        with transaction.atomic():
            held = waiting.select_for_update(no_key=True, skip_locked=True, of=("self",))
            row = held.filter(pk=key).first()
            if row is not None:  # else somebody is at it, or has claimed it
                count += _round(row, roster).ring(row, now, unless_since=since)

    # Most tickets have nobody to ring for now: only those that have get a transaction.
    each_row(RowWork.RING, tickets, look, now=now, in_transaction=False)
    return count


def repeat_alert(*, ticket: Ticket, now: datetime, helpless: bool = False) -> None:
    """The citizen wrote again: rings at once for those for whom it rings, after a claim for the claimer alone.

    `helpless`: they wrote that they cannot call 112, or get out. Whom it rang for within the last minute has just been
    called, unless that is new. Urgent work, and what is no danger, does not ring.
    """
    with unversioned_lock(ticket) as row:
        if not row.is_danger:
            return
        told_now = helpless and not row.helpless
        if told_now:
            row.helpless = True
            note = "Vatandaş 112’yi arayamadığını ya da çıkamadığını yazdı: 112’yi üstlenen arar."
            append_event(row, TicketEvent.Kind.NOTE, actor=Actor.system(), now=now, note=note)
            save(row, now)
        _round(row, _Roster(now)).ring(row, now, unless_since=now if told_now else now - BUNDLED)


def warning_undelivered(*, ticket: Ticket, now: datetime) -> None:
    """What was said to somebody in danger has not reached them: rings at once, for the administrators too, and once
    more for whoever has claimed it. Where that is known already, or the danger is over, nothing is done.
    """
    with unversioned_lock(ticket) as row:
        if row.unwarned_at is not None or not is_open_danger(row):
            return
        row.unwarned_at = now
        note = "Uyarımız vatandaşa ulaşmadı."
        append_event(row, TicketEvent.Kind.NOTE, actor=Actor.system(), now=now, note=note)
        save(row, now)
        roster = _Roster(now)
        heard = _round(row, roster)
        people = _each_once(heard.people, roster.administrators())
        replace(heard, people=people).ring(row, now, unless_since=now)


def warning_delivered(*, ticket: Ticket, now: datetime) -> None:
    """What had not reached them has left after all."""
    with unversioned_lock(ticket) as row:
        if row.unwarned_at is not None:
            row.unwarned_at = None
            note = "Uyarımız sonradan gönderildi."
            append_event(row, TicketEvent.Kind.NOTE, actor=Actor.system(), now=now, note=note)
            save(row, now)


def first_rung(ticket: Ticket, now: datetime) -> list[User]:
    """For whom it rings first, and anew when it is released."""
    return _Roster(now).first_rung(ticket)


def rung_for_restricted(now: datetime) -> list[User]:
    """Those on duty for the line, and the supervisors on whatever duty; no department."""
    return _Roster(now).for_restricted()


class _Roster:
    """Who is rung at one moment. Each question is asked once, however many dangers there are: after an earthquake there
    are hundreds.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._known: dict[Hashable, list[User]] = {}

    def on_duty(self, department: Department | None = None, codes: tuple[str, ...] = ()) -> list[User]:
        return self._once(("on duty", department, codes), lambda: on_duty(self.now, department, codes=codes))

    def heads_of(self, department: Department | None) -> list[User]:
        return self._once(("heads", department), lambda: heads_of(department))

    def supervisors(self) -> list[User]:
        return self._once("supervisors", lambda: staff(Role.SUPERVISOR))

    def administrators(self) -> list[User]:
        return self._once("administrators", lambda: User.objects.filter(is_active=True, is_superuser=True))

    def chiefs(self) -> list[User]:
        """The supervisors of the line; where there are none, the administrators."""
        return self.supervisors() or self.administrators()

    def first_rung(self, ticket: Ticket) -> list[User]:
        if not ticket.is_danger:
            return self.on_duty(ticket.department) or self.heads_of(ticket.department) or self.chiefs()
        if _is_restricted(ticket):
            return self.for_restricted()
        if ticket.danger_unsure:
            return self._readers() or self.chiefs()
        kind = kinds().get(ticket.danger)
        beside = self.on_duty(ticket.department, kind.departments if kind else ())
        return _each_once(self.on_duty() or self.chiefs(), beside)

    def for_restricted(self) -> list[User]:
        of_any = on_any_duty(self.now).filter(memberships__role=Role.SUPERVISOR)
        return _each_once(self.on_duty() or self.chiefs(), self._once("supervisors on duty", of_any.distinct))

    def _readers(self) -> list[User]:
        """Whoever is on duty and can tell whether it is one."""
        read = on_duty(self.now).filter(memberships__role__in=(Role.OPERATOR, Role.SUPERVISOR))
        return self._once("readers", read.distinct)

    def _once(self, question: Hashable, ask: Callable[[], Iterable[User]]) -> list[User]:
        if question not in self._known:
            self._known[question] = list(ask())
        return self._known[question]


def _round(ticket: Ticket, roster: _Roster) -> _Round:
    keys = [ticket.pk]
    return _round_of(ticket, roster, _rung(keys).get(ticket.pk, {}), reached=ticket.pk in _reached(keys))


def _round_of(ticket: Ticket, roster: _Roster, rung: Mapping[int, _Rung], *, reached: bool) -> _Round:
    if ticket.claimed_by is not None:
        return _Round([ticket.claimed_by], rung, unheard=False)
    waited = roster.now - min((each.first for each in rung.values()), default=roster.now)
    missed = waited >= REACHED_WITHIN or not roster.on_duty()
    unheard = missed and ticket.is_danger and not reached
    people = _each_once(roster.first_rung(ticket), *_joining(ticket, roster, waited, unheard))
    return _Round(people, rung, unheard)


def _joining(ticket: Ticket, roster: _Roster, waited: timedelta, unheard: bool) -> Iterator[Iterable[User]]:
    """Who is rung besides, since nobody claimed it so long, or nobody was reached."""
    if not ticket.is_danger:
        if waited >= SUPERVISORS_AFTER:
            yield roster.heads_of(ticket.department)
        return
    if unheard or waited >= SUPERVISORS_AFTER:
        yield roster.supervisors()
    if unheard or ticket.unwarned_at is not None or waited >= ADMINISTRATORS_AFTER:
        yield roster.administrators()


def _rung(tickets: Collection[int]) -> Mapping[int, Mapping[int, _Rung]]:
    """For whom each has rung since it began or was released: by ticket, then by user."""
    found: dict[int, dict[int, _Rung]] = {}
    per_user = _unacknowledged(tickets).order_by().values_list("ticket", "user")
    for ticket, user, *facts in per_user.annotate(Count("pk"), Min("at"), Max("at")):
        found.setdefault(ticket, {})[user] = _Rung(*facts)
    return found


def _reached(tickets: Collection[int]) -> set[int]:
    """Those of which somebody was told."""
    return set(_unacknowledged(tickets).filter(_DELIVERED).values_list("ticket", flat=True))


def _unacknowledged(tickets: Collection[int]) -> QuerySet[Notification]:
    return danger_notifications(*tickets).filter(acknowledged_at=None)


def _is_restricted(ticket: Ticket) -> bool:
    kind = kinds().get(ticket.danger)
    return ticket.restricted or (kind is not None and kind.restricted and not kind.open_outdoors)


def _is_pressing(ticket: Ticket) -> bool:
    return _is_restricted(ticket) or ticket.helpless or ticket.unwarned_at is not None


def _each_once(*groups: Iterable[User]) -> list[User]:
    return list({user.pk: user for user in chain(*groups)}.values())
