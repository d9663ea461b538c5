"""Files of messages, one JSON object a line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def rows_in(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each row of the folder's *.jsonl files with its file's name (without ending), in the order of their names."""
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            yield file.stem, json.loads(line)
