"""One list of everybody who waits for a person, with or without a ticket, in one statement.

Dangers stand above it (tickets/admin/danger_claims.py). A ticket with a waiting conversation of its own is listed as
that conversation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
from django.db.models.functions import Cast, Coalesce

from tickets import services
from tickets.models import DANGER, Snooze, Ticket, TicketEvent
from tickets.permissions import Actor, visible_handovers, visible_to
from tickets.workflow import Status

PAGE = 50
COUNTED = 99  # beyond that a count says no more
_COLUMNS = ("what", "subject", "waits_from", "why", "whose")
_OPEN_DANGER = DANGER & Q(outcome__isnull=True)


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
    citizen did: Handover.Reason.
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
    """Something that waits: a conversation, a ticket or somebody to call again, by its key, since when, why, and in
    whose hands.
    """

    what: What
    key: int
    since: datetime
    reason: str
    assignee: int | None

    @property
    def is_talk(self) -> bool:
        return self.what == What.TALK


def waiting(actor: Actor, tab: WaitingTab, now: datetime, most: int = COUNTED + 1) -> list[Entry]:
    """Whoever waits, longest first: the first so many of each kind, and so at least the first so many of all."""
    user = actor.user
    if user is None:
        return []
    parts = [_asleep(actor)] if tab is WaitingTab.ASLEEP else _awake(actor, tab, now)
    if tab is not WaitingTab.ALL:
        parts = [part.filter(whose=user.pk) for part in parts]
    limited = [part.order_by("waits_from").values_list(*_COLUMNS)[:most] for part in parts]
    found = limited[0].union(*limited[1:], all=True) if len(limited) > 1 else limited[0]
    return sorted(
        _once(Entry(What(what), *facts) for what, *facts in found), key=lambda entry: (entry.since, entry.key)
    )


def newest(actor: Actor, now: datetime) -> datetime | None:
    """Since when the one waits who has waited shortest, however many do."""
    firsts = [
        part.order_by("-waits_from").values_list("waits_from")[:1]
        for part in _awake(actor, WaitingTab.ALL, now)
    ]
    return max((since for (since,) in firsts[0].union(*firsts[1:], all=True)), default=None)


def _awake(actor: Actor, tab: WaitingTab, now: datetime) -> list[QuerySet[Any]]:
    """Everybody who waits and is not put off, each kind by itself."""
    return [_talks(actor), *_tickets(actor, tab, now), _calls(actor, now)]


def _once(entries: Iterator[Entry]) -> Iterator[Entry]:
    """What came back to somebody may be theirs for another reason, too."""
    seen: dict[tuple[What, int], Entry] = {}
    for entry in entries:
        seen.setdefault((entry.what, entry.key), entry)
    yield from seen.values()


def _talks(actor: Actor) -> QuerySet[Any]:
    rows = visible_handovers(actor).filter(~Exists(_sleeping("handover")), ended_at=None)
    return _as_entries(rows, what=What.TALK, at=F("since"), why=F("reason"), who=F("assignee"))


def _tickets(actor: Actor, tab: WaitingTab, now: datetime) -> Iterator[QuerySet[Any]]:
    """The tickets that wait, without those that stand there as a call that is due."""
    talked_of = visible_handovers(actor).filter(ticket=OuterRef("pk"), ended_at=None)
    rows = visible_to(actor).filter(~Exists(talked_of), ~Exists(_sleeping("ticket")))
    known, mine = rows, Q(assignee=actor.user)
    if tab is WaitingTab.ALL:
        called = services.due_call_backs(actor, now).filter(ticket=OuterRef("pk"))
        known = rows.filter(~Exists(called.order_by()))
    calm = known.exclude(_OPEN_DANGER)
    yield _as_entries(
        calm.filter(status=Status.NEW), at=F("created_at"), why=_to_send_on(), who=F("assignee")
    )
    yield _as_entries(
        calm.filter(status=Status.REVIEW),
        at=Coalesce(Subquery(_entered(Status.REVIEW)), F("updated_at")),
        why=Value(TicketReason.REVIEW),
        who=F("assignee"),
    )
    elsewhere = (Status.NEW, Status.REVIEW, Status.WAITING)
    yield _as_entries(
        calm.filter(mine, outcome=None).exclude(status__in=elsewhere),
        at=Coalesce(Subquery(_given()), F("created_at")),
        why=Value(TicketReason.GIVEN),
        who=F("assignee"),
    )
    back = Snooze.objects.filter(ticket=OuterRef("pk"), ended_at=None, back_at__isnull=False)
    returned = Ticket.objects.filter(snoozes__ended_at=None, snoozes__back_at__isnull=False)
    yield _as_entries(
        known.filter(pk__in=returned.values("pk")).exclude(status__in=(Status.NEW, Status.REVIEW)),
        at=Subquery(back.values("back_at")[:1]),
        why=Value(TicketReason.SNOOZED),
        who=Subquery(back.values("user")[:1]),
    )


def _calls(actor: Actor, now: datetime) -> QuerySet[Any]:
    """Whom to call again now, unless their ticket was put off."""
    asleep = Snooze.objects.filter(ended_at=None, back_at=None, ticket=OuterRef("ticket"))
    rows = services.due_call_backs(actor, now).filter(~Exists(asleep)).select_related(None)
    return _as_entries(rows, what=What.CALL, at=F("due_at"), why=Value(TicketReason.CALL), who=F("assignee"))


def _asleep(actor: Actor) -> QuerySet[Any]:
    """What somebody put off, that which comes back first standing first."""
    seen = Q(ticket__in=visible_to(actor)) | Q(handover__in=visible_handovers(actor))
    rows = Snooze.objects.filter(seen, ended_at=None, back_at=None)
    return rows.annotate(
        what=Case(
            When(ticket=None, then=Value(What.TALK)), default=Value(What.TICKET), output_field=CharField()
        ),
        subject=Coalesce("ticket", "handover"),
        waits_from=F("until"),
        why=Value(TicketReason.SNOOZED, output_field=CharField()),
        whose=F("user"),
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
    rows: QuerySet[Any], *, at: Any, why: Any, who: Any, what: What = What.TICKET
) -> QuerySet[Any]:
    """The same columns of whatever waits."""
    listed: QuerySet[Any] = rows.annotate(
        what=Cast(Value(what), CharField()),
        subject=Cast("pk", BigIntegerField()),
        waits_from=Cast(at, DateTimeField()),
        why=Cast(why, CharField()),
        whose=Cast(who, IntegerField()),
    )
    return listed
