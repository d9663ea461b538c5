"""An index of the tickets of a region and a time, made while others write."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('tickets', '0064_keys_of_departments'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='ticket',
            index=models.Index(condition=models.Q(('lat__isnull', False)), fields=['lat', 'lon', 'created_at'], name='ticket_region'),
        ),
    ]
