"""What an act did to each ticket of a selection is kept apart, so that one that was changed since stays alone.

A view of the queue that everybody sees holds no search: it may name somebody.
"""

from importlib import import_module

from django.db import migrations, models

WHOLE = import_module("tickets.migrations.0044_acts").JOURNAL.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
# The setting is "act:part".
IN_PARTS = WHOLE.replace("(act_id, ", "(act_id, part, ").replace(
    "current_setting('tickets.act')::bigint,",
    "split_part(current_setting('tickets.act'), ':', 1)::bigint,"
    " split_part(current_setting('tickets.act'), ':', 2)::smallint,",
)


class Migration(migrations.Migration):
    dependencies = [("tickets", "0051_intake")]

    operations = [
        migrations.AddField(
            model_name="actchange",
            name="part",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name="parça"),
        ),
        migrations.RunSQL(IN_PARTS, WHOLE),
        migrations.RunSQL(
            "UPDATE tickets_savedfilter SET shared = false WHERE shared AND query ~ '(^|[?&])q=[^&]'",
            migrations.RunSQL.noop,
        ),
    ]
