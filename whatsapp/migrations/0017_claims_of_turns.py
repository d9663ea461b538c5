"""Turns are claimed, and counted before they are worked on; the oldest message that waits is found by an index."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0016_one_dispatcher")]

    operations = [
        migrations.AddField(
            "conversation",
            "claimed_until",
            models.DateTimeField("ele alınma sonu", null=True, blank=True),
        ),
        migrations.AddIndex(
            "message",
            models.Index(fields=["id"], name="message_waiting", condition=Q(state="new")),
        ),
    ]
