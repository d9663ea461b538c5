"""Opening a ticket: number, clocks, first entries."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Q

from departments.working_time.working_hours import ISTANBUL, STANDARD
from tests.tickets.world import NOW, World, break_timeline, here
from tickets.models import LocationSource, Ticket, TicketEvent, TicketNumber
from tickets.record.search import matching
from tickets.record.statuses import Status


def test_the_first_ticket_of_a_year_is_number_one_and_the_next_follows(world: World) -> None:
    assert [world.open().number, world.open().number] == ["MG-2026-000001", "MG-2026-000002"]


def test_the_year_of_a_number_begins_at_midnight_in_istanbul(world: World) -> None:
    last_minute = datetime(2026, 12, 31, 23, 59, tzinfo=ISTANBUL)
    numbers = [world.open(now=last_minute + timedelta(minutes=minute)).number for minute in (0, 1, 2)]
    assert numbers == ["MG-2026-000001", "MG-2027-000001", "MG-2027-000002"]


def test_a_millionth_ticket_gets_a_seventh_digit(world: World) -> None:
    TicketNumber.objects.create(year=2026, last=999_999)
    assert world.open().number == "MG-2026-1000000"


def test_a_ticket_undone_takes_its_number_with_it(world: World) -> None:
    with transaction.atomic():
        world.open()
        transaction.set_rollback(True)
    assert world.open().number == "MG-2026-000001"


def test_a_ticket_without_department_waits_for_triage_and_the_citizen_is_told_of_it(world: World) -> None:
    ticket = world.open()
    event = ticket.events.get()
    assert ticket.status == Status.NEW
    assert (event.kind, event.to_status, event.announce) == (TicketEvent.Kind.CREATED, Status.NEW, True)


def test_a_ticket_with_a_department_is_sent_there_by_the_line_without_a_word(world: World) -> None:
    ticket = world.open(department=world.fen)
    ticket.refresh_from_db()
    moved = ticket.events.get(kind=TicketEvent.Kind.MOVED)
    assert (ticket.status, ticket.version, ticket.first_action_at) == (Status.ASSIGNED, 1, None)
    assert (moved.actor_kind, moved.from_status, moved.to_status, moved.announce) == (
        "line",
        "NEW",
        "ASSIGNED",
        False,
    )


def test_an_urgent_ticket_stays_new_until_a_person_takes_it(world: World) -> None:
    ticket = world.open(department=world.fen, urgent=True, urgent_reason="gaz")
    assert (ticket.status, ticket.department) == (Status.NEW, world.fen)


def test_a_ticket_proposed_for_another_agency_stays_new_until_a_clerk_confirms(world: World) -> None:
    ticket = world.open(department=world.fen, proposed_agency=world.kaski)
    assert (ticket.status, ticket.proposed_agency) == (Status.NEW, world.kaski)


def test_the_targets_are_those_of_the_category_and_the_law_gives_thirty_days(world: World) -> None:
    ticket = world.open()
    assert ticket.first_action_due_at == STANDARD.add_hours(NOW, 8)
    assert ticket.resolution_due_at == STANDARD.add_days(NOW, 5)
    assert ticket.legal_due_at == NOW + timedelta(days=30)


def test_a_category_without_targets_sets_none(world: World) -> None:
    world.pothole.first_action_hours = world.pothole.resolution_days = 0
    world.pothole.save()
    ticket = world.open()
    assert (ticket.first_action_due_at, ticket.resolution_due_at) == (None, None)


def test_the_summary_is_the_description_on_one_line_of_120_characters(world: World) -> None:
    assert world.open(description="Yolda\nçukur  var").summary == "Yolda çukur var"
    long = world.open(description="çukur " * 50).summary
    assert len(long) <= 120
    assert long.endswith("çukur…")


def test_the_place_is_kept_with_where_it_was_taken_from(world: World) -> None:
    ticket = world.open(point=here(), location_source=LocationSource.PIN, neighbourhood=world.mahalle)
    ticket.refresh_from_db()
    assert (ticket.lat, ticket.lon, ticket.location_source) == (38.72, 35.49, "pin")


def test_nobody_is_told_where_there_is_nobody_to_tell(world: World) -> None:
    assert not world.open(citizen=None).events.get().announce


def test_a_ticket_whose_entry_cannot_be_written_is_not_there_either(world: World) -> None:
    break_timeline()
    with pytest.raises(IntegrityError, match="broken"), transaction.atomic():
        world.open()
    assert not Ticket.objects.exists()
    assert not TicketNumber.objects.exists()


def test_a_new_ticket_is_found_by_its_running_number(world: World) -> None:
    ticket = world.open()
    assert matching(Ticket.objects.all(), ticket.number.rpartition("-")[2], Q()).get() == ticket
