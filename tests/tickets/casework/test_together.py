"""Concurrency: writes to one ticket, ticket numbers, consistent reads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection

from tests.tickets.world import NOW, World, build_world
from tickets.casework.notes import add_note
from tickets.models import Ticket
from tickets.record.statuses import Status
from tickets.record.workflow import MissingFields, NoSuchTransition, StaleVersion, TransitionError
from tickets.reports.percentiles import consistent_snapshot

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def crowd(transactional_db: None) -> World:
    return build_world()


def at_once(*attempts: Callable[[], object]) -> list[type[TransitionError] | None]:
    """Runs them in threads of their own; how each was refused, None where it went through."""

    def run(attempt: Callable[[], object]) -> type[TransitionError] | None:
        try:
            attempt()
        except TransitionError as refusal:
            return type(refusal)
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(len(attempts)) as pool:
        return list(pool.map(run, attempts))


def test_of_several_moves_from_one_version_exactly_one_is_made(crowd: World) -> None:
    ticket = crowd.assigned()

    def start() -> Ticket:
        return crowd.move(ticket, Status.IN_PROGRESS, version=1)

    refusals = at_once(*[start] * 6)
    assert sorted(map(str, refusals)) == sorted(map(str, [None] + [StaleVersion] * 5))
    assert ticket.events.filter(to_status=Status.IN_PROGRESS).count() == 1


def test_of_several_moves_without_a_version_the_workflow_still_lets_one_through(crowd: World) -> None:
    ticket = crowd.assigned()

    def resolve() -> Ticket:
        return crowd.move(ticket, Status.RESOLVED, answer="Yapıldı.")

    refusals = at_once(*[resolve] * 6)
    assert refusals.count(None) == 1
    assert refusals.count(NoSuchTransition) == 5


def test_no_note_is_lost_among_others(crowd: World) -> None:
    ticket = crowd.assigned()
    operator = crowd.actor("operator")

    def note() -> Ticket:
        return add_note(ticket=ticket, actor=operator, now=NOW, text="not")

    assert at_once(*[note] * 8) == [None] * 8
    assert Ticket.objects.get(pk=ticket.pk).version == 9


def test_two_tickets_do_not_become_each_others_duplicates(crowd: World) -> None:
    for _ in range(5):
        a, b = crowd.assigned(), crowd.assigned()
        refusals = at_once(
            partial(crowd.move, a, Status.DUPLICATE, by="operator", duplicate_of=b),
            partial(crowd.move, b, Status.DUPLICATE, by="operator", duplicate_of=a),
        )
        assert set(refusals) == {None, MissingFields}


def test_tickets_opened_at_once_all_get_numbers_of_their_own_without_gaps(crowd: World) -> None:
    def open_some(_: int) -> list[str]:
        try:
            return [crowd.open().number for _ in range(10)]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        numbers = [number for some in pool.map(open_some, range(8)) for number in some]
    assert sorted(numbers) == [f"MG-2026-{n:06d}" for n in range(1, 81)]


def test_both_readings_of_a_report_see_the_same_tickets() -> None:
    with consistent_snapshot("default"), connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        assert cursor.fetchone() == ("repeatable read",)
