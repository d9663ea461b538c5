"""What the public is told: cells whose place may be told, and the figures of the public page."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0059_open_by_wait_and_legal_limit'),
    ]

    operations = [
        migrations.CreateModel(
            name='PublicFigures',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('figures', models.JSONField(verbose_name='sayılar')),
                ('made_at', models.DateTimeField(verbose_name='hazırlanma')),
            ],
            options={
                'verbose_name': 'kamuya açık sayılar',
                'verbose_name_plural': 'kamuya açık sayılar',
            },
        ),
        migrations.CreateModel(
            name='PublishedCell',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('y', models.IntegerField()),
                ('x', models.IntegerField()),
            ],
            options={
                'verbose_name': 'yayımlanan yer',
                'verbose_name_plural': 'yayımlanan yerler',
                'constraints': [models.UniqueConstraint(fields=('y', 'x'), name='published_cell_once')],
            },
        ),
    ]
