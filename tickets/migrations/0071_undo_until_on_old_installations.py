"""Brings right what later edits of landed migrations left behind on installations that had applied them before.

0044_acts once called `undo_until` `held_until`, and 0047_answering_and_citizens once gave `tickets_snooze` no journal.
Where they were applied as they stand now, nothing is changed.
"""

from importlib import import_module

from django.db import migrations

ACTS = import_module("tickets.migrations.0044_acts")
RENAMED = """
DO $$
DECLARE
    of_act constant boolean := EXISTS (SELECT FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = 'tickets_act' AND column_name = 'held_until');
    of_event constant boolean := EXISTS (SELECT FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = 'tickets_ticketevent' AND column_name = 'held_until');
BEGIN
    IF of_act AND EXISTS (SELECT FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = 'tickets_act' AND column_name = 'undo_until')
    THEN
        -- Somebody added the missing column by hand.
        UPDATE tickets_act SET undo_until = coalesce(undo_until, held_until);
        ALTER TABLE tickets_act DROP COLUMN held_until, ALTER COLUMN undo_until SET NOT NULL;
    ELSIF of_act THEN
        ALTER TABLE tickets_act RENAME COLUMN held_until TO undo_until;
        ALTER INDEX IF EXISTS tickets_act_held_until_56ccaa5d RENAME TO tickets_act_undo_until_861a2926;
    END IF;
    IF of_act THEN
        CREATE INDEX IF NOT EXISTS tickets_act_undo_until_861a2926 ON tickets_act (undo_until);
    END IF;
    IF of_event AND NOT EXISTS (SELECT FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = 'tickets_ticketevent' AND column_name = 'undo_until')
    THEN
        ALTER TABLE tickets_ticketevent RENAME COLUMN held_until TO undo_until;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'tickets_snooze'::regclass AND tgname = 'journal') THEN
        {journal}
    END IF;
END
$$;
"""


class Migration(migrations.Migration):
    accepted = {"sql": "does nothing where the tables are as expected; elsewhere no code of any release could write them"}

    dependencies = [("tickets", "0070_webhook_calls_by_address")]

    operations = [
        migrations.RunSQL(
            RENAMED.replace("{journal}", ACTS.KEPT.format(table="tickets_snooze"))
            + ACTS.APPEND_ONLY.format(taken_back=ACTS.TAKEN_BACK),
            migrations.RunSQL.noop,
        )
    ]
