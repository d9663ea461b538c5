"""The figures of the supervisors' board: who is there, who has what, who waits, what is late, whose window closes.

Each is one statement over what is open, by an index of its own, however many tickets have ended.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import CharField, Count, Exists, F, Min, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Least

from departments.models import Role
from departments.working_time.entered_hours import calendar_of
from departments.working_time.working_hours import ISTANBUL
from tickets.answering.models.phone_calls import CallBack
from tickets.deadlines.overdue import late, overdue
from tickets.presence.at_desk import Desk, desks
from tickets.record import channel
from tickets.record.models.snoozes import Snooze
from tickets.record.models.ticket import DANGER, UNACKNOWLEDGED_DANGER, Ticket
from tickets.record.models.waiting_conversations import WaitingConversation
from tickets.record.permissions import Actor, visible_handovers, visible_to
from tickets.record.statuses import Status

MOST_COUNTED = 999  # beyond that "999+" is shown, since an exact count of late tickets may be slow
MOST_WAITING = 300  # talks that are looked at; more than anybody reads
ROWS = 8  # of each list
WINDOW = timedelta(hours=24)


@dataclass
class Colleague:
    """One of the staff: where they are since when, and what they have. `oldest` is the longest wait among it."""

    user: User
    desk: Desk
    since: datetime | None
    talks: int = 0
    tickets: int = 0
    calls: int = 0
    dangers: int = 0  # claimed, and not assigned to them as well
    oldest: datetime | None = None

    @property
    def has(self) -> int:
        return self.talks + self.tickets + self.calls + self.dangers

    @property
    def left_work(self) -> bool:
        """Whether they are gone, and what they had is still theirs."""
        return self.desk is Desk.GONE and self.has > 0


@dataclass(frozen=True)
class Counted:
    """How many of each; at most MOST_COUNTED + 1.

    `late` and `today` are of the targets, `legal` is past the legal limit or will be within the day; `unclaimed` are
    dangers to life and `urgent` is urgent work that nobody has; `proposals` and `approvals` wait for the call centre.
    """

    late: int
    today: int
    legal: int
    unclaimed: int
    urgent: int
    proposals: int
    approvals: int

    def shown(self) -> dict[str, str]:
        """Each count as the board shows it."""
        return {
            name: f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)
            for name, count in vars(self).items()
        }


@dataclass(frozen=True)
class ClosingWindow:
    """Somebody whose last word is unanswered, and the moment, outside working time, from which only templates reach
    them.
    """

    citizen: Any
    until: datetime
    ticket: Ticket | None
    talk: WaitingConversation | None


# What is read of hundreds of talks, of which a few are shown: all columns would take three times as long.
_OF_TALK = (
    *("since", "last_at", "reason", "assignee", "citizen", "ticket"),
    *(f"citizen__{name}" for name in ("name", "phone")),
    *(f"assignee__{name}" for name in ("first_name", "last_name", "username")),
    *(f"ticket__{name}" for name in ("danger", "danger_unsure", "restricted", "outcome", "waits_since")),
    "ticket__neighbourhood__name",
)


@dataclass(frozen=True)
class Board:
    """What one actor sees of it at one moment."""

    actor: Actor
    now: datetime
    people: list[Colleague] = field(default_factory=list)
    talks: list[WaitingConversation] = field(default_factory=list)
    calls: int = 0  # people to be called again by now, whoever is to

    @property
    def not_snoozed(self) -> list[WaitingConversation]:
        """The talks that wait now: those that somebody has put off do not."""
        return [each for each in self.talks if not getattr(each, "is_put_off", False)]


def of(actor: Actor, now: datetime) -> Board:
    """The board of a supervisor, or of a head, who sees their departments' people and tickets alone."""
    talks = waiting_talks(actor)
    calls = CallBack.objects.filter(ended_at=None).order_by().values("assignee")
    of_whom = calls.annotate(n=Count("pk"), due=Count("pk", filter=Q(due_at__lte=now)))
    found = list(of_whom.values_list("assignee", "n", "due"))
    return Board(
        actor,
        now,
        people=people_of(actor, talks, [(key, n) for key, n, _ in found]),
        talks=talks,
        calls=sum(due for *_, due in found),
    )


