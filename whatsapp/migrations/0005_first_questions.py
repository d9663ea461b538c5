"""The questions that the line starts with. Staff's own words are never replaced."""

import json
from pathlib import Path

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SEEDS = Path(__file__).parent.parent / "faq" / "faq.json"


def load(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    question = apps.get_model("whatsapp", "Question")
    rows = [question(**seed) for seed in json.loads(SEEDS.read_text(encoding="utf-8"))]
    question.objects.bulk_create(rows, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0004_talk_like_a_clerk")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
