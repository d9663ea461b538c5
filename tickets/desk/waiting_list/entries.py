"""One list of everybody who waits for a person, with or without a ticket, in one statement.

Dangers stand above it (tickets/danger/bar.py). A ticket with a waiting conversation of its own is listed as
that conversation.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextChoices,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Least

from departments.common import composed_queries
from departments.models import Role
from tickets.answering.models.phone_calls import CallBack
from tickets.answering.phone_calls import call_backs_by_now, due_call_backs
from tickets.record.models.snoozes import Snooze
from tickets.record.models.ticket import OPEN_DANGER, Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor, seen_by, visibility_key, visible_handovers, visible_to
from tickets.record.statuses import Status

PAGE = 50
COUNTED = 99  # beyond that a count says no more
MOST_OWN = 1_000  # of what clerks have of their own, read for all of them at once
_COLUMNS = ("what", "subject", "waits_from", "why", "whose", "about", "came")


class WaitingTab(TextChoices):
    ALL = "", "Hepsi"
    MINE = "bende", "Bende"
    ASLEEP = "ertelenen", "Ertelenen"


class What(TextChoices):
    """What an entry of the list is."""

    TALK = "h", "Görüşme"
    TICKET = "t", "Başvuru"
    CALL = "c", "Geri arama"


class TicketReason(TextChoices):
    """Why a ticket waits for somebody of the call centre: what they are to do. Of a conversation that waits, what the
    citizen did: WaitingConversation.Reason.
    """

    PROPOSED = "proposed", "Konuyu onaylayın"
    REDIRECT = "redirect", "Yönlendirmeyi onaylayın"
    SUBJECT = "subject", "Konusunu seçin"
    REVIEW = "review", "Cevabı onaylayın"
    GIVEN = "given", "Size verildi"
    SNOOZED = "snoozed", "Ertelemeniz doldu"
    CALL = "call", "Tekrar arayın"


@dataclass(frozen=True)
class Entry:
    """Something that waits: a conversation, a ticket or somebody to call again, by its key, since when, why, in whose
    hands, and of a call the key of the ticket that it is about.

    `since` is the oldest word of the citizen's that nobody has answered, of their ticket, too; `came` when it came to
    stand in the list for this reason.
    """

    what: What
    key: int
    since: datetime
    reason: str
    assignee: int | None
    of_ticket: int | None = None
    came: datetime | None = None

    @property
    def row_key(self) -> str:
        """What names its row on the page."""
        return f"{self.what}{self.key}"

    @property
    def is_talk(self) -> bool:
        return self.what == What.TALK


def waiting(actor: Actor, tab: WaitingTab, now: datetime, most: int = COUNTED + 1) -> list[Entry]:
    """Whoever waits, longest first: the first so many of each kind, and so at least the first so many of all."""
    key = ("waiting", _who(actor), visibility_key(actor), tab, most)
    if tab is WaitingTab.ALL:
        return _as_one(_read(key, lambda moment: _not_snoozed(actor, moment), now, most))
    return _in_order(_read(key, lambda moment: _of_tab(actor, tab, moment), now, most))


def how_many(actor: Actor, now: datetime) -> int:
    """How many `waiting` lists, beyond COUNTED some more than that. Nobody is put in order for it: every page shows it,
    and the order asks of each ticket when it came to wait.
    """

    def some(moment: datetime) -> QuerySet[Any, Any]:
        parts = [
            part.order_by().values_list("what", "subject", "about")[: COUNTED + 1]
            for part in _not_snoozed(actor, moment)
        ]
        return parts[0].union(*parts[1:], all=True)

    rows = composed_queries.ask(("count", _who(actor), visibility_key(actor)), some, (now,))
    called = {about for what, _, about in rows if what == What.CALL}
    return len({(what, key) for what, key, _ in rows if not (what == What.TICKET and key in called)})


def for_all(actor: Actor, now: datetime, most: int) -> list[Entry]:
    """Those who wait for anybody: the same for all who see the same (`sight`)."""
    return _in_order(
        _read(("for all", visibility_key(actor), most), lambda _moment: _for_anybody(actor), now, most)
    )


def with_own(entries: Iterable[Entry], actor: Actor, now: datetime, most: int = COUNTED + 1) -> list[Entry]:
    """With what waits for the actor alone: tickets that were given to them, and whom they are to call."""
    key = ("own", _who(actor), visibility_key(actor), most)
    own = _read(key, lambda moment: [_given_to(actor), _calls(actor, moment)], now, most)
    return _as_one([*own, *entries])


def own_of_clerks(actor: Actor, now: datetime) -> dict[int | None, list[Entry]] | None:
    """What `with_own` adds, for each of the call centre who sees what the actor sees, by their keys; None for what is
    to be called by nobody in particular. None at all where it is too much to be read for all at once.
    """

    # By their keys: in place of a query the database would expect so many that it gathers all in whosever hands.
    clerks = tuple(sorted(key for (key,) in composed_queries.ask("clerks", _clerks)))

    def parts(moment: datetime) -> list[QuerySet[Any]]:
        return [_given_to(actor, Q(assignee__in=clerks)), _calls_of_all(actor, moment)]

    read = _read(("own of clerks", visibility_key(actor), clerks), parts, now, MOST_OWN)
    if len(read) >= MOST_OWN:
        return None
    found: dict[int | None, list[Entry]] = {}
    for entry in read:
        found.setdefault(entry.assignee, []).append(entry)
    return found


def joined(entries: Iterable[Entry], of_clerks: dict[int | None, list[Entry]], actor: Actor) -> list[Entry]:
    """As `with_own`, of what was read for all of them."""
    calls = [entry for each in of_clerks.values() for entry in each if entry.what == What.CALL]
    mine = of_clerks.get(_who(actor), [])
    if not actor.sees_everything:
        calls = [entry for entry in calls if entry.assignee in (None, _who(actor))]
    return _as_one([*(entry for entry in mine if entry.what != What.CALL), *calls, *entries])


def _read(
    key: Hashable, parts: Callable[[datetime], list[QuerySet[Any]]], now: datetime, most: int
) -> list[Entry]:
    def firsts(moment: datetime) -> QuerySet[Any, Any]:
        limited = [part.order_by("waits_from").values_list(*_COLUMNS)[:most] for part in parts(moment)]
        return limited[0].union(*limited[1:], all=True) if len(limited) > 1 else limited[0]

    return [Entry(What(what), *facts) for what, *facts in composed_queries.ask(key, firsts, (now,))]


def _as_one(entries: list[Entry]) -> list[Entry]:
    """A ticket that is the subject of a call that is due stands there as the call."""
    called = {entry.of_ticket for entry in entries if entry.what == What.CALL}
    return _in_order(entry for entry in entries if not (entry.what == What.TICKET and entry.key in called))


def _in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Longest first. What came back to somebody may be theirs for another reason, too: it stands there once."""
    seen: dict[tuple[What, int], Entry] = {}
    for entry in entries:
        seen.setdefault((entry.what, entry.key), entry)
    return sorted(seen.values(), key=lambda entry: (entry.since, entry.key))


