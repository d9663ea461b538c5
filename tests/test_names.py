"""Naming rules: one class name has one meaning, and models are in modules of models."""

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ("melikgazi", "whatsapp", "tickets", "departments")
# Django and Celery look for these by name, in every app.
CONVENTIONAL = {"Command", "Migration", "Meta"}
# The emulator plays Meta, in whose words it speaks.
APART = ("emulator",)


def modules(app: str) -> list[Path]:
    return [path for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]


def test_no_class_name_stands_in_two_apps():
    homes: defaultdict[str, set[str]] = defaultdict(set)
    for app in APPS:
        for path in modules(app):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef):
                    homes[node.name].add(app)
    assert {name: apps for name, apps in homes.items() if len(apps) > 1 and name not in CONVENTIONAL} == {}


def test_no_public_class_name_stands_in_two_modules_of_an_app():
    homes: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for app in APPS:
        for path in modules(app):
            if set(APART) & set(path.parts):
                continue
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    homes[app, node.name].add(str(path.relative_to(ROOT)))
    assert {name: of for name, of in homes.items() if len(of) > 1 and name[1] not in CONVENTIONAL} == {}


def test_models_stand_in_models_only():
    strays = [
        str(path.relative_to(ROOT))
        for app in APPS
        for path in modules(app)
        if "models" not in (*path.parts, path.stem)
        and re.search(r"^class \w+\(models\.Model\):", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert strays == []


def test_every_document_that_the_code_names_is_in_the_repository():
    missing = {
        f"{path.relative_to(ROOT)} names {named}"
        for app in (*APPS, "tests", "bench", "tooling")
        for path in modules(app)
        for named in re.findall(r"\bdocs/[\w./-]+\.md", path.read_text(encoding="utf-8"))
        if not (ROOT / named).exists()
    }
    assert missing == set()


def test_every_module_that_the_code_names_exists():
    here = {
        path.name for app in (*APPS, "tests", "bench", "tooling") for path in (ROOT / app).rglob("*.py")
    } | {"manage.py"}
    strays = {
        f"{path.relative_to(ROOT)} names {named}"
        for app in (*APPS, "bench", "tooling")
        for path in modules(app)
        for named in re.findall(r"(?<![\w*])\w+\.py\b", path.read_text(encoding="utf-8"))
        if named not in here
    }
    assert strays == set()
