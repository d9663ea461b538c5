"""The keys of Open311's pages are found in an index alone: the one by which reports count what came."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('tickets', '0065_tickets_of_a_region'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='ticket',
            index=models.Index(fields=['created_at'], include=('department', 'category', 'neighbourhood', 'assignee', 'restricted', 'outcome', 'lat', 'lon', 'id', 'danger', 'danger_unsure'), name='ticket_figures_came'),
        ),
        RemoveIndexConcurrently(
            model_name='ticket',
            name='ticket_figures_opened',
        ),
    ]
