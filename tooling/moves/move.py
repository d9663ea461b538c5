"""Moves every file to its feature: git renames, imports, dotted names in strings, paths in prose."""

# mypy: ignore-errors
# ruff: noqa

import ast
import re
import shutil
import sys
from collections import defaultdict
from pathlib import Path

from table import APPS, module, table, tracked

ROOT = Path(sys.argv[1]).resolve()
TEXT = {
    ".py",
    ".md",
    ".toml",
    ".sh",
    ".yml",
    ".yaml",
    ".html",
    ".txt",
    ".js",
    ".css",
    ".cfg",
    ".service",
    "",
    ".tsv",
    ".conf",
}
# `python -m` of these stays; as modules they are .server and .parent.
RUN = {"melikgazi.web", "melikgazi.workers"}

found, gone, new_packages = table(ROOT, Path(sys.argv[2]))
gone = sorted({*gone, "tickets/services/__init__.py"})
found = {old: new for old, new in found.items() if old not in gone}
modules = {module(old): module(new) for old, new in found.items() if old.endswith(".py")}
packages = {module(old) for old in found if old.endswith("__init__.py")}
trees = {old: ast.parse((ROOT / old).read_text()) for old in found if old.endswith(".py")}
exports: dict[str, dict[str, str]] = defaultdict(dict)
for old, tree in trees.items():
    if old.endswith("__init__.py"):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    if f"{node.module}.{alias.name}" not in modules:
                        exports[module(old)][alias.asname or alias.name] = node.module
SHELVES = {f"{app}.models" for app in APPS}  # they re-export, for other apps


def origin(name: str, of: str) -> str:
    while of in exports and name in exports[of]:
        of = exports[of][name]
    return of


def place(node: ast.ImportFrom, alias: ast.alias, app: str) -> tuple[str, str, str | None]:
    """Module, name and `as` of one import in the new house."""
    of, name, named = node.module or "", alias.name, alias.asname
    whole = f"{of}.{name}"
    if whole in modules and not (of in exports and name in exports[of]):
        to = modules[whole]
        parent, _, last = to.rpartition(".")
        kept = named or name
        return parent, last, None if kept == last else kept
    if of in SHELVES and of.split(".")[0] == app:
        of = origin(name, of)
    return modules.get(of, of), name, named


def rewritten(path: str, text: str) -> str:
    tree = ast.parse(text)
    app = path.split("/")[0]
    lines = text.splitlines(keepends=True)
    is_shelf = path in {f"{each}/models/__init__.py" for each in APPS}
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module and not n.level]
    for node in sorted(nodes, key=lambda n: -n.lineno):
        if node.module.split(".")[0] not in APPS:
            continue
        places = [place(node, alias, "" if is_shelf else app) for alias in node.names]
        same = [(node.module, a.name, a.asname) for a in node.names]
        if places == same:
            continue
        start, end = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        of = {each[0] for each in places}
        renamed = [(a.name, a.asname) for a in node.names] != [each[1:] for each in places]
        if len(of) == 1 and not renamed:
            lines[start] = re.sub(
                rf"\bfrom {re.escape(node.module)} import", f"from {of.pop()} import", lines[start], count=1
            )
            continue
        segment = "".join(lines[start : end + 1])
        comments = re.findall(r"#.*", segment)
        before = lines[start][: node.col_offset]
        tail = lines[end][node.end_col_offset or 0 :]
        groups: dict[str, list[str]] = defaultdict(list)
        for parent, name, named in places:
            groups[parent].append(f"{name} as {named}" if named else name)
        made = [f"from {parent} import {', '.join(names)}" for parent, names in sorted(groups.items())]
        left = "  ".join(comment for comment in comments if comment.strip() not in tail)
        said = left or (tail.strip() if "noqa" in tail else "")
        made = [f"{line}  {said}" if said and (left or line != made[-1]) else line for line in made]
        lines[start : end + 1] = [before + f"\n{before}".join(made) + tail]
    return "".join(lines)


# Packages that move as a whole: their dotted names may be followed by a name of their own.
WHOLE = {
    module(old)
    for old, new in found.items()
    if old.endswith("__init__.py")
    and new.endswith("__init__.py")
    and module(old) != "departments.organisation"
}
DOTTED = sorted(
    (
        old
        for old, new in modules.items()
        if old != new and "." in old and (old not in packages or old in WHOLE) and old not in RUN
    ),
    key=len,
    reverse=True,
)
DOTTED_PACKAGES = {"departments.danger": "departments.danger_reader"}
_dotted = re.compile(r"(?<![\w./-])(" + "|".join(map(re.escape, DOTTED)) + r")(?![\w/-])")
_run = re.compile(r"(?<![\w./-])(melikgazi\.web|melikgazi\.workers)(?=:|\.[a-z_]+\b(?!\.py))")


