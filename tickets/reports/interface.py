"""All figures, computed in the database on request: for the REST API, the back office, the monthly report and mails.

`figures.Figures` defines what each one counts.
"""

from departments.working_time.periods import MONTHS, Interval, Period, midnight
from tickets.reports.backlog import AGES, Backlog, backlog
from tickets.reports.figures import Figures, Group, Satisfaction, Speed, named
from tickets.reports.monthly import month_in_figures
from tickets.reports.places import MAX_ZOOM, Box, Cluster, clusters
from tickets.reports.routing import Accuracy, Confusion, accuracy, confusions
from tickets.reports.rows import ReportRow, grouped, scope, summary, trend, without_open

__all__ = [
    "AGES",
    "MAX_ZOOM",
    "MONTHS",
    "Accuracy",
    "Backlog",
    "Box",
    "Cluster",
    "Confusion",
    "Figures",
    "Group",
    "Interval",
    "Period",
    "ReportRow",
    "Satisfaction",
    "Speed",
    "accuracy",
    "backlog",
    "clusters",
    "confusions",
    "grouped",
    "midnight",
    "month_in_figures",
    "named",
    "scope",
    "summary",
    "trend",
    "without_open",
]
