"""Danger to life and urgent work: for whom it rings, how often, until somebody claims it (danger.py).

1. `notify_of_danger` looks every few seconds at what nobody has claimed (TO_CLAIM), and rings for whoever is due.
2. Where nobody claims it in time, others are rung besides (`_joining`).
3. What the citizen adds rings at once (`ring_again`); what was released begins anew.

Whom a kind rings besides those on duty: departments/data/danger/kinds.toml.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Max, Min, Q, QuerySet

from departments.danger.kinds import kinds
from departments.models import Role
from departments.working_time.duty import on_any_duty, on_duty
from tickets.dangers import is_open_danger
from tickets.models import TO_CLAIM, Ticket, TicketEvent
from tickets.permissions import Actor
from tickets.rung import danger_notifications
from tickets.services._ticket_rows import append_event, save, unversioned_lock
from tickets.services.notifications import WORTH_TELLING, heads_of, staff
from tickets.services.telephone_calls import ring

AGAIN_AFTER = timedelta(minutes=5)
PRESSING_AGAIN_AFTER = timedelta(minutes=2)
BUNDLED = timedelta(minutes=1)  # what a citizen adds rings once in that time
REACHED_WITHIN = timedelta(minutes=5)
SUPERVISORS_AFTER = timedelta(minutes=10)
ADMINISTRATORS_AFTER = timedelta(minutes=20)
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


def notify_of_danger(*, now: datetime) -> int:
    """Rings for what nobody has claimed; returns for how many tickets.

    Each person hears of a ticket once in AGAIN_AFTER; in PRESSING_AGAIN_AFTER of a restricted one, of one whose citizen
    cannot call 112, and of one who was not reached. What nobody has touched for a day is left to the clocks.
    """
    waiting = Ticket.objects.filter(TO_CLAIM, updated_at__gt=now - WORTH_TELLING).order_by("id")
    count = 0
    for ticket in waiting:
        since = now - (PRESSING_AGAIN_AFTER if _is_pressing(ticket) else AGAIN_AFTER)
        if not _round(ticket, now).due(since):
            continue
        with transaction.atomic():
            held = waiting.select_for_update(no_key=True, skip_locked=True, of=("self",))
            row = held.filter(pk=ticket.pk).first()
            if row is not None:  # else somebody is at it, or has claimed it
                count += _round(row, now).ring(row, now, unless_since=since)
    return count


def ring_again(*, ticket: Ticket, now: datetime, helpless: bool = False) -> None:
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
        _round(row, now).ring(row, now, unless_since=now if told_now else now - BUNDLED)


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
        heard = _round(row, now)
        people = _each_once(heard.people, _administrators())
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
    if not ticket.is_danger:
        return list(on_duty(now, ticket.department) or heads_of(ticket.department) or _chiefs())
    if _is_restricted(ticket):
        return rung_for_restricted(now)
    if ticket.danger_unsure:
        readers = (Role.OPERATOR, Role.SUPERVISOR)
        return list(on_duty(now).filter(memberships__role__in=readers).distinct() or _chiefs())
    kind = kinds().get(ticket.danger)
    beside = on_duty(now, ticket.department, codes=kind.departments if kind else ())
    return _each_once(on_duty(now) or _chiefs(), beside)


def rung_for_restricted(now: datetime) -> list[User]:
    """Those on duty for the line, and the supervisors on whatever duty; no department."""
    supervisors = on_any_duty(now).filter(memberships__role=Role.SUPERVISOR).distinct()
    return _each_once(on_duty(now) or _chiefs(), supervisors)


def _round(ticket: Ticket, now: datetime) -> _Round:
    rung = _rung(ticket)
    if ticket.claimed_by is not None:
        return _Round([ticket.claimed_by], rung, unheard=False)
    waited = now - min((each.first for each in rung.values()), default=now)
    missed = waited >= REACHED_WITHIN or not on_duty(now).exists()
    unheard = missed and ticket.is_danger and not _was_reached(ticket)
    people = _each_once(first_rung(ticket, now), *_joining(ticket, waited, unheard))
    return _Round(people, rung, unheard)


def _joining(ticket: Ticket, waited: timedelta, unheard: bool) -> Iterator[Iterable[User]]:
    """Who is rung besides, since nobody claimed it so long, or nobody was reached."""
    if not ticket.is_danger:
        if waited >= SUPERVISORS_AFTER:
            yield heads_of(ticket.department)
        return
    if unheard or waited >= SUPERVISORS_AFTER:
        yield staff(Role.SUPERVISOR)
    if unheard or ticket.unwarned_at is not None or waited >= ADMINISTRATORS_AFTER:
        yield _administrators()


def _rung(ticket: Ticket) -> dict[int, _Rung]:
    """For whom it has rung since it began or was released, by their keys."""
    rows = danger_notifications(ticket).filter(acknowledged_at=None).order_by()
    per_user = rows.values_list("user").annotate(Count("pk"), Min("at"), Max("at"))
    return {user: _Rung(*facts) for user, *facts in per_user}


def _was_reached(ticket: Ticket) -> bool:
    return danger_notifications(ticket).filter(_DELIVERED, acknowledged_at=None).exists()


def _is_restricted(ticket: Ticket) -> bool:
    kind = kinds().get(ticket.danger)
    return ticket.restricted or (kind is not None and kind.restricted and not kind.open_outdoors)


def _is_pressing(ticket: Ticket) -> bool:
    return _is_restricted(ticket) or ticket.helpless or ticket.unwarned_at is not None


def _chiefs() -> QuerySet[User]:
    """The supervisors of the line; where there are none, the administrators."""
    return staff(Role.SUPERVISOR) or _administrators()


def _administrators() -> QuerySet[User]:
    return User.objects.filter(is_active=True, is_superuser=True)


def _each_once(*groups: Iterable[User]) -> list[User]:
    return list({user.pk: user for user in chain(*groups)}.values())