def dotted(path: str, text: str) -> str:
    """Old names, but in what `rewritten` wrote: imports of names from modules."""
    mine: set[int] = set()
    if path.endswith(".py"):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom):
                mine.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = text.splitlines(keepends=True)
    return "".join(
        line if number in mine else _dotted.sub(lambda m: modules[m[1]], line)
        for number, line in enumerate(lines, 1)
    )


FOLDERS = (
    ("departments/data/danger/README.md", "departments/training/README.md"),
    ("departments/data/danger/corpus", "departments/training/corpora/danger"),
    ("departments/data/questions", "departments/training/corpora/questions"),
    ("departments/data/talk", "departments/training/corpora/talk"),
    ("departments/data/corpus", "departments/training/corpora/routing"),
    ("`melikgazi/checks/`", "`melikgazi/configuration/checks/`"),
)
by_name: dict[str, list[str]] = defaultdict(list)
for old in found:
    by_name[old.rsplit("/", 1)[-1]].append(old)
_path = re.compile(
    r"(?<![\w/.<{*-])((?:[\w-]+/)*[\w-]+\.(?:py|html|css|js|toml|json|jsonl|npz|npy|txt))(?![\w/])"
)
hits: dict[str, set[str]] = defaultdict(set)


def mention(path: str, said: str) -> str:
    """What a document, comment or string now says instead of a path."""
    if said in found:
        return found[said]
    if not said.endswith(".py"):
        return said
    app = path.split("/")[0]
    likely = [old for old in by_name[said.rsplit("/", 1)[-1]] if f"/{old}".endswith(f"/{said}")]
    folder = path.rsplit("/", 1)[0] if path in found else ""
    if "/" not in said:
        beside = f"{folder}/{said}"
        if beside in found:
            likely = [beside]
        elif path not in found:
            return said if len(likely) != 1 else (found[likely[0]].rsplit("/", 1)[-1])
    in_app = [old for old in likely if old.startswith(f"{app}/")]
    chosen = in_app if len(in_app) == 1 else likely
    if len(chosen) != 1:
        if likely and any(found[old] != old for old in likely):
            hits[path].add(said)
        return said
    new = found[chosen[0]]
    mine = found.get(path, path)
    if new.rsplit("/", 1)[0] == mine.rsplit("/", 1)[0]:
        return new.rsplit("/", 1)[-1]
    if chosen[0] == new:
        return said
    return new.removeprefix(f"{app}/") if new.startswith(f"{app}/") else new


def paths(path: str, text: str) -> str:
    return _path.sub(lambda m: mention(path, m[1]), text)


edited = 0
for path in tracked(ROOT):
    file = ROOT / path
    if (
        file.is_symlink()
        or not file.is_file()
        or file.suffix not in TEXT
        or path.startswith(("tooling/moves/", "tests/browser/vendor", "CHANGELOG"))
    ):
        continue
    if "/vendor/" in path or path in gone or path == "tooling/landed_migrations.txt":
        continue
    try:
        was = file.read_text()
    except UnicodeDecodeError:
        continue
    text = rewritten(path, was) if path.endswith(".py") else was
    if path != "pyproject.toml":
        text = dotted(path, text)
        if "/migrations/" not in path:
            text = paths(path, text)
            for was_there, is_there in FOLDERS:
                text = text.replace(was_there, is_there)
    for m in _run.finditer(text):
        hits[path].add(m[0] + text[m.end() : m.end() + 20].split("\n")[0])
    if text != was:
        file.write_text(text)
        edited += 1

# --- the files themselves -----------------------------------------------------------------------------------
for old in gone:
    (ROOT / old).unlink()
aside = ROOT / ".moving"
moved = {old: new for old, new in found.items() if old != new}
for number, old in enumerate(moved):
    to = aside / str(number)
    to.parent.mkdir(exist_ok=True)
    (ROOT / old).rename(to)
for app in APPS:
    for cache in (ROOT / app).rglob("__pycache__"):
        shutil.rmtree(cache)
    for folder in sorted((ROOT / app).rglob("*"), reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
for number, new in enumerate(moved.values()):
    (ROOT / new).parent.mkdir(parents=True, exist_ok=True)
    (aside / str(number)).rename(ROOT / new)
aside.rmdir()
for path in new_packages:
    file = ROOT / path
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        file.write_text("")
for app in APPS:
    for file in (ROOT / app).rglob("*.py"):
        for folder in file.parents:
            if folder == ROOT:
                break
            if not (folder / "__init__.py").exists():
                print("package made:", folder.relative_to(ROOT))
                (folder / "__init__.py").write_text("")
print(len(moved), "files moved,", edited, "edited")
for path, said in sorted(hits.items()):
    print(path, sorted(said))
