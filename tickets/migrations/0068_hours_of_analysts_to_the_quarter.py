"""An hour's tenth of a second, added to the start of work, told when somebody had acted to the moment."""

from importlib import import_module

from django.db import migrations

QUERY = import_module("tickets.migrations.0058_views_for_analysts").VIEWS["analysis_tickets"]
ROUNDED = QUERY
for name in ("first_action_hours", "worked_hours"):
    ROUNDED = ROUNDED.replace(f"    ticket.{name},", f"    round(ticket.{name} * 4) / 4 AS {name},")


class Migration(migrations.Migration):
    dependencies = [("tickets", "0067_tickets_on_the_map")]

    operations = [
        migrations.RunSQL(
            f"CREATE OR REPLACE VIEW analysis_tickets AS {ROUNDED}",
            f"CREATE OR REPLACE VIEW analysis_tickets AS {QUERY}",
        )
    ]
