"""The visible text and the tappable options of an outgoing message. Pure."""

from whatsapp.emulator.records import Json
from whatsapp.emulator.templates import fill

TAPPABLE = frozenset({"button_reply", "list_reply", "button"})
"""The kinds of options whose tap sends a message back."""


def shown(request: Json, template: Json | None) -> Json:
    """`{text, options}`; an option is `{kind, id, title, description?}`.

    Raises:
        GraphError: the template's parameters do not fit.
    """
    kind = request.get("type", "text")
    content = request[kind]
    if template is not None:
        return fill(template, content)
    if kind == "interactive":
        parts = [content.get(part, {}).get("text") for part in ("header", "body", "footer")]
        return {"text": "\n".join(filter(None, parts)), "options": _options(content)}
    if kind == "text":
        return {"text": content["body"], "options": []}
    if kind == "contacts":
        return {"text": ", ".join(item["name"]["formatted_name"] for item in content), "options": []}
    if kind == "location":
        return {"text": content.get("name") or content.get("address") or "", "options": []}
    return {"text": content.get("caption") or content.get("emoji") or "", "options": []}


def _options(content: Json) -> list[Json]:
    action = content["action"]
    if content["type"] == "button":
        return [{"kind": "button_reply", **button["reply"]} for button in action["buttons"]]
    if content["type"] == "list":
        return [{"kind": "list_reply", **row} for section in action["sections"] for row in section["rows"]]
    if content["type"] == "cta_url":
        parameters = action["parameters"]
        return [{"kind": "url", "id": parameters["url"], "title": parameters["display_text"]}]
    titles = {"send_location": "Konum gönder", "request_contact_info": "Numaramı paylaş"}
    return [{"kind": action["name"], "id": action["name"], "title": titles[action["name"]]}]
