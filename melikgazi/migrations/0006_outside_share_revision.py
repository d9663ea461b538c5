"""The share of other bodies' jobs is kept by processes, too (0003)."""

from importlib import import_module

from django.db import migrations

_FIRST = import_module("melikgazi.migrations.0003_reference_revision")

TABLES = ("departments_outsideshare",)


class Migration(migrations.Migration):
    dependencies = [("melikgazi", "0005_renamed_group"), ("departments", "0014_following_the_desk")]

    operations = [
        migrations.RunSQL(_FIRST.CREATE.format(table=table, columns=""), _FIRST.DROP.format(table=table))
        for table in TABLES
    ]
