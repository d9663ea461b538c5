"""Resolved tickets and those that ended otherwise each have an index for their figures; and the planner learns how many
sizes of hours there are (tickets/reports/percentiles.py), without which it takes each value for a size of its own.
"""

from django.conf import settings
from django.db import migrations, models

_GROUPS = ("department", "category", "neighbourhood", "assignee")
_SIZES = "CREATE STATISTICS {name} ON (floor(8.0::float8 * cbrt({hours}))) FROM tickets_ticket"


class Migration(migrations.Migration):
    dependencies = [
        ("departments", "0009_names_with_capitals"),
        ("tickets", "0022_urgent_and_search"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex("ticket", "ticket_figures_ended"),
        migrations.AddIndex(
            "ticket",
            models.Index(
                fields=["outcome_at"],
                include=(*_GROUPS, "worked_hours", "resolution_due_at"),
                condition=models.Q(outcome="RESOLVED"),
                name="ticket_figures_resolved",
            ),
        ),
        migrations.AddIndex(
            "ticket",
            models.Index(
                fields=["outcome_at"],
                include=(*_GROUPS, "outcome"),
                condition=models.Q(outcome__in=("REJECTED", "REDIRECTED", "DUPLICATE", "CANCELLED")),
                name="ticket_figures_unresolved",
            ),
        ),
        migrations.RunSQL(
            _SIZES.format(name="ticket_sizes_first_action", hours="first_action_hours"),
            "DROP STATISTICS ticket_sizes_first_action",
        ),
        migrations.RunSQL(
            _SIZES.format(name="ticket_sizes_worked", hours="worked_hours"),
            "DROP STATISTICS ticket_sizes_worked",
        ),
    ]
