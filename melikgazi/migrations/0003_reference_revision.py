"""Every table from which a process keeps values bumps the revision when it changes (departments/cache.py).

A table that a cached value comes to read gets its trigger in a migration like this one.
"""

from django.db import migrations

TABLES = (
    "departments_agency",
    "departments_artery",
    "departments_category",
    "departments_department",
    "departments_greyzone",
    "departments_neighbourhood",
    "departments_routermodel",
    "departments_routingrule",
    "departments_routingrule_neighbourhoods",
    "departments_specialday",
    "departments_targetversion",
    "departments_workinghours",
    "tickets_webhook",
    "whatsapp_faqentry",
    "whatsapp_textoverride",
)
# Where some columns change all the time, those that cached values are computed from.
COLUMNS = {"tickets_webhook": "OF active, department_id"}

CREATE = """
CREATE TRIGGER bump_reference_revision AFTER INSERT OR UPDATE {columns} OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION bump_reference_revision();
"""
DROP = "DROP TRIGGER bump_reference_revision ON {table};"


class Migration(migrations.Migration):
    dependencies = [
        ("melikgazi", "0002_renamed_permissions"),
        ("departments", "0010_reference_revision"),
        ("tickets", "0026_terms_of_the_field"),
        ("whatsapp", "0014_terms_of_the_field"),
    ]

    operations = [
        migrations.RunSQL(
            CREATE.format(table=table, columns=COLUMNS.get(table, "")), DROP.format(table=table)
        )
        for table in TABLES
    ]
