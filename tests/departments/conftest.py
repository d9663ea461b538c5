"""Base data as an installation has it, and nothing remembered from the test before."""

import pytest

from departments.fresh import Fresh
from departments.loading import load_base_data


@pytest.fixture(autouse=True)
def _nothing_remembered():
    Fresh.forget()


@pytest.fixture
def base(db) -> None:
    load_base_data()
