"""Moves the tests below the features that they test: move_tests.py ROOT DESIGN."""

# mypy: ignore-errors
# ruff: noqa

import re
import sys
from pathlib import Path

from table import tracked

ROOT = Path(sys.argv[1]).resolve()
HERE = Path(__file__).parent
rooms: dict[str, str] = {}
for line in Path(sys.argv[2]).read_text().splitlines()[1:]:
    old, new, *_ = line.split("\t")
    if old.startswith("tests/"):
        rooms[old] = new
for line in (HERE / "extra_tests.tsv").read_text().splitlines():
    old, room = line.split("\t")
    app, name = old.split("/")
    rooms[f"tests/{old}"] = f"tests/{old}" if room == "." else f"tests/{app}/{room}/{name}"
DATA = {
    "tests/departments/plain_dangers.toml": "tests/departments/danger_reader/plain_dangers.toml",
    "tests/departments/mahalleler.txt": "tests/departments/places/mahalleler.txt",
    "tests/departments/routing_held_out.jsonl": "tests/departments/routing/routing_held_out.jsonl",
}
files = set(tracked(ROOT))
moved = {old: new for old, new in (rooms | DATA).items() if old in files and old != new}
modules = {
    old.removesuffix(".py").replace("/", "."): new.removesuffix(".py").replace("/", ".")
    for old, new in moved.items()
    if old.endswith(".py")
}
dotted = re.compile(
    r"(?<![\w./-])(" + "|".join(map(re.escape, sorted(modules, key=len, reverse=True))) + r")(?![\w/-])"
)
paths = re.compile(
    r"(?<![\w/.-])(" + "|".join(map(re.escape, sorted(moved, key=len, reverse=True))) + r")(?![\w/])"
)
unlike = re.compile(r"from (tests\.\w+) import ([^\n(]*\btest_\w+[^\n]*)")
for path in sorted(files):
    file = ROOT / path
    if not file.is_file() or file.is_symlink() or path.startswith("tooling/moves/"):
        continue
    try:
        was = file.read_text()
    except UnicodeDecodeError:
        continue
    text = paths.sub(lambda m: moved[m[1]], dotted.sub(lambda m: modules[m[1]], was))
    if path in moved and path.endswith(".py"):
        text = re.sub(
            r"(Path\(__file__\)(?:\.resolve\(\))?)\.parents\[(\d)\]",
            lambda m: f"{m[1]}.parents[{int(m[2]) + 1}]",
            text,
        )
    if path == "tests/journeys/README.md":  # says its paths from tests/ on
        short = {old.removeprefix("tests/"): new.removeprefix("tests/") for old, new in moved.items()}
        text = re.sub(r"(?<=`)[\w/]+\.py(?=[:`])", lambda m: short.get(m[0], m[0]), text)
    for said in unlike.findall(text):
        print("by hand:", path, said)
    if text != was:
        file.write_text(text)
for old, new in moved.items():
    to = ROOT / new
    to.parent.mkdir(parents=True, exist_ok=True)
    (ROOT / old).rename(to)
    package = to.parent / "__init__.py"
    if new.endswith(".py") and not package.exists():
        package.write_text("")
print(len(moved), "tests moved")
