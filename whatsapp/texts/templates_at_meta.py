"""The message templates as Meta has them: which are missing, which differ."""

from typing import Any

from whatsapp.graph import client
from whatsapp.graph.errors import CloudApiError
from whatsapp.texts import template_parameters


def known_templates() -> dict[Any, dict[str, Any]]:
    """The account's templates as Meta has them, by name and language. Raises CloudApiError."""
    return {(found.get("name"), found.get("language")): found for found in client.templates()}


def submit_missing() -> tuple[int, list[tuple[str, str]]]:
    """Submits the templates that Meta does not have; returns how many were accepted, and name and error of the others.

    A refused template does not stop the others. Raises CloudApiError where Meta cannot be reached at all.
    """
    known, taken, refused = known_templates(), 0, []
    for wanted in template_parameters.TEMPLATES:
        if (wanted["name"], wanted["language"]) in known:
            continue
        try:
            client.submit_template(wanted)
        except CloudApiError as error:
            refused.append((f"{wanted['name']} ({wanted['language']})", str(error)))
        else:
            taken += 1
    return taken, refused


def template_problem(wanted: dict[str, Any], found: dict[str, Any] | None) -> str:
    """What is wrong with a template of `template_parameters.TEMPLATES` at Meta, in Turkish; empty when it can be
    sent.
    """
    if found is None:
        return "Meta’da yok; --submit ile onaya gönderin"
    if found.get("status") != "APPROVED":
        return f"onaylı değil ({found.get('status')})"
    same = _shown(found) == _shown(wanted)
    return "" if same else "metni ya da düğmeleri farklı; Meta’dakini hattınkiyle eşitleyin"


def _shown(template: dict[str, Any]) -> set[str]:
    """The visible parts of a template: texts, the header's format, buttons."""
    parts = template.get("components") or []
    seen = {f"{part.get('type')} {part.get('format', '')} {part.get('text', '')}" for part in parts}
    return seen | {f"BUTTON {each.get('text')}" for part in parts for each in part.get("buttons") or []}
