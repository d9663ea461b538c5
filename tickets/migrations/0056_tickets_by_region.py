"""The tickets of a mahalle by their time, in one index instead of the one of its key alone; made while others write."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('departments', '0020_duty_reads_hidden'),
        ('tickets', '0055_change_feed'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='ticket',
            index=models.Index(models.F('neighbourhood'), models.OrderBy(models.F('created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='ticket_of_neighbourhood'),
        ),
        migrations.AlterField(
            model_name='ticket',
            name='neighbourhood',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tickets', to='departments.neighbourhood', verbose_name='mahalle'),
        ),
    ]
