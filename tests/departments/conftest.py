"""Base data as an installation has it, and nothing remembered from the test before."""

from collections.abc import Iterator

import pytest
from django.db import transaction

from departments.fresh import Fresh
from departments.loading import load_base_data


@pytest.fixture(autouse=True)
def _nothing_remembered():
    Fresh.forget()


@pytest.fixture(scope="module")
def _loaded(django_db_setup, django_db_blocker) -> Iterator[None]:
    """The base data once per module, in a transaction around those of its tests."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_base_data()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def base(_loaded, db) -> None:
    """Every department, category, agency and mahalle; each test's changes end with it."""
