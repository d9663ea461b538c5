# ruff: noqa
# mypy: ignore-errors
"""Renames of house.md, section 2: whole words in code, comments, strings and documents; scoped ones by their imports."""

import io
import re
import subprocess
import sys
import tokenize
from pathlib import Path

ROOT = Path(sys.argv[1]).resolve()
WORDS = dict(
    pair.split(">")
    for pair in """
ShiftHandover>ShiftTransfer hand_over_shift>transfer_shift return_shift>undo_shift_transfer
_is_handover>_changes_department watch_handovers>escalate_waiting_conversations await_staff>request_staff
TO_CLAIM>UNACKNOWLEDGED_DANGER claim_drill>acknowledge_drill OutboxClaim>DispatchBatch TurnClaim>TurnLease
Doing>UndoableAction ACTS>UNDOABLE_ACTIONS as_told>as_published forget_acts>delete_expired_actions
is_of_the_database>is_database_fault worth_saying>retry_period pause_of_recipient>recipient_backoff
release_lost>requeue_unconfirmed ingest_due>ingest_batch _park_deadly>_park_poison_message
FRESH_STARTS>MAX_CONFLICT_RETRIES DEATHS>MAX_CRASHES hasten>prioritise_conversation
raise_danger>report_danger notify_of_danger>alert_staff ring_again>repeat_alert ring_log>alert_history
told_danger>danger_from_caller ask_anew>refresh_permissions is_still_theirs>is_visible_to_recipient
to_message>due_for_whatsapp messaged>mark_sent_by_whatsapp say_presence>set_availability
ask_number>request_phone_number follow_the_desk>tune_router_thresholds Keeper>SocketHolder
DEAF_SECONDS>IDLE_TIMEOUT _volunteer>_prefer_for_oom_kill HttpFigures>RequestCounters
""".split()
)
# module, name > new: where it is defined, and wherever it is imported or reached through its module.
SCOPED = [
    ("whatsapp.outbox.claim", "Claimed", "ClaimedMessage"),
    ("tickets.danger.services", "claim", "acknowledge"),
    ("tickets.api_clients.idempotency_keys", "claim", "reserve_key"),
    ("tickets.rest_api.idempotency", "claim", "reserve_key"),
    ("tickets.undo.actions", "take_back", "undo"),
    ("tickets.undo.actions", "offered", "undoable_action"),
    ("departments.common.cache", "saw", "set_known_revision"),
    ("departments.common.http_deadline", "at_most", "deadline"),
    ("tickets.record.permissions", "sight", "visibility_key"),
    ("whatsapp.outbox.enqueue", "put", "enqueue_message"),
    ("melikgazi.processes.forks", "Workers", "ProcessPool"),
]
FILES = {
    "tickets/danger/ring_log.py": "tickets/danger/alert_history.py",
    "tickets/board/templates/tickets/board/hand_over_shift.html": "tickets/board/templates/tickets/board/transfer_shift.html",
    "tests/patience.py": "tests/timeouts.py",
    "tests/deaths.py": "tests/process_crashes.py",
    "tests/stories.py": "tests/scenarios.py",
    "tests/tickets/reached.py": "tests/tickets/recording_channel.py",
}
# What stands in strings.
STRINGS = {
    '"take_back": "takes them back"': '"undo": "takes them back"',
    "workers.Workers(": "workers.ProcessPool(",
}
MODULES = {
    old.removesuffix(".py").replace("/", "."): new.removesuffix(".py").replace("/", ".")
    for old, new in FILES.items()
    if old.endswith(".py")
}
_words = re.compile(r"(?<![\w])(" + "|".join(map(re.escape, WORDS)) + r")(?!\w)")
TASK = re.compile(r'name="[\w.]+"|"tickets\.(?:watch_handovers|follow_the_desk|notify_of_danger)"')


