"""What is done with several rows at once says of each that it was not done, and is 404 where none is the user's."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.utils import timezone

from tests.tickets.world import World, sign_in
from tickets.desk.queue.bulk import MOST
from tickets.models import Notification, Ticket

LIST = "/admin/tickets/ticket/"


def chosen(*tickets: Ticket) -> list[str]:
    return [f"{each.pk}:{each.version}" for each in tickets]


def test_a_bulk_change_of_others_tickets_alone_is_not_found(world: World) -> None:
    foreign = world.open(department=world.park)
    form = {"ticket": chosen(foreign), "do": "assign", "assignee": world.user("crew_fen").pk}
    answer = sign_in(world, "head_fen").post(f"{LIST}bulk/", form)
    assert answer.status_code == 404
    assert [each["key"] for each in answer.json()["failed"]] == [foreign.pk]


def test_a_bulk_change_names_each_ticket_of_others_among_its_own(world: World) -> None:
    own, foreign = world.assigned(), world.open(department=world.park)
    form = {"ticket": chosen(own, foreign), "do": "assign", "assignee": world.user("crew_fen").pk}
    answer = sign_in(world, "head_fen").post(f"{LIST}bulk/", form)
    assert (answer.status_code, answer.json()["done"]) == (200, [own.pk])
    assert [each["key"] for each in answer.json()["failed"]] == [foreign.pk]


def test_more_tickets_than_a_bulk_change_takes_are_refused(world: World) -> None:
    ticket = world.assigned()
    form = {"ticket": [*chosen(ticket), *(f"{key}:1" for key in range(10**6, 10**6 + MOST))], "do": "assign"}
    answer = sign_in(world, "head_fen").post(f"{LIST}bulk/", form)
    assert answer.status_code == 400
    assert str(MOST) in answer.json()["said"]


def test_an_export_of_others_tickets_alone_is_not_found(world: World) -> None:
    foreign = world.open(department=world.park)
    client = sign_in(world, "head_fen")
    assert client.get(f"{LIST}export/", {"ticket": chosen(foreign)}).status_code == 404
    assert client.get(f"{LIST}export/", {"ticket": chosen(world.assigned())}).status_code == 200


def test_redirecting_what_one_does_not_see_is_not_found(world: World) -> None:
    secret = world.open(category=world.misconduct, proposed_agency=world.kaski)
    client = sign_in(world, "operator")
    answer = client.post("/admin/yonlendirmeler/", {"ticket": f"{secret.number}/{secret.version}"})
    assert answer.status_code == 404


def test_redirecting_names_each_that_is_not_redirected(world: World) -> None:
    proposed, plain = world.open(proposed_agency=world.kaski), world.open()
    form = {"ticket": [f"{each.number}/{each.version}" for each in (proposed, plain)]}
    page = sign_in(world, "operator").post("/admin/yonlendirmeler/", form, follow=True).content.decode()
    assert f"{plain.number}: Yönlendirilmedi" in page


def test_notifications_of_others_are_not_marked_as_seen(world: World) -> None:
    row = Notification.objects.create(
        user=world.user("supervisor"), kind="work", ticket=world.assigned(), at=timezone.now()
    )
    path = "/admin/bildirimler/goruldu/"
    assert sign_in(world, "operator").post(path, {"notice": row.pk}).status_code == 404
    row.refresh_from_db()
    assert row.seen_at is None


ACTIONS = sorted(
    (model._meta.label_lower, name)
    for model, page in admin.site._registry.items()
    for name in page.actions or ()
    if isinstance(name, str)
)


@pytest.mark.parametrize(("label", "action"), ACTIONS)
def test_an_action_on_rows_that_one_does_not_see_is_not_found(world: World, label: str, action: str) -> None:
    app, table = label.split(".")
    path = f"/admin/{app}/{table}/"
    client = sign_in(world, "admin")
    session = client.session
    session["authenticated"] = 10**10
    session.save()
    form = {"action": action, "_selected_action": [str(10**9)]}
    assert client.post(path, form).status_code == 404
    assert User.objects.exists()
