"""Acts of staff that can be taken back: what they write is kept by a trigger of each table that they write to.

The trigger costs a statement outside of an act one look at a setting of its session.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

JOURNALED = (
    "tickets_ticket",
    "tickets_ticketevent",
    "tickets_attachment",
    "tickets_pendingupload",
    "tickets_pendingfiledeletion",
    "tickets_handover",
    "tickets_notification",
    "tickets_breach",
    "tickets_webhookcall",
    "departments_correction",
    "departments_dangercorrection",
)
JOURNAL = """
CREATE FUNCTION tickets_journal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    old_row jsonb;
    new_row jsonb;
BEGIN
    IF TG_OP = 'INSERT' THEN
        -- What says that somebody has done something with it since.
        new_row := CASE TG_TABLE_NAME
            WHEN 'tickets_ticket' THEN jsonb_build_object('version', to_jsonb(NEW) -> 'version')
            WHEN 'whatsapp_outbox' THEN jsonb_build_object('state', to_jsonb(NEW) -> 'state')
            WHEN 'tickets_webhookcall' THEN jsonb_build_object('state', to_jsonb(NEW) -> 'state')
            ELSE '{}' END;
    ELSIF TG_OP = 'DELETE' THEN
        old_row := to_jsonb(OLD);
    ELSE
        SELECT jsonb_object_agg(was.key, was.value), jsonb_object_agg(was.key, to_jsonb(NEW) -> was.key)
        INTO old_row, new_row
        FROM jsonb_each(to_jsonb(OLD)) AS was
        WHERE was.value IS DISTINCT FROM to_jsonb(NEW) -> was.key;
        IF old_row IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO tickets_actchange (act_id, "table", key, before, after) VALUES (
        current_setting('tickets.act')::bigint, TG_TABLE_NAME,
        CASE TG_OP WHEN 'DELETE' THEN to_jsonb(OLD) ->> 'id' ELSE to_jsonb(NEW) ->> 'id' END, old_row, new_row
    );
    RETURN NULL;
END;
$$;
"""
KEPT = """
CREATE TRIGGER journal AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW
    WHEN (coalesce(current_setting('tickets.act', true), '') <> '') EXECUTE FUNCTION tickets_journal();
"""
NOT_KEPT = "DROP TRIGGER journal ON {table};"
APPEND_ONLY = """
CREATE OR REPLACE FUNCTION tickets_ticketevent_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'announced_at' IS NOT DISTINCT FROM to_jsonb(OLD) - 'announced_at' THEN
        RETURN NEW;
    END IF;
    -- Of a ticket that is forgotten the words may go, and what is kept beside them become less.
    IF TG_OP = 'UPDATE' AND NEW.public_text = '' AND NEW.note = '' AND OLD.data @> NEW.data
        AND to_jsonb(NEW) - ARRAY['public_text', 'note', 'data']
            IS NOT DISTINCT FROM to_jsonb(OLD) - ARRAY['public_text', 'note', 'data']
        AND EXISTS (SELECT 1 FROM tickets_ticket WHERE id = OLD.ticket_id AND forgotten_at IS NOT NULL)
    THEN
        RETURN NEW;
    END IF;
    {taken_back}
    RAISE EXCEPTION 'a timeline is append-only (event %)', OLD.id USING ERRCODE = 'integrity_constraint_violation';
END;
$$;
"""
TAKEN_BACK = """
    -- What was held back, told to nobody, and is taken back now.
    IF TG_OP = 'DELETE' AND OLD.undo_until IS NOT NULL AND OLD.announced_at IS NULL
        AND current_setting('tickets.taking_back', true) = 'on'
    THEN
        RETURN OLD;
    END IF;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('departments', '0017_sign_in'),
        ('tickets', '0043_access_log_complete'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='ticketevent',
            name='undo_until',
            field=models.DateTimeField(blank=True, null=True, verbose_name='geri alma süresi'),
        ),
        migrations.AlterField(
            model_name='ticketevent',
            name='kind',
            field=models.CharField(choices=[('created', 'Başvuru alındı'), ('moved', 'Durum değişti'), ('assigned', 'Sorumlu değişti'), ('classified', 'Konu değişti'), ('priority', 'Öncelik değişti'), ('danger', 'Tehlike düzeltildi'), ('claimed', 'Acil bildirim üstlenildi'), ('released', 'Acil bildirim bırakıldı'), ('note', 'Not'), ('described', 'Bilgi eklendi'), ('located', 'Konum belirlendi'), ('attached', 'Dosya eklendi'), ('rated', 'Değerlendirildi'), ('followed', 'Asıl başvurudan haber'), ('published', 'Yayın onayı'), ('replied', 'Vatandaşa yazıldı'), ('withdrawn', 'Geri alındı'), ('handed', 'Görüşme el değiştirdi'), ('split', 'İkiye ayrıldı'), ('blurred', 'Fotoğraf bulanıklaştırıldı'), ('disclosed', 'Fotoğrafın aslı açıldı'), ('unmasked', 'Telefon numarası açıldı'), ('hidden', 'Dosya gizlendi'), ('shown', 'Gizlenen dosya yeniden gösterildi'), ('forgotten', 'Anonimleştirildi')], max_length=10, verbose_name='olay'),
        ),
        migrations.CreateModel(
            name='Act',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=20, verbose_name='işlem')),
                ('title', models.CharField(max_length=200, verbose_name='başlık')),
                ('at', models.DateTimeField(verbose_name='zaman')),
                ('undo_until', models.DateTimeField(db_index=True, verbose_name='geri alma süresi')),
                ('taken_back_at', models.DateTimeField(blank=True, null=True, verbose_name='geri alındı')),
                ('ticket', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tickets.ticket', verbose_name='başvuru')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='yapan')),
            ],
            options={
                'verbose_name': 'geri alınabilir işlem',
                'verbose_name_plural': 'geri alınabilir işlemler',
            },
        ),
        migrations.CreateModel(
            name='ActChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('table', models.CharField(max_length=63, verbose_name='tablo')),
                ('key', models.CharField(max_length=40, verbose_name='satır')),
                ('before', models.JSONField(null=True, verbose_name='önce')),
                ('after', models.JSONField(null=True, verbose_name='sonra')),
                ('act', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='tickets.act', verbose_name='işlem')),
            ],
            options={
                'verbose_name': 'işlemin değiştirdiği satır',
                'verbose_name_plural': 'işlemin değiştirdiği satırlar',
            },
        ),
        migrations.CreateModel(
            name='DeskPreference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('letters', models.BooleanField(db_default=True, default=True, verbose_name='tek harfle işlem')),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='desk_preference', to=settings.AUTH_USER_MODEL, verbose_name='kullanıcı')),
            ],
            options={
                'verbose_name': 'masa tercihi',
                'verbose_name_plural': 'masa tercihleri',
            },
        ),
        migrations.AddIndex(
            model_name='act',
            index=models.Index(models.F('user'), models.OrderBy(models.F('id'), descending=True), name='act_of_user'),
        ),
        migrations.RunSQL(
            JOURNAL + "".join(KEPT.format(table=table) for table in JOURNALED),
            "".join(NOT_KEPT.format(table=table) for table in JOURNALED) + "DROP FUNCTION tickets_journal();",
        ),
        migrations.RunSQL(APPEND_ONLY.format(taken_back=TAKEN_BACK), APPEND_ONLY.format(taken_back="")),
    ]
