"""The answers to common questions in plainer words, where staff left them as they were."""

import json
from pathlib import Path

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SEEDS = Path(__file__).parent.parent / "faq" / "faq.json"
# The answers that installations began with so far.
EARLIER = {
    "Çalışma saatleri": "Belediyemiz hafta içi 08.30–12.00 ve 13.00–17.30 arasında açıktır. Bu hatta her saat yazabilirsiniz.",
    "Belediyenin adresi": "Melikgazi Belediyesi hizmet binası Kayseri, Melikgazi'dedir. Adres ve yol tarifi için: www.melikgazi.bel.tr",
    "Telefon numarası": "Bu WhatsApp hattından her zaman yazabilirsiniz. Telefon numaralarımız için: www.melikgazi.bel.tr",
    "Belediye borcu nereden ödenir": "Borcunuzu www.melikgazi.bel.tr adresindeki e-Belediye'den sorgulayıp ödeyebilir ya da mesai saatlerinde veznelerimize gelebilirsiniz.",
}


def reword(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    entry = apps.get_model("whatsapp", "FaqEntry")
    for seed in json.loads(SEEDS.read_text(encoding="utf-8")):
        earlier = entry.objects.filter(title=seed["title"], answer=EARLIER.get(seed["title"]))
        earlier.update(answer=seed["answer"])


class Migration(migrations.Migration):
    dependencies = [("whatsapp", "0027_plain_words")]
    operations = [migrations.RunPython(reword, migrations.RunPython.noop)]
