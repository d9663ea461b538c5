"""The message templates that Meta approves: what leaves once the 24-hour window is shut. Pure.

A sentence of `Table.templates` is a template's body; each gap in it is a parameter, in the order they stand there.
docs/whatsapp-templates.md lists them, `manage.py whatsapp_templates` compares them with Meta's.
"""

import re
from collections.abc import Sequence
from typing import Any

from whatsapp.graph.lengths import clip, units
from whatsapp.texts import catalog
from whatsapp.texts.catalog import TABLES
from whatsapp.texts.catalog.types import Catalog

LIMIT = 1024
# By the status they tell of; '' carries any other words.
NAMES = {
    "": "basvuru_bilgi",
    "IN_PROGRESS": "basvuru_islemde",
    "PLANNED": "basvuru_programda",
    "WAITING": "basvuru_soru",
    "RESOLVED": "basvuru_cozuldu",
    "REJECTED": "basvuru_yapilamiyor",
    "REDIRECTED": "basvuru_yonlendirildi",
    "DUPLICATE": "basvuru_mukerrer",
    "CANCELLED": "basvuru_iptal",
    "ASSIGNED": "basvuru_yeniden_acildi",
}
# What is offered to tap, by what a tap asks for.
_BUTTONS = {"RESOLVED": ("solved", "unsolved")}
# The ones that may also show a photo above their words, under a name of their own.
_WITH_PHOTO = frozenset({"", "RESOLVED"})
_PHOTO = "_foto"
_GAP = re.compile(r"\{(\w+)\}")
_EXAMPLES = {
    "number": "MG-2026-000123",
    "planned": "3 Kasım 2026",
    "agency": "Kayseri Su ve Kanalizasyon İdaresi (KASKİ)",
    "text": "Alpaslan Mahallesi, Çınar Sokak.",
}


def plain(text: str, language: str) -> dict[str, Any]:
    """Any words as a template."""
    return filled("", language, text=text)


def filled(status: str, language: str, *, number: str = "", **values: str) -> dict[str, Any]:
    """The template for news of `status` with its parameters, as it is sent; one without words of its own is `plain`.

    `values` are those of the gaps; a text that is empty is replaced, since no parameter may be.
    """
    table = catalog.of(language)
    body = table.templates[status]
    # A parameter may hold neither line breaks nor more than four spaces in a row.
    given = {name: " ".join(value.split()) for name, value in {"number": number, **values}.items()}
    given["text"] = given.get("text") or table.templates["more"]
    gaps = _GAP.findall(body)
    rest = units(_GAP.sub("", body)) + sum(units(given[gap]) for gap in gaps if gap != "text")
    given["text"] = clip(given["text"], LIMIT - rest)
    parameters = [{"type": "text", "text": given[gap]} for gap in gaps]
    components: list[dict[str, Any]] = [{"type": "body", "parameters": parameters}]
    components += [
        _quick_reply(index, f"{what}:{number}") for index, what in enumerate(_BUTTONS.get(status, ()))
    ]
    return {"name": NAMES[status], "language": {"code": language}, "components": components}


def with_photo(template: dict[str, Any], media_id: str) -> dict[str, Any]:
    """The template that shows this photo above the same words."""
    shown = {"type": "header", "parameters": [{"type": "image", "image": {"id": media_id}}]}
    return template | {
        "name": template["name"] + _PHOTO,
        "components": [shown, *template["components"]],
    }


def read(sent: dict[str, Any]) -> str:
    """What a citizen reads of a template as it is sent."""
    named = (sent["name"], sent["language"]["code"])
    (definition,) = (each for each in TEMPLATES if (each["name"], each["language"]) == named)
    (text,) = (part["text"] for part in definition["components"] if part["type"] == "BODY")
    (body,) = (part for part in sent["components"] if part["type"] == "body")
    for place, parameter in enumerate(body["parameters"], start=1):
        text = text.replace(f"{{{{{place}}}}}", parameter["text"])
    return str(text)


def _quick_reply(index: int, payload: str) -> dict[str, Any]:
    return {
        "type": "button",
        "sub_type": "quick_reply",
        "index": str(index),
        "parameters": [{"type": "payload", "payload": payload}],
    }


def _definition(status: str, language: str, table: Catalog, *, photo: bool) -> dict[str, Any]:
    body = table.templates[status]
    gaps = _GAP.findall(body)
    text = body
    for place, gap in enumerate(gaps, start=1):
        text = text.replace(f"{{{gap}}}", f"{{{{{place}}}}}")
    examples = [_EXAMPLES[gap] for gap in gaps]
    components: list[dict[str, Any]] = [{"type": "HEADER", "format": "IMAGE"}] if photo else []
    components.append({"type": "BODY", "text": text, "example": {"body_text": [examples]}})
    titles: Sequence[str] = [table.buttons[what] for what in _BUTTONS.get(status, ())]
    if titles:
        components.append(
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": title} for title in titles]}
        )
    name = NAMES[status] + (_PHOTO if photo else "")
    return {"name": name, "language": language, "category": "UTILITY", "components": components}


# As Meta approves them; a template may neither begin nor end with a parameter, so both ends are ours.
TEMPLATES: tuple[dict[str, Any], ...] = tuple(
    _definition(status, language, table, photo=photo)
    for language, table in TABLES.items()
    for status in NAMES
    for photo in ((False, True) if status in _WITH_PHOTO else (False,))
)
