"""The revision of the reference data, and the function by which triggers renew it (melikgazi/migrations/0003)."""

from django.db import migrations, models

# The row is put where it is missing: flushing the database empties this table with the others.
# The sequence belongs to no column, so that nothing starts it again.
REVISION = """
CREATE SEQUENCE departments_referencerevision_value;

CREATE FUNCTION bump_reference_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO departments_referencerevision (id, value)
    VALUES (1, nextval('departments_referencerevision_value'))
    ON CONFLICT (id) DO UPDATE SET value = EXCLUDED.value;
    RETURN NULL;
END;
$$;

INSERT INTO departments_referencerevision (id, value) VALUES (1, nextval('departments_referencerevision_value'));
"""
BACK = """
DROP FUNCTION bump_reference_revision();
DROP SEQUENCE departments_referencerevision_value;
"""


class Migration(migrations.Migration):
    dependencies = [("departments", "0009_names_with_capitals")]

    operations = [
        migrations.CreateModel(
            name="ReferenceRevision",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("value", models.BigIntegerField()),
            ],
            options={
                "verbose_name": "başvuru verisi sürümü",
                "verbose_name_plural": "başvuru verisi sürümü",
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="reference_revision_one_row")
                ],
            },
        ),
        migrations.RunSQL(REVISION, BACK),
    ]
