"""What the timeline says of an undone action."""

from datetime import timedelta

from tests.tickets.world import NOW, World
from tickets.models import Act, TicketEvent
from tickets.record.permissions import actor_of
from tickets.record.statuses import Status
from tickets.undo.actions import perform, undo


def test_an_undone_move_names_its_department(world: World) -> None:
    ticket, clerk = world.assigned(), actor_of(world.user("operator"))
    for place, department in enumerate((world.park, world.fen)):
        at = NOW + timedelta(minutes=place)
        perform("move", ticket=ticket, to=Status.ASSIGNED, department=department, actor=clerk, now=at)
        ticket.refresh_from_db()
    last = Act.objects.latest("id")
    undo(act=last, actor=clerk, now=NOW + timedelta(minutes=1, seconds=2))
    entry = TicketEvent.objects.get(kind=TicketEvent.Kind.WITHDRAWN)
    assert entry.data["acts"] == [f"Birime iletildi → Birime iletildi ({world.fen.name})"]
    assert last.title == f"Birime iletildi: {world.fen}"


def test_an_assignment_is_titled_with_the_person(world: World) -> None:
    clerk, worker = actor_of(world.user("operator")), world.user("crew_fen")
    worker.first_name, worker.last_name = "Yusuf", "Kaya"
    worker.save()
    perform("assign", ticket=world.assigned(), assignee=worker, actor=clerk, now=NOW)
    assert Act.objects.get().title == "Atandı: Yusuf Kaya"
