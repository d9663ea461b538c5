"""A status is one row: what depends on it is read from STATUSES, and kept nowhere else."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tickets.record.statuses import ASSIGN, CLASSIFY, ENDED, STATUSES, Outcome, Status
from tickets.record.workflow import TRANSITIONS
from whatsapp.texts.catalog.statuses import WORDS

ROOT = Path(__file__).parents[3]
APPS = ("departments", "melikgazi", "tickets", "whatsapp")
TABLES = ("tickets/record/statuses.py", "tickets/record/workflow.py")
A_TABLE = 3  # keys of a mapping: fewer are cases


def test_every_status_has_a_row_transitions_and_words() -> None:
    assert set(STATUSES) == set(TRANSITIONS) == set(WORDS) == set(Status)


def test_every_outcome_is_set_by_one_status() -> None:
    assert sorted(filter(None, (info.outcome for info in STATUSES.values()))) == sorted(Outcome)


def test_a_page_offers_first_what_the_workflow_allows() -> None:
    acts = {CLASSIFY, ASSIGN}
    for status, info in STATUSES.items():
        allowed = (
            acts | set(TRANSITIONS[status]) | ({Status.CLOSED, Status.ASSIGNED} if status in ENDED else set())
        )
        assert set(info.next_steps) <= allowed, status


def test_no_time_passes_after_the_end() -> None:
    assert [status for status, info in STATUSES.items() if info.ended is (info.stage is not None)] == []


def test_no_other_mapping_is_by_status() -> None:
    others = [
        f"{path.relative_to(ROOT)}:{line}"
        for app in APPS
        for path in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in path.parts and str(path.relative_to(ROOT)) not in TABLES
        for line in _mappings_by_status(path)
    ]
    assert others == []


def _mappings_by_status(path: Path) -> Iterator[int]:
    """The lines of dictionaries with several statuses as keys, by name or by value."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Dict) and sum(map(_is_status, node.keys)) >= A_TABLE:
            yield node.lineno


def _is_status(key: ast.expr | None) -> bool:
    match key:
        case ast.Attribute(value=ast.Name(id="Status")):
            return True
        case ast.Constant(value=str(code)):
            return code in Status.values
        case _:
            return False