def _who(actor: Actor) -> int | None:
    return actor.user.pk if actor.user else None


def newest(actor: Actor) -> datetime | None:
    """When the one who came last began to wait for anybody, however many do."""

    def lasts() -> QuerySet[Any, Any]:
        parts = [part.order_by("-came").values_list("came")[:1] for part in _for_anybody(actor)]
        return parts[0].union(*parts[1:], all=True)

    return max(
        (since for (since,) in composed_queries.ask(("newest", visibility_key(actor)), lasts)), default=None
    )


def _of_tab(actor: Actor, tab: WaitingTab, now: datetime) -> list[QuerySet[Any]]:
    """What is the actor's own of it."""
    parts = [_asleep(actor)] if tab is WaitingTab.ASLEEP else _not_snoozed(actor, now)
    return [part.filter(whose=_who(actor)) for part in parts]


def _not_snoozed(actor: Actor, now: datetime) -> list[QuerySet[Any]]:
    """Everybody who waits and is not put off, each kind by itself."""
    return [_given_to(actor), *_for_anybody(actor), _calls(actor, now)]


def _for_anybody(actor: Actor) -> list[QuerySet[Any]]:
    calm = _tickets(actor).exclude(OPEN_DANGER)
    return [
        _as_entries(
            visible_handovers(actor).filter(~Exists(_sleeping("handover")), ended_at=None),
            what=What.TALK,
            at=Least("since", "ticket__waits_since"),
            came=F("since"),
            why=F("reason"),
            who=F("assignee"),
        ),
        _as_entries(
            calm.filter(status=Status.NEW),
            at=Least("created_at", "waits_since"),
            came=F("created_at"),
            why=_to_send_on(),
            who=F("assignee"),
        ),
        _as_entries(
            calm.filter(status=Status.REVIEW),
            at=Coalesce(Subquery(_entered(Status.REVIEW)), F("updated_at")),
            why=Value(TicketReason.REVIEW),
            who=F("assignee"),
        ),
        _as_entries(
            _returned(actor),
            key="ticket",
            at=F("back_at"),
            why=Value(TicketReason.SNOOZED),
            who=F("user"),
        ),
    ]


def _given_to(actor: Actor, whose: Q | None = None) -> QuerySet[Any]:
    """The tickets that the actor was given, or with `whose` those in such hands that the actor sees."""
    mine = _tickets(actor).exclude(OPEN_DANGER).filter(whose or Q(assignee=actor.user), outcome=None)
    return _as_entries(
        mine.exclude(status__in=(Status.NEW, Status.REVIEW, Status.WAITING)),
        at=Least(Coalesce(Subquery(_given()), F("created_at")), "waits_since"),
        came=Coalesce(Subquery(_given()), F("created_at")),
        why=Value(TicketReason.GIVEN),
        who=F("assignee"),
    )


