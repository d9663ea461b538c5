"""A head's page: what is late and why, where time is lost, what comes back, where it gathers, what citizens say."""

import html
import re
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from departments.models import Membership, Role
from tests.tickets.world import FUTURE, NOW, World, sign_in
from tickets.casework.transitions import change_status
from tickets.models import Ticket
from tickets.record.permissions import Actor
from tickets.record.statuses import ReportStage, Status
from tickets.reports import department, interface
from tickets.reports.department import Why
from tickets.reports.interface import Period

PAGE = "/admin/birimim/"
TODAY = NOW + timedelta(days=3)
WEEK = Period(NOW - timedelta(days=1), NOW + timedelta(days=6))
ASKED: dict[str, Any] = {"status": Status.WAITING, "waiting_from": Status.ASSIGNED}
MOST_STATEMENTS = 45


@pytest.fixture(autouse=True)
def _today() -> Any:
    with patch.object(timezone, "now", return_value=TODAY):
        yield


def page(world: World, who: str = "head_fen", **query: str) -> str:
    return sign_in(world, who).get(PAGE, query).content.decode()


def overdue(ticket: Ticket, **facts: Any) -> Ticket:
    Ticket.objects.filter(pk=ticket.pk).update(resolution_due_at=NOW + timedelta(days=1), **facts)
    ticket.refresh_from_db()
    return ticket


def of_fen(world: World) -> Any:
    return Ticket.objects.filter(department=world.fen)


def test_it_is_for_heads_and_supervisors_and_each_head_sees_the_own_department(world: World) -> None:
    mine = overdue(world.assigned())
    assert mine.number in page(world)
    assert mine.number in page(world, "supervisor", birim="FEN")
    assert mine.number not in page(world, "head_park", birim="FEN")
    assert sign_in(world, "operator").get(PAGE).status_code == 403


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({}, Why.NOBODY),
        ({"assignee": "crew_fen"}, Why.CREW),
        ({"assignee": "crew_fen", "reopened": 1}, Why.CAME_BACK),
        ({"status": Status.PLANNED, "planned_for": FUTURE}, Why.PLANNED),
        (ASKED | {"waiting_since": NOW + timedelta(days=2)}, Why.CITIZEN),
        ({"status": Status.REVIEW}, Why.APPROVAL),
        ({"proposed_agency": "kaski", "status": Status.REVIEW}, Why.OTHER_BODY),
    ],
)
def test_why_a_ticket_is_late_is_read_from_the_ticket(world: World, facts: dict[str, Any], why: Why) -> None:
    named: dict[str, Any] = {"crew_fen": world.user("crew_fen"), "kaski": world.kaski}
    overdue(world.assigned(), **{name: named.get(value, value) for name, value in facts.items()})
    (late,) = department.late_tickets(of_fen(world), TODAY)
    assert late.why is why
    assert department.reasons(of_fen(world), TODAY) == [(why, 1)]


def test_the_most_late_come_first_and_the_time_after_a_question_is_not_theirs(world: World) -> None:
    first = overdue(world.assigned())
    asked = overdue(world.assigned(), **ASKED, waiting_since=NOW + timedelta(days=1, hours=1))
    found = department.late_tickets(of_fen(world), TODAY)
    assert [(each.ticket, each.by) for each in found] == [
        (first, timedelta(days=2)),
        (asked, timedelta(hours=1)),
    ]


def test_what_is_in_time_or_done_is_not_late(world: World) -> None:
    world.assigned()
    overdue(world.resolved())
    assert department.late_tickets(of_fen(world), TODAY) == []
    assert "Geciken başvuru yok" in page(world)


def test_where_time_was_lost_is_added_up_from_move_to_move(world: World) -> None:
    ticket = world.assigned()
    for hours, to, details in (
        (2, Status.IN_PROGRESS, {}),
        (5, Status.WAITING, {"answer": "Hangi sokak?"}),
        (9, Status.IN_PROGRESS, {}),
        (10, Status.RESOLVED, {"answer": "Kapatıldı."}),
    ):
        world.move(ticket, to, now=NOW + timedelta(hours=hours), **details)
    spent = {each.where: each.mean for each in department.time_spent(of_fen(world), WEEK)}
    assert spent == {
        ReportStage.QUEUE: timedelta(hours=2),
        ReportStage.CREW: timedelta(hours=4),
        ReportStage.CITIZEN: timedelta(hours=4),
        ReportStage.PLANNED: timedelta(),
        ReportStage.APPROVAL: timedelta(),
    }
    assert department.time_spent(of_fen(world), WEEK.previous()) == []


