"""Staff change the category of a ticket, and corrections of the router are stored."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from departments.models import Category, Correction
from departments.working_time.working_hours import STANDARD
from tests.tickets.conftest import Caller
from tests.tickets.world import NOW, World
from tickets.casework import classifying
from tickets.models import Clock, Stage, Ticket, TicketEvent
from tickets.record.statuses import Status
from tickets.record.workflow import NoSuchTransition, NotAllowed

TREES = {"department": "PARK", "category": "agac_budama", "confidence": 0.2}


def routed(**changes: Any) -> dict[str, Any]:
    """What the router said: a pothole, or else trees."""
    pothole = {"department": "FEN", "category": "yol_cukur", "confidence": 0.7}
    said = {"department": "FEN", "category": "yol_cukur", "model": "2-abc", "alternatives": [pothole, TREES]}
    return said | changes


@pytest.fixture
def trees(world: World) -> Category:
    return Category.objects.create(
        code="agac_budama",
        name="Ağaç budama",
        parent=world.pothole.parent,
        department=world.park,
        resolution_days=15,
    )


@pytest.fixture
def pipes(world: World) -> Category:
    return Category.objects.create(
        code="d_su", name="Su", parent=world.pothole.parent, department=world.fen, agency=world.kaski
    )


def classify(world: World, ticket: Ticket, category: Category, by: str = "operator") -> Ticket:
    return classifying.classify(ticket=ticket, category=category, actor=world.actor(by), now=NOW)


def at(ticket: Ticket, column: str) -> datetime:
    moment = getattr(ticket, column)
    assert isinstance(moment, datetime)
    return moment


def corrections() -> list[tuple[str, str]]:
    return list(Correction.objects.order_by("id").values_list("said", "category__code"))


def test_another_category_sends_the_ticket_to_its_department(world: World, trees: Category) -> None:
    ticket = classify(world, world.assigned(), trees)
    assert (ticket.category, ticket.department, ticket.status) == (trees, world.park, Status.ASSIGNED)
    assert list(ticket.events.order_by("id").values_list("kind", flat=True))[-2:] == ["classified", "moved"]


def test_a_ticket_in_the_triage_is_sent_where_its_category_belongs(world: World) -> None:
    ticket = classify(world, world.open(category=None), world.pothole)
    assert (ticket.department, ticket.status) == (world.fen, Status.ASSIGNED)


def test_the_targets_are_those_of_the_new_category(world: World, trees: Category) -> None:
    ticket = world.assigned()
    before = ticket.resolution_due_at
    after = classify(world, ticket, trees).resolution_due_at
    assert before is not None
    assert after is not None
    assert after > before


def test_the_new_targets_are_moved_by_the_pauses_there_were(world: World, trees: Category) -> None:
    plain = at(classify(world, world.assigned(), trees), "resolution_due_at")
    waiting = world.move(world.assigned(), Status.WAITING, answer="Hangi sokak?")
    later = NOW + timedelta(days=2)
    paused = classifying.classify(ticket=waiting, category=trees, actor=world.actor("operator"), now=later)
    assert paused.status == Status.ASSIGNED
    pause = STANDARD.hours_between(NOW, later)
    assert at(paused, "resolution_due_at") == STANDARD.add_hours(plain, pause)
    again = classifying.classify(
        ticket=paused, category=world.pothole, actor=world.actor("operator"), now=later
    )
    assert at(again, "resolution_due_at") == STANDARD.add_hours(
        at(world.assigned(), "resolution_due_at"), pause
    )


def test_a_category_without_targets_sets_none(world: World, trees: Category) -> None:
    trees.resolution_days = 0
    trees.save()
    ticket = classify(world, world.assigned(), trees)
    assert (ticket.first_action_due_at, ticket.resolution_due_at) == (None, None)


def test_what_was_missed_under_the_old_category_stays_missed(world: World, trees: Category) -> None:
    ticket = world.assigned()
    late = at(ticket, "first_action_due_at")
    classifying.classify(ticket=ticket, category=trees, actor=world.actor("operator"), now=late)
    assert ticket.breaches.filter(clock=Clock.FIRST_ACTION, stage=Stage.BREACH).exists()


def test_somebody_elses_job_is_proposed_and_sent_nowhere(world: World, pipes: Category) -> None:
    ticket = classify(world, world.open(category=None), pipes)
    assert (ticket.proposed_agency, ticket.status) == (world.kaski, Status.NEW)


def test_a_department_does_not_send_its_ticket_to_another(world: World, trees: Category) -> None:
    ticket = world.assigned()
    with pytest.raises(NotAllowed):
        classify(world, ticket, trees, by="head_fen")
    ticket.refresh_from_db()
    assert (ticket.category, ticket.events.count()) == (world.pothole, 2)


def test_what_has_an_outcome_keeps_its_category(world: World, trees: Category) -> None:
    with pytest.raises(NoSuchTransition):
        classify(world, world.resolved(), trees)


def test_another_category_than_the_routers_is_kept_to_learn_from(world: World, trees: Category) -> None:
    classify(world, world.assigned(routed=routed(), description="Ayşe ben, dallar cama değiyor"), trees)
    row = Correction.objects.get()
    assert (row.said, row.category, row.model_version) == ("yol_cukur", trees, "2-abc")
    assert row.text == "… ben, dallar cama değiyor"


def test_what_was_learned_of_a_ticket_is_forgotten_when_its_category_becomes_restricted(
    world: World, trees: Category
) -> None:
    ticket = world.assigned(routed=routed(), description="Dallar cama değiyor, görevli bağırdı")
    classify(world, ticket, trees)
    assert Correction.objects.exists()
    ticket.refresh_from_db()
    classify(world, ticket, world.misconduct)
    assert not Correction.objects.exists()


def test_the_routers_own_category_is_no_correction(world: World) -> None:
    classify(world, world.open(category=None, routed=routed()), world.pothole)
    assert corrections() == []


UNSURE = {"confidence": 0.6, "sure_from": 0.75, "triage": False}


def test_what_the_router_was_not_sure_of_is_kept_where_somebody_says_that_it_was_right(world: World) -> None:
    ticket = world.open(category=world.pothole, routed=routed(**UNSURE))
    world.move(ticket, Status.ASSIGNED, by="operator", department=world.fen)
    assert corrections() == [("yol_cukur", "yol_cukur")]


@pytest.mark.parametrize("said", [UNSURE | {"confidence": 0.9}, {}])
def test_what_it_was_sure_of_teaches_nothing_more(world: World, said: dict[str, Any]) -> None:
    ticket = world.open(category=world.pothole, routed=routed(**said))
    world.move(ticket, Status.ASSIGNED, by="operator", department=world.fen)
    assert corrections() == []


def test_a_subject_changed_back_is_confirmed_last(world: World, trees: Category) -> None:
    ticket = classify(world, world.assigned(routed=routed(**UNSURE)), trees)
    classify(world, ticket, world.pothole)
    assert corrections()[-1] == ("yol_cukur", "yol_cukur")


def test_another_department_is_learned_as_what_the_router_held_likeliest_there(
    world: World, trees: Category
) -> None:
    world.move(world.assigned(routed=routed()), Status.ASSIGNED, by="operator", department=world.park)
    assert corrections() == [("yol_cukur", trees.code)]


def test_a_department_the_router_never_thought_of_is_not_learned(world: World, trees: Category) -> None:
    said = routed(alternatives=routed()["alternatives"][:1])
    world.move(world.assigned(routed=said), Status.ASSIGNED, by="operator", department=world.park)
    assert corrections() == []


def test_what_the_line_itself_sends_is_no_correction(world: World, trees: Category) -> None:
    world.open(department=world.park, category=trees, routed=routed())
    assert corrections() == []


def test_a_correction_into_a_restricted_category_is_not_kept(world: World) -> None:
    classify(world, world.assigned(routed=routed()), world.misconduct, by="supervisor")
    assert corrections() == []


def test_classifying_over_rest_answers_with_the_ticket(world: World, api: Caller, trees: Category) -> None:
    ticket = world.assigned()
    url = f"/api/v1/tickets/{ticket.number}/classify/"
    answer = api("operator").post(url, {"category": trees.code}, format="json").json()
    assert (answer["category"]["code"], answer["department"]["code"]) == (trees.code, "PARK")
    assert answer["events"][-2]["kind"] == TicketEvent.Kind.CLASSIFIED


def test_a_group_is_no_category_to_classify_into(world: World, api: Caller) -> None:
    ticket = world.assigned()
    url = f"/api/v1/tickets/{ticket.number}/classify/"
    assert api("operator").post(url, {"category": "yol"}, format="json").status_code == 400
