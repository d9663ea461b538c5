"""The figures of a head's page: what is late and why, where time is lost, what comes back, where it gathers, what
citizens say, and what each of the crew has.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import connections
from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    TextChoices,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Least

from departments.models import Department, Membership, Role
from departments.text.pseudonyms import anonymised
from departments.working_time.periods import Period
from tickets.deadlines.overdue import late
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.statuses import ENDED, STATUSES, Outcome, ReportStage, Status

MOST_LATE, MOST_BACK, MOST_HOT, MOST_WORDS = 10, 6, 9, 6
MOST_TIMED = 5000  # tickets of a period whose stages are added up


class Why(TextChoices):
    """Why a ticket is late, as far as the ticket itself says. The first that applies is told."""

    OTHER_BODY = "other_body", "Başka kurum"
    CITIZEN = "citizen", "Vatandaştan cevap bekleniyor"
    APPROVAL = "approval", "Cevap onay bekliyor"
    CAME_BACK = "came_back", "Çözüldü denmişti, geri geldi"
    PLANNED = "planned", "Programda"
    CREW = "crew", "Ekipte"
    NOBODY = "nobody", "Kimseye verilmedi"


_WHY = Case(
    When(proposed_agency__isnull=False, then=Value(Why.OTHER_BODY.value)),
    When(status=Status.WAITING, then=Value(Why.CITIZEN.value)),
    When(status=Status.REVIEW, then=Value(Why.APPROVAL.value)),
    When(reopened__gt=0, then=Value(Why.CAME_BACK.value)),
    When(status=Status.PLANNED, then=Value(Why.PLANNED.value)),
    When(assignee__isnull=False, then=Value(Why.CREW.value)),
    default=Value(Why.NOBODY.value),
    output_field=CharField(),
)


# How long the tickets were in each status, from one transition to the next; after an outcome no time passes.
_STAGES = """
SELECT status, sum(extract(epoch FROM left_at - since)) FROM (
    SELECT event.to_status AS status, event.at AS since,
        lead(event.at) OVER (PARTITION BY event.ticket_id ORDER BY event.at, event.id) AS left_at
    FROM tickets_ticketevent AS event
    WHERE event.ticket_id = ANY(%s) AND event.kind IN ('created', 'moved') AND event.to_status <> ''
) AS stage WHERE left_at IS NOT NULL GROUP BY status
"""


@dataclass(frozen=True)
class LateTicket:
    """A ticket that is past its target, and why as far as it says."""

    ticket: Ticket
    why: Why
    by: timedelta

    @property
    def more(self) -> str:
        """Whom or what it waits for, by name."""
        if self.why is Why.OTHER_BODY:
            return str(self.ticket.proposed_agency)
        return _name(self.ticket.assignee) if self.why in (Why.CREW, Why.CAME_BACK) else ""


@dataclass(frozen=True)
class TimeSpent:
    """How long resolved tickets were somewhere on average."""

    where: ReportStage
    mean: timedelta


@dataclass(frozen=True)
class Hot:
    """A subject in a mahalle that came in often, and how often before."""

    category: Any
    neighbourhood: Any
    count: int
    before: int


@dataclass(frozen=True)
class Load:
    """What one of the crew has: open tickets, and those of them past their target."""

    user: User
    open: int
    late: int


@dataclass(frozen=True)
class Word:
    """A citizen's comment on how it was done, without names and numbers."""

    ticket: Ticket
    score: int
    text: str


def late_tickets(tickets: QuerySet[Ticket], now: datetime) -> list[LateTicket]:
    """Those that missed their target by most."""
    stopped = Coalesce(Least("waiting_since", Value(now)), Value(now))
    rows = tickets.filter(late(now), outcome__isnull=True).annotate(
        why=_WHY, by=stopped - F("resolution_due_at")
    )
    rows = rows.select_related("category", "neighbourhood", "assignee", "proposed_agency")
    return [LateTicket(each, Why(each.why), each.by) for each in rows.order_by("-by", "pk")[:MOST_LATE]]


def late_because(tickets: QuerySet[Ticket], whys: Iterable[str], now: datetime) -> QuerySet[Ticket]:
    """The late ones of which `reasons` counts one of these."""
    return tickets.filter(late(now), outcome__isnull=True).alias(why=_WHY).filter(why__in=list(whys))


def reopened(tickets: QuerySet[Ticket], start: datetime | None, end: datetime | None) -> QuerySet[Ticket]:
    """Those that were opened again between the two moments, `end` not in it; None: without that bound."""
    bounds = {name: at for name, at in (("at__gte", start), ("at__lt", end)) if at is not None}
    events = TicketEvent.objects.filter(
        ticket=OuterRef("pk"),
        kind=TicketEvent.Kind.MOVED,
        from_status__in=ENDED,
        to_status=Status.ASSIGNED,
        **bounds,
    )
    return tickets.filter(Exists(events), reopened__gt=0)


