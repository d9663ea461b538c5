# ruff: noqa
# mypy: ignore-errors
"""Drops the `as` names that the move left: .venv/bin/python unalias.py ROOT. Prints what would hide another name of the file."""

import ast
import io
import re
import subprocess
import sys
import tokenize
from pathlib import Path

ROOT = Path(sys.argv[1]).resolve()
OURS = ("tickets", "whatsapp", "departments", "melikgazi", "tests")
# These say more than the module's name.
KEPT = {
    ("melikgazi.celery", "app"),
    ("whatsapp", "tasks"),
    ("tickets", "tasks"),
    ("melikgazi.sign_in", "urls"),
    ("tickets.files", "decoder"),
}


def names(text):
    found = list(tokenize.generate_tokens(io.StringIO(text).readline))
    for place, token in enumerate(found):
        if token.type == tokenize.NAME and not (place and found[place - 1].string == "."):
            after = found[place + 1].string if place + 1 < len(found) else ""
            before = found[place - 1].string if place else ""
            is_keyword = after == "=" and before in ("(", ",")
            yield token, is_keyword, after == "as"


def without(text, module, name, alias):
    line_of_import = re.compile(rf"\b{name} as {alias}\b")
    text, count = line_of_import.subn(name, text)
    if not count:
        return None
    lines = text.splitlines(keepends=True)
    fields = {
        (field.lineno, field.col_offset)
        for each in ast.walk(ast.parse(text))
        if isinstance(each, ast.ClassDef)
        for line in each.body
        for field in (line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", line)])
    }
    edits = [
        token.start
        for token, is_keyword, is_imported in names(text)
        if token.string == alias and not is_keyword and not is_imported and token.start not in fields
    ]
    for row, column in sorted(edits, reverse=True):
        line = lines[row - 1]
        lines[row - 1] = line[:column] + name + line[column + len(alias) :]
    # Python 3.11 gives an f-string as one token.
    return re.sub(rf"(?<=\{{){alias}(?=\.)", name, "".join(lines))


files = subprocess.run(
    ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
).stdout.split()
for path in files:
    if path == "melikgazi/wsgi.py" or path.startswith("tooling/moves") or "/migrations/" in path:
        continue
    file = ROOT / path
    text = file.read_text()
    was = text
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.ImportFrom) or not node.module or node.module.split(".")[0] not in OURS:
            continue
        for each in node.names:
            name, alias = each.name, each.asname
            if not alias or alias == name or not name.islower() or (node.module, name) in KEPT:
                continue
            if name == "admin" or f"{name} as {alias}  # Django looks" in text:
                continue
            uses = [
                token.start[0]
                for token, is_keyword, _ in names(text)
                if token.string == name and not is_keyword
            ]
            imports = sum(
                alias_.name == name
                for other in ast.walk(ast.parse(text))
                if isinstance(other, ast.ImportFrom)
                for alias_ in other.names
            )
            if len(uses) > imports:
                print(f"{path}: {node.module}.{name} as {alias}: used in lines {uses[:6]}")
                continue
            text = without(text, node.module, name, alias) or text
    if text != was:
        ast.parse(text)
        file.write_text(text)
