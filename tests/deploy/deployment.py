"""The files of a deployment, read as what they are."""

import ast
import re
from pathlib import Path
from typing import Any

import yaml

from whatsapp.conversation import time_limits

ROOT = Path(__file__).resolve().parents[2]


def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return read


def units() -> dict[str, list[tuple[str, str]]]:
    """Every service unit's settings of [Service] and of what holds for all of them, in order."""
    folder = ROOT / "deploy/systemd"
    shared = [pair for path in folder.glob("melikgazi-.service.d/*.conf") for pair in _service(path)]
    return {path.stem: _service(path) + shared for path in folder.glob("*.service")}


def _service(path: Path) -> list[tuple[str, str]]:
    _, _, section = path.read_text().partition("[Service]\n")
    pairs = (line.partition("=") for line in section.splitlines() if line)
    return [(name, value) for name, _, value in pairs]


def image(*, trial: bool = False) -> list[tuple[str, str]]:
    """The instructions of the Dockerfile for the line, or for the trial, and what each is given, on one line."""
    line, _, of_trial = (ROOT / "Dockerfile").read_text().partition("\nFROM line AS trial\n")
    text = re.sub(r"\\\n\s*", "", of_trial if trial else line)
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return [(name, given) for name, _, given in (line.partition(" ") for line in lines)]


def variables_read() -> dict[str, str | None]:
    """What the settings read of the environment; for each the default as written, None where it must be there."""
    tree = ast.parse((ROOT / "melikgazi/settings.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    # Whose name is not written there asks for one that is asked for before: `_by`.
    named = [call for call in calls if call.args and isinstance(call.args[0], ast.Constant)]
    ours = [call for call in named if re.fullmatch(r"env\.\w+", ast.unparse(call.func))]
    read: dict[str, str | None] = {}
    for call in ours:  # one that is read twice need not be there when one of them can do without
        name = ast.literal_eval(call.args[0])
        read[name] = _default(call) or read.get(name)
    return read


def _default(call: ast.Call) -> str | None:
    if ast.unparse(call.func) == "env.one_of":  # the first choice is the default
        return ast.unparse(call.args[1])
    given = next((keyword.value for keyword in call.keywords if keyword.arg == "default"), None)
    if isinstance(given, ast.Attribute):  # one of the waits of the conversation
        return repr(getattr(time_limits, given.attr))
    return None if given is None else ast.unparse(given)


def variables_explained() -> dict[str, tuple[bool, str]]:
    """The variables of .env.example: whether the line is active, and the value it shows."""
    lines = re.findall(r"^(#?)([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    return {name: (not comment, value) for comment, name, value in lines}