def reasons(tickets: QuerySet[Ticket], now: datetime) -> list[tuple[Why, int]]:
    """Why the late ones are late, most first."""
    rows = tickets.filter(late(now), outcome__isnull=True).order_by().values(why=_WHY)
    found = rows.annotate(n=Count("pk")).values_list("why", "n")
    return sorted(((Why(why), n) for why, n in found), key=lambda row: (-row[1], row[0]))


def time_spent(tickets: QuerySet[Ticket], period: Period) -> list[TimeSpent]:
    """Where the tickets resolved in the period were, on average of them; by the calendar, not by working hours.

    Of more than MOST_TIMED the last ones count.
    """
    resolved = tickets.filter(
        outcome=Outcome.RESOLVED, outcome_at__gte=period.start, outcome_at__lt=period.end
    )
    keys = list(resolved.order_by("-outcome_at").values_list("pk", flat=True)[:MOST_TIMED])
    if not keys:
        return []
    with connections[tickets.db].cursor() as cursor:
        cursor.execute(_STAGES, [keys])
        found = cursor.fetchall()
    seconds = dict.fromkeys(ReportStage, 0.0)
    for status, of_status in found:
        if stage := STATUSES[Status(status)].stage:
            seconds[stage] += float(of_status)
    return [TimeSpent(where, timedelta(seconds=total / len(keys))) for where, total in seconds.items()]


def came_back(tickets: QuerySet[Ticket], period: Period) -> list[tuple[Any, int]]:
    """The subjects of the tickets that were opened again in the period, and how often, most first."""
    events = TicketEvent.objects.using(tickets.db).filter(
        kind=TicketEvent.Kind.MOVED,
        from_status__in=ENDED,
        to_status=Status.ASSIGNED,
        at__gte=period.start,
        at__lt=period.end,
        ticket__in=tickets,
    )
    rows = events.order_by().values_list("ticket__category__code", "ticket__category__name")
    found = rows.annotate(n=Count("pk")).order_by("-n", "ticket__category__name")
    return [((code, name or "Konusu belirsiz"), n) for code, name, n in found[:MOST_BACK]]


def hot(tickets: QuerySet[Ticket], period: Period) -> list[Hot]:
    """Which subject came in where more often than once, most first, beside how often in the period before."""
    before = period.previous()
    rows = tickets.filter(neighbourhood__isnull=False, category__isnull=False)
    rows = rows.filter(created_at__gte=before.start, created_at__lt=period.end)
    places: Any = rows.order_by().values("category", "neighbourhood")
    places = places.annotate(
        n=Count("pk", filter=Q(created_at__gte=period.start)),
        before=Count("pk", filter=Q(created_at__lt=period.start)),
    )
    names = ("category__code", "category__name", "neighbourhood__code", "neighbourhood__name")
    found = places.filter(n__gt=1).order_by("-n", "before", *names[1::2])
    return [
        Hot((code, name), (place, place_name), n, earlier)
        for code, name, place, place_name, n, earlier in found.values_list(*names, "n", "before")[:MOST_HOT]
    ]


def loads(tickets: QuerySet[Ticket], department: Department, now: datetime) -> list[Load]:
    """What the department's people have in hand, most first; who has nothing is in it, too."""
    rows = tickets.filter(outcome__isnull=True, assignee__isnull=False).order_by().values("assignee")
    counted = rows.annotate(n=Count("pk"), late=Count("pk", filter=late(now)))
    counts = {key: (n, over) for key, n, over in counted.values_list("assignee", "n", "late")}
    crew = Membership.objects.filter(department=department, role=Role.CREW, user__is_active=True)
    people = User.objects.filter(Q(pk__in=counts) | Q(pk__in=crew.values("user"))).distinct()
    found = [Load(each, *counts.get(each.pk, (0, 0))) for each in people]
    return sorted(found, key=lambda load: (-load.open, load.user.get_username()))


def words(tickets: QuerySet[Ticket], period: Period) -> list[Word]:
    """The last comments of citizens, without names and numbers; none on a restricted subject."""
    rated = tickets.filter(rated_at__gte=period.start, rated_at__lt=period.end)
    rated = rated.exclude(satisfaction_comment="").exclude(category__restricted=True)
    rows = rated.select_related("citizen", "category", "neighbourhood").order_by("-rated_at", "pk")
    found = list(rows[:MOST_WORDS])
    staff = {
        name
        for names in User.objects.values_list("first_name", "last_name", "username")
        for name in names
        if found
    }
    return [
        Word(
            each,
            each.satisfaction_score or 0,
            anonymised(each.satisfaction_comment, staff | set(_of_citizen(each))),
        )
        for each in found
    ]


def _of_citizen(ticket: Ticket) -> Iterable[str]:
    return [ticket.citizen.name or ""] if ticket.citizen else []


def _name(user: User | None) -> str:
    return (user.get_full_name() or user.get_username()) if user else ""
