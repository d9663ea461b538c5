"""The group of the personal-data officers follows the new name of their role; a role is found by it."""

from django.db import migrations

BEFORE, NOW = "kişisel veri sorumlusu", "KVKK görevlisi"


def rename(apps, schema_editor):
    groups = apps.get_model("auth", "Group").objects
    if not groups.filter(name=NOW).exists():
        groups.filter(name=BEFORE).update(name=NOW)


def back(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name=NOW).update(name=BEFORE)


class Migration(migrations.Migration):
    dependencies = [
        ("melikgazi", "0004_bulletin_revision"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(rename, back)]
