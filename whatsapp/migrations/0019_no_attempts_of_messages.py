"""A turn's failures are counted on its conversation; nobody counted on the message."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0014_terms_of_the_field")]

    operations = [migrations.RemoveField("Message", "attempts")]
