import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from departments.organisation.agency_codes import PARENTS
from departments.places.points import Point
from departments.routing.route import Suggestion, route


class Command(BaseCommand):
    help = "Bir metnin hangi birime ait olduğunu gösterir; her metin için bir satır JSON."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("text", nargs="?")
        parser.add_argument("--file", type=Path, help="her satırı {text, lat?, lon?} olan JSONL dosyası")

    @override
    def handle(self, *args: Any, text: str | None, file: Path | None, **options: Any) -> None:
        if (text is None) == (file is None):
            raise CommandError("Ya bir metin ya da --file verin.")
        for words, point in _read(file) if file else [(text or "", None)]:
            self.stdout.write(json.dumps(_shown(route(words, point)), ensure_ascii=False))


def _read(file: Path) -> Iterator[tuple[str, Point | None]]:
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, ValueError) as error:
        raise CommandError(f"{file} okunamadı: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            point = Point(entry["lat"], entry["lon"]) if entry.get("lat") is not None else None
            yield str(entry["text"]), point
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CommandError(f"{file}, satır {number} okunamadı: {error}") from error


def _shown(suggestion: Suggestion) -> dict[str, object]:
    """The suggestion under the JSON keys that docs/arayuzler.md publishes."""
    return {
        "department": suggestion.department,
        "category": suggestion.category,
        "jurisdiction": PARENTS.get(suggestion.jurisdiction, suggestion.jurisdiction),
        "urgent": suggestion.urgent,
        "neighbourhood": suggestion.neighbourhood_name,
        "ticket_no": suggestion.ticket_no,
        "kind": suggestion.kind,
        "confidence": suggestion.confidence,
        "alternatives": [
            {"department": each.department, "category": each.category, "confidence": each.confidence}
            for each in suggestion.alternatives
        ],
        "urgent_reason": suggestion.urgent_reason,
        "level": suggestion.level,
        "danger": suggestion.danger if suggestion.level == "life" else "",
        "conditional": suggestion.conditional,
        "sure": suggestion.sure,
        "reasons": suggestion.reasons,
        "model": suggestion.model,
    }
