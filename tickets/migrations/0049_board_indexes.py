"""Indexes of the queue and the board, made while others write; who waits is counted for the tickets that are open."""

import datetime

import django.db.models.deletion
import django.db.models.functions.comparison
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

BATCH = 1000  # open tickets in one transaction

# As tickets/services/_waits_since.py counts it: the citizen's last word, unless staff told them something since.
COUNT = """
UPDATE tickets_ticket AS ticket SET waits_since = said.last FROM (
    SELECT ticket_id,
        max(at) FILTER (
            WHERE kind = 'created' OR (actor_kind = 'citizen' AND kind IN ('described', 'attached', 'located', 'moved'))
        ) AS last,
        max(at) FILTER (WHERE actor_kind = 'staff' AND announce) AS told
    FROM tickets_ticketevent WHERE ticket_id = ANY(%s) GROUP BY ticket_id
) AS said
WHERE ticket.id = said.ticket_id AND ticket.outcome IS NULL AND ticket.waits_since IS NULL
AND said.last > coalesce(said.told, '-infinity')
"""


def count_waiting(apps, schema_editor):
    open_tickets = apps.get_model("tickets", "Ticket").objects.filter(outcome=None).order_by("pk")
    last = 0
    while keys := list(open_tickets.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(COUNT, [keys])
        last = keys[-1]


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('tickets', '0048_board_and_registry'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='ticket',
            index=models.Index(django.db.models.functions.comparison.Coalesce('resolution_due_at', 'legal_due_at'), models.F('id'), condition=models.Q(('outcome__isnull', True)), name='ticket_open_due'),
        ),
        AddIndexConcurrently(
            model_name='ticket',
            index=models.Index(django.db.models.functions.comparison.Coalesce('waits_since', datetime.datetime(2100, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)), models.F('id'), name='ticket_waits'),
        ),
        AddIndexConcurrently(
            model_name='ticket',
            index=models.Index(models.F('assignee'), models.OrderBy(models.F('created_at'), descending=True), name='ticket_of_assignee'),
        ),
        AddIndexConcurrently(
            model_name='ticket',
            index=models.Index(condition=models.Q(('assignee__isnull', False), ('outcome__isnull', True)), fields=['assignee', 'waits_since'], name='ticket_in_hand'),
        ),
        AddIndexConcurrently(
            model_name='ticket',
            index=models.Index(models.F('channel'), models.OrderBy(models.F('created_at'), descending=True), condition=models.Q(('channel', 'whatsapp'), _negated=True), name='ticket_of_channel'),
        ),
        AddIndexConcurrently(
            model_name='ticket',
            index=models.Index(models.F('registry_number'), condition=models.Q(('registry_number', ''), _negated=True), name='ticket_registry'),
        ),
        AddIndexConcurrently(
            model_name='ticket',
            index=models.Index(models.F('cimer_number'), condition=models.Q(('cimer_number', ''), _negated=True), name='ticket_cimer'),
        ),
        migrations.AlterField(
            model_name='ticket',
            name='assignee',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tickets', to=settings.AUTH_USER_MODEL, verbose_name='sorumlu'),
        ),
        migrations.RunPython(count_waiting, migrations.RunPython.noop),
    ]
