"""Notifications of staff: who gets which, by what means, and until when."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from pytest_django import Settings

from departments.models import Membership
from tests.tickets.duty import on_duty
from tests.tickets.world import NOW, World, sign_in
from tickets.casework.assigning import assign
from tickets.danger.ringing import alert_staff
from tickets.danger.ringing_times import AGAIN_AFTER
from tickets.danger.services import acknowledge
from tickets.models import Notification, NotificationPreference, Ticket, TicketEvent
from tickets.notifications.emails import mail_notifications
from tickets.notifications.notifications import is_visible_to_recipient, see_notifications, to_mail
from tickets.record.statuses import Status
from tickets.record.workflow import NoSuchTransition, NotAllowed

Kind = Notification.Kind
NIGHT = datetime.fromisoformat("2026-11-28T23:30:00+03:00")  # Saturday


def told(ticket: Ticket, kind: Kind) -> list[str]:
    rows = Notification.objects.filter(ticket=ticket, kind=kind).order_by("user__username")
    return list(rows.values_list("user__username", flat=True))


def danger(world: World, **more: Any) -> Ticket:
    return world.open(urgent=True, urgent_reason="elektrik", **more)


def test_the_heads_of_a_department_hear_of_new_work(world: World) -> None:
    assert told(world.assigned(), Kind.WORK) == ["head_fen"]


def test_who_heads_another_department_is_none_of_the_heads(world: World) -> None:
    Membership.objects.create(user=world.user("head_park"), role="crew", department=world.fen)
    assert told(world.assigned(), Kind.WORK) == ["head_fen"]


def test_a_department_hears_of_what_was_sent_on_to_it_and_of_what_is_reopened(world: World) -> None:
    ticket = world.assigned()
    world.move(ticket, Status.ASSIGNED, department=world.park)
    assert told(ticket, Kind.WORK) == ["head_fen", "head_park"]
    world.move(ticket, Status.RESOLVED, answer="Bitti.")
    world.move(ticket, Status.ASSIGNED)
    assert told(ticket, Kind.WORK) == ["head_fen", "head_park", "head_park"]


def test_a_department_does_not_hear_of_its_own_steps(world: World) -> None:
    ticket = world.assigned()
    world.move(ticket, Status.IN_PROGRESS, by="crew_fen")
    world.move(ticket, Status.ASSIGNED)
    assert told(ticket, Kind.WORK) == ["head_fen"]


def test_somebody_who_is_given_a_ticket_hears_of_it(world: World) -> None:
    ticket = world.assigned()
    assign(ticket=ticket, actor=world.actor("head_fen"), now=NOW, assignee=world.user("crew_fen"))
    assert told(ticket, Kind.WORK) == ["crew_fen", "head_fen"]


def test_nobody_hears_of_what_they_took_themselves(world: World) -> None:
    ticket = world.assigned()
    assign(ticket=ticket, actor=world.actor("crew_fen"), now=NOW, assignee=world.user("crew_fen"))
    assert told(ticket, Kind.WORK) == ["head_fen"]


def test_a_refused_move_tells_nobody(world: World) -> None:
    ticket = world.open()
    with pytest.raises(NotAllowed):
        world.move(ticket, Status.ASSIGNED, by="dpo", department=world.fen)
    assert not Notification.objects.exists()


def test_danger_is_told_to_everybody_on_duty_also_on_a_saturday_night(world: World) -> None:
    on_duty(world, "crew_fen", NIGHT - timedelta(hours=1))
    on_duty(world, "operator", NIGHT - timedelta(hours=2))
    on_duty(world, "crew_park", NIGHT + timedelta(minutes=1))
    ticket = danger(world, now=NIGHT)
    assert alert_staff(now=NIGHT) == 1
    assert told(ticket, Kind.DANGER) == ["crew_fen", "operator"]


def test_duty_for_one_department_hears_of_its_dangers_alone(world: World) -> None:
    on_duty(world, "crew_fen", department=world.fen)
    on_duty(world, "crew_park", department=world.park)
    ticket = danger(world, department=world.fen)
    alert_staff(now=NOW)
    assert told(ticket, Kind.DANGER) == ["crew_fen"]


def test_where_nobody_is_on_duty_the_supervisors_hear_of_danger(world: World) -> None:
    ticket = danger(world)
    alert_staff(now=NOW)
    assert told(ticket, Kind.DANGER) == ["supervisor"]


def test_where_there_is_no_supervisor_either_the_administrators_do(world: World) -> None:
    Membership.objects.filter(role="supervisor").delete()
    ticket = danger(world)
    alert_staff(now=NOW)
    assert told(ticket, Kind.DANGER) == ["admin"]


def test_danger_is_told_again_until_somebody_takes_it_on(world: World) -> None:
    ticket = danger(world)
    rounds = [alert_staff(now=NOW + step * AGAIN_AFTER / 2) for step in range(5)]
    assert rounds == [1, 0, 1, 0, 1]
    acknowledge(ticket=ticket, actor=world.actor("supervisor"), now=NOW)
    assert alert_staff(now=NOW + 10 * AGAIN_AFTER) == 0


def test_danger_is_not_told_once_a_person_has_moved_the_ticket(world: World) -> None:
    world.move(danger(world), Status.ASSIGNED, department=world.fen)
    assert alert_staff(now=NOW) == 0


def test_what_nobody_took_for_a_day_is_left_to_the_clocks(world: World) -> None:
    danger(world)
    assert alert_staff(now=NOW + timedelta(days=1)) == 0


def test_taking_a_danger_on_stands_in_the_timeline_once(world: World) -> None:
    ticket = danger(world)
    alert_staff(now=NOW)
    for _ in range(2):
        acknowledge(ticket=ticket, actor=world.actor("supervisor"), now=NOW)
    assert ticket.events.get(kind=TicketEvent.Kind.CLAIMED).actor == world.user("supervisor")


def test_who_has_nothing_to_do_with_a_danger_cannot_take_it_on(world: World) -> None:
    ticket = danger(world)
    alert_staff(now=NOW)
    with pytest.raises(NotAllowed):
        acknowledge(ticket=ticket, actor=world.actor("dpo"), now=NOW)
    assert not Notification.objects.filter(acknowledged_at__isnull=False).exists()


def test_a_ticket_without_danger_has_none_to_take_on(world: World) -> None:
    with pytest.raises(NoSuchTransition):
        acknowledge(ticket=world.open(), actor=world.actor("supervisor"), now=NOW)


def test_a_danger_stays_unseen_until_it_is_taken_on(world: World) -> None:
    ticket, supervisor = danger(world), world.user("supervisor")
    alert_staff(now=NOW)
    assert see_notifications(user=supervisor, now=NOW) == 0
    acknowledge(ticket=ticket, actor=world.actor("supervisor"), now=NOW)
    assert Notification.objects.get(user=supervisor).seen_at == NOW


@pytest.mark.parametrize(
    ("wish", "mailed"),
    [
        (None, [Kind.DANGER]),
        ([], []),
        ([Kind.WORK], [Kind.WORK]),
        ([Kind.WORK, Kind.DANGER], [Kind.DANGER, Kind.WORK]),  # danger first, though it is the newer
    ],
)
def test_everybody_chooses_what_comes_by_mail(
    world: World, wish: list[Kind] | None, mailed: list[Kind]
) -> None:
    head = on_duty(world, "head_fen")
    User.objects.filter(pk=head.pk).update(email="fen@example.org")
    if wish is not None:
        NotificationPreference.objects.create(user=head, by_mail=wish)
    world.assigned()
    danger(world)
    alert_staff(now=NOW)
    assert [notice.kind for notice in to_mail(NOW)] == mailed


def test_a_mail_of_danger_says_which_ticket_and_nothing_of_the_citizen(world: World, settings: Any) -> None:
    settings.NOTICES_BY_EMAIL = True
    User.objects.filter(username="supervisor").update(email="s@example.org")
    ticket = danger(world)
    alert_staff(now=NOW)
    mail_notifications(now=NOW)
    (sent,) = mail.outbox
    assert sent.subject == f"{ticket.number}: ACİL, elektrik"
    assert f"/admin/tickets/ticket/{ticket.pk}/" in sent.body
    assert "Ayşe" not in sent.body


def test_who_is_no_longer_active_hears_of_nothing(world: World) -> None:
    User.objects.filter(username="head_fen").update(is_active=False, email="fen@example.org")
    assert told(world.assigned(), Kind.WORK) == []


@pytest.fixture
def gone(world: World) -> Notification:
    """The head of the roads heard of a ticket that went to the parks since."""
    ticket = world.assigned()
    world.move(ticket, Status.ASSIGNED, department=world.park)
    User.objects.filter(username__in=["head_fen", "head_park"]).update(email="m@example.org")
    return Notification.objects.get(ticket=ticket, user__username="head_fen")


def test_a_notice_of_a_ticket_that_went_elsewhere_is_not_read_any_more(
    world: World, gone: Notification
) -> None:
    number = gone.ticket.number if gone.ticket else ""
    for who, reads in (("head_fen", False), ("head_park", True)):
        client = sign_in(world, who)
        assert (number in client.get("/admin/bildirimler/").content.decode()) is reads
        assert client.get("/admin/bildirimler/durum/").json()["unseen"] == int(reads)


def test_a_notice_of_a_ticket_that_became_restricted_is_not_read_any_more(world: World) -> None:
    ticket = world.assigned()
    Ticket.objects.filter(pk=ticket.pk).update(restricted=True)
    page = sign_in(world, "head_fen").get("/admin/bildirimler/").content.decode()
    assert ticket.number not in page
    assert "Gizli" not in page


def test_a_notice_of_a_ticket_that_went_elsewhere_is_not_mailed(
    world: World, gone: Notification, settings: Settings
) -> None:
    settings.NOTICES_BY_EMAIL = True
    NotificationPreference.objects.create(user=gone.user, by_mail=[Kind.WORK])
    NotificationPreference.objects.create(user=world.user("head_park"), by_mail=[Kind.WORK])
    assert mail_notifications(now=NOW) == 1
    assert [each.subject for each in mail.outbox] == [f"{gone.ticket.number if gone.ticket else ''}: yeni iş"]
    assert mail_notifications(now=NOW + timedelta(hours=1)) == 0


def test_a_danger_that_went_elsewhere_stays_with_whoever_was_told_of_it(world: World) -> None:
    ticket = danger(world, department=world.park)
    notice = Notification.objects.create(user=world.user("head_fen"), kind=Kind.DANGER, ticket=ticket, at=NOW)
    assert is_visible_to_recipient(notice)
    Ticket.objects.filter(pk=ticket.pk).update(restricted=True)
    assert not is_visible_to_recipient(notice)


def test_a_look_at_hundreds_of_dangers_takes_as_many_statements_as_one_at_a_few(
    world: World, django_assert_max_num_queries: Any
) -> None:
    """After an earthquake hundreds wait at once, and it is looked every three seconds."""
    on_duty(world, "operator")
    for danger_of in ("fire", "gas_in", "", "despair", "wire", "co") * 5:
        danger(world, danger=danger_of, department=world.fen)
    assert alert_staff(now=NOW) == 30
    with django_assert_max_num_queries(12):
        assert alert_staff(now=NOW + timedelta(minutes=1)) == 0