def may_see(actor: Actor) -> bool:
    return actor.sees_everything or actor.has(Role.HEAD)


def waiting_talks(actor: Actor) -> list[WaitingConversation]:
    """Who waits for a person, longest first; `is_put_off` are those whom somebody put off."""
    rows = (
        visible_handovers(actor).filter(ended_at=None).order_by(Least("since", "ticket__waits_since"), "pk")
    )
    rows = rows.annotate(is_put_off=Exists(_put_off("handover")))
    related = ("citizen", "assignee", "ticket__neighbourhood")
    return list(rows.select_related(*related).only(*_OF_TALK)[:MOST_WAITING])


def waiting_tickets(actor: Actor) -> list[Ticket]:
    """The tickets whose citizens have waited longest for a word of somebody."""
    rows = visible_to(actor).filter(outcome=None, waits_since__isnull=False)
    related = ("citizen", "category", "neighbourhood", "assignee")
    return list(rows.select_related(*related).order_by("waits_since", "id")[:ROWS])


def line_people() -> list[Colleague]:
    """The call centre: where everybody is."""
    return _people(Q(memberships__role__in=(Role.OPERATOR, Role.SUPERVISOR)))


def people_of(
    actor: Actor, talks: Iterable[WaitingConversation], calls: Iterable[tuple[int | None, int]] = ()
) -> list[Colleague]:
    """The call centre, or the people of a head's departments: those with work first, then by name."""
    heads = Q(memberships__department__in=actor.departments(Role.HEAD))
    people = {each.user.pk: each for each in (line_people() if actor.sees_everything else _people(heads))}
    held = visible_to(actor).filter(outcome=None, assignee__in=people)
    counted = held.order_by().values("assignee").annotate(n=Count("pk"), oldest=Min("waits_since"))
    for key, n, oldest in counted.values_list("assignee", "n", "oldest"):
        people[key].tickets, people[key].oldest = n, oldest
    claimed = visible_to(actor).filter(outcome=None, claimed_by__in=people).exclude(assignee=F("claimed_by"))
    of_whom = claimed.order_by().values("claimed_by").annotate(n=Count("pk"))
    for key, n in of_whom.values_list("claimed_by", "n"):
        people[key].dangers = n
    for whose, n in calls:
        if whose in people:
            people[whose].calls = n
    for talk in talks:
        if person := people.get(talk.assignee_id or 0):
            person.talks += 1
            person.oldest = min(filter(None, (person.oldest, talk.oldest_word)))
    return sorted(people.values(), key=lambda each: (-each.has, each.user.get_full_name(), each.user.pk))


def _people(works: Q) -> list[Colleague]:
    return [Colleague(user, desk, since) for user, desk, since in desks(works)]


def midnight_after(now: datetime) -> datetime:
    tomorrow = now.astimezone(ISTANBUL).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time.min, tzinfo=ISTANBUL)


def due(now: datetime) -> Q:
    """Open, and late or due within the day; a clock that stands still is neither."""
    running = ~Q(status=Status.WAITING) & Q(resolution_due_at__lt=midnight_after(now))
    return Q(outcome__isnull=True) & (running | late(now))


def legally_due(now: datetime) -> Q:
    """Open, and past the legal limit or so within the day, whatever the target and whoever is waited for."""
    return Q(outcome__isnull=True, legal_due_at__lt=midnight_after(now))


def due_tickets(rows: QuerySet[Ticket], now: datetime) -> list[Ticket]:
    """Those by the legal limit first, then by their targets, the latest ones first."""
    related = ("category", "department", "assignee")
    by_law = rows.filter(legally_due(now)).select_related(*related).order_by("legal_due_at", "id")[:ROWS]
    soon = rows.filter(due(now)).annotate(due_at=Coalesce(F("resolution_due_at"), F("legal_due_at")))
    soon = soon.filter(due_at__lt=midnight_after(now)).select_related(*related).order_by("due_at", "id")
    found = {each.pk: each for each in (*by_law, *soon[:ROWS])}
    return list(found.values())[:ROWS]


