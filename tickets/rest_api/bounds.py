"""How much one call may ask: the length of each text, the items of each list.

The OpenAPI description names the same bounds (`document`).
"""

from collections.abc import Collection
from typing import Any

from django.http import QueryDict
from rest_framework.exceptions import ValidationError

from tickets.rest_api.fields import CODE_LENGTH

TEXT = 200  # characters of a text
CODES = 200  # of a list; there are fewer categories and mahalleler
NUMBERS = 500  # tickets of one call
# Lists: repeated, or comma separated. Every other parameter is a text.
LISTS = {
    "number": NUMBERS,
    **dict.fromkeys(("status", "kind", "priority", "danger"), CODES),
    **dict.fromkeys(("department", "category", "neighbourhood", "columns"), CODES),
}
HEADER = 1_000  # characters that are read of a header with ETags


def items(values: Collection[str]) -> list[str]:
    """The different items of a list, in their order."""
    return list(dict.fromkeys(item for value in values for item in value.split(",") if item))


def check_parameters(asked: QueryDict, known: Collection[str]) -> None:
    """ValidationError for parameters that nothing reads, since a misspelt filter would return what the caller did not
    ask, and for those that ask too much."""
    wrong = {name: _problem(name, values, known) for name, values in asked.lists()}
    if refused := {name: [problem] for name, problem in wrong.items() if problem}:
        raise ValidationError(refused)


def _problem(name: str, values: list[str], known: Collection[str]) -> str:
    if name not in known:
        return "Böyle bir parametre yok."
    if name not in LISTS:
        return f"En çok {TEXT} karakter olabilir." if any(len(value) > TEXT for value in values) else ""
    if len(given := items(values)) > LISTS[name]:
        return f"Bir çağrıda en çok {LISTS[name]} değer olabilir. Listeyi bölüp ayrı çağrılarla isteyin."
    return f"Her değer en çok {TEXT} karakter olabilir." if any(len(item) > TEXT for item in given) else ""


def document(result: dict[str, Any], **_options: Any) -> dict[str, Any]:
    """drf-spectacular's postprocessing hook: writes the bounds into every parameter and every body that has none."""
    for methods in result["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] != "path":
                    parameter["schema"] = _bounded(parameter)
            for body in operation.get("requestBody", {}).get("content", {}).values():
                name = body["schema"].get("$ref", "").rpartition("/")[2]
                _bound_fields(result["components"]["schemas"].get(name, {}))
    return result


def _bounded(parameter: dict[str, Any]) -> dict[str, Any]:
    schema, name = parameter["schema"], parameter["name"]
    if parameter["in"] == "query" and name in LISTS:
        items = schema.get("items", {"type": "string", "maxLength": TEXT})
        return {"type": "array", "maxItems": LISTS[name], "items": items}
    return _text(schema, HEADER if name.startswith("If-") else TEXT)


def _bound_fields(body: dict[str, Any]) -> None:
    for name, part in body.get("properties", {}).items():
        body["properties"][name] = _text(part, CODE_LENGTH)


def _text(schema: dict[str, Any], longest: int) -> dict[str, Any]:
    is_free = "string" in schema.get("type", "") and not {"enum", "format", "maxLength"} & set(schema)
    return schema | {"maxLength": longest} if is_free else schema
