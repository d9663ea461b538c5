"""Tickets may come from other systems; those of a mahalle are found by the index of their time."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    accepted = {"index": "the index of the mahalle’s key goes, which takes a moment: one that begins with it is there"}

    dependencies = [
        ('tickets', '0056_feed_and_region_indexes'),
    ]

    operations = [
        migrations.AlterField(
            model_name='ticket',
            name='neighbourhood',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tickets', to='departments.neighbourhood', verbose_name='mahalle'),
        ),
        migrations.AlterField(
            model_name='ticket',
            name='channel',
            field=models.CharField(choices=[('whatsapp', 'WhatsApp'), ('telefon', 'Telefon'), ('yuz_yuze', 'Yüz yüze'), ('web', 'Web'), ('eposta', 'E-posta'), ('sosyal_medya', 'Sosyal medya'), ('cimer', 'CİMER'), ('mobil_baskan', 'Mobil Başkan'), ('api', 'Başka sistem')], max_length=15, verbose_name='kanal'),
        ),
    ]
