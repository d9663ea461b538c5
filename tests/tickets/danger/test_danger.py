"""For whom a danger rings, how often, and until when."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from departments.models import Membership
from tests.tickets.duty import on_duty
from tests.tickets.world import NOW, World, sign_in
from tickets import tasks
from tickets.casework.transitions import change_status
from tickets.danger.alert_history import Way, attempts
from tickets.danger.ringing import (
    alert_staff,
    repeat_alert,
    warning_delivered,
    warning_undelivered,
)
from tickets.danger.services import acknowledge, release, report_danger
from tickets.models import Notification, Ticket, TicketEvent
from tickets.notifications.emails import mail_notifications
from tickets.notifications.notifications import see_notifications, to_mail
from tickets.record.permissions import Actor
from tickets.record.statuses import Status
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed

MINUTE = timedelta(minutes=1)


def danger(world: World, kind: str = "fire", **more: Any) -> Ticket:
    return world.open(**{"urgent": True, "danger": kind} | more)


def restricted(world: World, **more: Any) -> Ticket:
    return danger(world, "violence", restricted=True, **more)


def rung(ticket: Ticket) -> list[str]:
    rows = Notification.objects.filter(ticket=ticket, kind=Notification.Kind.DANGER)
    return sorted(rows.values_list("user__username", flat=True))


def rung_at(ticket: Ticket, who: str) -> list[float]:
    """The minutes after NOW in which it rang for that user."""
    rows = Notification.objects.filter(ticket=ticket, user__username=who).order_by("at")
    return [(each.at - NOW) / MINUTE for each in rows]


def look(minutes: float = 0) -> int:
    return alert_staff(now=NOW + minutes * MINUTE)


def look_every_minute(until: int) -> None:
    for minute in range(until + 1):
        look(minute)


def deliver(ticket: Ticket) -> None:
    """What rang so far has been shown in the panel."""
    Notification.objects.filter(ticket=ticket).update(shown_at=NOW)


@pytest.fixture
def duty(world: World) -> User:
    """Somebody on duty for the line."""
    return on_duty(world, "operator")


# --- who ------------------------------------------------------------------------------------------------------------
def test_a_danger_rings_for_whoever_is_on_duty(world: World, duty: User) -> None:
    ticket = danger(world)
    look()
    assert rung(ticket) == ["operator"]


def test_a_danger_rings_for_those_on_duty_for_its_ticket_and_for_the_departments_of_its_kind(
    world: World, duty: User
) -> None:
    on_duty(world, "crew_fen", department=world.fen)
    on_duty(world, "crew_park", department=world.park)
    of_fen, wire = danger(world, department=world.fen), danger(world, "wire")
    look()
    assert (rung(of_fen), rung(wire)) == (["crew_fen", "operator"], ["crew_park", "operator"])


def test_a_restricted_danger_rings_for_the_supervisors_on_duty_and_for_no_department(
    world: World, duty: User
) -> None:
    on_duty(world, "supervisor", department=world.park)
    on_duty(world, "crew_fen", department=world.fen)
    ticket = restricted(world, department=world.fen)
    look()
    assert rung(ticket) == ["operator", "supervisor"]


def test_a_kind_that_is_restricted_rings_as_such_whatever_the_ticket_says(world: World, duty: User) -> None:
    on_duty(world, "supervisor", department=world.park)
    ticket = danger(world, "despair")
    look()
    assert rung(ticket) == ["operator", "supervisor"]


def test_what_is_dangerous_by_a_kind_that_is_known_no_more_rings_all_the_same(
    world: World, duty: User
) -> None:
    ticket = danger(world, "dragon")
    look()
    assert rung(ticket) == ["operator"]


def test_a_department_on_duty_does_not_stand_in_for_the_duty_of_the_line(world: World) -> None:
    on_duty(world, "crew_park", department=world.park)
    ticket = danger(world, "wire")
    look()
    assert {"crew_park", "supervisor"} <= set(rung(ticket))


def test_an_unsure_danger_rings_for_the_operators_and_supervisors_on_duty_alone(
    world: World, duty: User
) -> None:
    on_duty(world, "supervisor")
    on_duty(world, "crew_fen")
    ticket = danger(world, danger_unsure=True, urgent=False)
    look()
    assert rung(ticket) == ["operator", "supervisor"]


def test_an_unsure_danger_rings_until_a_person_has_looked_at_it(world: World, duty: User) -> None:
    ticket = danger(world, danger_unsure=True, urgent=False, department=world.fen)
    assert ticket.status == Status.ASSIGNED
    assert [look(), look(5)] == [1, 1]
    world.move(ticket, Status.IN_PROGRESS, by="crew_fen")
    assert look(10) == 0


def test_an_unsure_danger_that_is_restricted_rings_as_if_it_were_sure(world: World, duty: User) -> None:
    on_duty(world, "crew_fen")
    ticket = restricted(world, danger_unsure=True, urgent=False)
    assert [look(), look(2)] == [1, 1]
    assert rung(ticket) == ["crew_fen", "crew_fen", "operator", "operator"]


def test_urgent_work_rings_for_the_heads_where_nobody_of_the_department_is_on_duty(world: World) -> None:
    ticket = world.open(urgent=True, department=world.fen)
    look()
    assert rung(ticket) == ["head_fen"]


def test_urgent_work_that_nobody_claims_rings_for_the_heads_as_well_and_for_nobody_above(
    world: World,
) -> None:
    on_duty(world, "crew_fen", department=world.fen)
    ticket = world.open(urgent=True, department=world.fen)
    look_every_minute(25)
    assert set(rung(ticket)) == {"crew_fen", "head_fen"}
    assert rung_at(ticket, "head_fen")[0] == 10


def test_the_task_rings(world: World) -> None:
    ticket = danger(world, now=timezone.now())
    tasks.ring()
    assert "supervisor" in rung(ticket)


# --- how often ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("kind", "pause"), [("fire", 5), ("violence", 2)])
def test_a_danger_rings_again_until_somebody_has_claimed_it(
    world: World, duty: User, kind: str, pause: int
) -> None:
    ticket = danger(world, kind)
    for minute in range(8):
        look(minute)
    assert rung_at(ticket, "operator") == list(range(0, 8, pause))
    acknowledge(ticket=ticket, actor=world.actor("operator"), now=NOW)
    assert look(60) == 0


@pytest.mark.parametrize("by", ["citizen", "supervisor"])
def test_no_move_of_the_ticket_stops_the_ringing_of_a_danger(world: World, duty: User, by: str) -> None:
    ticket = danger(world)
    if by == "citizen":
        change_status(ticket=ticket, to=Status.CANCELLED, actor=Actor.citizen(), now=NOW)
    else:
        world.move(ticket, Status.CANCELLED)
    assert look() == 1


def test_who_comes_on_duty_in_the_middle_is_rung_at_once(world: World, duty: User) -> None:
    ticket = danger(world)
    look()
    on_duty(world, "crew_fen", since=NOW + MINUTE)
    look(1)
    assert rung_at(ticket, "crew_fen") == [1]


def test_what_is_unclaimed_after_ten_minutes_rings_for_the_supervisors_and_after_twenty_for_administrators(
    world: World, duty: User
) -> None:
    ticket = danger(world)
    for minute in range(26):
        look(minute)
        deliver(ticket)
    assert rung_at(ticket, "supervisor") == [10, 15, 20, 25]
    assert rung_at(ticket, "admin") == [20, 25]
    assert rung_at(ticket, "operator") == [0, 5, 10, 15, 20, 25]


def test_what_nobody_touched_for_a_day_is_left_to_the_clocks(world: World, duty: User) -> None:
    danger(world)
    assert look(24 * 60) == 0


def test_a_danger_on_an_old_ticket_rings(world: World, duty: User) -> None:
    ticket = world.open()
    now = NOW + timedelta(days=3)
    on_duty(world, "crew_fen", since=now)
    Ticket.objects.filter(pk=ticket.pk).update(danger="fire", updated_at=now)
    alert_staff(now=now)
    assert rung(ticket) == ["crew_fen"]


# --- nobody reached -------------------------------------------------------------------------------------------------
def unheard(ticket: Ticket) -> set[str]:
    return set(
        Notification.objects.filter(ticket=ticket, unheard=True).values_list("user__username", flat=True)
    )


def test_what_reached_nobody_within_five_minutes_rings_for_supervisors_and_administrators(
    world: World, duty: User
) -> None:
    ticket = danger(world)
    look_every_minute(4)
    assert set(rung(ticket)) == {"operator"}
    look(5)
    assert unheard(ticket) == {"operator", "supervisor", "admin"}


@pytest.mark.parametrize("way", ["shown_at", "mailed_at"])
def test_what_reached_somebody_rings_for_nobody_else_yet(world: World, duty: User, way: str) -> None:
    ticket = danger(world)
    look()
    Notification.objects.update(**{way: NOW})
    look_every_minute(9)
    assert set(rung(ticket)) == {"operator"}


def test_where_nobody_is_on_duty_the_administrators_are_rung_at_once(world: World) -> None:
    ticket = danger(world)
    look()
    assert unheard(ticket) == {"supervisor", "admin"}


def test_the_page_of_a_supervisor_says_that_nobody_was_reached(world: World) -> None:
    ticket = danger(world, now=timezone.now())
    alert_staff(now=timezone.now())
    supervisor = sign_in(world, "supervisor")
    page = supervisor.get("/admin/bildirimler/").content.decode()
    assert f"{ticket.number}: yangın" in page
    assert "kimseye ulaşmadı" in page
    (strip,) = supervisor.get("/admin/bildirimler/durum/").json()["dangers"]
    assert strip["unheard"]


def test_a_mail_says_that_nobody_was_reached(world: World, settings: Settings) -> None:
    settings.NOTICES_BY_EMAIL = True
    User.objects.filter(username="admin").update(email="a@example.org")
    danger(world)
    look()
    mail_notifications(now=NOW)
    (sent,) = mail.outbox
    assert "Bu acil bildirim kimseye ulaşmadı." in sent.body


def test_for_a_citizen_who_cannot_call_it_rings_at_once_and_every_two_minutes(
    world: World, duty: User
) -> None:
    ticket = danger(world)
    look()
    repeat_alert(ticket=ticket, now=NOW + MINUTE / 2, helpless=True)
    look_every_minute(3)
    assert rung_at(ticket, "operator") == [0, 0.5, 3]
    assert ticket.events.get(kind=TicketEvent.Kind.NOTE).note.startswith("Vatandaş 112’yi arayamadığını")


def test_what_else_was_told_of_is_noted_once(world: World, duty: User) -> None:
    ticket = danger(world)
    for kind in ("injury", "fire", "injury"):
        report_danger(ticket=ticket, kind=kind, now=NOW, restricted=False)
    assert [entry.data for entry in ticket.events.filter(kind=TicketEvent.Kind.NOTE)] == [{"also": "injury"}]


def test_a_warning_that_did_not_arrive_rings_at_once_for_the_administrators_too(
    world: World, duty: User
) -> None:
    ticket = danger(world)
    look()
    warning_undelivered(ticket=ticket, now=NOW + MINUTE)
    assert rung(ticket) == ["admin", "operator", "operator"]
    ticket.refresh_from_db()
    assert ticket.unwarned_at == NOW + MINUTE


def test_that_it_did_not_arrive_is_said_once(world: World, duty: User) -> None:
    ticket = danger(world)
    for minute in range(3):
        warning_undelivered(ticket=ticket, now=NOW + minute * MINUTE)
    assert rung(ticket) == ["admin", "operator"]
    assert ticket.events.filter(kind=TicketEvent.Kind.NOTE).count() == 1


def test_whoever_has_claimed_it_hears_that_the_warning_did_not_arrive(world: World, duty: User) -> None:
    ticket = danger(world)
    acknowledge(ticket=ticket, actor=world.actor("operator"), now=NOW)
    warning_undelivered(ticket=ticket, now=NOW + MINUTE)
    assert rung(ticket) == ["admin", "operator"]


def test_a_warning_that_left_after_all_ends_the_alarm(world: World, duty: User) -> None:
    ticket = danger(world)
    warning_undelivered(ticket=ticket, now=NOW)
    warning_delivered(ticket=ticket, now=NOW + MINUTE)
    ticket.refresh_from_db()
    assert ticket.unwarned_at is None


# --- claim and release ----------------------------------------------------------------------------------------------
def test_a_claim_stands_on_the_ticket_and_in_the_timeline(world: World, duty: User) -> None:
    ticket = danger(world)
    look()
    acknowledge(ticket=ticket, actor=world.actor("operator"), now=NOW + MINUTE)
    ticket.refresh_from_db()
    assert (ticket.claimed_by, ticket.claimed_at) == (duty, NOW + MINUTE)
    assert ticket.events.get(kind=TicketEvent.Kind.CLAIMED).actor == duty
    assert not Notification.objects.filter(acknowledged_at=None).exists()


def test_a_danger_can_be_claimed_before_it_rang(world: World, duty: User) -> None:
    ticket = danger(world)
    acknowledge(ticket=ticket, actor=world.actor("operator"), now=NOW)
    assert look() == 0


def test_who_comes_second_is_told_who_has_claimed_it(world: World, duty: User) -> None:
    User.objects.filter(pk=duty.pk).update(first_name="Elif", last_name="Demir")
    ticket = danger(world)
    acknowledge(ticket=ticket, actor=world.actor("operator"), now=NOW)
    with pytest.raises(NoSuchTransition, match="Elif Demir sizden 0 sn önce üstlendi"):
        acknowledge(ticket=ticket, actor=world.actor("supervisor"), now=NOW)


def test_what_is_claimed_is_not_mailed_any_more(world: World, duty: User) -> None:
    User.objects.filter(pk=duty.pk).update(email="o@example.org")
    ticket = danger(world)
    look()
    assert to_mail(NOW).count() == 1
    acknowledge(ticket=ticket, actor=world.actor("operator"), now=NOW)
    assert to_mail(NOW).count() == 0


def test_a_danger_that_is_let_go_rings_anew_as_if_it_had_just_come(world: World, duty: User) -> None:
    ticket = danger(world)
    look_every_minute(12)
    acknowledge(ticket=ticket, actor=world.actor("operator"), now=NOW + 12 * MINUTE)
    release(ticket=ticket, actor=world.actor("operator"), now=NOW + 13 * MINUTE, reason="Tanıdığım biri")
    before = len(rung(ticket))
    assert look(13) == 1
    assert len(rung(ticket)) == before + 1
    assert rung_at(ticket, "operator")[-1] == 13
    assert ticket.events.latest("id").note == "Tanıdığım biri"


def test_what_the_citizen_added_meanwhile_does_not_count_for_what_is_let_go(world: World, duty: User) -> None:
    ticket = danger(world)
    actor = world.actor("operator")
    acknowledge(ticket=ticket, actor=actor, now=NOW)
    repeat_alert(ticket=ticket, now=NOW + MINUTE)
    release(ticket=ticket, actor=actor, now=NOW + 2 * MINUTE, reason="Nöbetim bitti")
    look(2)
    assert rung_at(ticket, "operator") == [1, 2]


def test_another_may_claim_what_was_let_go(world: World, duty: User) -> None:
    ticket = danger(world)
    acknowledge(ticket=ticket, actor=world.actor("operator"), now=NOW)
    release(ticket=ticket, actor=world.actor("supervisor"), now=NOW, reason="Vardiya bitti")
    assert acknowledge(ticket=ticket, actor=world.actor("supervisor"), now=NOW).claimed_by


def test_only_who_claimed_it_and_those_above_let_a_danger_go(world: World, duty: User) -> None:
    ticket = danger(world)
    acknowledge(ticket=ticket, actor=world.actor("supervisor"), now=NOW)
    with pytest.raises(NotAllowed, match="supervisor üstlendi"):
        release(ticket=ticket, actor=world.actor("operator"), now=NOW, reason="yanlış")


def test_nothing_is_let_go_that_nobody_claimed_or_without_a_reason(world: World, duty: User) -> None:
    ticket = danger(world)
    facts: dict[str, Any] = {"ticket": ticket, "actor": world.actor("operator"), "now": NOW}
    with pytest.raises(NoSuchTransition):
        release(reason="yanlış", **facts)
    acknowledge(**facts)
    with pytest.raises(MissingFields):
        release(reason=" ", **facts)


# --- what the citizen adds ------------------------------------------------------------------------------------------
def test_what_the_citizen_adds_rings_at_once_and_once_a_minute(world: World, duty: User) -> None:
    ticket = danger(world)
    look()
    for seconds in (30, 60, 70, 119, 120):
        repeat_alert(ticket=ticket, now=NOW + timedelta(seconds=seconds))
    assert rung_at(ticket, "operator") == [0, 1, 2]


def test_after_a_claim_what_the_citizen_adds_rings_for_the_claimer_alone(world: World, duty: User) -> None:
    on_duty(world, "crew_fen")
    ticket = danger(world)
    look()
    acknowledge(ticket=ticket, actor=world.actor("operator"), now=NOW)
    repeat_alert(ticket=ticket, now=NOW + MINUTE)
    repeat_alert(ticket=ticket, now=NOW + 1.5 * MINUTE)
    assert (rung_at(ticket, "operator"), rung_at(ticket, "crew_fen")) == ([0, 1], [0])


def test_the_claimer_can_put_aside_what_the_citizen_added(world: World, duty: User) -> None:
    ticket = danger(world)
    acknowledge(ticket=ticket, actor=world.actor("operator"), now=NOW)
    repeat_alert(ticket=ticket, now=NOW + MINUTE)
    assert see_notifications(user=duty, now=NOW + MINUTE) == 1


def test_what_is_added_to_urgent_work_rings_for_nobody(world: World, duty: User) -> None:
    ticket = world.open(urgent=True)
    repeat_alert(ticket=ticket, now=NOW)
    assert rung(ticket) == []


# --- what came of it ------------------------------------------------------------------------------------------------
def test_a_danger_that_the_panel_showed_was_delivered_there(world: World) -> None:
    ticket = danger(world, now=timezone.now())
    alert_staff(now=timezone.now())
    client: Client = sign_in(world, "supervisor")
    client.get("/admin/bildirimler/durum/?visible")
    shown = {each.user.username: each.delivered_at is not None for each in attempts(ticket)}
    assert shown == {"supervisor": True, "admin": False}


def test_a_page_that_nobody_has_before_them_delivers_nothing(world: World) -> None:
    ticket = danger(world, now=timezone.now())
    alert_staff(now=timezone.now())
    assert sign_in(world, "supervisor").get("/admin/bildirimler/durum/").json()["dangers"]
    assert not any(each.delivered_at for each in attempts(ticket))


def test_it_can_be_told_who_was_rung_by_which_way_and_after_how_many_seconds(
    world: World, duty: User, settings: Settings
) -> None:
    settings.NOTICES_BY_EMAIL = True
    User.objects.filter(pk=duty.pk).update(email="o@example.org")
    ticket = danger(world)
    look()
    mail_notifications(now=NOW + timedelta(seconds=4))
    assert [(each.user.username, each.way, each.seconds) for each in attempts(ticket)] == [
        ("operator", Way.PANEL, None),
        ("operator", Way.MAIL, 4),
    ]


def test_a_mail_of_a_restricted_danger_does_not_say_what_it_is_about(
    world: World, duty: User, settings: Settings
) -> None:
    settings.NOTICES_BY_EMAIL = True
    User.objects.filter(pk=duty.pk).update(email="o@example.org")
    on_duty(
        world, "operator", since=timezone.now() - MINUTE
    )  # who may read it is asked of the clock on the wall
    restricted(world)
    look()
    mail_notifications(now=NOW)
    (sent,) = mail.outbox
    assert "Konu" not in sent.body


def test_the_strip_of_a_danger_stays_until_somebody_claims_it(world: World) -> None:
    now = timezone.now()
    on_duty(world, "operator", since=now - MINUTE)
    ticket = danger(world, now=now)
    alert_staff(now=now)
    client = sign_in(world, "operator")
    world.move(ticket, Status.ASSIGNED, department=world.fen, now=now)
    (strip,) = client.get("/admin/bildirimler/durum/").json()["dangers"]
    client.post(strip["claim"])
    bell = client.get("/admin/bildirimler/durum/").json()
    assert (bell["unseen"], bell["dangers"]) == (0, [])


def test_whoever_heads_the_line_is_enough_where_there_are_no_supervisors(world: World) -> None:
    Membership.objects.filter(role="supervisor").delete()
    ticket = danger(world)
    look()
    assert rung(ticket) == ["admin"]
