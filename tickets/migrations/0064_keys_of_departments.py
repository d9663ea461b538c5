"""API keys of a department's own systems, made by its head."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    accepted = {"index": "a table of some dozen keys"}

    dependencies = [
        ('departments', '0020_duty_reads_hidden'),
        ('tickets', '0063_notice_of_a_given_talk_checked'),
    ]

    operations = [
        migrations.AddField(
            model_name='apikey',
            name='department',
            field=models.ForeignKey(blank=True, help_text='Anahtar yalnızca bu birimin başvurularında ve ekibinin yapabildiği kadarında geçer.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='departments.department', verbose_name='birim'),
        ),
    ]
