"""The kinds of danger to life: departments/danger_reader/kinds.toml. Pure."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from departments.danger_reader.street_addresses import without_addresses
from departments.danger_reader.tokenizer import words_of

DATA = Path(__file__).parent
KINDS, PUBLIC_PLACES = DATA / "kinds.toml", DATA / "public_places.toml"
URGENT_WORK = DATA / "urgent_work.toml"

# Urgent work, and how staff call it.
WORK: Mapping[str, str] = tomllib.loads(URGENT_WORK.read_text(encoding="utf-8"))

# The families of those who are talked to, not sent to the telephone alone.
DESPAIR = frozenset({"despair", "despair_other"})
# Of these what is only possible is taken for sure: who is asked for a proof falls silent.
TAKEN_FOR_SURE = frozenset({"violence", "cry", *DESPAIR})


@dataclass(frozen=True, slots=True)
class DangerKind:
    """One kind of danger.

    `rank` is smaller for the one that wins where several meet. `second` names the second message, '' for none.
    `departments` are the codes of those rung besides whoever is on duty. A `restricted` kind is seen by those on duty
    alone, the citizen hears nothing of it but the sentences of danger, and no word of the citizen ends it; one that is
    `open_outdoors` is not where the words tell of a public place.
    """

    key: str
    rank: int
    name: str
    family: str
    second: str = ""
    departments: tuple[str, ...] = ()
    restricted: bool = False
    open_outdoors: bool = False

    def is_restricted(self, text: str) -> bool:
        """Whether a report in these words is: who falls down in the street does so before everybody."""
        return self.restricted and not (self.open_outdoors and is_outdoors(text))


@cache
def kinds() -> Mapping[str, DangerKind]:
    """All kinds by key, the one that wins first; an error in the file is a bug and raises."""
    read = tomllib.loads(KINDS.read_text(encoding="utf-8"))
    return {
        key: DangerKind(
            key=key,
            rank=rank,
            name=table["name"],
            family=table.get("family", key),
            second=table.get("second", ""),
            departments=tuple(table.get("departments", ())),
            restricted=table.get("restricted", False),
            open_outdoors=table.get("open_outdoors", False),
        )
        for rank, (key, table) in enumerate(read.items())
    }


def is_outdoors(text: str) -> bool:
    """Whether words name a public place, and no home."""
    words, stems = words_of(text), _places()
    return _begins(words, stems["public"]) and not _begins(words, stems["home"])


def is_of_the_street(words: Sequence[str], language: str) -> bool:
    """Whether gas that is told of may be in the open air: words beside the street of an address name it, or another
    language than Turkish does, of which not all of them are known, and gives no address.
    """
    rest = without_addresses(words)
    return _begins(rest, _places()["outdoors"]) or (language != "tr" and len(rest) == len(words))


@cache
def _places() -> Mapping[str, tuple[str, ...]]:
    read = tomllib.loads(PUBLIC_PLACES.read_text(encoding="utf-8"))
    return {name: tuple(stems) for name, stems in read.items()}


def _begins(words: Iterable[str], stems: tuple[str, ...]) -> bool:
    return any(word.startswith(stems) for word in words)
