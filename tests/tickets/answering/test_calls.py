"""The call log, and whom to call again."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from tests.tickets.recording_channel import Reached
from tests.tickets.world import NOW, World, sign_in
from tickets.answering.escalation import escalate_waiting_conversations
from tickets.answering.phone_calls import due_call_backs, end_call_back, log_call
from tickets.models import CallBack, Citizen, PhoneCall, Ticket
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed

LATER = NOW + timedelta(hours=2)


def call(world: World, by: str = "operator", **changes: Any) -> PhoneCall:
    facts: dict[str, Any] = {"citizen": world.citizen, "now": NOW, "result": "unreached"}
    return log_call(actor=world.actor(by), **facts | changes)


def due(world: World, by: str = "operator", at: Any = LATER) -> list[CallBack]:
    return list(due_call_backs(world.actor(by), at))


def test_a_call_is_kept_with_what_came_of_it(world: World) -> None:
    ticket = world.assigned()
    row = call(world, ticket=ticket, result="busy", note=" Öğleden sonra müsait ")
    assert (row.by, row.ticket, row.result, row.note) == (
        world.user("operator"), ticket, "busy", "Öğleden sonra müsait"
    )  # fmt: skip


def test_whom_to_call_again_is_due_at_its_time(world: World) -> None:
    call(world, again_at=LATER, again_by=world.user("operator"))
    assert due(world, at=LATER - timedelta(minutes=1)) == []
    [row] = due(world)
    assert (row.citizen, row.assignee) == (world.citizen, world.user("operator"))


def test_a_call_back_is_its_own_persons_and_one_of_nobodys_is_everybodys(world: World) -> None:
    call(world, again_at=LATER, again_by=world.user("supervisor"))
    assert (len(due(world)), len(due(world, "supervisor"))) == (0, 1)
    call(world, again_at=LATER)
    assert (len(due(world)), len(due(world, "supervisor"))) == (1, 1)


def test_the_next_call_ends_the_call_back(world: World) -> None:
    call(world, again_at=LATER)
    call(world, by="supervisor", result="talked")
    assert due(world) == []
    call(world, again_at=LATER)
    call(world, again_at=LATER + timedelta(hours=1))
    assert CallBack.objects.filter(ended_at=None).count() == 1


def test_a_call_back_is_given_up(world: World) -> None:
    call(world, again_at=LATER)
    [row] = due(world)
    end_call_back(call_back=row, actor=world.actor("supervisor"), now=NOW)
    assert due(world) == []
    with pytest.raises(NoSuchTransition):
        end_call_back(call_back=row, actor=world.actor("supervisor"), now=NOW)


def test_a_call_back_of_somebody_whom_one_may_not_see_is_not_listed(world: World) -> None:
    hidden = Citizen.objects.create(name="Gizli", phone="+905339998877")
    world.open(citizen=hidden, category=world.misconduct)
    call(world, by="supervisor", citizen=hidden, again_at=LATER)
    assert due(world) == []
    assert len(due(world, "supervisor")) == 1


@pytest.mark.parametrize("when", [NOW, NOW + timedelta(days=91)])
def test_a_call_back_is_within_the_next_months(world: World, when: Any) -> None:
    with pytest.raises(MissingFields):
        call(world, again_at=when)
    assert not PhoneCall.objects.exists()


@pytest.mark.parametrize(
    ("who", "may"),
    [("operator", True), ("head_fen", True), ("crew_fen", False), ("head_park", False), ("dpo", False)],
)
def test_whoever_works_on_a_ticket_logs_a_call_on_it(world: World, who: str, may: bool) -> None:
    ticket = world.assigned()
    if may:
        call(world, who, ticket=ticket)
    else:
        with pytest.raises(NotAllowed):
            call(world, who, ticket=ticket)
    assert PhoneCall.objects.exists() == may


def test_a_head_logs_no_call_to_somebody_without_a_ticket_of_theirs(world: World) -> None:
    world.assigned()
    with pytest.raises(NotAllowed):
        call(world, "head_fen")


def test_calls_stand_in_the_thread_of_the_ticket(world: World, channel: Reached) -> None:
    ticket, client = world.assigned(), sign_in(world, "operator")
    address = f"/admin/tickets/ticket/{ticket.pk}"
    sent = {"result": "unreached", "note": "Çaldı, açmadı", "again_at": "", "again_by": "me"}
    assert client.post(f"{address}/call/", sent).status_code == 302
    shown = client.get(f"{address}/change/").content.decode()
    assert "Telefonla arandı: Ulaşamadım" in shown
    assert "Çaldı, açmadı" in shown


def test_a_ticket_without_a_citizen_has_nobody_to_call(world: World, channel: Reached) -> None:
    ticket: Ticket = world.assigned(citizen=None)
    client, address = sign_in(world, "operator"), f"/admin/tickets/ticket/{ticket.pk}"
    assert 'data-move="call"' not in client.get(f"{address}/change/").content.decode()
    assert client.post(f"{address}/call/", {"result": "busy"}).status_code == 409


def test_a_supervisor_sees_the_call_backs_of_everybody(world: World) -> None:
    call(world, again_at=LATER, again_by=world.user("operator"))
    assert len(due(world, "supervisor")) == 1


def test_the_call_back_of_somebody_whose_account_is_closed_is_anybodys(world: World) -> None:
    call(world, again_at=LATER, again_by=world.user("operator"))
    User.objects.filter(username="operator").update(is_active=False)
    escalate_waiting_conversations(now=NOW)
    assert CallBack.objects.get().assignee is None


def test_at_the_end_of_the_day_a_due_call_back_is_anybodys_and_a_later_one_is_not(world: World) -> None:
    call(world, again_at=LATER, again_by=world.user("operator"))
    escalate_waiting_conversations(now=NOW)
    assert CallBack.objects.get().assignee is not None
    night = NOW.replace(hour=23)
    CallBack.objects.update(due_at=NOW + timedelta(days=2))
    escalate_waiting_conversations(now=night)
    assert CallBack.objects.get().assignee is not None
    CallBack.objects.update(due_at=NOW)
    escalate_waiting_conversations(now=night)
    assert CallBack.objects.get().assignee is None
