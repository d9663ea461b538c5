"""What a timeline says stays said: the database itself refuses every change but `told_at` (later `announced_at`)."""

from django.db import migrations

CREATE = """
CREATE FUNCTION tickets_ticketevent_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - 'told_at' IS DISTINCT FROM to_jsonb(OLD) - 'told_at' THEN
        RAISE EXCEPTION 'a timeline is append-only (event %)', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON tickets_ticketevent
    FOR EACH ROW EXECUTE FUNCTION tickets_ticketevent_append_only();
"""
DROP = """
DROP TRIGGER append_only ON tickets_ticketevent;
DROP FUNCTION tickets_ticketevent_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