def test_what_comes_back_after_it_was_said_to_be_done_is_counted_by_subject(world: World) -> None:
    ticket = world.resolved()
    change_status(
        ticket=ticket, to=Status.ASSIGNED, actor=Actor.citizen(), now=NOW + timedelta(hours=3), note="Olmadı"
    )
    assert department.came_back(of_fen(world), WEEK) == [(("yol_cukur", "Çukur"), 1)]
    assert department.came_back(of_fen(world), WEEK.previous()) == []


def test_where_it_gathers_is_told_beside_the_period_before(world: World) -> None:
    for days in (0, 0, 0, -3):
        world.assigned(neighbourhood=world.mahalle, now=NOW + timedelta(days=days))
    world.assigned()
    (place,) = department.hot(of_fen(world), WEEK)
    assert (place.neighbourhood[1], place.count, place.before) == ("Alpaslan", 3, 1)


def test_words_have_no_names_and_loads_show_who_has_nothing(world: World) -> None:
    ticket = world.resolved()
    Ticket.objects.filter(pk=ticket.pk).update(
        satisfaction_score=2,
        satisfaction_comment="Ben Ayşe Yılmaz, olmadı",
        rated_at=NOW + timedelta(hours=1),
    )
    (word,) = department.words(of_fen(world), WEEK)
    assert word.score == 2
    assert "Ayşe" not in word.text
    assert "olmadı" in word.text
    crew = world.user("crew_fen")
    overdue(world.assigned(), assignee=crew)
    idle = world.user("roleless")
    Membership.objects.create(user=idle, role=Role.CREW, department=world.fen)
    found = [(each.user, each.open, each.late) for each in department.loads(of_fen(world), world.fen, TODAY)]
    assert found == [(crew, 1, 1), (idle, 0, 0)]


def test_restricted_tickets_are_not_on_it(world: World) -> None:
    ticket = overdue(world.assigned(), danger="violence", restricted=True)
    assert ticket.number not in page(world)
    assert ticket.number not in page(world, "supervisor", birim="FEN")


def test_the_page_shows_all_of_it_in_few_statements(world: World) -> None:
    for _ in range(3):
        overdue(world.assigned(neighbourhood=world.mahalle))
    client = sign_in(world, "head_fen")
    client.get(PAGE)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        text = client.get(PAGE, {"donem": "yil"}).content.decode()
    for said in ("Kimseye verilmedi", "2 gün geçti", "3 iş", "Memnuniyet", 'aria-current="true">Son 12 ay'):
        assert said in text
    assert "overdue=on" in text
    assert len(asked) <= MOST_STATEMENTS


def test_each_number_opens_the_list_that_it_counts(world: World) -> None:
    overdue(world.assigned(), assignee=world.user("crew_fen"))
    overdue(world.assigned())
    back = world.resolved()
    change_status(
        ticket=back, to=Status.ASSIGNED, actor=Actor.citizen(), now=NOW + timedelta(hours=3), note="Olmadı"
    )
    client = sign_in(world, "head_fen")
    text = client.get(PAGE).content.decode()
    found = re.findall(r'<a [^>]*href="([^"]+)"[^>]*aria-label="([^"]+): (\d+)(?: geciken)?"', text)
    assert {name for _, name, _ in found} >= {Why.CREW.label, Why.NOBODY.label, "Çukur"}
    for address, name, count in found:
        assert rows_of(client.get(html.unescape(address))) == int(count), name
    (address,) = re.findall(r'dönen</dt><dd><a href="([^"]+)"', text)
    assert rows_of(client.get(html.unescape(address))) == 1


def rows_of(response: Any) -> int:
    assert response.status_code == 200
    return int(response.content.decode().count("<tr data-row"))


def test_the_figures_on_top_are_those_of_the_reports(world: World) -> None:
    late, rated = world.resolved(), world.resolved()
    Ticket.objects.filter(pk=late.pk).update(resolution_due_at=NOW - timedelta(days=1))
    Ticket.objects.filter(pk=rated.pk).update(satisfaction_score=4, rated_at=NOW + timedelta(hours=1))
    whole = interface.summary(of_fen(world), WEEK, TODAY)
    assert (whole.resolution.within_target, whole.satisfaction.mean) == (0.5, 4)
    text = page(world)
    for said in (">2</a>", ">%50</a>", ">4,0 / 5</a>"):
        assert said in text
