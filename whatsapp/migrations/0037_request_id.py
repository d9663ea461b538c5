from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0036_erased_at")]

    operations = [
        migrations.AddField(
            "inbounddelivery",
            "request_id",
            models.CharField("istek no", max_length=64, blank=True, default="", db_default=""),
        ),
    ]
