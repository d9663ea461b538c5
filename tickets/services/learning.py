"""What the desk teaches beside corrections: how sure the router may be of a department, and how much is not our job.

Both follow what clerks left as the router had it, slowly and within bounds, once a night.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import CharField, Count, F, Q, QuerySet
from django.db.models.functions import Coalesce

from departments import cache
from departments.models import Department, OutsideShare
from departments.routing.training import OUTSIDE_SHARE
from tickets.models import Ticket

LOOKS_BACK = timedelta(days=90)
JUDGED_AT_LEAST = 50  # tickets of a department, for its threshold to move
TOO_OFTEN_WRONG, SELDOM_WRONG = 0.97, 0.99  # of what went there surely
STRICTER, LOOSER = 0.03, -0.01
STRICTEST, LOOSEST = 0.20, -0.10
COUNTS_AS = 500  # tickets that the share of the corpus stands for
FEWEST_OUTSIDE, MOST_OUTSIDE = 0.08, 0.45
WORTH_A_ROW = 0.005


def follow_the_desk(*, now: datetime) -> None:
    """Moves the thresholds of departments and the share of other bodies' jobs towards what was judged of late."""
    judged = Ticket.objects.filter(
        Q(first_action_at__isnull=False) | Q(outcome__isnull=False),
        created_at__gt=now - LOOKS_BACK,
        said_category__isnull=False,
        restricted=False,
    )
    with transaction.atomic():
        _move_thresholds(judged)
        _follow_share(judged)
    cache.refresh()


def _move_thresholds(judged: QuerySet[Ticket]) -> None:
    sent = judged.filter(said_surely=True).annotate(
        here=Coalesce("department__code", "category__department__code", output_field=CharField())
    )
    counts = sent.values("said_department").annotate(
        judged=Count("*"), right=Count("pk", filter=Q(here=F("said_department")))
    )
    rows = Department.objects.in_bulk(field_name="code")
    for each in counts.order_by():
        department, share = rows.get(each["said_department"]), each["right"] / each["judged"]
        if department is None or each["judged"] < JUDGED_AT_LEAST:
            continue
        step = STRICTER if share < TOO_OFTEN_WRONG else LOOSER if share >= SELDOM_WRONG else 0.0
        offset = round(min(max(department.sure_offset + step, LOOSEST), STRICTEST), 3)
        if offset != department.sure_offset:
            Department.objects.filter(pk=department.pk).update(sure_offset=offset)


def _follow_share(judged: QuerySet[Ticket]) -> None:
    """The share as judged, with that of the corpus counted in as so many tickets."""
    outside = Q(agency__isnull=False) | Q(department=None, category__agency__isnull=False)
    counted = judged.aggregate(all=Count("*"), outside=Count("pk", filter=outside))
    share = (counted["outside"] + OUTSIDE_SHARE * COUNTS_AS) / (counted["all"] + COUNTS_AS)
    share = min(max(share, FEWEST_OUTSIDE), MOST_OUTSIDE)
    newest = OutsideShare.objects.order_by("-id").values_list("share", flat=True).first()
    if abs(share - (OUTSIDE_SHARE if newest is None else newest)) >= WORTH_A_ROW:
        OutsideShare.objects.create(share=share, tickets=counted["all"])
