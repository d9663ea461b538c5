"""When the first webhook request came that another app secret signed, since the last correctly signed one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0041_unsigned_at")]

    operations = [
        migrations.AddField(
            "channelstate",
            "unsigned_since",
            models.DateTimeField("imzası tutmayan ilk istek", blank=True, editable=False, null=True),
        ),
    ]