def words(path: str, text: str) -> str:
    if path.endswith(".py") or path.endswith(".md") or path.endswith(".html") or path.endswith(".toml"):
        kept = TASK.split(text), TASK.findall(text)
        parts = [_words.sub(lambda m: WORDS[m[1]], part) for part in kept[0]]
        return "".join(a + b for a, b in zip(parts, [*kept[1], ""], strict=True))
    return text


def scoped(path: str, text: str) -> str:
    here = path.removesuffix(".py").replace("/", ".")
    for module, old, new in SCOPED:
        parent, _, last = module.rpartition(".")
        own = here == module
        names, modules = own, set()
        for m in re.finditer(rf"from {re.escape(module)} import (\([^)]*\)|[^\n]*)", text):
            names |= bool(re.search(rf"\b{old}\b(?! as)", m[1]))
        for m in re.finditer(rf"from {re.escape(parent)} import (\([^)]*\)|[^\n]*)", text):
            for found in re.finditer(rf"\b{last}\b(?: as (\w+))?", m[1]):
                modules.add(found[1] or last)
        text = re.sub(rf"(?<=from {re.escape(module)} import )([^\n(]*)\b{old}\b", rf"\g<1>{new}", text)
        text = text.replace(f"{module}.{old}", f"{module}.{new}")
        if names or modules:
            text = tokens(text, old, new, names, modules, own)
    return text


def tokens(text: str, old: str, new: str, names: bool, modules: set[str], own: bool = False) -> str:
    lines = text.splitlines(keepends=True)
    edits = []
    found = list(tokenize.generate_tokens(io.StringIO(text).readline))
    for place, token in enumerate(found):
        if token.type != tokenize.NAME or token.string != old:
            continue
        before = found[place - 1].string if place else ""
        if before == "def" and not own:
            continue
        after = found[place + 1].string if place + 1 < len(found) else ""
        if after == ":" and not lines[token.start[0] - 1][: token.start[1]].strip():
            continue  # the field of a class
        if before == ".":
            if found[place - 2].string in modules and found[place - 3].string != ".":
                edits.append(token.start)
        elif names and not (after == "=" and found[place - 1].string in ("(", ",")):
            edits.append(token.start)
        elif names and after == "=" and found[place - 1].string in ("(", ","):
            pass
    for row, column in sorted(edits, reverse=True):
        line = lines[row - 1]
        lines[row - 1] = line[:column] + new + line[column + len(old) :]
    # Python 3.11 gives an f-string as one token.
    within = "|".join([*map(re.escape, (f"{module}." for module in modules)), *([""] if names else [])])
    return re.sub(rf"(f\"[^\"\n]*\{{[^}}\"\n]*(?<![\w.]))({within}){old}\(", rf"\1\2{new}(", "".join(lines))


tracked = subprocess.run(
    ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
).stdout.splitlines()
for path in tracked:
    file = ROOT / path
    if (
        "/migrations/" in path
        or path.startswith(("tooling/moves", "CHANGELOG", "bench/results"))
        or "/vendor/" in path
        or not file.is_file()
        or file.is_symlink()
    ):
        continue
    if file.suffix not in {".py", ".md", ".html", ".toml"}:
        continue
    was = file.read_text()
    text = words(path, was)
    for old, new in MODULES.items():
        text = re.sub(rf"(?<![\w.]){re.escape(old)}(?!\w)", new, text)
        parent, _, last = old.rpartition(".")
        to = new.rpartition(".")[2]
        said = re.search(rf"from {re.escape(parent)} import (?:\([^)]*|[^\n]*)\b{last}\b", text)
        if said and path.endswith(".py"):
            text = tokens(text, last, to, names=True, modules=set())
    for old, new in (FILES | STRINGS).items():
        text = text.replace(old, new)
    if path.endswith(".py"):
        text = scoped(path, text)
    if text != was:
        file.write_text(text)
for old, new in FILES.items():
    if (ROOT / old).exists():
        (ROOT / old).rename(ROOT / new)