def _tickets(actor: Actor) -> QuerySet[Ticket]:
    """The tickets that are not put off, without those that a conversation stands for."""
    return visible_to(actor).filter(~_talked_of(actor, "pk"), ~Exists(_sleeping("ticket")))


def _returned(actor: Actor) -> QuerySet[Snooze]:
    """What was put off and came back, of the tickets that do not wait for another reason."""
    back = Snooze.objects.filter(seen_by(actor, "ticket"), ended_at=None, back_at__isnull=False)
    waiting_anyway = (Status.NEW, Status.REVIEW)
    return back.filter(~_talked_of(actor, "ticket"), ticket__isnull=False).exclude(
        ticket__status__in=waiting_anyway
    )


def _talked_of(actor: Actor, ticket: str) -> Exists:
    """Whether a conversation that waits stands for the ticket."""
    return Exists(visible_handovers(actor).filter(ticket=OuterRef(ticket), ended_at=None))


def _clerks() -> QuerySet[User, Any]:
    """The keys of those who work on this list."""
    roles = Q(memberships__role__in=(Role.OPERATOR, Role.SUPERVISOR))
    return User.objects.filter(roles | Q(is_superuser=True)).values_list("pk").distinct()


def _calls(actor: Actor, now: datetime) -> QuerySet[Any]:
    """Whom to call again now, unless their ticket was put off."""
    return _as_calls(due_call_backs(actor, now).select_related(None))


def _calls_of_all(actor: Actor, now: datetime) -> QuerySet[Any]:
    """The same, whoever is to call."""
    return _as_calls(call_backs_by_now(actor, now))


def _as_calls(rows: QuerySet[CallBack]) -> QuerySet[Any]:
    asleep = Snooze.objects.filter(ended_at=None, back_at=None, ticket=OuterRef("ticket"))
    rows = rows.filter(~Exists(asleep))
    return _as_entries(
        rows, what=What.CALL, at=F("due_at"), why=Value(TicketReason.CALL), who=F("assignee"), of=F("ticket")
    )


def _asleep(actor: Actor) -> QuerySet[Any]:
    """What somebody put off, that which comes back first standing first."""
    seen = Q(ticket__isnull=False) & seen_by(actor, "ticket")
    seen |= Q(Exists(visible_handovers(actor).filter(pk=OuterRef("handover"))))
    rows = Snooze.objects.filter(seen, ended_at=None, back_at=None)
    return rows.annotate(
        what=Case(
            When(ticket=None, then=Value(What.TALK)), default=Value(What.TICKET), output_field=CharField()
        ),
        subject=Coalesce("ticket", "handover"),
        waits_from=F("until"),
        why=Value(TicketReason.SNOOZED, output_field=CharField()),
        whose=F("user"),
        about=Value(None, output_field=BigIntegerField()),
        came=F("at"),
    )


def _sleeping(of: str) -> QuerySet[Snooze]:
    return Snooze.objects.filter(ended_at=None, back_at=None, **{of: OuterRef("pk")})


def _to_send_on() -> Case:
    """Why a ticket waits that nobody has sent on: what the line proposes, if anything."""
    proposed = Q(category__isnull=False) | Q(said_category__isnull=False)
    return Case(
        When(proposed_agency__isnull=False, then=Value(TicketReason.REDIRECT)),
        When(proposed, then=Value(TicketReason.PROPOSED)),
        default=Value(TicketReason.SUBJECT),
    )


def _entered(status: Status) -> QuerySet[TicketEvent, Any]:
    moved = TicketEvent.objects.filter(ticket=OuterRef("pk"), to_status=status)
    return moved.order_by("-id").values_list("at", flat=True)[:1]


def _given() -> QuerySet[TicketEvent, Any]:
    given = TicketEvent.objects.filter(ticket=OuterRef("pk"), kind=TicketEvent.Kind.ASSIGNED)
    return given.order_by("-id").values_list("at", flat=True)[:1]


def _as_entries(
    rows: QuerySet[Any],
    *,
    at: Any,
    why: Any,
    who: Any,
    what: What = What.TICKET,
    key: str = "pk",
    of: Any = None,
    came: Any = None,
) -> QuerySet[Any]:
    """The same columns of whatever waits; it `came` when it began to wait, unless given."""
    listed: QuerySet[Any] = rows.annotate(
        what=Cast(Value(what), CharField()),
        subject=Cast(key, BigIntegerField()),
        waits_from=Cast(at, DateTimeField()),
        why=Cast(why, CharField()),
        whose=Cast(who, IntegerField()),
        about=Cast(of, BigIntegerField()),
        came=Cast(at if came is None else came, DateTimeField()),
    )
    return listed
