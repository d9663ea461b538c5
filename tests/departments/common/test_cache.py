"""What is kept of tables that rarely change: for as long as they do not, and not a turn longer."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from departments.common import cache
from departments.common.cache import RevalidatedCache
from departments.models import Agency, ReferenceRevision

pytestmark = pytest.mark.usefixtures("base")


@pytest.fixture
def loads() -> list[str]:
    """The names that were loaded, one for each time."""
    return []


@pytest.fixture
def police(loads: list[str]) -> RevalidatedCache[str]:
    """The name of one agency, kept."""

    def load() -> str:
        loads.append(Agency.objects.get(code="emniyet").name)
        return loads[-1]

    return RevalidatedCache(load)


def rename(name: str) -> None:
    """By somebody of whom this process knows nothing."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE departments_agency SET name = %s WHERE code = 'emniyet'", [name])


def revision() -> int:
    return ReferenceRevision.objects.get().value


def test_what_did_not_change_costs_one_statement_a_turn_and_is_not_loaded_again(
    police: RevalidatedCache[str], loads: list[str], django_assert_num_queries: Any
) -> None:
    other = RevalidatedCache(lambda: "the same")
    police.get(), other.get()
    cache.refresh()
    with django_assert_num_queries(1):
        police.get(), other.get(), police.get()
    assert len(loads) == 1


def test_a_turn_that_wants_nothing_kept_asks_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        cache.refresh()


def test_a_change_is_seen_after_refreshing_and_not_within_a_turn(police: RevalidatedCache[str]) -> None:
    before = police.get()
    rename("Polis")
    assert police.get() == before
    cache.refresh()
    assert police.get() == "Polis"


def test_where_nobody_refreshes_a_change_is_seen_within_seconds(
    police: RevalidatedCache[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    police.get()
    rename("Polis")
    monkeypatch.setattr(cache, "monotonic", lambda: float("inf"))
    assert police.get() == "Polis"


def test_a_request_sees_what_was_changed_before_it(police: RevalidatedCache[str]) -> None:
    police.get()
    rename("Polis")
    Client().get("/")
    assert police.get() == "Polis"


def test_what_changes_while_it_is_loaded_is_loaded_again_at_the_next_turn(loads: list[str]) -> None:
    names = iter(["Polis", "Trafik"])

    def load() -> str:
        loads.append(Agency.objects.get(code="emniyet").name)
        rename(next(names))
        return loads[-1]

    police = RevalidatedCache(load)
    police.get()
    cache.refresh()
    assert police.get() == "Polis"


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO departments_specialday (day, name, updated_at) VALUES ('2026-01-01', 'Tatil', now())",
        "UPDATE departments_agency SET phone = '112'",
        "DELETE FROM departments_greyzone",
        "TRUNCATE departments_artery",
    ],
)
def test_a_statement_gives_a_new_revision_whoever_sends_it(statement: str) -> None:
    before = revision()
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert revision() != before


def test_many_rows_changed_by_one_statement_are_seen(police: RevalidatedCache[str]) -> None:
    police.get()
    agencies = list(Agency.objects.all())
    for agency in agencies:
        agency.name = "Kurum"
    Agency.objects.bulk_update(agencies, ["name"])
    cache.refresh()
    assert police.get() == "Kurum"


@pytest.fixture
def undone(police: RevalidatedCache[str]) -> int:
    """The revision of a change that was loaded, kept, and then undone."""
    police.get()
    with transaction.atomic():
        rename("Polis")
        cache.refresh()
        assert police.get() == "Polis"
        seen = revision()
        transaction.set_rollback(True)
    cache.refresh()
    return seen


def test_a_change_that_is_undone_is_forgotten(police: RevalidatedCache[str], undone: int) -> None:
    assert police.get() != "Polis"


def test_the_revision_of_a_change_that_was_undone_never_comes_again(undone: int) -> None:
    rename("Trafik")
    assert revision() != undone


def test_an_emptied_database_has_a_revision(police: RevalidatedCache[str]) -> None:
    before = revision()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE departments_referencerevision, departments_artery RESTART IDENTITY")
    assert revision() > before


def test_what_is_held_is_not_looked_after(
    police: RevalidatedCache[str], django_assert_num_queries: Any
) -> None:
    before = police.get()
    rename("Polis")
    with RevalidatedCache.frozen():
        cache.refresh()
        with django_assert_num_queries(0):
            assert police.get() == before
    assert police.get() == "Polis"
