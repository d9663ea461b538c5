from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('whatsapp', '0034_acts'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='conversation',
            index=models.Index(condition=models.Q(('language__in', ['', 'tr']), _negated=True), fields=['language'], include=('citizen',), name='conversation_foreign'),
        ),
    ]
