"""Notices of what a citizen adds to a ticket; a form of the back office that is sent twice counts once."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0050_answering_again'),
    ]

    operations = [
        migrations.AddField(
            model_name='idempotencykey',
            name='ticket',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tickets.ticket', verbose_name='başvuru'),
        ),
        migrations.AlterField(
            model_name='idempotencykey',
            name='request',
            field=models.CharField(blank=True, default='', max_length=64, verbose_name='isteğin özeti'),
        ),
        migrations.AlterField(
            model_name='notification',
            name='kind',
            field=models.CharField(choices=[('work', 'Yeni iş'), ('added', 'Başvuruya ek'), ('danger', 'Tehlike'), ('deadline', 'Süre'), ('waiting', 'Bekleyen'), ('data', 'Kişisel veri talebi'), ('mention', 'Notta anılma'), ('unsent', 'Gönderilmeyen cevap'), ('fileless', 'Dosyasız giden cevap')], max_length=8, verbose_name='tür'),
        ),
        migrations.AlterField(
            model_name='notificationpreference',
            name='by_mail',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('work', 'Yeni iş'), ('added', 'Başvuruya ek'), ('danger', 'Tehlike'), ('deadline', 'Süre'), ('waiting', 'Bekleyen'), ('data', 'Kişisel veri talebi'), ('mention', 'Notta anılma'), ('unsent', 'Gönderilmeyen cevap'), ('fileless', 'Dosyasız giden cevap')], max_length=8), blank=True, default=list, size=None, verbose_name='e-postayla'),
        ),
        migrations.AlterField(
            model_name='notificationpreference',
            name='by_message',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('work', 'Yeni iş'), ('added', 'Başvuruya ek'), ('danger', 'Tehlike'), ('deadline', 'Süre'), ('waiting', 'Bekleyen'), ('data', 'Kişisel veri talebi'), ('mention', 'Notta anılma'), ('unsent', 'Gönderilmeyen cevap'), ('fileless', 'Dosyasız giden cevap')], max_length=8), blank=True, default=list, size=None, verbose_name='WhatsApp’la'),
        ),
    ]
