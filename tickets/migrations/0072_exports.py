"""Files of many rows that somebody asked for by the REST API."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0071_undo_until_on_old_installations'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('query', models.TextField(blank=True, default='', verbose_name='süzgeç')),
                ('form', models.CharField(max_length=4, verbose_name='biçim')),
                ('state', models.CharField(choices=[('waiting', 'Sırada'), ('making', 'Hazırlanıyor'), ('done', 'Hazır'), ('failed', 'Hazırlanamadı'), ('gone', 'Silindi')], default='waiting', max_length=7, verbose_name='durum')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='deneme')),
                ('due_at', models.DateTimeField(verbose_name='sıradaki deneme')),
                ('tickets', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None, verbose_name='başvurular')),
                ('file', models.CharField(blank=True, default='', max_length=100, verbose_name='dosya')),
                ('reason', models.CharField(blank=True, default='', max_length=200, verbose_name='neden')),
                ('created_at', models.DateTimeField(verbose_name='istendi')),
                ('expires_at', models.DateTimeField(verbose_name='silinme')),
                ('key', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='tickets.apikey', verbose_name='API anahtarı')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='kim')),
            ],
            options={
                'verbose_name': 'dışa aktarma',
                'verbose_name_plural': 'dışa aktarmalar',
                'indexes': [models.Index(models.F('due_at'), condition=models.Q(('state__in', ('waiting', 'making'))), name='export_due')],
            },
        ),
    ]
