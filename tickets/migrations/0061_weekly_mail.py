"""Who wants a department’s week by mail."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('departments', '0020_duty_reads_hidden'),
        ('tickets', '0060_public_page'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='WeeklyMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('week', models.DateField(verbose_name='hafta')),
                ('mailed_at', models.DateTimeField(blank=True, null=True, verbose_name='e-posta gönderildi')),
                ('mail_attempts', models.PositiveSmallIntegerField(default=0, verbose_name='e-posta denemesi')),
                ('mail_next_at', models.DateTimeField(blank=True, null=True, verbose_name='sıradaki e-posta denemesi')),
                ('mail_error', models.CharField(blank=True, default='', max_length=80, verbose_name='e-posta hatası')),
                ('department', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='departments.department', verbose_name='birim')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='kullanıcı')),
            ],
            options={
                'verbose_name': 'haftalık e-posta',
                'verbose_name_plural': 'haftalık e-postalar',
                'constraints': [models.UniqueConstraint(fields=('user', 'department'), name='weekly_mail_once')],
            },
        ),
    ]
