"""What clerks put off, who has which talk open, and that whoever put something off is told when it is back."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0044_acts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Snooze',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='ertelendi')),
                ('until', models.DateTimeField(verbose_name='ne zamana')),
                ('back_at', models.DateTimeField(blank=True, null=True, verbose_name='geri geldi')),
                ('written', models.BooleanField(default=False, verbose_name='vatandaş yazdı')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='bitti')),
            ],
            options={
                'verbose_name': 'erteleme',
                'verbose_name_plural': 'ertelemeler',
            },
        ),
        migrations.CreateModel(
            name='TalkPresence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('open_until', models.DateTimeField(verbose_name='açık sayılma süresi')),
                ('writing_until', models.DateTimeField(blank=True, null=True, verbose_name='yazıyor sayılma süresi')),
            ],
            options={
                'verbose_name': 'açık görüşme',
                'verbose_name_plural': 'açık görüşmeler',
            },
        ),
        migrations.RemoveConstraint(
            model_name='notification',
            name='notice_of_one_thing',
        ),
        migrations.AlterField(
            model_name='handover',
            name='reason',
            field=models.CharField(choices=[('asked', 'Görevli istedi'), ('wrote', 'Görevliye yazdı'), ('unread', 'Mesajı işlenemedi'), ('corrects', 'Düzeltme yazdı'), ('question', 'Soru sordu'), ('answered', 'Sorunuzu yanıtladı'), ('added', 'Başvurusuna yazdı'), ('unsolved', '“Çözülmedi” dedi')], max_length=8, verbose_name='neden'),
        ),
        migrations.AddField(
            model_name='snooze',
            name='handover',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='snoozes', to='tickets.handover', verbose_name='bekleyen görüşme'),
        ),
        migrations.AddField(
            model_name='snooze',
            name='ticket',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='snoozes', to='tickets.ticket', verbose_name='başvuru'),
        ),
        migrations.AddField(
            model_name='snooze',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='snoozes', to=settings.AUTH_USER_MODEL, verbose_name='erteleyen'),
        ),
        migrations.AddField(
            model_name='notification',
            name='snooze',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notifications', to='tickets.snooze', verbose_name='erteleme'),
        ),
        # Checked by the next migration, which holds nobody up.
        AddConstraintNotValid(
            model_name='notification',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('data_request__isnull', True), ('drill__isnull', True), ('handover__isnull', True), ('snooze__isnull', True), ('ticket__isnull', False), models.Q(('kind__in', ['waiting', 'data']), _negated=True)), models.Q(('data_request__isnull', True), ('drill__isnull', False), ('handover__isnull', True), ('snooze__isnull', True), ('ticket__isnull', True), ('kind', 'danger')), models.Q(models.Q(models.Q(('data_request__isnull', True), ('drill__isnull', True), ('handover__isnull', False), ('snooze__isnull', True), ('ticket__isnull', True)), models.Q(('data_request__isnull', True), ('drill__isnull', True), ('handover__isnull', True), ('snooze__isnull', False), ('ticket__isnull', True)), _connector='OR'), ('kind', 'waiting')), models.Q(('data_request__isnull', False), ('drill__isnull', True), ('handover__isnull', True), ('snooze__isnull', True), ('ticket__isnull', True), ('kind', 'data')), _connector='OR'), name='notice_of_one_thing'),
        ),
        migrations.AddField(
            model_name='talkpresence',
            name='citizen',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tickets.citizen', verbose_name='vatandaş'),
        ),
        migrations.AddField(
            model_name='talkpresence',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='kullanıcı'),
        ),
        migrations.AddIndex(
            model_name='snooze',
            index=models.Index(models.F('until'), condition=models.Q(('back_at', None), ('ended_at', None)), name='snooze_asleep'),
        ),
        migrations.AddIndex(
            model_name='snooze',
            index=models.Index(models.F('back_at'), condition=models.Q(('back_at__isnull', False), ('ended_at', None)), name='snooze_back'),
        ),
        migrations.AddConstraint(
            model_name='snooze',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('handover__isnull', False), ('ticket__isnull', True)), models.Q(('handover__isnull', True), ('ticket__isnull', False)), _connector='OR'), name='snooze_of_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='snooze',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('ticket',), name='snooze_ticket_once'),
        ),
        migrations.AddConstraint(
            model_name='snooze',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('handover',), name='snooze_handover_once'),
        ),
        migrations.AddIndex(
            model_name='talkpresence',
            index=models.Index(models.F('open_until'), name='talk_open'),
        ),
        migrations.AddConstraint(
            model_name='talkpresence',
            constraint=models.UniqueConstraint(fields=('citizen', 'user'), name='talk_open_once'),
        ),
    ]
