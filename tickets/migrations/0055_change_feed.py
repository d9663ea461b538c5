"""What other systems synchronise from: which transaction wrote each ticket last, and what its row does not say.

`changed_in` is 0 for the rows of before. Nothing is rewritten: the columns have a constant default.
"""

from importlib import import_module
from secrets import token_hex

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

NOW = "pg_current_xact_id()::text::bigint"
WRITTEN = f"""
CREATE FUNCTION tickets_ticket_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_in := {NOW};
    RETURN NEW;
END;
$$;
CREATE TRIGGER written BEFORE INSERT OR UPDATE ON tickets_ticket FOR EACH ROW EXECUTE FUNCTION tickets_ticket_written();

CREATE FUNCTION tickets_ticket_lost() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tickets_ticketchange (
        changed_in, at, ticket_key, number, lost, department_id, category_id, assignee_id, restricted, danger, danger_unsure
    ) VALUES (
        {NOW}, clock_timestamp(), OLD.id, OLD.number, true, OLD.department_id, OLD.category_id, OLD.assignee_id,
        OLD.restricted, OLD.danger, OLD.danger_unsure
    );
    RETURN NULL;
END;
$$;
CREATE TRIGGER lost AFTER UPDATE ON tickets_ticket FOR EACH ROW WHEN (
    OLD.department_id IS DISTINCT FROM NEW.department_id OR OLD.category_id IS DISTINCT FROM NEW.category_id
    OR OLD.assignee_id IS DISTINCT FROM NEW.assignee_id OR OLD.restricted IS DISTINCT FROM NEW.restricted
    OR OLD.danger IS DISTINCT FROM NEW.danger OR OLD.danger_unsure IS DISTINCT FROM NEW.danger_unsure
    OR OLD.number IS DISTINCT FROM NEW.number
) EXECUTE FUNCTION tickets_ticket_lost();
CREATE TRIGGER deleted AFTER DELETE ON tickets_ticket FOR EACH ROW EXECUTE FUNCTION tickets_ticket_lost();

CREATE FUNCTION tickets_breach_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tickets_ticketchange (changed_in, at, ticket_key, number, lost, restricted, danger, danger_unsure)
    VALUES ({NOW}, clock_timestamp(), coalesce(NEW.ticket_id, OLD.ticket_id), '', false, false, '', false);
    RETURN NULL;
END;
$$;
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON tickets_breach
    FOR EACH ROW EXECUTE FUNCTION tickets_breach_changed();

CREATE FUNCTION tickets_citizen_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tickets_ticketchange (changed_in, at, number, of_citizen, lost, restricted, danger, danger_unsure)
    VALUES ({NOW}, clock_timestamp(), '', NEW.id, false, false, '', false);
    RETURN NULL;
END;
$$;
CREATE TRIGGER changed AFTER UPDATE ON tickets_citizen FOR EACH ROW
    WHEN (OLD.name IS DISTINCT FROM NEW.name OR OLD.phone IS DISTINCT FROM NEW.phone)
    EXECUTE FUNCTION tickets_citizen_changed();
"""
UNWRITTEN = """
DROP TRIGGER changed ON tickets_citizen; DROP TRIGGER changed ON tickets_breach;
DROP TRIGGER deleted ON tickets_ticket; DROP TRIGGER lost ON tickets_ticket; DROP TRIGGER written ON tickets_ticket;
DROP FUNCTION tickets_citizen_changed(); DROP FUNCTION tickets_breach_changed();
DROP FUNCTION tickets_ticket_lost(); DROP FUNCTION tickets_ticket_written();
"""
# What is taken back is another change, whatever the row said before.
KEPT = import_module("tickets.migrations.0052_parts_of_acts").IN_PARTS
NOT_THE_TRANSACTION = KEPT.replace(
    "WHERE was.value IS DISTINCT FROM", "WHERE was.key <> 'changed_in' AND was.value IS DISTINCT FROM"
)


def begin(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT system_identifier FROM pg_control_system()")
        (cluster,) = cursor.fetchone()
    apps.get_model("tickets", "FeedEpoch").objects.create(epoch=token_hex(4), cluster=cluster)


class Migration(migrations.Migration):
    accepted = {"code": "writes one row"}

    dependencies = [
        ('departments', '0020_duty_reads_hidden'),
        ('tickets', '0054_restricted_tickets'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FeedEpoch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('epoch', models.CharField(max_length=32, verbose_name='çağ')),
                ('cluster', models.BigIntegerField(verbose_name='veritabanı kümesi')),
                ('forgotten_to', models.BigIntegerField(default=0, verbose_name='silinenlerin sonu')),
            ],
            options={
                'verbose_name': 'değişiklik akışının çağı',
                'verbose_name_plural': 'değişiklik akışının çağları',
            },
        ),
        migrations.CreateModel(
            name='TicketChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('changed_in', models.BigIntegerField(verbose_name='işlem no')),
                ('at', models.DateTimeField(verbose_name='zaman')),
                ('ticket_key', models.BigIntegerField(null=True, verbose_name='başvuru')),
                ('number', models.CharField(blank=True, default='', max_length=20, verbose_name='başvuru no')),
                ('of_citizen', models.BigIntegerField(null=True, verbose_name='vatandaş')),
                ('lost', models.BooleanField(default=False, verbose_name='görünmez olmuş olabilir')),
                ('restricted', models.BooleanField(default=False, verbose_name='gizli')),
                ('danger', models.CharField(blank=True, default='', max_length=20, verbose_name='tehlike')),
                ('danger_unsure', models.BooleanField(default=False, verbose_name='tehlike belirsiz')),
            ],
            options={
                'verbose_name': 'duyurulacak değişiklik',
                'verbose_name_plural': 'duyurulacak değişiklikler',
            },
        ),
        migrations.AddField(
            model_name='ticket',
            name='changed_in',
            field=models.BigIntegerField(db_default=0, default=0, editable=False, verbose_name='yazan işlem'),
        ),
        migrations.AddField(
            model_name='ticketchange',
            name='assignee',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='sorumlu'),
        ),
        migrations.AddField(
            model_name='ticketchange',
            name='category',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='departments.category', verbose_name='konu'),
        ),
        migrations.AddField(
            model_name='ticketchange',
            name='department',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='departments.department', verbose_name='birim'),
        ),
        migrations.AddIndex(
            model_name='ticketchange',
            index=models.Index(fields=['changed_in', 'ticket_key'], name='change_next'),
        ),
        migrations.RunSQL(WRITTEN, UNWRITTEN),
        migrations.RunSQL(NOT_THE_TRANSACTION, KEPT),
        migrations.RunPython(begin, migrations.RunPython.noop),
    ]
