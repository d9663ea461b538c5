"""manage.py citizen: writes to the line as a citizen, through the emulator, and prints what the line answers."""

import mimetypes
import re
import secrets
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from typing_extensions import override

from whatsapp.emulator.client import ControlClient, EmulatorOffError
from whatsapp.emulator.records import ControlError, File, Json
from whatsapp.emulator.silent_voice_note import silent_voice_note

DEFAULT_NAME = "Ayşe Yılmaz"
LABELS = {
    "image": "(fotoğraf)",
    "video": "(video)",
    "audio": "(ses)",
    "document": "(belge)",
    "sticker": "(çıkartma)",
    "location": "(konum)",
    "contacts": "(kişi)",
    "reaction": "(tepki)",
}


class Command(BaseCommand):
    requires_system_checks = ()  # it needs one setting only, the emulator's URL
    help = "Bir vatandaş olarak hatta yazar ve cevapları gösterir (benzetim açıkken)."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("text", nargs="?", help="yazılacak mesaj")
        parser.add_argument(
            "--photo", action="append", default=[], metavar="DOSYA", help="birden çok verilebilir"
        )
        parser.add_argument("--voice", action="store_true", help="boş bir sesli mesaj gönderir")
        parser.add_argument("--at", metavar="ENLEM,BOYLAM", help="konum gönderir, örneğin 38.72,35.49")
        parser.add_argument("--as", dest="who", default=DEFAULT_NAME, metavar="AD_VEYA_TELEFON")
        parser.add_argument(
            "--username", action="store_true", help="numarası gizli, kullanıcı adlı biri olarak"
        )
        parser.add_argument("--tap", metavar="BAŞLIK", help="hattın gönderdiği bir düğmeye dokunur")
        parser.add_argument(
            "--wait", type=float, default=20.0, metavar="SANİYE", help="cevap en çok bu kadar beklenir"
        )

    @override
    def handle(self, *_args: object, **options: Any) -> None:
        if not settings.EMULATOR_URL:
            raise CommandError("Benzetim kapalı (EMULATOR_URL boş): bin/run ile başlatın.")
        parts = _parts(options)
        emulator = ControlClient(settings.EMULATOR_URL)
        try:
            person = _person(emulator, options["who"], hidden=options["username"])
            last = emulator.chat(person["id"])["last"]
            for kind, files, fields in parts:
                emulator.say(person["id"], kind, files, **fields)
            self._print_answers(emulator, person["id"], last, options["wait"])
        except EmulatorOffError:
            raise CommandError(
                f"Benzetim {settings.EMULATOR_URL} adresinde açık değil: bin/run ile başlatın."
            ) from None
        except ControlError as error:
            raise CommandError(f"Benzetim kabul etmedi: {error}") from None

    def _print_answers(self, emulator: ControlClient, person: int, last: int, seconds: float) -> None:
        silent = True
        for message in emulator.answers(person, after=last, seconds=seconds):
            silent = False
            self.stdout.write(_readable(message))
            self.stdout.flush()
        if silent and seconds:
            raise CommandError(f"Hat {seconds:g} saniye içinde cevap vermedi.")


def _parts(options: Json) -> list[tuple[str, list[File], Json]]:
    """Kind, files and fields of each message to send, in order."""
    parts: list[tuple[str, list[File], Json]] = []
    if options["tap"]:
        parts.append(("tap", [], {"choice": options["tap"]}))
    if options["photo"]:
        parts.append(("image", [_photo(path) for path in options["photo"]], {}))
    if options["text"]:
        parts.append(("text", [], {"text": options["text"]}))
    if options["voice"]:
        parts.append(("voice", [File("ses.ogg", "audio/ogg; codecs=opus", silent_voice_note())], {}))
    if options["at"]:
        parts.append(("location", [], _place(options["at"])))
    if not parts:
        raise CommandError("Gönderilecek bir şey yok: metin, --photo, --voice, --at veya --tap verin.")
    return parts


def _photo(path: str) -> File:
    file = Path(path)
    kind = mimetypes.guess_type(path)[0] or ""
    if not file.is_file():
        raise CommandError(f"--photo: böyle bir dosya yok: {path}")
    if not kind.startswith("image/"):
        raise CommandError(f"--photo: bir fotoğraf dosyası değil: {path}")
    return File(file.name, kind, file.read_bytes())


def _place(text: str) -> dict[str, float]:
    try:
        latitude, longitude = map(float, text.split(","))
    except ValueError:
        raise CommandError(f"--at: enlem,boylam olmalı (38.72,35.49 gibi), verilen: {text}") from None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise CommandError(f"--at: enlem en çok 90, boylam en çok 180 derece olabilir, verilen: {text}")
    return {"latitude": latitude, "longitude": longitude}


def _person(emulator: ControlClient, who: str, *, hidden: bool) -> Json:
    """The person with that phone or name, created if missing; `hidden` gives a username, which hides the number."""
    phone = re.sub(r"[ ()+-]", "", who)
    by_phone = phone.isdigit()
    for person in emulator.people():
        same = (person["phone"] or "").endswith(phone.lstrip("0")) if by_phone else person["name"] == who
        if same and bool(person["username"]) == hidden:
            return person
    number = who if by_phone else f"+90555{secrets.randbelow(10**7):07}"
    username = {"username": f"vatandas{number[-7:]}"} if hidden else {}
    return emulator.add_person(DEFAULT_NAME if by_phone else who, phone=number, **username)


def _readable(message: Json) -> str:
    """An answer as text, followed by its options in brackets."""
    label = LABELS.get(message["body"].get("type", "text"), "")
    lines = [" ".join(filter(None, (label, message["shown"]["text"])))]
    if options := message["shown"]["options"]:
        lines.append(" ".join(f"[{option['title']}]" for option in options))
    return "\n".join(lines)
