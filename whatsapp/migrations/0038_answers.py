import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0037_request_id")]

    operations = [
        migrations.AddField(
            "outbox",
            "answers",
            models.ForeignKey(
                "whatsapp.message",
                django.db.models.deletion.DO_NOTHING,
                null=True,
                blank=True,
                db_constraint=False,
                db_index=False,
                related_name="+",
                verbose_name="cevapladığı mesaj",
            ),
        ),
    ]
