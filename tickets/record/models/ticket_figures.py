"""What the reports read of the table of tickets: how sure the router was, and indexes that spare reading wide rows."""

from django.db import models
from django.db.models import ExpressionWrapper, Q
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.db.models.lookups import GreaterThanOrEqual

from tickets.record.statuses import UNRESOLVED, Outcome

# The columns by which the reports group, and the one by which they leave tickets out of groups.
_GROUPS = ("department", "category", "neighbourhood", "assignee", "restricted")

SURE = ExpressionWrapper(
    GreaterThanOrEqual(
        Cast(KT("routed__confidence"), models.FloatField()),
        Cast(KT("routed__sure_from"), models.FloatField()),
    )
    & Q(routed__triage=False),
    models.BooleanField(),
)

# Covering indexes for the reports, by the moment that each counts by, so that rows of the wide table are not read.
FIGURES = [
    # Open311 finds the keys of its pages here, too: which ones the public may see, of a time and a region.
    models.Index(
        fields=["created_at"],
        include=[*_GROUPS, "outcome", "lat", "lon", "id", "danger", "danger_unsure"],
        name="ticket_figures_came",
    ),
    models.Index(
        fields=["created_at"],
        include=[
            *_GROUPS,
            "outcome",
            "first_action_at",
            "said_category",
            "said_department",
            "said_surely",
        ],
        name="ticket_figures_routed",
        condition=Q(said_category__isnull=False),
    ),
    models.Index(
        fields=["first_action_at"],
        include=[*_GROUPS, "first_action_hours", "first_action_due_at"],
        name="ticket_figures_begun",
        condition=Q(first_action_at__isnull=False),
    ),
    models.Index(
        fields=["outcome_at"],
        include=[*_GROUPS, "worked_hours", "resolution_due_at"],
        name="ticket_figures_resolved",
        condition=Q(outcome=Outcome.RESOLVED),
    ),
    models.Index(
        fields=["outcome_at"],
        include=[*_GROUPS, "outcome"],
        name="ticket_figures_unresolved",
        condition=Q(outcome__in=UNRESOLVED),
    ),
    models.Index(
        fields=["closed_at"],
        include=_GROUPS,
        name="ticket_figures_closed",
        condition=Q(closed_at__isnull=False),
    ),
    models.Index(
        fields=["rated_at"],
        include=[*_GROUPS, "satisfaction_score"],
        name="ticket_figures_rated",
        condition=Q(rated_at__isnull=False),
    ),
    models.Index(
        fields=["id"],
        include=_GROUPS,
        name="ticket_figures_reopened",
        condition=Q(reopened__gt=0),
    ),
    models.Index(
        fields=["department"],
        include=[
            *("category", "neighbourhood", "assignee", "restricted", "status", "waiting_since", "created_at"),
            *("resolution_due_at", "resolution_warn_at", "legal_due_at", "legal_warn_at", "legal_near_at"),
        ],
        name="ticket_figures_open",
        condition=Q(outcome__isnull=True),
    ),
]
