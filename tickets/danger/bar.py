"""The dangers that stand on top of every page until somebody has claimed them."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localtime

from departments.common import composed_queries
from departments.models import Role
from tickets.back_office.names import display_name
from tickets.danger.models import Drill
from tickets.danger.open_dangers import name_of
from tickets.notifications.models import Notification
from tickets.record.models.ticket import DANGER, UNACKNOWLEDGED_DANGER, Ticket
from tickets.record.permissions import Actor, is_on_duty, visibility_key, visible_to

NAME_OF_RESTRICTED = "Gizli acil bildirim"
NAME_OF_URGENT = "acil iş"
NO_PLACE = "yer bilinmiyor"
CLAIMED_SHOWN = timedelta(minutes=30)  # for so long all see who has it


def may_claim(actor: Actor, ticket: Ticket) -> bool:
    """Whether the actor may claim a danger that they see."""
    return _acts_on_all(actor) or Ticket.objects.filter(_of_own_departments(actor), pk=ticket.pk).exists()


@dataclass(frozen=True)
class Concerned:
    """Whom the dangers may concern that `waiting_for` shows: all, or those who have one themselves."""

    all: bool
    holders: frozenset[int]

    def may_be(self, user: User) -> bool:
        """Whether there may be any for that user; where not, there is none."""
        return self.all or user.pk in self.holders


def concerned() -> Concerned:
    """For all at once, whatever they see: one statement."""
    since = timezone.now() - CLAIMED_SHOWN
    rows = composed_queries.ask("concerned", _of_concern)
    return Concerned(
        all=any(who is None or at is None or at > since for who, at in rows),
        holders=frozenset(who for who, _ in rows if who is not None),
    )


def _of_concern() -> QuerySet[Any, Any]:
    """Who has claimed each danger, and when; each part by an index of its own."""
    claimed = Ticket.objects.filter(DANGER | Q(urgent=True), claimed_by__isnull=False, outcome=None)
    parts = [
        rows.order_by().values_list("claimed_by", "claimed_at")
        for rows in (Ticket.objects.filter(UNACKNOWLEDGED_DANGER), claimed)
    ]
    return parts[0].union(*parts[1:])


def waiting_for(actor: Actor, *, with_own: bool = False) -> list[Ticket]:
    """The dangers that nobody has claimed, of which somebody was told or on which they may act, their own of which
    there is news (all of them `with_own`), and those that a colleague has claimed lately: first whom nobody warned or
    who cannot call, then who has waited longest; then what they have themselves, last what others have.
    """
    user = actor.user
    if user is None:
        return []
    since = timezone.now() - CLAIMED_SHOWN
    found = composed_queries.ask(
        ("dangers", user.pk, visibility_key(actor), with_own),
        lambda since, before: _shown(actor, user, since, before, with_own=with_own),
        (since, since - CLAIMED_SHOWN),
    )
    if not found:
        return []
    rows = Ticket.objects.filter(pk__in={key for (key,) in found}).select_related(
        "neighbourhood", "claimed_by"
    )
    return sorted(rows, key=lambda each: _need(each, user))


def _shown(
    actor: Actor, user: User, since: datetime, before: datetime, *, with_own: bool
) -> QuerySet[Any, Any]:
    """The keys of the tickets. Those claimed since then are shown, if they are not from before that other moment."""
    told = Notification.objects.filter(ticket=OuterRef("pk"), user=user, kind=Notification.Kind.DANGER)
    known = Q(Exists(told))
    theirs = Q() if _acts_on_all(actor) else known | _of_own_departments(actor)
    seen = visible_to(actor).filter(theirs)
    waiting = seen.filter(UNACKNOWLEDGED_DANGER, DANGER)
    # Told of it, whether or not it is theirs to open: they may claim it.
    ringing = Exists(told.filter(acknowledged_at=None))
    rung = Ticket.objects.filter(UNACKNOWLEDGED_DANGER, ringing, restricted=False)
    unread = told.filter(seen_at=None, at__gt=OuterRef("claimed_at"))
    news = Ticket.objects.filter(DANGER | Q(urgent=True), Exists(unread), claimed_by=user, outcome=None)
    own = seen.filter(DANGER, claimed_by=user, outcome=None)
    claimed = seen.filter(DANGER, claimed_at__gt=since, created_at__gt=before, outcome=None)
    keys = [
        rows.order_by().values_list("pk")
        for rows in (waiting, rung, own if with_own else news, claimed.exclude(claimed_by=user))
    ]
    return keys[0].union(*keys[1:])


def _need(ticket: Ticket, user: User) -> tuple[int, bool, bool, datetime, int]:
    pressing = ticket.unwarned_at is not None or ticket.helpless
    return (
        0 if ticket.claimed_by is None else 1 if ticket.claimed_by == user else 2,
        not pressing,
        not ticket.is_danger,
        ticket.created_at,
        ticket.pk,
    )


def _acts_on_all(actor: Actor) -> bool:
    """Whether somebody may act on all dangers that they see: the call centre, and those on duty."""
    return actor.is_call_centre or is_on_duty(actor)


def _of_own_departments(actor: Actor) -> Q:
    return Q(department__in=actor.departments(Role.HEAD, Role.CREW))


def rows_of_drills(drills: Iterable[Drill]) -> list[dict[str, Any]]:
    """What every page shows of each drill."""
    return [
        {
            "key": f"drill-{drill.pk}",
            "name": str(drill),
            "place": "",
            "urgent_work": False,
            "reason": "",
            "flag": "",
            "unheard": False,
            "holder": "",
            "mine": False,
            "held_since": "",
            "since": drill.at.isoformat(),
            "page": reverse("bildirimler"),
            "claim": reverse("tatbikat_ustlen", args=[drill.pk]),
        }
        for drill in drills
    ]


def as_rows(tickets: list[Ticket], unheard: Container[int], actor: Actor) -> list[dict[str, Any]]:
    """What every page shows of each danger: what it is, why, in which mahalle and since when. Words, address and number
    are shown by its own page, which is logged; of a restricted one nothing but that there is one.

    `unheard` are the keys of those of which nobody could be told.
    """
    return [
        {
            "key": ticket.pk,
            "name": f"{NAME_OF_RESTRICTED} {ticket.number}" if ticket.restricted else _name(ticket),
            "place": "" if ticket.restricted else mahalle_of(ticket),
            "urgent_work": not ticket.is_danger,
            "reason": "" if ticket.restricted or not ticket.is_danger else ticket.urgent_reason,
            "flag": _flag(ticket, actor),
            "unheard": ticket.pk in unheard,
            "holder": display_name(ticket.claimed_by) if ticket.claimed_by else "",
            "mine": ticket.claimed_by is not None and ticket.claimed_by == actor.user,
            "held_since": f"{localtime(ticket.claimed_at):%H.%M}" if ticket.claimed_at else "",
            "since": ticket.created_at.isoformat(),
            "page": reverse("admin:tickets_ticket_change", args=[ticket.pk]),
            "claim": "" if ticket.claimed_by_id else reverse("bildirimler_ustlen", args=[ticket.pk]),
        }
        for ticket in tickets
    ]


def _flag(ticket: Ticket, actor: Actor) -> str:
    """What makes it more pressing than others, or that its claimer has something to read."""
    if actor.user is not None and ticket.claimed_by_id == actor.user.pk:
        return "Sizde: yeni haber var"
    if ticket.unwarned_at is not None:
        return "Uyarımız vatandaşa ulaşmadı"
    if ticket.helpless:
        return "112’yi arayamıyor ya da çıkamıyor"
    return ""


def _name(ticket: Ticket) -> str:
    if not ticket.is_danger:
        return NAME_OF_URGENT + (f": {ticket.urgent_reason}" if ticket.urgent_reason else "")
    return name_of(ticket.danger) + (" (belirsiz)" if ticket.danger_unsure else "")


def mahalle_of(ticket: Ticket) -> str:
    """The mahalle alone, as the list of all may show it."""
    if ticket.neighbourhood:
        return ticket.neighbourhood.name
    if ticket.lat is not None:
        return "haritada işaretli"
    return "yeri sayfasında" if ticket.address else NO_PLACE


def place_of(ticket: Ticket) -> str:
    """Where it is, in a few words."""
    if ticket.neighbourhood:
        return ticket.neighbourhood.name
    return ticket.address or ("haritada işaretli" if ticket.lat is not None else NO_PLACE)
