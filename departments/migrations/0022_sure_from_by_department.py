from django.db import migrations

# What categories.json says now of new installations; thresholds that staff have set stay.
DEFAULT = 0.75
SURE_FROM = {
    "KULTUR": 0.95,
    "DESTEK": 0.95,
    "MALI": 0.95,
    "SOSYAL": 0.9,
    "IKLIM": 0.65,
    "VETERINER": 0.65,
    "PARK": 0.65,
}


def choose_thresholds(apps, _editor):
    categories = apps.get_model("departments", "Category").objects
    for department, sure_from in SURE_FROM.items():
        categories.filter(sure_from=DEFAULT, department__code=department, agency=None).update(sure_from=sure_from)


class Migration(migrations.Migration):
    accepted = {"code": "writes the thresholds of some twenty subjects, which both releases read"}

    dependencies = [
        ("departments", "0021_tickets_by_body"),
    ]

    operations = [
        migrations.RunPython(choose_thresholds, migrations.RunPython.noop),
    ]
