"""An index of the restricted tickets by their citizens, made while others write."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('tickets', '0053_replies_in_talks'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='ticket',
            index=models.Index(models.F('citizen'), condition=models.Q(('restricted', True)), name='ticket_restricted'),
        ),
    ]
