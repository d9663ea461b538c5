"""Message templates of the account: validation, and filling in parameters. Pure."""

import re

from whatsapp.emulator.errors import GraphError
from whatsapp.emulator.limits import units
from whatsapp.emulator.records import Json

PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
HELLO_WORLD: Json = {
    "name": "hello_world",
    "language": "en_US",
    "status": "APPROVED",
    "category": "UTILITY",
    "components": [{"type": "BODY", "text": "Welcome and congratulations!"}],
}
"""The template that every new account has."""


def check_definition(definition: Json) -> None:
    """Raises GraphError 100 unless it has a legal name, a language, a category and a body of at most 1024."""
    if not re.fullmatch(r"[a-z0-9_]{1,512}", str(definition.get("name"))):
        raise GraphError(100, "name: lowercase letters, digits and underscores only")
    if not definition.get("language") or not isinstance(definition["language"], str):
        raise GraphError(100, "language is required")
    if definition.get("category") not in ("UTILITY", "MARKETING", "AUTHENTICATION"):
        raise GraphError(100, "category must be UTILITY, MARKETING or AUTHENTICATION")
    components = definition.get("components")
    if not isinstance(components, list) or not _part(definition, "BODY").get("text"):
        raise GraphError(100, "components needs a BODY with a text")
    if units(_part(definition, "BODY")["text"]) > 1024:
        raise GraphError(100, "BODY: at most 1024 characters")


def find(known: list[Json], name: str, language: str) -> Json:
    """The approved template of that name and language.

    Raises:
        GraphError: 132001 there is none, 132015 it is paused, 132016 it is disabled.
    """
    for definition in known:
        if (definition["name"], definition["language"]) == (name, language):
            status = definition["status"]
            if status == "APPROVED":
                return definition
            if status in ("PAUSED", "DISABLED"):
                raise GraphError(132015 if status == "PAUSED" else 132016, f"{name} is {status.lower()}")
    raise GraphError(132001, f"template name ({name}) does not exist in {language}")


def fill(definition: Json, content: Json) -> Json:
    """The template with its parameters: `{text, options}` as the recipient sees them.

    Raises:
        GraphError: 132000 the number of parameters is wrong, 132012 their kind is, 132005 the text became too long.
    """
    given = {_key(component): component.get("parameters", []) for component in content.get("components", [])}
    header, body = _part(definition, "HEADER"), _part(definition, "BODY")
    text = _filled(body["text"], given.pop("body", []))
    if units(text) > 1024:
        raise GraphError(132005, "BODY: at most 1024 characters with its parameters")
    heading = _heading(header, given.pop("header", []))
    options = [
        _option(button, given.pop(f"button {index}", []))
        for index, button in enumerate(_part(definition, "BUTTONS").get("buttons", []))
    ]
    if given:
        raise GraphError(132012, f"The template has no such component: {', '.join(given)}")
    footer = _part(definition, "FOOTER").get("text")
    return {"text": "\n".join(part for part in (heading, text, footer) if part), "options": options}


def _part(definition: Json, kind: str) -> Json:
    return next((part for part in definition["components"] if part["type"].upper() == kind), {})


def _key(component: Json) -> str:
    kind = str(component.get("type")).lower()
    return f"button {component.get('index')}" if kind == "button" else kind


def _filled(text: str, parameters: list[Json]) -> str:
    wanted = list(dict.fromkeys(PLACEHOLDER.findall(text)))
    if len(parameters) != len(wanted):
        raise GraphError(
            132000,
            f"number of localizable_params ({len(parameters)}) does not match the expected ({len(wanted)})",
        )
    values: dict[str, str] = {}
    for name, parameter in zip(wanted, parameters, strict=True):
        values[parameter.get("parameter_name", name)] = _value(parameter)
    if values.keys() != set(wanted):
        raise GraphError(132012, "parameter_name does not match the template's")
    return PLACEHOLDER.sub(lambda match: values[match[1]], text)


def _value(parameter: Json) -> str:
    kind = parameter.get("type")
    if kind in ("currency", "date_time"):
        return str(parameter.get(kind, {}).get("fallback_value", ""))
    value = parameter.get("text")
    if kind != "text" or not isinstance(value, str) or not value:
        raise GraphError(132012, "A text parameter needs a text that is not empty")
    if re.search(r"[\n\t]| {5}", value):
        raise GraphError(
            100, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces"
        )
    return value


def _heading(header: Json, parameters: list[Json]) -> str:
    kind = header.get("format", "TEXT").lower()
    if kind == "text":
        return _filled(header.get("text", ""), parameters)
    if len(parameters) != 1:
        raise GraphError(132000, f"The header wants one {kind}")
    if parameters[0].get("type") != kind or kind not in parameters[0]:
        raise GraphError(132012, f"The header wants a {kind}")
    return ""


def _option(button: Json, parameters: list[Json]) -> Json:
    if button["type"] == "QUICK_REPLY":
        payload = parameters[0].get("payload") if parameters else None
        return {"kind": "button", "id": payload or button["text"], "title": button["text"]}
    if button["type"] == "URL":
        return {"kind": "url", "id": _filled(button["url"], parameters), "title": button["text"]}
    return {"kind": button["type"].lower(), "id": button["text"], "title": button["text"]}
