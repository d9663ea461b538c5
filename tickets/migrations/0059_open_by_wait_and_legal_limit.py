"""Indexes of the board, made while others write: who waits longest, and what the law's limit comes for first."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('tickets', '0058_views_for_analysts'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='ticket',
            index=models.Index(condition=models.Q(('outcome__isnull', True), ('waits_since__isnull', False)), fields=['waits_since', 'id'], name='ticket_open_waits'),
        ),
        AddIndexConcurrently(
            model_name='ticket',
            index=models.Index(condition=models.Q(('outcome__isnull', True)), fields=['legal_due_at', 'id'], name='ticket_open_legal'),
        ),
    ]
