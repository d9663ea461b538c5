"""Architecture: only services change a status, and the OpenAPI schema has no gaps."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

HOUSE = Path(__file__).parents[2]
APPS = ("departments", "tickets", "whatsapp", "melikgazi")
# Of tickets: they alone set a status. Answering shows what a ticket that is not saved would say.
ROOMS = ("casework", "undo", "answering")
WRITERS = {"Ticket", "create", "update", "bulk_create", "get_or_create", "update_or_create"}


def sources() -> list[Path]:
    paths = [path for app in APPS for path in (HOUSE / app).rglob("*.py")]
    return [
        path
        for path in paths
        if "migrations" not in path.parts
        and not {HOUSE / "tickets" / room for room in ROOMS} & {*path.parents}
    ]


def status_writes(tree: ast.AST) -> Iterator[int]:
    """The lines that set a ticket's status: `ticket.status = …`, `setattr`, or a row written with `status=…`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Attribute) and target.attr == "status" for target in targets):
                yield node.lineno
        if isinstance(node, ast.Call) and _name(node.func) in WRITERS and "status" in _keywords(node):
            yield node.lineno


def _keywords(call: ast.Call) -> set[str | None]:
    return {keyword.arg for keyword in call.keywords}


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def knows_tickets(path: Path, tree: ast.AST) -> bool:
    """Whether a ticket can come by in this file; other apps have rows with a status of their own."""
    names = {
        alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    return "tickets" in path.parts or "Ticket" in names


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(HOUSE)))
def test_no_status_is_set_outside_the_services(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert not knows_tickets(path, tree) or not list(status_writes(tree))


@pytest.mark.parametrize(
    "code",
    [
        "ticket.status = x",
        "a.b.status += x",
        "Ticket(status=x)",
        "Ticket.objects.filter(a=1).update(status=x)",
    ],
)
def test_each_way_to_set_a_status_is_recognised(code: str) -> None:
    assert list(status_writes(ast.parse(code))) == [1]


@pytest.mark.slow
def test_the_description_of_the_api_is_valid_and_without_a_warning(tmp_path: Path) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "tickets", "--check", "--dry-run")
