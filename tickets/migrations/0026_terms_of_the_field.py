"""Models and fields take the field's own terms; no data moves."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

APPEND_ONLY = """
CREATE OR REPLACE FUNCTION tickets_ticketevent_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - '{column}' IS NOT DISTINCT FROM to_jsonb(OLD) - '{column}' THEN
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
    RAISE EXCEPTION 'a timeline is append-only (event %)', OLD.id USING ERRCODE = 'integrity_constraint_violation';
END;
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("tickets", "0025_webhooks_given_up")]

    operations = [
        migrations.RemoveIndex("TicketEvent", "event_to_tell"),
        migrations.RenameModel("Notice", "Notification"),
        migrations.RenameModel("NoticeWish", "NotificationPreference"),
        migrations.RenameModel("Reading", "ViewMark"),
        migrations.RenameModel("DoomedFile", "PendingFileDeletion"),
        migrations.RenameModel("RepeatKey", "IdempotencyKey"),
        migrations.RenameField("TicketEvent", "told_at", "announced_at"),
        migrations.RenameField("TicketEvent", "tell", "announce"),
        migrations.AddIndex(
            "TicketEvent",
            models.Index(
                models.F("id"),
                condition=models.Q(("announce", True), ("announced_at__isnull", True)),
                name="event_to_announce",
            ),
        ),
        migrations.AlterField(
            "Notification",
            "breach",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notifications",
                to="tickets.breach",
                verbose_name="süre aşımı",
            ),
        ),
        migrations.AlterField(
            "Notification",
            "ticket",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notifications",
                to="tickets.ticket",
                verbose_name="başvuru",
            ),
        ),
        migrations.AlterField(
            "Notification",
            "user",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notifications",
                to=settings.AUTH_USER_MODEL,
                verbose_name="kime",
            ),
        ),
        migrations.AlterField(
            "NotificationPreference",
            "user",
            models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notification_preference",
                to=settings.AUTH_USER_MODEL,
                verbose_name="kullanıcı",
            ),
        ),
        migrations.AlterField(
            "ViewMark",
            "ticket",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="view_marks",
                to="tickets.ticket",
                verbose_name="başvuru",
            ),
        ),
        migrations.RunSQL(APPEND_ONLY.format(column="announced_at"), APPEND_ONLY.format(column="told_at")),
    ]
