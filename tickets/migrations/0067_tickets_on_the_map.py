"""What the panel's map tells of open tickets, in an index of its own."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.expressions import F, OrderBy


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('tickets', '0066_keys_of_open311_pages'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='ticket',
            index=models.Index(OrderBy(F('created_at'), descending=True), OrderBy(F('id'), descending=True), condition=models.Q(('lat__isnull', False), ('outcome__isnull', True), ('restricted', False)), include=('number', 'lat', 'lon', 'category', 'status', 'urgent', 'danger', 'danger_unsure', 'claimed_at', 'waiting_since', 'resolution_due_at', 'resolution_warn_at', 'legal_due_at', 'legal_near_at', 'department', 'assignee'), name='ticket_open_on_map'),
        ),
    ]
