"""Macros, replies for later, drafts, and what is kept of a citizen: notes, calls, blocks. What acts of staff write of it, or
put off, is kept, so that it can be taken back (0044_acts.py). A draft is not: it stands in the box again.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

JOURNALED = (
    "tickets_snooze",
    "tickets_scheduledreply",
    "tickets_phonecall",
    "tickets_callback",
    "tickets_citizennote",
    "tickets_citizenblock",
)
KEPT = """
CREATE TRIGGER journal AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW
    WHEN (coalesce(current_setting('tickets.act', true), '') <> '') EXECUTE FUNCTION tickets_journal();
"""
NOT_KEPT = "DROP TRIGGER journal ON {table};"


class Migration(migrations.Migration):

    dependencies = [
        ('departments', '0017_sign_in'),
        ('tickets', '0046_who_waits_checked'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='cannedanswer',
            name='agency',
            field=models.ForeignKey(blank=True, help_text='Kuruma yönlendiren makroda.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='departments.agency', verbose_name='kurum'),
        ),
        migrations.AddField(
            model_name='cannedanswer',
            name='language',
            field=models.CharField(choices=[('tr', 'Türkçe'), ('en', 'İngilizce'), ('ar', 'Arapça')], db_default='tr', default='tr', max_length=2, verbose_name='dil'),
        ),
        migrations.AddField(
            model_name='cannedanswer',
            name='move_to',
            field=models.CharField(blank=True, choices=[('NEW', 'Alındı'), ('ASSIGNED', 'Birime iletildi'), ('IN_PROGRESS', 'İşlemde'), ('PLANNED', 'Programa alındı'), ('WAITING', 'Vatandaştan cevap bekleniyor'), ('REVIEW', 'Cevap onayında'), ('RESOLVED', 'Çözüldü'), ('REJECTED', 'Karşılanamadı'), ('REDIRECTED', 'İlgili kuruma yönlendirildi'), ('DUPLICATE', 'Mükerrer'), ('CANCELLED', 'İptal edildi'), ('CLOSED', 'Kapandı')], db_default='', default='', help_text='Doluysa makrodur: cevapla birlikte başvuru bu duruma geçer.', max_length=12, verbose_name='durumu değiştir'),
        ),
        migrations.AddField(
            model_name='cannedanswer',
            name='note',
            field=models.TextField(blank=True, db_default='', default='', help_text='Makroyla eklenen not.', max_length=2000, verbose_name='iç not'),
        ),
        migrations.AddField(
            model_name='cannedanswer',
            name='reason',
            field=models.CharField(blank=True, db_default='', default='', help_text='Durum gerekçe istiyorsa.', max_length=300, verbose_name='gerekçe'),
        ),
        migrations.AlterField(
            model_name='notification',
            name='kind',
            field=models.CharField(choices=[('work', 'Yeni iş'), ('danger', 'Tehlike'), ('deadline', 'Süre'), ('waiting', 'Bekleyen'), ('data', 'Kişisel veri talebi'), ('mention', 'Notta anılma'), ('unsent', 'Gönderilmeyen cevap')], max_length=8, verbose_name='tür'),
        ),
        migrations.AlterField(
            model_name='notificationpreference',
            name='by_mail',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('work', 'Yeni iş'), ('danger', 'Tehlike'), ('deadline', 'Süre'), ('waiting', 'Bekleyen'), ('data', 'Kişisel veri talebi'), ('mention', 'Notta anılma'), ('unsent', 'Gönderilmeyen cevap')], max_length=8), blank=True, default=list, size=None, verbose_name='e-postayla'),
        ),
        migrations.AlterField(
            model_name='notificationpreference',
            name='by_message',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('work', 'Yeni iş'), ('danger', 'Tehlike'), ('deadline', 'Süre'), ('waiting', 'Bekleyen'), ('data', 'Kişisel veri talebi'), ('mention', 'Notta anılma'), ('unsent', 'Gönderilmeyen cevap')], max_length=8), blank=True, default=list, size=None, verbose_name='WhatsApp’la'),
        ),
        migrations.CreateModel(
            name='CitizenNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('access', 'Erişim ihtiyacı (işitme, görme, hareket)'), ('language', 'Dil, tercüman'), ('contact', 'Nasıl ulaşılmak istiyor'), ('safety', 'Giden ekibin güvenliği')], max_length=8, verbose_name='amaç')),
                ('text', models.CharField(max_length=500, verbose_name='not')),
                ('at', models.DateTimeField(verbose_name='zaman')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='yazan')),
                ('citizen', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='tickets.citizen', verbose_name='vatandaş')),
            ],
            options={
                'verbose_name': 'kişi notu',
                'verbose_name_plural': 'kişi notları',
            },
        ),
        migrations.CreateModel(
            name='PhoneCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('result', models.CharField(choices=[('talked', 'Konuştum'), ('unreached', 'Ulaşamadım'), ('busy', 'Meşgul')], max_length=9, verbose_name='sonuç')),
                ('note', models.CharField(blank=True, default='', max_length=500, verbose_name='not')),
                ('at', models.DateTimeField(verbose_name='zaman')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='arayan')),
                ('citizen', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='phone_calls', to='tickets.citizen', verbose_name='vatandaş')),
                ('ticket', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='phone_calls', to='tickets.ticket', verbose_name='başvuru')),
            ],
            options={
                'verbose_name': 'telefon görüşmesi',
                'verbose_name_plural': 'telefon görüşmeleri',
            },
        ),
        migrations.CreateModel(
            name='CallBack',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_at', models.DateTimeField(verbose_name='aranacağı zaman')),
                ('created_at', models.DateTimeField(verbose_name='konma')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='bitti')),
                ('assignee', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='arayacak')),
                ('citizen', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='call_backs', to='tickets.citizen', verbose_name='vatandaş')),
                ('ticket', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='call_backs', to='tickets.ticket', verbose_name='başvuru')),
            ],
            options={
                'verbose_name': 'geri arama',
                'verbose_name_plural': 'geri aramalar',
                'indexes': [models.Index(models.F('due_at'), condition=models.Q(('ended_at__isnull', True)), name='call_back_due')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('citizen',), name='call_back_once')],
            },
        ),
        migrations.CreateModel(
            name='CitizenBlock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=300, verbose_name='neden')),
                ('since', models.DateTimeField(verbose_name='başlangıç')),
                ('until', models.DateTimeField(verbose_name='bitiş')),
                ('lifted_at', models.DateTimeField(blank=True, null=True, verbose_name='kaldırılma')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='engelleyen')),
                ('citizen', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='blocks', to='tickets.citizen', verbose_name='vatandaş')),
                ('lifted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='kaldıran')),
            ],
            options={
                'verbose_name': 'engel',
                'verbose_name_plural': 'engeller',
                'indexes': [models.Index(models.F('until'), condition=models.Q(('lifted_at__isnull', True)), name='citizen_block_ends')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('lifted_at__isnull', True)), fields=('citizen',), name='citizen_block_once')],
            },
        ),
        migrations.CreateModel(
            name='ReplyDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(verbose_name='metin')),
                ('updated_at', models.DateTimeField(verbose_name='değişme')),
                ('citizen', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reply_drafts', to='tickets.citizen', verbose_name='vatandaş')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='kullanıcı')),
            ],
            options={
                'verbose_name': 'cevap taslağı',
                'verbose_name_plural': 'cevap taslakları',
                'constraints': [models.UniqueConstraint(fields=('user', 'citizen'), name='reply_draft_once')],
            },
        ),
        migrations.CreateModel(
            name='ScheduledReply',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(verbose_name='metin')),
                ('due_at', models.DateTimeField(verbose_name='gönderilme zamanı')),
                ('whatever_comes', models.BooleanField(default=False, verbose_name='vatandaş yazsa da gönder')),
                ('created_at', models.DateTimeField(verbose_name='yazılma')),
                ('state', models.CharField(choices=[('waiting', 'Gönderilmeyi bekliyor'), ('sent', 'Gönderildi'), ('cancelled', 'Vazgeçildi'), ('unsent', 'Gönderilmedi')], default='waiting', max_length=9, verbose_name='hâli')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='bitti')),
                ('reason', models.CharField(blank=True, default='', max_length=300, verbose_name='neden gönderilmedi')),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='yazan')),
                ('event', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='tickets.ticketevent', verbose_name='giden cevap')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='scheduled_replies', to='tickets.ticket', verbose_name='başvuru')),
            ],
            options={
                'verbose_name': 'ileri tarihli cevap',
                'verbose_name_plural': 'ileri tarihli cevaplar',
                'indexes': [models.Index(models.F('due_at'), condition=models.Q(('state', 'waiting')), name='scheduled_due')],
            },
        ),
        migrations.RunSQL(
            "".join(KEPT.format(table=table) for table in JOURNALED),
            "".join(NOT_KEPT.format(table=table) for table in JOURNALED),
        ),
    ]
