"""The message templates, approved by Meta, which are sent when the 24-hour window is closed. Pure.

Each text of `Catalog.templates` is a template's body; its placeholders are the parameters, in their order.
docs/whatsapp-templates.md lists them, `manage.py whatsapp_templates` compares them with Meta's.
"""

import re
from collections.abc import Sequence
from typing import Any

from whatsapp.graph.lengths import TEMPLATE_LIMIT, clip, units
from whatsapp.texts import catalog
from whatsapp.texts.catalog import TABLES
from whatsapp.texts.catalog.statuses import WORDS
from whatsapp.texts.catalog.types import Catalog

# The template's name by the status it announces; '' is for any other text.
NAMES = {"": "basvuru_bilgi"} | {status: words.template for status, words in WORDS.items() if words.template}
# The quick replies of a template, by their action.
_BUTTONS = {status: words.buttons for status, words in WORDS.items() if words.buttons}
# Templates that also exist with a photo as header, under another name.
_WITH_PHOTO = {""} | {status for status, words in WORDS.items() if words.photo}
_PHOTO = "_foto"
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_EXAMPLES = {
    "number": "MG-2026-000123",
    "planned": "3 Kasım 2026",
    "agency": "Kayseri Su ve Kanalizasyon İdaresi (KASKİ)",
    "text": "Alpaslan Mahallesi, Çınar Sokak.",
}


def plain(text: str, language: str) -> dict[str, Any]:
    """The template for any text."""
    return filled("", language, text=text)


def filled(status: str, language: str, *, number: str = "", **values: str) -> dict[str, Any]:
    """The template that announces `status`, with its parameters; `plain` for a status without one.

    `values` are those of the placeholders; an empty text is replaced, since a parameter must not be empty.
    """
    table = catalog.of(language)
    body = table.templates[status]
    # A parameter may hold neither line breaks nor more than four spaces in a row.
    given = {name: " ".join(value.split()) for name, value in {"number": number, **values}.items()}
    given["text"] = given.get("text") or table.templates["more"]
    names = _PLACEHOLDER.findall(body)
    rest = units(_PLACEHOLDER.sub("", body)) + sum(units(given[name]) for name in names if name != "text")
    given["text"] = clip(given["text"], TEMPLATE_LIMIT - rest)
    parameters = [{"type": "text", "text": given[name]} for name in names]
    components: list[dict[str, Any]] = [{"type": "body", "parameters": parameters}]
    components += [
        _quick_reply(index, f"{what}:{number}") for index, what in enumerate(_BUTTONS.get(status, ()))
    ]
    return {"name": NAMES[status], "language": {"code": language}, "components": components}


def with_photo(template: dict[str, Any], media_id: str) -> dict[str, Any]:
    """The variant of a filled template with this photo as header."""
    shown = {"type": "header", "parameters": [{"type": "image", "image": {"id": media_id}}]}
    return template | {
        "name": template["name"] + _PHOTO,
        "components": [shown, *template["components"]],
    }


def read(sent: dict[str, Any]) -> str:
    """The text of a filled template, as the citizen reads it."""
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
    names = _PLACEHOLDER.findall(body)
    text = body
    for place, name in enumerate(names, start=1):
        text = text.replace(f"{{{name}}}", f"{{{{{place}}}}}")
    examples = [_EXAMPLES[name] for name in names]
    components: list[dict[str, Any]] = [{"type": "HEADER", "format": "IMAGE"}] if photo else []
    components.append({"type": "BODY", "text": text, "example": {"body_text": [examples]}})
    titles: Sequence[str] = [table.buttons[what] for what in _BUTTONS.get(status, ())]
    if titles:
        components.append(
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": title} for title in titles]}
        )
    name = NAMES[status] + (_PHOTO if photo else "")
    return {"name": name, "language": language, "category": "UTILITY", "components": components}


# Meta approves no template that begins or ends with a parameter, so both ends are fixed text.
TEMPLATES: tuple[dict[str, Any], ...] = tuple(
    _definition(status, language, table, photo=photo)
    for language, table in TABLES.items()
    for status in NAMES
    for photo in ((False, True) if status in _WITH_PHOTO else (False,))
)
