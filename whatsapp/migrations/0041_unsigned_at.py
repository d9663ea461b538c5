"""When the last webhook request came that another app secret signed (whatsapp/webhook/unsigned.py)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0040_urls_of_notices_on_old_installations")]

    operations = [
        migrations.AddField(
            "channelstate",
            "unsigned_at",
            models.DateTimeField("imzası tutmayan son istek", blank=True, editable=False, null=True),
        ),
    ]
