"""The dangers that stand on top of every page until somebody has claimed them."""

from collections.abc import Container, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from departments.models import Role
from tickets.dangers import name_of
from tickets.models import DANGER, TO_CLAIM, Drill, Notification, Ticket
from tickets.permissions import Actor, is_on_duty, visible_to
from tickets.services.opening import summarised

NAME_OF_RESTRICTED = "Gizli acil bildirim"
NAME_OF_URGENT = "acil iş"
NO_PLACE = "yer bilinmiyor"


def may_claim(actor: Actor, ticket: Ticket) -> bool:
    """Whether the actor may claim a danger that they see."""
    return _acts_on_all(actor) or Ticket.objects.filter(_of_own_departments(actor), pk=ticket.pk).exists()


def waiting_for(actor: Actor) -> list[Ticket]:
    """The dangers that nobody has claimed, of which somebody was told or on which they may act, and their own of which
    there is news: first whom nobody warned or who cannot call, then who has waited longest.
    """
    if actor.user is None:
        return []
    told = Notification.objects.filter(ticket=OuterRef("pk"), user=actor.user, kind=Notification.Kind.DANGER)
    known = Q(Exists(told))
    waiting = visible_to(actor).filter(TO_CLAIM, DANGER)
    if not _acts_on_all(actor):
        waiting = waiting.filter(known | _of_own_departments(actor))
    # Told of it, whether or not it is theirs to open: they may claim it.
    rung = Ticket.objects.filter(TO_CLAIM, known, restricted=False)
    unread = told.filter(seen_at=None, at__gt=OuterRef("claimed_at"))
    mine = Ticket.objects.filter(Exists(unread), claimed_by=actor.user, outcome=None)
    groups = (waiting, rung, mine)
    found = {ticket.pk: ticket for rows in groups for ticket in rows.select_related("neighbourhood")}
    return sorted(found.values(), key=_need)


def _need(ticket: Ticket) -> tuple[bool, bool, datetime, int]:
    pressing = ticket.unwarned_at is not None or ticket.helpless
    return (not pressing, not ticket.is_danger, ticket.created_at, ticket.pk)


def _acts_on_all(actor: Actor) -> bool:
    """Whether somebody may act on all dangers that they see: the call centre, and those on duty."""
    return actor.sees_everything or actor.has(Role.OPERATOR) or is_on_duty(actor)


def _of_own_departments(actor: Actor) -> Q:
    return Q(department__in=actor.departments(Role.HEAD, Role.CREW))


def rows_of_drills(drills: Iterable[Drill]) -> list[dict[str, Any]]:
    """What every page shows of each drill."""
    return [
        {
            "key": f"drill-{drill.pk}",
            "name": str(drill),
            "place": "",
            "words": "",
            "flag": "",
            "unheard": False,
            "since": drill.at.isoformat(),
            "page": reverse("bildirimler"),
            "claim": reverse("tatbikat_ustlen", args=[drill.pk]),
        }
        for drill in drills
    ]


def as_rows(tickets: list[Ticket], unheard: Container[int]) -> list[dict[str, Any]]:
    """What every page shows of each danger; of a restricted one nothing but that there is one, and since when.

    `unheard` are the keys of those of which nobody could be told.
    """
    return [
        {
            "key": ticket.pk,
            "name": f"{NAME_OF_RESTRICTED} {ticket.number}" if ticket.restricted else _name(ticket),
            "place": "" if ticket.restricted else place_of(ticket),
            "words": "" if ticket.restricted else summarised(ticket.description),
            "flag": _flag(ticket),
            "unheard": ticket.pk in unheard,
            "since": ticket.created_at.isoformat(),
            "page": reverse("admin:tickets_ticket_change", args=[ticket.pk]),
            "claim": "" if ticket.claimed_by_id else reverse("bildirimler_ustlen", args=[ticket.pk]),
        }
        for ticket in tickets
    ]


def _flag(ticket: Ticket) -> str:
    """What makes it more pressing than others, or that its claimer has something to read."""
    if ticket.unwarned_at is not None:
        return "Uyarımız vatandaşa ulaşmadı"
    if ticket.helpless:
        return "112’yi arayamıyor ya da çıkamıyor"
    return "Sizde: yeni haber var" if ticket.claimed_by_id else ""


def _name(ticket: Ticket) -> str:
    if not ticket.is_danger:
        return NAME_OF_URGENT + (f": {ticket.urgent_reason}" if ticket.urgent_reason else "")
    return name_of(ticket.danger) + (" (belirsiz)" if ticket.danger_unsure else "")


def place_of(ticket: Ticket) -> str:
    """Where it is, in a few words."""
    if ticket.neighbourhood:
        return ticket.neighbourhood.name
    return ticket.address or ("haritada işaretli" if ticket.lat is not None else NO_PLACE)
