"""Random requests to the REST API are answered as its OpenAPI schema says."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from melikgazi.wsgi import application
from tests.tickets.keys import key_of
from tests.tickets.world import STAFF, World

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# The client under the tool does not always close the file of an answer.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
WHO = (*STAFF, "nobody")
FEW, MANY = 3, 60  # requests to each operation as each of them


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """The requests run on the connection of the test, which none of them may close."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("who", ["supervisor", "nobody"])
def test_a_few_requests_of_who_may_much_and_who_may_nothing_are_answered_as_described(
    world: World, who: str
) -> None:
    ask_everything(world, who, FEW)


@pytest.mark.long
@pytest.mark.parametrize("who", WHO)
def test_many_requests_of_everybody_are_answered_as_described(world: World, who: str) -> None:
    ask_everything(world, who, MANY)


def ask_everything(world: World, who: str, examples: int) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", application)
    headers = {} if who == "nobody" else {"Authorization": f"Token {key_of(world.user(who))}"}
    numbers = [world.open().number, world.assigned().number, world.resolved(category=world.misconduct).number]
    for operation in schema.get_all_operations():
        assert isinstance(operation, Ok)
        ask(operation.ok(), headers, numbers, examples)


def ask(operation: Any, headers: dict[str, str], numbers: list[str], examples: int) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=examples == FEW,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operation.as_strategy(), number=st.sampled_from([*numbers, None]))
    def answers(case: Any, number: str | None) -> None:
        if number and "number" in (case.path_parameters or {}):
            case.path_parameters["number"] = number
        case.validate_response(case.call(headers=headers), checks=CHECKS)

    answers()
