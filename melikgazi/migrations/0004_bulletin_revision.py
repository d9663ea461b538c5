"""The bulletin is kept by each process, so its table bumps the revision, as 0003 has it for the others."""

from importlib import import_module

from django.db import migrations

_others = import_module("melikgazi.migrations.0003_reference_revision")
TABLES = ("whatsapp_bulletin",)


class Migration(migrations.Migration):
    dependencies = [
        ("melikgazi", "0003_reference_revision"),
        ("whatsapp", "0026_bulletins_and_read_receipts"),
    ]

    operations = [
        migrations.RunSQL(_others.CREATE.format(table=table, columns=""), _others.DROP.format(table=table))
        for table in TABLES
    ]
