"""Responses of GeoReport v2: one value, written as XML or as JSON.

A value is a dictionary or a list of them; None is a field without a value. XML keeps such a field as an empty
element, JSON leaves it out, since the public schemas refuse null. JSON has no root.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal
from xml.etree import ElementTree

from django.http import HttpResponse

Form = Literal["xml", "json"]
Value = str | int | float | bool | datetime | None | Sequence["Value"] | Mapping[str, "Value"]

CONTENT_TYPES: dict[Form, str] = {"xml": "text/xml", "json": "application/json"}
# The XML element of an entry, by the element of its list.
_ENTRY = {
    "services": "service",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
    "attributes": "attribute",
    "values": "value",
}
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def answer(root: str, value: Value, form: Form, *, status: int = 200, charset: bool = True) -> HttpResponse:
    """The HTTP response; `root` is the root element of XML. Only discovery is sent without a charset."""
    body = _xml(root, value) if form == "xml" else _json(value)
    content_type = CONTENT_TYPES[form] + ("; charset=utf-8" if charset else "")
    return HttpResponse(body, status=status, content_type=content_type)


def moment(at: datetime) -> str:
    """The moment in UTC to the second, as the specification writes it: 2026-11-24T09:30:00Z."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _json(value: Value) -> bytes:
    return json.dumps(_present(value), ensure_ascii=False, default=moment).encode()


def _present(value: Value) -> object:
    """Without the fields that have no value. A page has twenty thousand values: the plain ones stay as they are."""
    if isinstance(value, dict):
        return {
            name: _present(each) if isinstance(each, dict | list) else each
            for name, each in value.items()
            if each is not None
        }
    return [_present(each) for each in value] if isinstance(value, list) else value


def _xml(root: str, value: Value) -> bytes:
    element = ElementTree.Element(root)
    _fill(element, value)
    text = ElementTree.tostring(element, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}'.encode()


def _fill(element: ElementTree.Element, value: Value) -> None:
    match value:
        case Mapping():
            for name, each in value.items():
                _fill(ElementTree.SubElement(element, name), each)
        case list() | tuple():
            for each in value:
                _fill(ElementTree.SubElement(element, _ENTRY[element.tag]), each)
        case _:
            element.text = _text(value)


def _text(value: Value) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case datetime():
            return moment(value)
        case _:
            return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", str(value))
