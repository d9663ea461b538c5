"""The supervisors' live board: who is there, who has what, who waits, what is late, whose window closes."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from typing_extensions import override

from departments.models import Membership, Role, StaffSession
from departments.staff.role_permissions import match_groups
from departments.working_time.working_hours import ISTANBUL
from tests.tickets.world import NOW, World, sign_in
from tickets.answering import snoozing
from tickets.board import figures as board
from tickets.board.shifts import transfer_shift, undo_shift_transfer
from tickets.board.wall_page import figures
from tickets.casework.assigning import assign
from tickets.danger.services import acknowledge
from tickets.models import (
    CallBack,
    Citizen,
    Notification,
    Presence,
    ShiftChange,
    Snooze,
    Ticket,
    WaitingConversation,
)
from tickets.presence.at_desk import Desk
from tickets.presence.saying import set_availability
from tickets.record import channel
from tickets.record.permissions import actor_of
from tickets.record.statuses import Status
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed

PAGE = "/admin/pano/"
MOST_STATEMENTS = 18


@pytest.fixture
def colleague(world: World) -> User:
    user = User.objects.create_user("operator2", is_staff=True, first_name="Burak", last_name="Kaya")
    Membership.objects.create(user=user, role=Role.OPERATOR)
    match_groups(user)
    return user


def shown(world: World, who: str = "supervisor") -> str:
    response = sign_in(world, who).get(PAGE)
    assert response.status_code == 200
    return str(response.content.decode())


def wait_for_staff(world: World, *, name: str = "Nurcan Aksoy", **facts: Any) -> WaitingConversation:
    citizen = Citizen.objects.create(name=name, phone=f"+9053299900{Citizen.objects.count():02d}")
    since = timezone.now() - timedelta(hours=5, minutes=42)
    details = {"reason": WaitingConversation.Reason.ASKED, "since": since, "last_at": since} | facts
    return WaitingConversation.objects.create(citizen=citizen, **details)


def session_of(user: User, *, began: timedelta, seen: timedelta) -> None:
    """A session that began and was last used so long ago."""
    now = datetime.now(UTC)
    session = Session.objects.create(
        session_key=f"key{user.pk}", session_data="", expire_date=now + timedelta(days=1)
    )
    StaffSession.objects.create(
        session=session, user=user, device="", began_at=now - began, seen_at=now - seen
    )


def where(user: User) -> Desk:
    return next(each.desk for each in board.line_people() if each.user == user)


def test_who_is_there_is_told_by_what_they_say_and_by_their_last_request(world: World) -> None:
    operator = world.user("operator")
    assert where(operator) is Desk.GONE
    session_of(operator, began=timedelta(hours=3), seen=timedelta(minutes=2))
    assert where(operator) is Desk.HERE
    set_availability(user=operator, state=Presence.State.BREAK)
    assert where(operator) is Desk.BREAK
    set_availability(user=operator, state=Presence.State.HERE)
    StaffSession.objects.update(seen_at=datetime.now(UTC) - timedelta(minutes=20))
    assert where(operator) is Desk.IDLE
    StaffSession.objects.update(seen_at=datetime.now(UTC) - timedelta(hours=2))
    assert where(operator) is Desk.GONE


def test_whoever_signs_in_again_is_there_whatever_they_said_yesterday(world: World) -> None:
    operator = world.user("operator")
    set_availability(user=operator, state=Presence.State.GONE)
    Presence.objects.update(since=datetime.now(UTC) - timedelta(hours=9))
    session_of(operator, began=timedelta(minutes=30), seen=timedelta(minutes=1))
    assert where(operator) is Desk.HERE


def test_a_break_does_not_begin_anew_when_it_is_said_twice(world: World) -> None:
    first = set_availability(user=world.user("operator"), state=Presence.State.BREAK).since
    assert set_availability(user=world.user("operator"), state=Presence.State.BREAK).since == first


def test_everybody_says_themselves_where_they_are(world: World) -> None:
    client = sign_in(world, "crew_fen")
    client.post("/admin/durumum/", {"state": "break"})
    assert Presence.objects.get(user=world.user("crew_fen")).state == "break"
    assert 'value="break" aria-pressed="true"' in client.get("/admin/durumum/").content.decode()
    client.post("/admin/durumum/", {"state": "uzayda"})
    assert Presence.objects.get(user=world.user("crew_fen")).state == "break"


def test_the_board_shows_who_has_what_and_who_waits_how_long(world: World, colleague: User) -> None:
    wait_for_staff(world, assignee=colleague)
    assign(ticket=world.assigned(), actor=world.actor("supervisor"), now=NOW, assignee=colleague)
    html = shown(world)
    assert re.search(r"Burak Kaya</td>.*?num\">1</td><td class=\"num\"><a [^>]*>1</a></td>", html, re.DOTALL)
    assert "Nurcan Aksoy" in html
    assert "5 sa 42 dk" in html
    assert "Görevli istedi" in html


def test_of_who_left_it_says_what_they_left_behind(world: World, colleague: User) -> None:
    wait_for_staff(world, assignee=colleague)
    assert "Burak Kaya</b> çıktı, elinde 1 iş kaldı." in shown(world)


def test_a_danger_that_somebody_claimed_is_left_behind_too(world: World, colleague: User) -> None:
    danger = world.assigned(danger="fire", urgent=True)
    acknowledge(ticket=danger, actor=actor_of(colleague), now=NOW)
    assert "Burak Kaya</b> çıktı, elinde 1 iş kaldı." in shown(world)


def test_late_and_due_today_are_counted_and_listed_late_first(world: World) -> None:
    now = timezone.now()
    late, today, _later = (world.assigned(now=now) for _ in range(3))
    Ticket.objects.update(resolution_due_at=now + timedelta(days=9))
    Ticket.objects.filter(pk=late.pk).update(resolution_due_at=now - timedelta(days=1))
    midnight = board.midnight_after(now)
    Ticket.objects.filter(pk=today.pk).update(resolution_due_at=midnight - timedelta(microseconds=1))
    response = sign_in(world, "supervisor").get(PAGE)
    assert [each["ticket"].pk for each in response.context["due"]] == [late.pk, today.pk]
    counts = response.context["counts"]
    assert (counts["late"], counts["today"], counts["unclaimed"]) == ("1", "1", "0")


def test_what_the_law_asks_for_today_is_counted_and_stands_first_whatever_its_target(world: World) -> None:
    now = timezone.now()
    late, by_law = (world.assigned(now=now) for _ in range(2))
    Ticket.objects.update(resolution_due_at=now + timedelta(days=9))
    Ticket.objects.filter(pk=late.pk).update(resolution_due_at=now - timedelta(days=1))
    Ticket.objects.filter(pk=by_law.pk).update(
        status="WAITING",
        waiting_since=now,
        waiting_from="ASSIGNED",
        legal_due_at=now,
        created_at=now - timedelta(days=30),
    )
    response = sign_in(world, "supervisor").get(PAGE)
    assert response.context["counts"]["legal"] == "1"
    assert [each["ticket"].pk for each in response.context["due"]] == [by_law.pk, late.pk]


def test_urgent_work_is_no_danger_to_life(world: World) -> None:
    world.open(urgent=True, urgent_reason="boru patladı")
    response = sign_in(world, "supervisor").get(PAGE)
    counts = response.context["counts"]
    assert (counts["unclaimed"], counts["urgent"]) == ("0", "1")
    html = render_to_string("tickets/board/wall_figures.html", figures(timezone.now()))
    assert "can tehlikesi" not in html
    assert "acil iş" in html


def test_in_the_list_of_who_waits_urgent_work_has_a_word_of_its_own(world: World) -> None:
    ticket = world.open(urgent=True, urgent_reason="boru patladı")
    Notification.objects.create(user=world.user("operator"), kind="danger", ticket=ticket, at=timezone.now())
    html = sign_in(world, "operator").get("/admin/bekleyenler/").content.decode()
    assert "</span> Acil iş · " in html
    assert "hedef 5 dk" not in html


def test_a_talk_that_somebody_put_off_does_not_wait_on_board_and_wall(world: World, colleague: User) -> None:
    row = wait_for_staff(world)
    now = timezone.now()
    snoozing.snooze(of=row, actor=actor_of(colleague), now=now, until=now + timedelta(hours=3))
    response = sign_in(world, "supervisor").get(PAGE)
    assert response.context["waiting_count"] == 0
    assert "Nurcan Aksoy" not in response.content.decode()
    assert figures(now)["waiting"] == 0
    assert "Burak Kaya</b> çıktı, elinde 1 iş kaldı." in response.content.decode()


def test_what_waits_for_a_decision_or_a_call_is_counted_too(world: World) -> None:
    world.open()
    world.move(world.assigned(), Status.REVIEW, answer="Kapatıldı.")
    CallBack.objects.create(citizen=world.citizen, due_at=NOW, created_at=NOW)
    context = sign_in(world, "supervisor").get(PAGE).context
    counts = context["counts"]
    assert (counts["proposals"], counts["approvals"], context["calls"]) == ("1", "1", 1)


def test_a_note_says_how_many_more_windows_close_than_are_listed(
    world: World, windows: dict[int, datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    sunday = datetime(2026, 11, 29, 12, 0, tzinfo=ISTANBUL)
    monkeypatch.setattr(timezone, "now", lambda: sunday)
    for n in range(11):
        windows[wait_for_staff(world, name=f"Vatandaş {n}").citizen_id] = sunday + timedelta(hours=1 + n)
    html = shown(world)
    assert "Ve 3 kişi daha." in html
    assert html.count("Bugün 1") + html.count("Bugün 2") == 8


def test_a_head_sees_their_own_department_alone(world: World) -> None:
    wait_for_staff(world)
    world.assigned(citizen=Citizen.objects.create(name="Hüseyin Polat"))
    world.open(department=world.park, citizen=Citizen.objects.create(name="Emine Kılıç"))
    html = shown(world, "head_fen")
    assert "Hüseyin Polat" in html
    assert "Nurcan Aksoy" not in html
    assert "Emine Kılıç" not in html
    assert "crew_fen" in html
    assert "crew_park" not in html


@pytest.mark.parametrize("who", ["operator", "crew_fen", "dpo", "roleless"])
def test_nobody_else_opens_it(world: World, who: str) -> None:
    assert sign_in(world, who).get(PAGE).status_code == 403
    given = sign_in(world, who).post(f"{PAGE}ver/", {"what": "ticket", "key": 1, "assignee": 1})
    assert given.status_code == 403


def test_of_a_danger_no_name_stands_on_the_board(world: World) -> None:
    ticket = world.assigned(danger="fire", urgent=True)
    WaitingConversation.objects.create(
        citizen=world.citizen, ticket=ticket, reason="asked", since=NOW, last_at=NOW, last_words="Yanıyoruz"
    )
    html = shown(world)
    assert "Ayşe Yılmaz" not in html
    assert "Açınca görünür" in html


class Windows(channel.NullChannel):
    def __init__(self, until: dict[int, datetime]) -> None:
        self.until = until

    @override
    def windows(self, citizens: Any, /) -> dict[int, datetime]:
        return {key: until for key, until in self.until.items() if key in citizens}


@pytest.fixture
def windows() -> Iterator[dict[int, datetime]]:
    until: dict[int, datetime] = {}
    before = channel.register(Windows(until))
    yield until
    channel.register(before)


def test_whose_window_closes_over_the_weekend_is_listed_and_whose_closes_in_working_time_is_not(
    world: World, windows: dict[int, datetime]
) -> None:
    friday = datetime(2026, 11, 27, 15, 0, tzinfo=ISTANBUL)
    saturday, tonight, soon = (
        wait_for_staff(world, name=name) for name in ("Cumartesi", "Akşam", "Birazdan")
    )
    ticket = world.assigned(citizen=Citizen.objects.create(name="Başvuran"), now=friday - timedelta(hours=1))
    windows[saturday.citizen_id] = datetime(2026, 11, 28, 14, 0, tzinfo=ISTANBUL)
    windows[tonight.citizen_id] = datetime(2026, 11, 27, 21, 0, tzinfo=ISTANBUL)
    windows[soon.citizen_id] = datetime(2026, 11, 27, 16, 0, tzinfo=ISTANBUL)
    windows[ticket.citizen_id or 0] = friday + timedelta(hours=23)
    actor = world.actor("supervisor")
    found, more = board.closing_windows(actor, board.waiting_talks(actor), friday)
    assert more == 0
    assert [each.citizen.name for each in found] == ["Akşam", "Cumartesi", "Başvuran"]


def test_a_talk_and_a_ticket_are_given_from_the_board(world: World, colleague: User) -> None:
    talk, ticket = wait_for_staff(world), world.assigned()
    client = sign_in(world, "supervisor")
    for what, row in (("talk", talk), ("ticket", ticket)):
        client.post(f"{PAGE}ver/", {"what": what, "key": row.pk, "assignee": colleague.pk})
        row.refresh_from_db()
        assert row.assignee == colleague


def test_what_cannot_be_given_is_told(world: World) -> None:
    ticket = world.assigned()
    facts = {"what": "ticket", "key": ticket.pk, "assignee": world.user("crew_park").pk}
    html = sign_in(world, "supervisor").post(f"{PAGE}ver/", facts, follow=True).content.decode()
    assert "biriminde ya da çağrı merkezinde görevli değil" in html


@pytest.mark.parametrize("who", ["supervisor", "head_fen"])
def test_the_board_takes_few_statements_however_much_there_is(
    world: World, colleague: User, who: str
) -> None:
    for n in range(12):
        wait_for_staff(world, name=f"Vatandaş {n}", assignee=colleague if n % 2 else None)
        world.assigned()
    Ticket.objects.update(resolution_due_at=NOW - timedelta(days=1), assignee=colleague)
    transfer_shift(giver=colleague, taker=None, actor=world.actor("supervisor"), now=timezone.now())
    client = sign_in(world, who)
    for address in (PAGE, f"{PAGE}?live=1"):
        with CaptureQueriesContext(connection) as statements:
            client.get(address)
        assert len(statements) <= MOST_STATEMENTS


def test_the_browser_is_told_when_nothing_has_changed(world: World) -> None:
    client = sign_in(world, "supervisor")
    first = client.get(f"{PAGE}?live=1")
    same = client.get(f"{PAGE}?live=1", headers={"If-None-Match": first.headers["ETag"]})
    wait_for_staff(world)
    other = client.get(f"{PAGE}?live=1", headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, other.status_code) == (304, 200)
    assert b"<html" not in first.content


# --- shifts ---


def held(user: User | None) -> tuple[int, int]:
    """Tickets and talks that the user has."""
    return Ticket.objects.filter(assignee=user).count(), WaitingConversation.objects.filter(
        assignee=user
    ).count()


@pytest.fixture
def busy(world: World, colleague: User) -> User:
    """A colleague with two tickets and a talk; one ticket more has ended and stays theirs."""
    for ticket in (world.assigned(), world.assigned(), world.assigned()):
        assign(ticket=ticket, actor=world.actor("supervisor"), now=NOW, assignee=colleague)
    world.move(Ticket.objects.latest("pk"), to=Status.RESOLVED, answer="Yapıldı.")
    wait_for_staff(world, assignee=colleague)
    return colleague


def test_a_shift_is_handed_over_in_one_act_with_a_note(world: World, busy: User) -> None:
    client, operator = sign_in(world, "supervisor"), world.user("operator")
    facts = {"giver": busy.pk, "taker": operator.pk, "note": "Nurcan Hanım akşam aranacak"}
    html = client.post(f"{PAGE}devret/", facts, follow=True).content.decode()
    assert "3 iş operator adlı görevliye devredildi" in html
    assert "Nurcan Hanım akşam aranacak" in html
    assert (held(operator), held(busy)) == ((2, 1), (1, 0))
    assert "Size bir görüşme verildi" in {str(each) for each in operator.notifications.all()}
    event = Ticket.objects.filter(assignee=operator)[0].events.latest("pk")
    assert (event.kind, event.data, event.note) == (
        "assigned",
        {"assignee": "operator"},
        "Nurcan Hanım akşam aranacak",
    )


def test_it_is_handed_to_everybody_and_given_back(world: World, busy: User) -> None:
    client = sign_in(world, "supervisor")
    client.post(f"{PAGE}devret/", {"giver": busy.pk, "taker": "herkes"})
    assert (held(None), held(busy)) == ((2, 1), (1, 0))
    change = ShiftChange.objects.get()
    assert "İşleri geri ver" in client.get(PAGE).content.decode()
    client.post(f"{PAGE}devir/{change.pk}/geri/")
    assert held(busy) == (3, 1)
    html = client.post(f"{PAGE}devir/{change.pk}/geri/", follow=True).content.decode()
    assert "Bu devrin işleri daha önce geri verilmiş." in html


def test_giving_it_back_leaves_what_somebody_has_taken_since(world: World, busy: User) -> None:
    actor = world.actor("supervisor")
    change = transfer_shift(giver=busy, taker=None, actor=actor, now=NOW).change
    taken = Ticket.objects.filter(assignee=None)[0]
    assign(ticket=taken, actor=actor, now=NOW, assignee=world.user("operator"))
    result = undo_shift_transfer(change=change, actor=actor, now=NOW)
    assert result.left == [("1 iş", "devirden sonra başkası almış ya da bitmiş")]
    assert (held(busy), held(world.user("operator"))) == ((2, 1), (1, 0))


def test_what_the_other_may_not_work_on_stays_and_is_told(world: World, busy: User) -> None:
    moved = Ticket.objects.filter(outcome=None)[0]
    world.move(moved, to=Status.ASSIGNED, department=world.park)
    Ticket.objects.filter(outcome=None).update(assignee=busy)
    result = transfer_shift(
        giver=busy, taker=world.user("crew_park"), actor=world.actor("supervisor"), now=NOW
    )
    assert len(result.change.tickets) == 1
    assert sorted(reason for _, reason in result.left) == [
        "devralan bu başvuruda çalışamaz",
        "görüşmeler yalnızca çağrı merkezinindir",
    ]
    assert held(busy) == (2, 1)


def test_everybody_hands_over_their_own_and_nobody_elses(world: World, busy: User) -> None:
    own = sign_in(world, "operator2")
    assert "Elinizde 2 başvuru, 1 görüşme var" in own.get("/admin/durumum/").content.decode()
    with pytest.raises(NotAllowed):
        transfer_shift(giver=busy, taker=None, actor=world.actor("operator"), now=NOW)
    response = own.post(f"{PAGE}devret/", {"giver": busy.pk, "taker": world.user("operator").pk})
    assert response.headers["Location"] == "/admin/durumum/"
    assert held(world.user("operator")) == (2, 1)
    with pytest.raises(NotAllowed):
        undo_shift_transfer(change=ShiftChange.objects.get(), actor=world.actor("operator"), now=NOW)


def test_a_head_hands_over_what_their_people_have_of_their_tickets(world: World) -> None:
    ticket = world.assigned()
    assign(ticket=ticket, actor=world.actor("head_fen"), now=NOW, assignee=world.user("crew_fen"))
    with pytest.raises(NotAllowed):
        transfer_shift(giver=world.user("crew_fen"), taker=None, actor=world.actor("head_park"), now=NOW)
    transfer_shift(
        giver=world.user("crew_fen"), taker=world.user("head_fen"), actor=world.actor("head_fen"), now=NOW
    )
    ticket.refresh_from_db()
    assert ticket.assignee == world.user("head_fen")


def test_there_has_to_be_something_and_somebody_else(world: World, busy: User) -> None:
    actor = world.actor("supervisor")
    with pytest.raises(NoSuchTransition):
        transfer_shift(giver=world.user("operator"), taker=None, actor=actor, now=NOW)
    with pytest.raises(MissingFields):
        transfer_shift(giver=busy, taker=busy, actor=actor, now=NOW)


def _has_call_danger_and_snooze(world: World, user: User) -> tuple[CallBack, Ticket, Snooze]:
    call = CallBack.objects.create(citizen=world.citizen, due_at=NOW, assignee=user, created_at=NOW)
    danger = world.assigned(danger="fire", urgent=True)
    acknowledge(ticket=danger, actor=actor_of(user), now=NOW)
    later = world.assigned()
    snooze = snoozing.snooze(of=later, actor=actor_of(user), now=NOW, until=NOW + timedelta(hours=3))
    return call, danger, snooze


def _whose(call: CallBack, danger: Ticket, snooze: Snooze) -> tuple[User | None, User | None, User]:
    for row in (call, danger, snooze):
        row.refresh_from_db()
    return call.assignee, danger.claimed_by, snooze.user


def test_call_backs_claimed_dangers_and_what_was_put_off_go_with_the_shift_and_come_back(
    world: World, busy: User
) -> None:
    theirs = _has_call_danger_and_snooze(world, busy)
    taker, actor = world.user("operator"), world.actor("supervisor")
    change = transfer_shift(giver=busy, taker=taker, actor=actor, now=NOW).change
    assert _whose(*theirs) == (taker, taker, taker)
    assert Notification.objects.filter(user=taker, ticket=theirs[1], kind="work").exists()
    assert undo_shift_transfer(change=change, actor=actor, now=NOW).left == []
    assert _whose(*theirs) == (busy, busy, busy)


def test_given_to_everybody_a_call_back_is_anybodys_and_a_claimed_danger_stays(
    world: World, busy: User
) -> None:
    theirs = _has_call_danger_and_snooze(world, busy)
    result = transfer_shift(giver=busy, taker=None, actor=world.actor("supervisor"), now=NOW)
    assert _whose(*theirs) == (None, busy, busy)
    assert result.left == [(theirs[1].number, "üstlenilmiş tehlike yalnızca bir kişiye devredilir")]


def test_whoever_has_a_call_back_alone_has_something_to_hand_over(world: World, colleague: User) -> None:
    CallBack.objects.create(citizen=world.citizen, due_at=NOW, assignee=colleague, created_at=NOW)
    assert "Burak Kaya</b> çıktı, elinde 1 iş kaldı." in shown(world)
    assert "1 geri arama" in sign_in(world, "operator2").get("/admin/durumum/").content.decode()
    transfer_shift(giver=colleague, taker=None, actor=world.actor("supervisor"), now=NOW)
    assert CallBack.objects.get().assignee is None


def test_what_was_handed_over_a_month_ago_is_forgotten(world: World, busy: User) -> None:
    actor = world.actor("supervisor")
    transfer_shift(giver=busy, taker=world.user("operator"), actor=actor, now=NOW, note="Eski")
    transfer_shift(giver=world.user("operator"), taker=busy, actor=actor, now=NOW + timedelta(days=31))
    assert [change.note for change in ShiftChange.objects.all()] == [""]


@pytest.mark.slow
def test_each_number_of_the_board_opens_the_list_that_it_counts(world: World, colleague: User) -> None:
    now = timezone.now()
    later = board.midnight_after(now) - timedelta(seconds=1)
    for facts in (
        {"resolution_due_at": now - timedelta(days=1), "assignee": colleague},
        {"resolution_due_at": later},
        {"resolution_due_at": later},
        {"legal_due_at": now - timedelta(days=1), "resolution_due_at": now + timedelta(days=9)},
    ):
        Ticket.objects.filter(pk=world.assigned().pk).update(**facts)
    Ticket.objects.filter(legal_due_at__gte=now).update(legal_due_at=now + timedelta(days=30))
    world.open(danger="gas", urgent=True)
    world.open(urgent=True, urgent_reason="boru patladı")
    client = sign_in(world, "supervisor")
    text = client.get(PAGE).content.decode()
    found = re.findall(r'<a href="(/admin/tickets/ticket/\?[^"]+)"[^>]*>(\d+)</a>', text)
    assert {"late", "today", "legal", "unclaimed", "urgent"} <= {
        name for name, count in board.counted(Ticket.objects.all(), now).shown().items() if count != "0"
    }
    assert len(found) > 5
    for address, count in found:
        listed = client.get(html.unescape(address)).content.decode()
        assert listed.count("<tr data-row") == int(count), address
