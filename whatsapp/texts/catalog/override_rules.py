"""Rules for overriding texts: the key of each, and what its new text has to fulfil. Pure."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from whatsapp.graph.lengths import BUTTON_LIMIT, ROW_LIMIT, units
from whatsapp.texts.catalog.types import Catalog

# The maximum length by section of the table (templates, whose words Meta approves, and months cannot be overridden),
# in UTF-16 code units: a sentence must fit a message with the privacy
# notice after it (1024), a title a button (20) or a list row (24).
LIMITS: Mapping[str, int] = {
    "notice": 480,
    "sentences": 500,
    "danger": 400,
    "buttons": BUTTON_LIMIT,
    "menu": ROW_LIMIT,
    "stars": ROW_LIMIT,
    "confirmation": 160,
    "statuses": 40,
    "news": 400,
}
TITLES = ("buttons", "menu", "stars")  # titles of options, which must differ within a message
EXAMPLES: Mapping[str, str] = {
    "number": "MG-2026-000123",
    "at": "3 Kasım 08.30",
    "detail": "2",
    "status": "Birime iletildi",
    "address": "Kayseri, Melikgazi Belediyesi",
    "url": "https://www.melikgazi.bel.tr/kvkk",
    "text": "Çukur asfaltla kapatıldı.",
    "planned": "3 Kasım 2026",
    "agency": "KASKİ",
    "district": "Kocasinan",
    "subject": "Yolda çukur",
    "department": "Fen İşleri Müdürlüğü",
    "neighbourhood": "Alpaslan Mahallesi",
    "due": "3 Kasım 2026",
    "words": "Sokağımız çok karanlık",
    "link": "https://www.melikgazi.bel.tr/kod/K7PX2M",
}
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def section_of(key: str) -> str:
    return key.partition(".")[0]


def limit_of(key: str) -> int:
    """The maximum length of that key's text, in UTF-16 code units."""
    return LIMITS[section_of(key)]


def flat(table: Catalog) -> dict[str, str]:
    """The overridable texts by key: `notice`, `sentences.hello`, `stars.0` …"""
    texts: dict[str, str] = {}
    for section in LIMITS:
        value: Any = getattr(table, section)
        if isinstance(value, str):
            texts[section] = value
        else:
            pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
            texts |= {f"{section}.{name}": text for name, text in pairs}
    return texts


def rewritten(table: Catalog, texts: Mapping[str, str]) -> Catalog:
    """The table with these texts in place of its own; unknown keys are ignored."""
    known = flat(table)
    changes: dict[str, Any] = {}
    for key, text in texts.items():
        section, _, name = key.partition(".")
        if key not in known:
            continue
        present = changes.get(section, getattr(table, section))
        if isinstance(present, str):
            changes[section] = text
        elif isinstance(present, tuple):
            changes[section] = tuple(text if str(n) == name else old for n, old in enumerate(present))
        else:
            changes[section] = {**present, name: text}
    return replace(table, **changes)


def placeholders_of(text: str) -> list[str]:
    """The names of the placeholders, each once, in their order."""
    return list(dict.fromkeys(_PLACEHOLDER.findall(text)))


def filled(text: str) -> str:
    """The text with examples in its placeholders."""
    return _PLACEHOLDER.sub(lambda match: EXAMPLES.get(match[1], match[0]), text)


def faults(key: str, text: str, table: Catalog) -> list[str]:
    """Why the text may not replace the table's own, in Turkish sentences; empty when it may."""
    texts = flat(table)
    wanted, given = placeholders_of(texts[key]), placeholders_of(text)
    missing, unknown = [g for g in wanted if g not in given], [g for g in given if g not in wanted]
    found = []
    if not text.strip():
        found.append("Metin boş olamaz.")
    if units(text) > limit_of(key):
        found.append(f"Metin {units(text)} birim; en çok {limit_of(key)} olabilir.")
    if missing:
        found.append(f"Şu alan metinde geçmeli: {_braced(missing)}")
    if unknown:
        found.append(f"Bu metinde kullanılamayan alan: {_braced(unknown)}")
    if {"{", "}"} & set(_PLACEHOLDER.sub("", text)):
        found.append("Süslü ayraç yalnızca alan adlarının çevresinde kullanılır: {number} gibi.")
    if section_of(key) in TITLES and ("\n" in text or _is_taken(key, text, texts)):
        found.append("Düğme adı tek satır olmalı ve öteki düğmelerinkinden ayrılmalı.")
    return found


def _is_taken(key: str, text: str, texts: Mapping[str, str]) -> bool:
    return any(
        other == text for each, other in texts.items() if each != key and section_of(each) == section_of(key)
    )


def _braced(names: list[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)
