"""The views for analysts: what stands in them, and the role that reads them and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from tests.tickets.world import World, here
from tickets.management.commands.analyst import VIEWS
from tickets.models import Ticket
from tickets.record.statuses import Status

ROLE = "analiz_denemesi"
PAGE = Path(__file__).parents[3] / "docs" / "analiz.md"


def rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def columns(view: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {view} LIMIT 0")
        return [each.name for each in cursor.description or ()]


@contextmanager
def role_of(name: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {name}")
        yield
        cursor.execute("RESET ROLE")


def test_the_views_tell_of_work_and_of_nobody(world: World) -> None:
    ticket = world.resolved(point=here(), neighbourhood=world.mahalle, address="Barbaros Sokak 5")
    told = str([rows(f"SELECT * FROM {view}") for view in VIEWS])
    for unsaid in (ticket.number, "Ayşe", "5321234567", "Barbaros", "Okulun", "kapatıldı", "supervisor"):
        assert unsaid not in told
    assert rows("SELECT department, category, neighbourhood, status, outcome FROM analysis_tickets") == [
        ("FEN", "yol_cukur", "alpaslan", "RESOLVED", "RESOLVED")
    ]
    assert [to for (to,) in rows("SELECT to_status FROM analysis_moves ORDER BY move")] == [
        Status.NEW,
        Status.ASSIGNED,
        Status.RESOLVED,
    ]


def test_what_is_hidden_is_not_even_counted(world: World) -> None:
    world.open(category=world.misconduct)
    Ticket.objects.filter(pk=world.open().pk).update(restricted=True)
    assert rows("SELECT * FROM analysis_tickets") == rows("SELECT * FROM analysis_moves") == []


def test_hours_are_told_to_the_quarter(world: World) -> None:
    """With the start of work they would tell the moment, which is told to the hour."""
    Ticket.objects.filter(pk=world.open().pk).update(first_action_hours=1.572373546, worked_hours=30.13)
    assert rows("SELECT first_action_hours, worked_hours FROM analysis_tickets") == [(1.5, 30.25)]


def test_the_page_names_each_view_and_column(world: World) -> None:
    page = PAGE.read_text(encoding="utf-8")
    named = [*VIEWS, *columns("analysis_tickets"), *columns("analysis_moves")]
    assert [name for name in named if f"`{name}`" not in page] == []


def test_the_role_reads_the_views_and_nothing_else(world: World) -> None:
    world.open()
    out = StringIO()
    call_command("analyst", ROLE, stdout=out)
    assert "parolası" in out.getvalue()
    with role_of(ROLE):
        for view in VIEWS:
            assert rows(f"SELECT count(*) FROM {view}")
        for refused in (
            "SELECT * FROM tickets_ticket",
            "SELECT * FROM tickets_citizen",
            "SELECT * FROM auth_user",
            "UPDATE analysis_departments SET name = 'x'",
            "CREATE TABLE x (id int)",
        ):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                rows(refused)
    config = rows(f"SELECT rolconfig, rolconnlimit, rolsuper FROM pg_roles WHERE rolname = '{ROLE}'")[0]
    assert ("default_transaction_read_only=on" in config[0], config[1], config[2]) == (True, 5, False)
    call_command("analyst", ROLE, stdout=out)  # another password
    call_command("analyst", ROLE, "--drop", stdout=out)
    assert rows(f"SELECT FROM pg_roles WHERE rolname = '{ROLE}'") == []


@pytest.mark.parametrize("role", ["postgres", "pg_monitor", "Analiz", "a b", "a;drop"])
def test_no_other_role_of_the_database_is_touched(world: World, role: str) -> None:
    with pytest.raises(CommandError):
        call_command("analyst", role, "--drop")
    if role.islower() and role.isidentifier():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            (owner,) = cursor.fetchone()
        with pytest.raises(CommandError):
            call_command("analyst", owner)
