"""Fixtures of the base data: loaded as at installation, caches cleared before each test."""

from collections.abc import Iterator

import pytest

from departments.base_data.loading import load_base_data
from departments.common import cache
from tests.once import once


@pytest.fixture(autouse=True)
def _nothing_remembered():
    cache.refresh()


@pytest.fixture(scope="module")
def _loaded(django_db_setup, django_db_blocker) -> Iterator[object]:
    yield from once(django_db_blocker, load_base_data)


@pytest.fixture
def base(_loaded, db) -> None:
    """Every department, category, agency and mahalle; each test's changes end with it."""
