"""Adds the column that 0033_privacy_notices was given after some installations had applied it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0039_spent_until")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE whatsapp_shownnotice ADD COLUMN IF NOT EXISTS url text DEFAULT '' NOT NULL",
            migrations.RunSQL.noop,
        )
    ]
