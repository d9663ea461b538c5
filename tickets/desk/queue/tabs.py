"""The tabs of the queue: the condition of each, and the counts of their tickets."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, Q, QuerySet, Value

from departments.models import DEPARTMENT_ROLES
from tickets.deadlines.overdue import overdue
from tickets.presence.view_marks import unread
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import Actor
from tickets.record.statuses import Status

# Tickets of a tab are counted up to here; beyond that "99+" is shown, since an exact count would be slow.
MOST_COUNTED = 99

Rule = Callable[[Actor, datetime], Q]
OPEN = Q(outcome__isnull=True)


@dataclass(frozen=True)
class QueueTab:
    code: str
    label: str
    rule: Rule
    about: str


def _mine(actor: Actor, _now: datetime) -> Q:
    return OPEN & Q(assignee=actor.user)


def _of_my_unit(actor: Actor, _now: datetime) -> Q:
    """Tickets of the actor's departments; for the call centre those that no department has yet."""
    units = actor.departments(*DEPARTMENT_ROLES)
    return OPEN & (Q(department__in=units) if units else Q(status=Status.NEW) | Q(department=None))


def _unread(actor: Actor, _now: datetime) -> Q:
    return OPEN & unread(actor.user) if actor.user else Q(pk__in=())


TABS = (
    QueueTab(
        "yeni", "Yeni", lambda _actor, _now: Q(status=Status.NEW), "Henüz bir birime iletilmemiş başvurular"
    ),
    QueueTab(
        "okunmamis",
        "Okunmamış",
        _unread,
        "Son bakışınızdan beri değişen, ya da hiç bakmadığınız açık başvurular",
    ),
    QueueTab("benim", "Benim", _mine, "Size atanmış açık başvurular"),
    QueueTab(
        "birimim",
        "Birimim",
        _of_my_unit,
        "Biriminizin açık başvuruları; çağrı merkezinde birime iletilmemiş olanlar",
    ),
    QueueTab("geciken", "Geciken", lambda _actor, now: overdue(now), "Çözüm hedefi geçmiş açık başvurular"),
    QueueTab("acil", "Acil", lambda _actor, _now: OPEN & Q(urgent=True), "Acil işaretli açık başvurular"),
    QueueTab(
        "bilgi",
        "Bilgi bekleyen",
        lambda _actor, _now: Q(status=Status.WAITING),
        "Vatandaşın cevabı beklenen başvurular",
    ),
    QueueTab(
        "onay", "Onay bekleyen", lambda _actor, _now: Q(status=Status.REVIEW), "Cevabı onay bekleyenler"
    ),
    QueueTab("tumu", "Tümü", lambda _actor, _now: Q(), "Görebildiğiniz bütün başvurular"),
)
ALL = TABS[-1]


def tab_named(code: str) -> QueueTab:
    """The tab of that code; the tab of all tickets for an unknown one."""
    return next((tab for tab in TABS if tab.code == code), ALL)


def counts(rows: QuerySet[Ticket], actor: Actor, now: datetime) -> dict[str, int]:
    """The count of each tab but ALL, at most MOST_COUNTED + 1, in one statement."""
    parts = [
        rows.filter(tab.rule(actor, now))
        .order_by()
        .values_list(Value(tab.code, output_field=CharField()))[: MOST_COUNTED + 1]
        for tab in TABS
        if tab is not ALL
    ]
    return Counter(code for (code,) in parts[0].union(*parts[1:], all=True))


def shown(count: int) -> str:
    """The count as a tab shows it."""
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)
