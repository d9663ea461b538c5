"""What is said to people in danger: whatsapp/texts/danger_sentences.toml. Pure."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

SENTENCES = Path(__file__).parent.parent / "danger_sentences.toml"
# Only Turkish says "sen" to a child; in other languages the ordinary sentence stands.
_TO_A_CHILD = {"fire": "fire", "gas": "gas_in", "violence": "violence", "any": "other"}


def sentences(language: str) -> Mapping[str, str]:
    """The sentences of a language by their keys, `first.fire`; an error in the file is a bug and raises."""
    found = {
        f"{section}.{name}": texts[language]
        for section, entries in _read().items()
        for name, texts in entries.items()
        if language in texts
    }
    ordinary = {f"child.{name}": found[f"first.{kind}"] for name, kind in _TO_A_CHILD.items()}
    return ordinary | found


@cache
def _read() -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads(SENTENCES.read_text(encoding="utf-8"))
