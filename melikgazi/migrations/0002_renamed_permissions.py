"""Permissions follow the models that were renamed: groups keep what they may open."""

from django.db import migrations

RENAMED = {
    "whatsapp": {
        "delivery": "inbounddelivery",
        "notice": "unhandledupdate",
        "question": "faqentry",
        "wording": "textoverride",
    },
    "tickets": {
        "notice": "notification",
        "noticewish": "notificationpreference",
        "reading": "viewmark",
        "doomedfile": "pendingfiledeletion",
        "repeatkey": "idempotencykey",
    },
}


def rename(apps, _schema_editor):
    permissions = apps.get_model("auth", "Permission").objects
    for app, models in RENAMED.items():
        for old, new in models.items():
            for verb in ("view", "add", "change", "delete"):
                stale = permissions.filter(content_type__app_label=app, codename=f"{verb}_{old}")
                if permissions.filter(content_type__app_label=app, codename=f"{verb}_{new}").exists():
                    stale.delete()
                else:
                    stale.update(codename=f"{verb}_{new}")


class Migration(migrations.Migration):
    dependencies = [
        ("melikgazi", "0001_roles"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("tickets", "0026_terms_of_the_field"),
        ("whatsapp", "0014_terms_of_the_field"),
    ]

    operations = [migrations.RunPython(rename, migrations.RunPython.noop)]
