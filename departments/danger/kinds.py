"""The kinds of danger to life: departments/data/danger/kinds.toml. Pure."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

KINDS = Path(__file__).parent.parent / "data" / "danger" / "kinds.toml"

# Urgent work, and how staff call it: nobody is sent to 112 for it.
WORK: Mapping[str, str] = {
    "animal": "yaralı hayvan",
    "branch": "devrilen ağaç, kırık dal",
    "ice": "buzlanma",
    "blocked_road": "kapalı yol",
    "traffic_light": "arızalı trafik ışığı",
    "water": "patlak boru, su altında sokak",
    "dogs": "kovalayan köpekler",
}

# The families of those who are talked to, not sent to the telephone alone.
DESPAIR = frozenset({"despair", "despair_other"})


@dataclass(frozen=True, slots=True)
class DangerKind:
    """One kind of danger.

    `rank` is smaller for the one that wins where several meet. `second` names the second message, '' for none.
    `departments` are the codes of those rung besides whoever is on duty. A `restricted` kind is seen by those on duty
    alone, the citizen hears nothing of it but the sentences of danger, and no word of the citizen ends it.
    """

    key: str
    rank: int
    name: str
    family: str
    second: str = ""
    departments: tuple[str, ...] = ()
    restricted: bool = False


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
        )
        for rank, (key, table) in enumerate(read.items())
    }
