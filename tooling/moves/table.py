"""Where each file goes: house-moves.tsv, and extra.tsv for what came after it."""

# mypy: ignore-errors
# ruff: noqa

import subprocess
from pathlib import Path

APPS = ("melikgazi", "whatsapp", "tickets", "departments")


def tracked(root: Path) -> list[str]:
    return subprocess.run(
        ["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True
    ).stdout.splitlines()


def table(root: Path, design: Path) -> tuple[dict[str, str], list[str], list[str]]:
    """Old path > new path of every file of the apps that exists; deleted packages; new empty packages."""
    places: dict[str, str] = {}
    gone: list[str] = []
    new: list[str] = []
    lines = (
        design.read_text().splitlines()[1:] + (Path(__file__).parent / "extra.tsv").read_text().splitlines()
    )
    for line in lines:
        old, to, *_ = line.split("\t")
        if old == "-":
            new.append(to)
        elif to == "-":
            gone.append(old)
        else:
            places[old] = to
    files = [path for path in tracked(root) if path.split("/")[0] in APPS]
    found = {path: places.get(path, path) for path in files if path not in gone}
    return found, [path for path in gone if path in files], new


def module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