# What the queue lists by the names of these counts.
LISTED: dict[str, Callable[[datetime], Q]] = {
    "today": lambda now: due(now) & Q(resolution_due_at__gte=now),
    "legal": legally_due,
    "unclaimed": lambda _now: UNACKNOWLEDGED_DANGER & DANGER,
    "urgent": lambda _now: UNACKNOWLEDGED_DANGER & ~DANGER,
}


def listed(count: str, now: datetime) -> Q:
    """The condition of one of LISTED."""
    return LISTED[count](now)


def counted(rows: QuerySet[Ticket], now: datetime) -> Counted:
    """How many are late, become late within the day, and wait for somebody; in one statement."""
    talked_of = WaitingConversation.objects.filter(ticket=OuterRef("pk"), ended_at=None)
    decided = ~DANGER & Q(~Exists(talked_of)) & Q(~Exists(_put_off("ticket")))
    rules = {
        "late": overdue(now),
        **{name: rule(now) for name, rule in LISTED.items()},
        "proposals": Q(status=Status.NEW) & decided,
        "approvals": Q(status=Status.REVIEW) & decided,
    }
    parts = [
        rows.filter(rule).order_by().values_list(Value(name, output_field=CharField()))[: MOST_COUNTED + 1]
        for name, rule in rules.items()
    ]
    found = Counter(name for (name,) in parts[0].union(*parts[1:], all=True))
    return Counted(**{name: found[name] for name in rules})


def _put_off(what: str) -> QuerySet[Snooze]:
    """Whether the ticket or talk of the outer row comes back later."""
    return Snooze.objects.filter(ended_at=None, back_at=None, **{what: OuterRef("pk")})


def not_snoozed(rows: QuerySet[WaitingConversation]) -> QuerySet[WaitingConversation]:
    """Who waits now: without what somebody has put off."""
    return rows.filter(~Exists(_put_off("handover")), ended_at=None)


def closing_windows(
    actor: Actor, talks: Sequence[WaitingConversation], now: datetime
) -> tuple[list[ClosingWindow], int]:
    """Whose 24 hours end outside working time, tonight or over the weekend: the first ROWS, soonest first, and how many
    more there are.
    """
    calendar = calendar_of(None)
    closes = calendar.add_days(now, 0) if calendar.is_working_time(now) else now
    unanswered = visible_to(actor).filter(outcome=None, citizen__isnull=False)
    unanswered = unanswered.filter(waits_since__gte=closes - WINDOW, waits_since__lte=now)
    ticket_of = dict(unanswered.order_by("waits_since", "id").values_list("citizen_id", "id")[:MOST_WAITING])
    by_citizen = {each.citizen_id: each for each in talks}
    found = sorted(
        (until, key)
        for key, until in channel.channel().windows([*{*by_citizen, *ticket_of}]).items()
        if until >= closes and until > now and not calendar.is_working_time(until)
    )
    shown = found[:ROWS]
    tickets = Ticket.objects.select_related("citizen").in_bulk(
        [ticket_of[key] for _, key in shown if key in ticket_of]
    )
    windows = []
    for until, key in shown:
        talk, ticket = by_citizen.get(key), tickets.get(ticket_of.get(key, 0))
        if talk or ticket:  # the ticket may be gone meanwhile
            citizen = talk.citizen if talk else ticket and ticket.citizen
            windows.append(ClosingWindow(citizen=citizen, until=until, ticket=ticket, talk=talk))
    return windows, len(found) - len(shown)


def late_by_department(now: datetime) -> list[tuple[str, int]]:
    """Of the whole municipality, whoever asks: numbers alone."""
    rows = Ticket.objects.filter(overdue(now)).order_by().values("department__name").annotate(n=Count("pk"))
    names = [
        ((name or "Birimsiz").removesuffix(" Müdürlüğü"), n)
        for name, n in rows.values_list("department__name", "n")
    ]
    return sorted(names, key=lambda pair: (-pair[1], pair[0]))
