"""Indexes and a check that hold up nobody who writes: notifications of what was put off, breaches in their order."""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("tickets", "0045_who_waits")]

    operations = [
        AddIndexConcurrently(
            "notification",
            models.Index(
                models.F("snooze"), condition=models.Q(snooze__isnull=False), name="notice_of_snooze"
            ),
        ),
        AddIndexConcurrently(
            "breach",
            models.Index(models.F("due_at").desc(), models.F("id").desc(), name="breach_newest"),
        ),
        ValidateConstraint("notification", "notice_of_one_thing"),
    ]
