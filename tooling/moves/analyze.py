"""Tells which imports of the new house would point up or sideways."""

# mypy: ignore-errors
# ruff: noqa

import ast
import sys
from collections import Counter
from pathlib import Path

from table import APPS, module, table

LINES = {
    "tickets": """admin_urls apps
admin tasks undoable
field_work
desk open311 management
privacy public router_review
reports
rest_api
board intake demo_data
answering danger
attachments citizens undo
casework
access_log
deadlines api_clients
notifications presence back_office printing
record
files
migrations models services""",
    "whatsapp": """apps
admin channel tasks management urls
turns webhook
privacy line_status
outbox
media handover texts
conversations
conversation graph faq number wakeup log_fields emulator
migrations models""",
    "departments": """admin management apps
training base_data
routing staff reference
danger_reader places spreadsheets
text working_time
common organisation
migrations models""",
    "melikgazi": """worker_settings
settings urls management apps tasks
back_office configuration wsgi
observability
web workers backup
sign_in database processes celery version
migrations models __init__""",
}


def resolve(root: Path) -> None:
    found, _, _ = table(root, Path(sys.argv[2]))
    modules = {module(old): module(new) for old, new in found.items() if old.endswith(".py")}
    exports: dict[str, dict[str, str]] = {}
    trees = {}
    for old in found:
        if old.endswith(".py"):
            trees[old] = ast.parse((root / old).read_text())
    for old, tree in trees.items():
        if old.endswith("__init__.py"):
            names = exports.setdefault(module(old), {})
            for node in ast.walk(tree):
                if isinstance(node, ast.ImportFrom) and node.module:
                    for alias in node.names:
                        names[alias.asname or alias.name] = node.module
    rank = {
        app: {room: i for i, line in enumerate(LINES[app].splitlines()) for room in line.split()}
        for app in APPS
    }
    bad: Counter[str] = Counter()
    for old, tree in trees.items():
        here = module(found[old])
        app = here.split(".")[0]
        if here in APPS:
            continue
        room = here.split(".")[1] if "." in here else "__init__"
        if room not in rank[app]:
            print("no line", here)
            continue
        if room in ("migrations", "models") and here.count(".") < 3:
            continue
        for node in ast.walk(tree):
            if (
                not isinstance(node, ast.ImportFrom)
                or not node.module
                or node.module.split(".")[0] not in APPS
            ):
                continue
            for alias in node.names:
                target = node.module
                if f"{target}.{alias.name}" in modules:
                    target = f"{target}.{alias.name}"
                while target in exports and alias.name in exports[target]:
                    target = exports[target][alias.name]
                to = modules.get(target, target)
                if to in APPS or ".." in to or to.split(".")[0] not in APPS:
                    continue
                if to.split(".")[0] != app:
                    if APPS.index(to.split(".")[0]) < APPS.index(app):
                        bad[f"UP APP {here} > {to}.{alias.name}"] += 1
                    continue
                other = to.split(".")[1]
                if other == room or other not in rank[app]:
                    if other not in rank[app]:
                        print("no line", to)
                    continue
                if rank[app][other] <= rank[app][room]:
                    bad[f"{room} > {other}: {old} imports {target}.{alias.name}"] += 1
    for line in sorted(bad):
        print(line)
    print(len(bad), "arrows")


resolve(Path(sys.argv[1]))
