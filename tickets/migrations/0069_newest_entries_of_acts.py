from django.db import migrations, models
from django.db.models import Value


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0068_hours_of_analysts_to_the_quarter'),
    ]

    operations = [
        migrations.AddField(
            model_name='act',
            name='newest_entries',
            field=models.JSONField(db_default=Value([], models.JSONField()), default=list, verbose_name='son kayıtlar'),
        ),
    ]
