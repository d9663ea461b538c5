"""What acts of staff change of a talk is kept, so that it can be taken back (tickets/migrations/0044_acts.py)."""

from django.db import migrations

JOURNALED = ("whatsapp_conversation", "whatsapp_message", "whatsapp_media", "whatsapp_outbox")
KEPT = """
CREATE TRIGGER journal AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW
    WHEN (coalesce(current_setting('tickets.act', true), '') <> '') EXECUTE FUNCTION tickets_journal();
"""
NOT_KEPT = "DROP TRIGGER journal ON {table};"


class Migration(migrations.Migration):
    dependencies = [("tickets", "0044_acts"), ("whatsapp", "0033_privacy_notices")]

    operations = [
        migrations.RunSQL(
            "".join(KEPT.format(table=table) for table in JOURNALED),
            "".join(NOT_KEPT.format(table=table) for table in JOURNALED),
        )
    ]
