"""The base data, put into the database in one statement for each table, and kept there from test to test."""

import contextlib
import functools

import pytest
from django.db import connection, transaction
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from departments.base_data.loading import load_base_data
from departments.common import cache
from departments.models import Agency, Category, Department, Neighbourhood, TargetVersion
from tests.once import once

TABLES: tuple[type[Model], ...] = (Agency, Department, Neighbourhood, Category, TargetVersion)


def put_base_data() -> None:
    """Departments, categories, agencies and mahalleler as the system starts with them, where there are none."""
    with connection.cursor() as cursor:
        cursor.execute(_statements())
    cache.refresh()


class Held:
    """The base data in a transaction around those of one test after another, which undo what they write themselves."""

    def __init__(self) -> None:
        self._once = contextlib.ExitStack()
        self.are_there = False

    def hold(self, blocker: DjangoDbBlocker) -> None:
        """Puts them there, unless they are. Before the test's own transaction begins."""
        if not self.are_there:
            self._once.enter_context(contextlib.contextmanager(once)(blocker, put_base_data))
            self.are_there = True

    def let_go(self) -> None:
        """Takes them away again, if they are there."""
        self.are_there = False
        self._once.close()


held = Held()


def begins_with_base_data(item: pytest.Item | None) -> bool:
    """Whether a test begins with them, among tests that do, and writes nothing that is committed."""
    asked = set(getattr(item, "fixturenames", ()))
    return (
        item is not None
        and {"base_data", "base_data_held"} <= asked
        and "transactional_db" not in asked
        and item.get_closest_marker("django_db") is None  # begins its transaction before any fixture of ours
    )


@functools.cache
def _statements() -> str:
    """Read from the files once: to say the same to the database again costs a thirtieth."""
    with transaction.atomic():
        load_base_data()
        rows = [list(table._default_manager.all()) for table in TABLES]
        transaction.set_rollback(True)
    with transaction.atomic(), CaptureQueriesContext(connection) as said:
        for table, each in zip(TABLES, rows, strict=True):
            table._default_manager.bulk_create(each)
        transaction.set_rollback(True)
    return ";".join(query["sql"] for query in said)
