"""What a rule would change, before it is saved: on a text, and on the tickets of the last thirty days."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from departments.models import RoutingRule
from departments.places.points import Point
from departments.routing.active_model import active_model
from departments.routing.route import Suggestion, suggest
from departments.routing.rules import Rule, rules_in_use
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import visible_to

PERIOD = timedelta(days=30)
MOST_TICKETS = 2000  # the newest; some five seconds


class ChangedSuggestion(NamedTuple):
    """A ticket with another suggestion under the rule: without it (`before`) and with it (`after`)."""

    ticket: Ticket
    before: Suggestion
    after: Suggestion


def with_rule(row: RoutingRule, rule: Rule) -> list[Rule]:
    """The active rules with this unsaved one at its position, in place of its saved version."""
    rows = (
        RoutingRule.objects.filter(active=True)
        .exclude(pk=row.pk)
        .select_related("given", "category", "department")
    )
    others = [
        ((each.position, each.pk), Rule.of(each, each.neighbourhoods.all()))
        for each in rows.prefetch_related("neighbourhoods")
    ]
    last = max((pk for (_, pk), _ in others), default=0) + 1
    mine = [((row.position, row.pk or last), rule)] if row.active else []
    return [each for _, each in sorted([*others, *mine], key=lambda pair: pair[0])]


def changed_suggestions(
    rules: Sequence[Rule], user: User | AnonymousUser, now: datetime
) -> Iterator[ChangedSuggestion]:
    """Recent tickets that the user may see for which these rules suggest something else than the active ones."""
    for ticket in _recent(user, now):
        before, after = _suggested(ticket, rules_in_use()), _suggested(ticket, rules)
        if (before.department, before.category, before.sure) != (
            after.department,
            after.category,
            after.sure,
        ):
            yield ChangedSuggestion(ticket, before, after)


def suggest_for_text(text: str, rules: Sequence[Rule], at: datetime) -> Suggestion:
    """The suggestion for a text received at that moment, without a place, from a citizen without earlier tickets."""
    return suggest(text, at=at, model=active_model(), rules=rules)


def _recent(user: User | AnonymousUser, now: datetime) -> QuerySet[Ticket]:
    earlier = (
        Ticket.objects.filter(citizen=OuterRef("citizen"), created_at__lt=OuterRef("created_at"))
        .order_by()
        .values("citizen")
        .annotate(count=Count("id"))
        .values("count")
    )
    rows = visible_to(user).filter(created_at__gte=now - PERIOD).exclude(description="")
    return rows.annotate(earlier=Coalesce(Subquery(earlier), 0)).order_by("-created_at", "-id")[:MOST_TICKETS]


def _suggested(ticket: Ticket, rules: Sequence[Rule]) -> Suggestion:
    point = None if ticket.lat is None or ticket.lon is None else Point(ticket.lat, ticket.lon)
    return suggest(
        ticket.description,
        point,
        at=ticket.created_at,
        earlier_tickets=getattr(ticket, "earlier", 0),
        model=active_model(),
        rules=rules,
    )
