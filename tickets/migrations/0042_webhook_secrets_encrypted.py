"""Signing keys of webhooks leave in clear no more."""

from typing import Any

from django.db import migrations, models

import tickets.api_clients.models.clients
from departments.common.encryption import encrypt


def seal(apps: Any, _editor: Any) -> None:
    for hook in apps.get_model("tickets", "Webhook").objects.all():
        hook.sealed_secret = encrypt(hook.secret)
        hook.save(update_fields=["sealed_secret"])


class Migration(migrations.Migration):

    dependencies = [("tickets", "0041_api_keys_hashed")]

    operations = [
        migrations.AddField("webhook", "sealed_secret", models.TextField(default="", editable=False, verbose_name="imza anahtarı, şifreli")),
        migrations.RunPython(seal),
        migrations.RemoveField("webhook", "secret"),
        migrations.AlterField("webhook", "sealed_secret", models.TextField(default=tickets.api_clients.models.clients.new_sealed_secret, editable=False, verbose_name="imza anahtarı, şifreli")),
    ]
