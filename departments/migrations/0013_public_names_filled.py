"""Categories get the public names, agencies the sentences of the base data; what staff wrote is never replaced."""

import json
from pathlib import Path

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

DATA = Path(__file__).parent.parent / "base_data" / "data"
NAMES = ("public_name", "public_name_en", "public_name_ar")
# The sentences that installations began with so far.
EARLIER = {
    "kaski": "Bu konu Kayseri Su ve Kanalizasyon İdaresi (KASKİ) görev alanındadır. KASKİ’ye 185’ten veya 0535 648 71 31 WhatsApp hattından ulaşabilirsiniz.",
    "kcetas": "Bu konu elektrik dağıtım şirketi KCETAŞ’ın görev alanındadır. KCETAŞ’a 186’dan günün her saatinde ulaşabilirsiniz.",
    "kayserigaz": "Bu konu doğalgaz dağıtım şirketi Kayserigaz’ın görev alanındadır. Doğalgaz acil hattı 187 günün her saati açıktır.",
    "buyuksehir": "Bu konu Kayseri Büyükşehir Belediyesinin görev alanındadır. ALO 153’ten ulaşabilirsiniz.",
    "itfaiye": "Bu konu Kayseri Büyükşehir İtfaiyesinin görev alanındadır. Acil durumda lütfen hemen 112’yi arayın.",
    "emniyet": "Bu konu kolluk kuvvetlerinin görev alanındadır. Acil durumda lütfen hemen 112’yi arayın.",
    "diger": "Bu konu belediyemizin görev alanında değildir; ilgili kuruma başvurmanız gerekir.",
}


def fill(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    category, agency = apps.get_model("departments", "Category"), apps.get_model("departments", "Agency")
    for entry in _base("categories"):
        names = {name: entry[name] for name in NAMES if name in entry}
        if names:
            category.objects.filter(code=entry["code"], public_name="").update(**names)
    for entry in _base("agencies"):
        earlier = agency.objects.filter(code=entry["code"], text=EARLIER.get(entry["code"]))
        earlier.update(text=entry["text"])


def _base(name: str) -> list[dict[str, str]]:
    entries: list[dict[str, str]] = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return entries


class Migration(migrations.Migration):
    dependencies = [("departments", "0012_public_names")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
