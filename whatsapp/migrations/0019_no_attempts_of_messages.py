"""A turn's failures are counted on its conversation; nobody counted on the message."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0017_claims_of_turns")]

    operations = [migrations.RemoveField("Message", "attempts")]
