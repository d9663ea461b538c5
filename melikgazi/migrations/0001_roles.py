"""The groups of the roles with their permissions. `load_base` brings them up to date again when tables are added."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

from departments.staff.role_permissions import grant_roles


def create_groups(_apps, _schema_editor):
    for label in ("departments", "tickets", "whatsapp", "admin"):
        create_permissions(installed.get_app_config(label), verbosity=0)
    grant_roles()


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("departments", "0001_initial"),
        ("tickets", "0001_initial"),
        ("whatsapp", "0001_initial"),
    ]

    operations = [migrations.RunPython(create_groups, migrations.RunPython.noop)]
