"""Until when a citizen's share of the workers' time is spent (whatsapp/turns/allowance.py)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0038_answers")]

    operations = [
        migrations.AddField(
            "conversation",
            "spent_until",
            models.DateTimeField("harcanan işlem süresi", blank=True, null=True),
        ),
    ]
