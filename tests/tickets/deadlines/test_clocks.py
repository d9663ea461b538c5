"""The clocks of a ticket: by whose calendar they run, breaches, and who is notified."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from departments.common import cache
from departments.models import Membership, Weekday, WorkingHours
from departments.working_time.working_hours import ISTANBUL, STANDARD
from tests.tickets.conftest import Caller
from tests.tickets.world import NOW, World
from tickets.deadlines.clocks import watch_clocks
from tickets.models import Breach, Clock, Kind, Notification, Stage, Ticket
from tickets.notifications.emails import mail_notifications
from tickets.record.legal_limits import LegalState, legal_state
from tickets.record.statuses import Status

WARNED, MISSED = Stage.WARNING, Stage.BREACH


def missed(ticket: Ticket) -> list[tuple[str, str]]:
    return list(ticket.breaches.order_by("due_at", "id").values_list("clock", "stage"))


def at(ticket: Ticket, column: str, **later: Any) -> datetime:
    moment: datetime = getattr(Ticket.objects.get(pk=ticket.pk), column)
    return moment + timedelta(**later)


def watch(now: datetime) -> None:
    watch_clocks(now=now)


def acted(world: World, **facts: Any) -> Ticket:
    """A ticket whose first action is done, so that only the later clocks run."""
    return world.move(world.assigned(**facts), Status.IN_PROGRESS)


def test_targets_count_the_hours_of_the_department_that_has_the_ticket(world: World) -> None:
    for weekday in Weekday:
        WorkingHours.objects.create(department=world.park, weekday=weekday, opens=time(9), closes=time(13))
    cache.refresh()
    ticket = world.open(department=world.park)
    assert ticket.first_action_due_at == NOW + timedelta(days=1, hours=4)
    assert world.assigned().first_action_due_at == STANDARD.add_hours(NOW, 8)


def test_a_ticket_keeps_the_targets_it_was_opened_with(world: World) -> None:
    before = world.assigned()
    world.pothole.resolution_days = 2
    world.pothole.save()
    cache.refresh()
    after = world.assigned()
    assert before.target is not None
    assert after.target is not None
    assert (before.target.resolution_days, after.target.resolution_days) == (5, 2)
    before.refresh_from_db()
    assert before.resolution_due_at == STANDARD.add_days(NOW, 5)


@pytest.mark.parametrize(
    ("kind", "near", "warn", "due"),
    [
        (Kind.TALEP, NOW + timedelta(days=20), NOW + timedelta(days=25), NOW + timedelta(days=30)),
        (Kind.DILEKCE, NOW + timedelta(days=20), NOW + timedelta(days=25), NOW + timedelta(days=30)),
        (Kind.BILGI_EDINME, *(STANDARD.add_days(NOW, days) for days in (10, 12, 15))),
    ],
)
def test_the_law_gives_thirty_days_and_fifteen_working_days_for_information(
    world: World, kind: Kind, near: datetime, warn: datetime, due: datetime
) -> None:
    ticket = world.open(kind=kind)
    assert (ticket.legal_near_at, ticket.legal_warn_at, ticket.legal_due_at) == (near, warn, due)


@pytest.mark.parametrize(
    ("days", "state"),
    [
        (19.9, LegalState.FAR),
        (20, LegalState.NEAR),
        (25, LegalState.ESCALATED),
        (30, LegalState.OVER),
    ],
)
def test_an_open_ticket_is_coloured_as_the_law_comes_near(
    world: World, days: float, state: LegalState
) -> None:
    now = NOW + timedelta(days=days)
    assert legal_state(world.assigned(), now) is state
    assert legal_state(world.resolved(), now) is LegalState.FAR


def test_a_target_is_missed_in_two_stages_each_recorded_once(world: World) -> None:
    ticket = world.assigned()
    warned = at(ticket, "first_action_warn_at")
    watch(warned - timedelta(seconds=1))
    assert missed(ticket) == []
    watch(warned)
    assert missed(ticket) == [(Clock.FIRST_ACTION, WARNED)]
    for hours in (0, 1, 2):
        watch(at(ticket, "first_action_due_at", hours=hours))
    assert missed(ticket) == [(Clock.FIRST_ACTION, WARNED), (Clock.FIRST_ACTION, MISSED)]
    breach = ticket.breaches.get(stage=MISSED)
    assert (breach.due_at, breach.at) == (ticket.first_action_due_at, ticket.first_action_due_at)
    assert breach.department == world.fen


def test_the_database_keeps_a_stage_from_being_recorded_twice(world: World) -> None:
    facts = {"ticket": world.assigned(), "clock": Clock.LEGAL, "stage": MISSED, "due_at": NOW, "at": NOW}
    Breach.objects.create(**facts)
    with pytest.raises(IntegrityError, match="breach_once"):
        Breach.objects.create(**facts)


def test_a_target_that_was_met_is_never_recorded(world: World) -> None:
    ticket = world.resolved()
    watch(NOW + timedelta(days=60))
    assert missed(ticket) == []


def test_a_target_missed_by_a_moment_is_recorded_by_the_move_itself(world: World) -> None:
    ticket = world.assigned()
    late = at(ticket, "first_action_due_at", seconds=1)
    world.move(ticket, Status.IN_PROGRESS, now=late)
    assert missed(ticket) == [(Clock.FIRST_ACTION, WARNED), (Clock.FIRST_ACTION, MISSED)]


def test_the_resolution_clock_stands_still_while_the_citizen_is_asked_and_the_law_s_does_not(
    world: World,
) -> None:
    ticket = world.move(acted(world), Status.WAITING, answer="Hangi sokak?")
    watch(NOW + timedelta(days=26))
    assert missed(ticket) == [(Clock.LEGAL, WARNED)]


def test_the_warning_moves_with_its_target(world: World) -> None:
    ticket = world.move(acted(world), Status.WAITING, answer="Hangi sokak?")
    before = at(ticket, "resolution_warn_at")
    later = NOW + timedelta(days=2)
    world.move(ticket, Status.IN_PROGRESS, now=later)
    assert at(ticket, "resolution_warn_at") == STANDARD.add_hours(before, STANDARD.hours_between(NOW, later))


def test_what_was_missed_before_a_pause_stays_missed(world: World) -> None:
    ticket = acted(world)
    asked = at(ticket, "resolution_due_at", hours=1)
    world.move(ticket, Status.WAITING, answer="Hangi sokak?", now=asked)
    world.move(ticket, Status.IN_PROGRESS, now=asked + timedelta(days=3))
    assert missed(ticket) == [(Clock.RESOLUTION, WARNED), (Clock.RESOLUTION, MISSED)]


def test_the_api_says_breached_as_it_was_recorded(world: World, api: Caller) -> None:
    ticket = acted(world)
    watch_clocks(now=at(ticket, "resolution_due_at"))
    world.move(ticket, Status.RESOLVED, answer="Yapıldı.", now=at(ticket, "resolution_due_at", hours=1))
    (row,) = api("supervisor").get("/api/v1/tickets/").json()["results"]
    assert {name: clock["breached"] for name, clock in row["clocks"].items()} == {
        "first_action": False,
        "resolution": True,
        "legal": False,
    }


def deadlines() -> QuerySet[Notification]:
    return Notification.objects.filter(kind=Notification.Kind.DEADLINE)


def test_the_heads_of_the_department_are_told_of_each_stage_once(world: World) -> None:
    ticket = world.assigned()
    for stage in ("first_action_warn_at", "first_action_due_at", "first_action_due_at"):
        watch(at(ticket, stage))
    told = deadlines().order_by("id").values_list("user__username", "breach__stage")
    assert list(told) == [("head_fen", WARNED), ("head_fen", MISSED)]


@pytest.mark.parametrize("headless", ["no department", "no head"])
def test_where_nobody_heads_the_department_the_supervisors_are_told(world: World, headless: str) -> None:
    ticket = world.open() if headless == "no department" else world.assigned()
    Membership.objects.filter(user__username="head_fen").delete()
    watch(at(ticket, "first_action_warn_at"))
    assert deadlines().get().user == world.user("supervisor")


@pytest.fixture
def mailing(world: World, settings: Any) -> Ticket:
    """A ticket whose head, who has an address, was just warned."""
    settings.NOTICES_BY_EMAIL = True
    head = world.user("head_fen")
    head.email = "fen@melikgazi.example"
    head.save()
    ticket = world.assigned()
    watch(at(ticket, "first_action_warn_at"))
    return ticket


def test_a_notice_is_mailed_once_and_says_nothing_of_the_citizen(mailing: Ticket) -> None:
    now = at(mailing, "first_action_warn_at")
    assert [mail_notifications(now=now), mail_notifications(now=now)] == [1, 0]
    (message,) = mail.outbox
    assert message.to == ["fen@melikgazi.example"]
    assert message.subject == "MG-2026-000001: İlk işlem hedefi dolmak üzere"
    assert "24.11.2026 09.00" in message.body
    assert "Ayşe" not in message.body
    assert "çukur var" not in message.body


def test_nothing_is_mailed_without_a_mail_server(mailing: Ticket, settings: Any) -> None:
    settings.NOTICES_BY_EMAIL = False
    assert mail_notifications(now=at(mailing, "first_action_warn_at")) == 0


def test_old_notices_are_not_mailed_any_more(mailing: Ticket) -> None:
    assert mail_notifications(now=at(mailing, "first_action_warn_at", days=2)) == 0


def test_a_mail_that_the_server_refuses_is_tried_again(mailing: Ticket, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 9, 1
    now = at(mailing, "first_action_warn_at")
    assert mail_notifications(now=now) == 0
    assert deadlines().get().mailed_at is None


@pytest.mark.parametrize(("who", "shown"), [("head_fen", True), ("head_park", False)])
def test_staff_see_their_own_notices_and_put_them_aside(world: World, who: str, shown: bool) -> None:
    ticket = world.assigned()
    watch(at(ticket, "first_action_warn_at"))
    client = Client()
    client.force_login(world.user(who))
    url = reverse("admin:tickets_notification_changelist")
    assert ("dolmak üzere" in client.get(url).content.decode()) is shown
    client.post(url, {"action": "mark_seen", "_selected_action": [deadlines().get().pk]})
    assert (deadlines().get().seen_at is not None) is shown


def test_over_new_year_and_a_weekend_only_working_hours_count(world: World) -> None:
    last_thursday = datetime(2026, 12, 31, 16, 30, tzinfo=ISTANBUL)
    ticket = world.assigned(now=last_thursday)
    assert ticket.first_action_due_at == datetime(2027, 1, 4, 16, 30, tzinfo=ISTANBUL)


def test_what_is_late_beyond_the_time_of_one_look_is_recorded_by_the_next(world: World) -> None:
    late = [acted(world) for _ in range(3)]
    now = at(late[0], "resolution_due_at")
    looks = iter((False, True))
    assert watch_clocks(now=now, is_over=lambda: next(looks)) == 1
    assert watch_clocks(now=now) == 2
    assert all((Clock.RESOLUTION, MISSED) in missed(ticket) for ticket in late)
