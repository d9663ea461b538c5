"""The house stays pleasant to walk: both journeys of docs/architecture.md, counted in lines and files."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STEP = re.compile(r"^- `([^`]+\.py)` (.*)$", re.MULTILINE)


def walk(title: str) -> dict[str, list[str]]:
    """The functions that a section of the document lists, by file."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    section = text.partition(f"## {title}\n")[2].partition("\n## ")[0]
    return {
        file: [name for name in re.findall(r"`(\w+)`", rest) if not name.endswith("py")]
        for file, rest in STEP.findall(section)
    }


def lines(file: str, name: str) -> int:
    functions = [
        node
        for node in ast.walk(ast.parse((ROOT / file).read_text()))
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    assert functions, f"docs/architecture.md names {name}, which is not in {file}"
    return max((node.end_lineno or 0) - node.lineno + 1 for node in functions)


@pytest.mark.parametrize(
    ("title", "most_lines", "most_files"), [("A message comes in", 500, 10), ("An answer goes out", 300, 8)]
)
def test_a_walk_through_the_house_is_short(title: str, most_lines: int, most_files: int) -> None:
    steps = walk(title)
    assert 5 < len(steps) <= most_files
    assert 100 < sum(lines(file, name) for file, names in steps.items() for name in names) <= most_lines
