"""manage.py demo_talks: a few citizens write to the line through the emulator, so that somebody waits at the desk."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from typing_extensions import override

from whatsapp.emulator.client import ControlClient

# Name, telephone, and what they write, one message after the other. The numbers are nobody's.
TALKS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Hatice Yıldız", "+905550100001", ("Bir görevliyle görüşmek istiyorum",)),
    (
        "Kemal Öztürk",
        "+905550100002",
        ("Köşk mahallesinde yolda büyük çukur var", "İki arabanın lastiği patladı, akşam hiç görünmüyor"),
    ),
    ("Derya Şen", "+905550100003", ("Merhaba", "Parktaki salıncağın zinciri kopmuş, çocuklar düşüyor")),
    ("Salih Acar", "+905550100004", ("Alpaslan mahallesinde çöpler üç gündür alınmıyor",)),
    ("Emily Carter", "+905550100005", ("Hello, the street lights on our street have been out for a week",)),
    ("Gülay Tekin", "+905550100006", ("Şikâyetim var, kimse ilgilenmiyor, biri beni arasın",)),
    (
        "Orhan Polat",
        "+905550100007",
        ("Kazım Karabekir mahallesinde rögar kapağı açık, içine çocuk düştü, çabuk gelin",),
    ),
)


class Command(BaseCommand):
    requires_system_checks = ()  # it needs one setting only, the emulator's URL
    help = "Denemede birkaç vatandaşa yazdırır: bekleyen görüşmeler ve üstlenilmemiş bir tehlike oluşur."

    @override
    def handle(self, *_args: object, **_options: Any) -> None:
        if not settings.EMULATOR_URL:
            raise CommandError("Benzetim kapalı (EMULATOR_URL boş): bin/run ile başlatın.")
        emulator = ControlClient(settings.EMULATOR_URL)
        known = {person["phone"] for person in emulator.people()}
        for name, phone, texts in TALKS:
            if phone.removeprefix("+") in known or phone in known:
                continue
            person = emulator.add_person(name, phone=phone)
            for text in texts:
                emulator.say(person["id"], "text", [], text=text)
