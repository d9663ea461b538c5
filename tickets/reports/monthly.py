"""The values of a monthly report, as JSON: stored once the month is over, and rendered from there at any time."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce

from departments.models import Department
from departments.text.pseudonyms import anonymised
from departments.working_time.periods import Interval, Period, midnight
from departments.working_time.working_hours import ISTANBUL
from tickets.record.models.ticket import Ticket
from tickets.record.statuses import Outcome
from tickets.reports.backlog import backlog
from tickets.reports.figures import Figures, Group, named
from tickets.reports.places import clusters
from tickets.reports.rows import ReportRow, grouped, summary, trend

ZOOM = 16  # of the map: cells of about 80 metres
MONTHS_BEFORE = 11
WORST, WORDS, LARGEST = 10, 8, 11  # rows of delays, comments and groups that fit the pages
SUBJECTS = 12  # of a department's page


def month_in_figures(
    tickets: QuerySet[Ticket], month: date, now: datetime, department: Department | None = None
) -> dict[str, Any]:
    """The figures of the month that begins on that day, of these tickets: for a department by category, for the
    mayor by department.

    Open tickets are those at `now`. A month that is not over ends there (`until` is its last day so far), and the
    months it is compared with are cut to the same length. It holds no personal data: of tickets only numbers, places to
    about 100 metres, and citizens' comments on the solution without names and numbers. ValueError for a month that has
    not begun.
    """
    period = Period.of_month(month)
    before, year_before, until = period.previous(), period.a_year_before(), None
    if now < period.end:
        until = now.astimezone(ISTANBUL).date()
        so_far = now - period.start
        period, before, year_before = (_beginning(each, so_far) for each in (period, before, year_before))
    rows = grouped(tickets, period, now, Group.CATEGORY if department else Group.DEPARTMENT, before)
    return {
        "month": month.isoformat(),
        "until": until.isoformat() if until else None,
        "department": {"code": department.code, "name": department.name} if department else None,
        "made_at": now.isoformat(),
        "summary": _whole(tickets, period, now),
        "previous": _whole(tickets, before, now),
        "last_year": _whole(tickets, year_before, now),
        "days": _courses(trend(tickets, period, Interval.DAY)),
        "months": _courses(trend(tickets, _year_until(period), Interval.MONTH)),
        "groups": _most_first(rows),
        "departments": [] if department else _departments(tickets, rows, period, year_before, now),
        "neighbourhoods": [
            row
            for row in _most_first(grouped(tickets, period, now, Group.NEIGHBOURHOOD, before))[:LARGEST]
            if row["opened"]
        ],
        "backlog": [asdict(row) for row in backlog(tickets, now)],
        "map": [
            [round(c.lat, 3), round(c.lon, 3), c.count]
            # Tickets outside the district are left out: the map would be scaled to include them.
            for c in clusters(tickets.filter(neighbourhood__isnull=False), period, ZOOM)
        ],
        "delays": _delays(named(tickets), period),
        "words": _words(named(tickets), period),
    }


def _beginning(month: Period, length: timedelta) -> Period:
    return Period(month.start, min(month.end, month.start + length))


def _whole(tickets: QuerySet[Ticket], period: Period, now: datetime) -> dict[str, Any]:
    return asdict(summary(tickets, period, now))


def _year_until(period: Period) -> Period:
    """The month and the eleven before it."""
    start = period.start.date()
    for _ in range(MONTHS_BEFORE):
        start = (start - timedelta(days=1)).replace(day=1)
    return Period(midnight(start), period.end)


def _courses(rows: Iterable[ReportRow]) -> list[dict[str, Any]]:
    return [
        {"code": row.code, "name": row.name, "opened": row.figures.opened, "resolved": row.figures.resolved}
        for row in rows
    ]


def _most_first(rows: list[ReportRow]) -> list[dict[str, Any]]:
    return [
        {
            "code": row.code,
            "name": row.name,
            "before": row.compared.opened if row.compared else 0,
            **asdict(row.figures),
        }
        for row in sorted(rows, key=lambda row: -row.figures.opened)
    ]


def _departments(
    tickets: QuerySet[Ticket], rows: Iterable[ReportRow], period: Period, year_before: Period, now: datetime
) -> list[dict[str, Any]]:
    """For each department that had work its page: its figures, those of a month and of a year before, its subjects."""
    last_year = {row.code: row.figures for row in grouped(tickets, year_before, now, Group.DEPARTMENT)}
    came = named(tickets).filter(created_at__gte=period.start, created_at__lt=period.end)
    subjects: dict[str, list[tuple[str, int]]] = defaultdict(list)
    told = came.filter(category__restricted=False)  # printed reports are passed around
    counted = told.values_list("department__code", "category__name")
    for code, name, count in counted.annotate(count=Count("pk")).order_by("-count", "category__name"):
        subjects[code].append((name, count))
    return [
        {
            "code": row.code,
            "name": row.name,
            "summary": asdict(row.figures),
            "previous": asdict(row.compared or Figures()),
            "last_year": asdict(last_year.get(row.code, Figures())),
            "subjects": subjects[row.code][:SUBJECTS],
        }
        for row in sorted(rows, key=lambda row: -row.figures.opened)
        if row.code and (row.figures.opened or row.figures.resolved or row.figures.open_now)
    ]


def _delays(tickets: QuerySet[Ticket], period: Period) -> list[dict[str, Any]]:
    """The tickets that missed their target by most, when they were resolved in the month or at its end.

    The category of restricted ones is left out, since printed reports are passed around.
    """
    stopped = Coalesce("outcome_at", "waiting_since", period.end)
    late = tickets.filter(
        Q(outcome_at__isnull=True, created_at__lt=period.end)
        | Q(outcome=Outcome.RESOLVED, outcome_at__gte=period.start, outcome_at__lt=period.end)
    )
    late = late.annotate(late=stopped - F("resolution_due_at")).filter(late__gt=timedelta())
    return [
        {
            "number": ticket.number,
            "category": ticket.category.name if ticket.category and not ticket.category.restricted else None,
            "neighbourhood": ticket.neighbourhood.name if ticket.neighbourhood else None,
            "department": ticket.department.name if ticket.department else None,
            "due": ticket.resolution_due_at.astimezone(ISTANBUL).date().isoformat()
            if ticket.resolution_due_at
            else "",
            "days": ticket.late.days,
            "open": ticket.outcome is None,
        }
        for ticket in late.select_related("category", "neighbourhood", "department").order_by("-late", "pk")[
            :WORST
        ]
    ]


def _words(tickets: QuerySet[Ticket], period: Period) -> list[dict[str, Any]]:
    """Citizens' comments with the worst and the best ratings; none of restricted categories."""
    rated = tickets.filter(rated_at__gte=period.start, rated_at__lt=period.end).exclude(
        satisfaction_comment=""
    )
    rated = rated.exclude(category__restricted=True).select_related("citizen")
    worst = list(rated.order_by("satisfaction_score", "-rated_at", "pk")[: WORDS // 2])
    best = rated.exclude(satisfaction_comment__in=[ticket.satisfaction_comment for ticket in worst])
    chosen = [*worst, *best.order_by("-satisfaction_score", "-rated_at", "pk")[: WORDS // 2]]
    chosen = list({ticket.satisfaction_comment: ticket for ticket in chosen}.values())  # the same words once
    staff = {name for user in User.objects.all() for name in (user.first_name, user.last_name, user.username)}
    return [
        {
            "score": ticket.satisfaction_score,
            "text": anonymised(ticket.satisfaction_comment, staff | _names(ticket)),
        }
        for ticket in chosen
    ]


def _names(ticket: Ticket) -> set[str]:
    return {ticket.citizen.name or ""} if ticket.citizen else set()
