from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0035_foreign_conversations")]

    operations = [
        migrations.AddField("erasedupdate", "erased_at", models.DateTimeField("silinme", db_default=Now())),
    ]
