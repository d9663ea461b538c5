"""What the desk teaches beside corrections: how sure the router may be of a department, and how often each is asked.

Both follow what clerks left as the router had it, slowly and within bounds, once a night.
"""

from collections import Counter
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, CharField, Count, F, Q, QuerySet, When
from django.db.models.functions import Coalesce

from departments.common import cache
from departments.models import Department, OutsideShare
from departments.organisation.agency_codes import OURS
from departments.routing.traffic import CORPUS_COUNTS_AS, OUTSIDE_SHARE, body_of
from tickets.record.models.ticket import Ticket

LOOKS_BACK = timedelta(days=90)
JUDGED_AT_LEAST = 50  # tickets of a department, for its threshold to move
TOO_OFTEN_WRONG, SELDOM_WRONG = 0.97, 0.99  # of what went there surely
STRICTER, LOOSER = 0.03, -0.01
STRICTEST, LOOSEST = 0.20, -0.10
COUNTS_AS = CORPUS_COUNTS_AS
FEWEST_OUTSIDE, MOST_OUTSIDE = 0.08, 0.45
WORTH_A_ROW = 0.005


def tune_router_thresholds(*, now: datetime) -> None:
    """Moves the thresholds of departments and the shares of all bodies towards what was judged of late. Of restricted
    tickets no more is used than how many there are.
    """
    judged = Ticket.objects.filter(
        Q(first_action_at__isnull=False) | Q(outcome__isnull=False),
        created_at__gt=now - LOOKS_BACK,
        said_category__isnull=False,
    )
    with transaction.atomic():
        _move_thresholds(judged.filter(restricted=False))
        _follow_traffic(judged)
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


def _follow_traffic(judged: QuerySet[Ticket]) -> None:
    """The tickets of each body, and the share of the others' with that of the corpus counted in as so many tickets."""
    theirs = Coalesce(
        "agency__code", Case(When(department=None, then="category__agency__code")), output_field=CharField()
    )
    ours = Coalesce("department__code", "category__department__code", output_field=CharField())
    rows = judged.annotate(theirs=theirs, ours=ours).values("theirs", "ours").annotate(count=Count("*"))
    counts, outside = Counter[str](), 0
    for row in rows.order_by():
        outside += row["count"] if row["theirs"] else 0
        if row["theirs"] or row["ours"]:
            counts[body_of(row["ours"] or "", row["theirs"] or OURS)] += row["count"]
    tickets = judged.count()
    share = (outside + OUTSIDE_SHARE * COUNTS_AS) / (tickets + COUNTS_AS)
    share = min(max(share, FEWEST_OUTSIDE), MOST_OUTSIDE)
    newest = OutsideShare.objects.order_by("-id").first() or OutsideShare(share=OUTSIDE_SHARE, tickets=0)
    before, whole = newest.tickets_by_body, newest.tickets + COUNTS_AS
    moved = [
        counts[body] / (tickets + COUNTS_AS) - before.get(body, 0) / whole for body in {*counts, *before}
    ]
    if max(map(abs, [share - newest.share, *moved])) >= WORTH_A_ROW:
        OutsideShare.objects.create(share=share, tickets=tickets, tickets_by_body=counts)
