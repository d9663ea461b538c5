"""Random requests to the REST API, alone and one after the other, are answered as its OpenAPI schema says."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test
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
STEPS, WALKS, MANY_WALKS = 8, 20, 60  # calls that go on from each other, and how often
MORE_WALKS = 10  # times as many, drawn anew, until one has come to a ticket
ONE_TICKET = (
    "GET",
    "/api/v1/tickets/{number}/",
    200,
)  # only a link leads there: no random number is a ticket's


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """The requests run on the connection of the test, which none of them may close."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.slow
@pytest.mark.parametrize("who", ["supervisor", "nobody"])
def test_a_few_requests_of_who_may_much_and_who_may_nothing_are_answered_as_described(
    world: World, who: str
) -> None:
    ask_everything(world, who, FEW)


@pytest.mark.long
@pytest.mark.parametrize("who", WHO)
def test_many_requests_of_everybody_are_answered_as_described(world: World, who: str) -> None:
    ask_everything(world, who, MANY)


@pytest.mark.slow
@pytest.mark.parametrize("who", ["supervisor", "nobody"])
def test_a_few_walks_along_the_links_are_answered_as_described(world: World, who: str) -> None:
    answered = walk(world, who, WALKS)
    for _ in range(MORE_WALKS):  # the same walks draw otherwise where other modules' constants are known
        if who == "supervisor" and ONE_TICKET not in answered:
            answered += walk(world, who, WALKS + 1)
    assert (ONE_TICKET in answered) is (who == "supervisor"), answered


@pytest.mark.long
@pytest.mark.parametrize("who", WHO)
def test_many_walks_along_the_links_are_answered_as_described(world: World, who: str) -> None:
    walk(world, who, MANY_WALKS)


def walk(world: World, who: str, examples: int) -> "Counter[tuple[str, str, int]]":
    """Calls that go on from each other's answers by the links; how often each operation gave which status."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", application)
    headers = {} if who == "nobody" else {"Authorization": f"Token {key_of(world.user(who))}"}
    world.assigned()
    answered: Counter[tuple[str, str, int]] = Counter()

    class Walk(schema.as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, _case: Any) -> dict[str, Any]:
            return {"headers": headers}

        def validate_response(self, response: Any, case: Any, **_options: Any) -> None:
            answered[(case.method, case.path, response.status_code)] += 1
            case.validate_response(response, checks=CHECKS)

    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=examples == WALKS,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
    return answered


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
