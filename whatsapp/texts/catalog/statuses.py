"""What citizens hear of each status of a ticket: statuses.toml. Pure.

An error in the file is a bug and raises when the process starts.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class StatusWords:
    """The words of one status; the mappings are by language.

    `name` is what citizens call it, `sentence` the message about a transition to it (no sentence: no message), `body`
    the body of the Meta template named `template` ("" for none), with `buttons` as quick replies. `photo`: the template
    also exists with a photo as header. `occasion` tells staff when the sentence is sent.
    """

    occasion: str
    name: Mapping[str, str]
    sentence: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] = field(default_factory=dict)
    template: str = ""
    buttons: Sequence[str] = ()
    photo: bool = False


def _read() -> dict[str, StatusWords]:
    found = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return {code: StatusWords(**entry) for code, entry in found.items()}


WORDS: Mapping[str, StatusWords] = MappingProxyType(_read())


def names(language: str) -> dict[str, str]:
    """The name of every status, by status."""
    return {status: words.name[language] for status, words in WORDS.items()}


def sentences(language: str) -> dict[str, str]:
    """The sentences of the statuses that are announced, by status."""
    return {status: words.sentence[language] for status, words in WORDS.items() if words.sentence}


def bodies(language: str) -> dict[str, str]:
    """The bodies of the statuses' Meta templates, by status."""
    return {status: words.body[language] for status, words in WORDS.items() if words.template}
