"""The next call of one address is found without walking the backlog of another."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("tickets", "0069_newest_entries_of_acts"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="webhookcall",
            index=models.Index(
                "webhook", "due_at", condition=models.Q(state="waiting"), name="webhook_call_next"
            ),
        ),
    ]
