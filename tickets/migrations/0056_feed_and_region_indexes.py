"""The tickets by the transaction that wrote them, and those of a mahalle by their time; made while others write."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("tickets", "0055_change_feed")]

    operations = [
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(models.F("changed_in"), models.F("id"), name="ticket_changed_in"),
        ),
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(
                models.F("neighbourhood"),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="ticket_of_neighbourhood",
            ),
        ),
    ]
