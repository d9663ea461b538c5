"""The accessibility statement says what the tests look at, and nothing else."""

import os

from tests.accessibility import CHECKS, PAGES, STATEMENT, UNMET, statement


def test_the_statement_is_the_one_that_the_tests_make() -> None:
    """With STATEMENT=1 in the environment it is written anew."""
    if os.environ.get("STATEMENT"):
        STATEMENT.write_text(statement(), "utf-8")
    assert STATEMENT.read_text("utf-8") == statement()


def test_what_is_unmet_is_something_that_is_looked_at() -> None:
    assert {page for page, _ in UNMET} <= {page.name for page in PAGES}
    assert {check for _, check in UNMET} <= CHECKS.keys()
