"""What open pages hear each second: whether anything changed, and for whom."""

import json
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest
from django.test import Client
from django.utils import timezone

from departments.models import Role, StaffSession
from departments.staff.role_permissions import give_role
from melikgazi.web.pulse import is_unchanged
from melikgazi.wsgi import application
from tests.tickets.desk.test_waiting_list import LIST, ago, ask, later, snooze
from tests.tickets.world import World, sign_in
from tickets.answering import conversations
from tickets.answering.snoozing import end_due_snoozes
from tickets.casework.notes import add_note
from tickets.desk.pulse import LISTENERS_KEPT, WATCH
from tickets.models import ConversationViewer, Notification, Ticket, ViewMark
from tickets.presence.marking import OPEN_FOR, mark_talk, mark_viewed


class Answer(NamedTuple):
    status: int
    body: bytes


def pulse(token: str, stamp: str = "", page: str = "", **environ: str) -> Answer:
    """What the pulse says, asked as a web server would ask."""
    status: list[int] = []
    asked = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/admin/nabiz/",
        "QUERY_STRING": f"damga={stamp}&acik={page}",
        "HTTP_X_PULSE_TOKEN": token,
    }

    def start(line: str, _headers: Any, _failed: Any = None) -> Any:
        status.append(int(line.split()[0]))

    said = application(asked | environ, start)
    return Answer(status[0], b"".join(said))


def token_of(staff: Client) -> str:
    return str(staff.get("/admin/bildirimler/durum/").json()["token"])


def news(staff: Client, stamp: str = "", page: str = "") -> Any:
    """What the pulse says to whoever holds a token of that member of staff, without their session."""
    pulse_watch_anew()
    answer = pulse(token_of(staff), stamp, page)
    return json.loads(answer.body) if answer.status == 200 else answer.status


def pulse_watch_anew() -> None:
    WATCH._until, WATCH._listeners_read = 0, -60


def test_who_has_a_talk_open_and_writes_is_told_to_all_who_watch(world: World) -> None:
    talk = ask(world)
    operator = sign_in(world, "operator")
    operator.post(f"{LIST}{talk.pk}/nabiz/", {"writing": "1"})
    [here] = news(sign_in(world, "supervisor"))["here"]
    assert (here["citizen"], here["name"], here["writing"]) == (world.citizen.pk, "operator", True)
    operator.post(f"{LIST}birak/")
    assert news(sign_in(world, "supervisor"))["here"] == []


def test_that_a_colleague_opens_a_talk_has_nobody_renew_their_list(world: World) -> None:
    talk, operator = ask(world), sign_in(world, "operator")
    before = news(operator)
    operator.post(f"{LIST}{talk.pk}/nabiz/")
    after = news(operator, before["stamp"])
    assert (after["list"], after["bell"]) == (before["list"], before["bell"])


def test_without_a_change_the_pulse_says_nothing(world: World) -> None:
    ask(world)
    operator = sign_in(world, "operator")
    stamp = news(operator)["stamp"]
    assert news(operator, stamp) == 204


def test_each_thing_that_waits_changes_the_pulse(world: World) -> None:
    operator = sign_in(world, "operator")
    talk, ticket = ask(world), world.assigned(now=ago(3))
    changes = (
        lambda: ask(world, 0, words="alo"),
        lambda: conversations.take(handover=talk, actor=world.actor("operator"), now=timezone.now()),
        lambda: add_note(ticket=ticket, actor=world.actor("operator"), now=timezone.now(), text="x"),
        lambda: snooze(world, ticket),
        lambda: end_due_snoozes(now=later(3)),
        lambda: conversations.close(
            handover=talk, actor=world.actor("operator"), now=timezone.now(), note="x"
        ),
        lambda: world.open(now=timezone.now(), danger="fire", urgent=True),
    )
    seen = news(operator)
    for change in changes:
        change()
        before, seen = seen, news(operator, seen["stamp"])
        assert seen != 204, before
    assert ticket.pk in seen["tickets"]


@pytest.mark.parametrize("token", ["", "1:x:y", "1"])
def test_a_stranger_hears_nothing(world: World, token: str) -> None:
    assert pulse(token).status == 403


def test_a_token_in_an_address_opens_nothing(world: World) -> None:
    token = token_of(sign_in(world, "operator"))
    assert pulse("", QUERY_STRING=f"anahtar={token}").status == 403


def test_somebody_without_a_role_gets_no_token(world: World) -> None:
    assert token_of(sign_in(world, "roleless")) == ""


@pytest.mark.parametrize("ends", ["is_active", "password", "memberships"])
def test_a_token_ends_with_the_account_the_password_and_the_roles(world: World, ends: str) -> None:
    user = world.user("operator")
    token = token_of(sign_in(world, "operator"))
    pulse_watch_anew()
    assert pulse(token).status == 200
    if ends == "memberships":
        user.memberships.all().delete()
    else:
        setattr(user, ends, False if ends == "is_active" else "!another")
        user.save()
    pulse_watch_anew()
    assert pulse(token).status == 403


def test_a_token_ends_with_the_session_and_no_other_does(world: World) -> None:
    here, elsewhere = sign_in(world, "operator"), sign_in(world, "operator")
    ended, lasting = token_of(here), token_of(elsewhere)
    here.logout()
    pulse_watch_anew()
    assert (pulse(ended).status, pulse(lasting).status) == (403, 200)


@pytest.mark.parametrize(
    ("moment", "limit"), [("seen_at", "SESSION_IDLE_MINUTES"), ("began_at", "SESSION_MAX_HOURS")]
)
def test_a_token_ends_when_the_session_is_idle_or_too_old(
    world: World, settings: Any, moment: str, limit: str
) -> None:
    token = token_of(sign_in(world, "operator"))
    long_ago = timezone.now() - timedelta(hours=settings.SESSION_MAX_HOURS, minutes=1)
    StaffSession.objects.update(**{moment: long_ago})
    pulse_watch_anew()
    assert pulse(token).status == 403, limit


def test_who_is_given_a_role_hears_at_once(world: World) -> None:
    pulse_watch_anew()
    news(sign_in(world, "operator"))
    give_role(world.user("roleless"), Role.OPERATOR)
    assert news(sign_in(world, "roleless"))["list"]


@pytest.mark.parametrize(
    ("who", "tickets", "talks"),
    [
        ("supervisor", {"open", "restricted"}, True),
        ("operator", {"open"}, True),
        ("head_fen", {"open"}, False),
        ("crew_fen", {"open"}, False),
    ],
)
def test_the_pulse_names_what_its_hearer_may_see(
    world: World, who: str, tickets: set[str], *, talks: bool
) -> None:
    talk, now = ask(world, 0), timezone.now()
    opened = {
        "open": world.open(now=now).pk,
        "restricted": world.open(now=now, danger="violence", urgent=True, restricted=True).pk,
    }
    sign_in(world, "supervisor").post(f"{LIST}{talk.pk}/nabiz/")
    told = news(sign_in(world, who))
    assert {name for name, key in opened.items() if key in told["tickets"]} == tickets
    assert (bool(told["talks"]), bool(told["here"])) == (talks, talks)


def test_a_notice_rings_for_whom_it_is_and_for_nobody_else(world: World) -> None:
    operator, supervisor = sign_in(world, "operator"), sign_in(world, "supervisor")
    before = [news(each)["bell"] for each in (operator, supervisor)]
    notice(world, "supervisor", timezone.now())
    after = [news(each)["bell"] for each in (operator, supervisor)]
    assert [now == then for now, then in zip(after, before, strict=True)] == [True, False]


def test_a_notice_that_is_held_back_rings_when_its_time_has_come(world: World) -> None:
    operator = sign_in(world, "operator")
    row = notice(world, "operator", later(0.01))
    before = news(operator)["bell"]
    Notification.objects.filter(pk=row.pk).update(at=timezone.now())
    assert news(operator)["bell"] != before


def notice(world: World, who: str, at: datetime) -> Notification:
    kind = Notification.Kind.WORK
    return Notification.objects.create(user=world.user(who), kind=kind, ticket=world.open(), at=at)


def test_the_stamp_that_the_bell_answers_to_is_the_pulse_s(world: World) -> None:
    operator = sign_in(world, "operator")
    notice(world, "operator", timezone.now())
    pulse_watch_anew()
    state = operator.get("/admin/bildirimler/durum/").json()
    assert json.loads(pulse(state["token"]).body)["bell"] == state["bell"]


@pytest.mark.slow
def test_what_no_row_of_the_list_says_has_nobody_renew_their_list_however_much_comes(world: World) -> None:
    operator, actor = sign_in(world, "operator"), world.actor("operator")
    ticket = world.assigned(now=ago(3))
    before = news(operator)["list"]
    for n in range(70):  # more than the newest that are looked at
        add_note(ticket=ticket, actor=actor, now=timezone.now(), text=f"Not {n}")
    assert news(operator)["list"] == before


def marks(world: World, who: str) -> list[datetime]:
    """Until when a talk and a ticket count as open to somebody."""
    user = world.user(who)
    talk, ticket = ConversationViewer.objects.filter(user=user), ViewMark.objects.filter(user=user)
    return [*talk.values_list("open_until", flat=True), *ticket.values_list("open_until", flat=True)]


def said_open(world: World, who: str, page: str) -> None:
    """The pulse of somebody's page, and what is written of such now and then."""
    news(sign_in(world, who), page=page)
    WATCH._open_written = -60.0
    pulse_watch_anew()
    WATCH.state()


def opened(world: World, ticket: Ticket, who: str, until: datetime) -> None:
    mark_talk(citizen=world.citizen.pk, user=world.user(who), now=until - OPEN_FOR)
    mark_viewed(ticket=ticket, user=world.user(who), now=until - OPEN_FOR)


def test_what_is_open_stays_so_while_the_pulse_says_it(world: World) -> None:
    ticket, soon = world.assigned(now=ago(3)), later(0.001)
    opened(world, ticket, "operator", soon)
    opened(world, ticket, "supervisor", soon)
    said_open(world, "operator", f"{world.citizen.pk}.{ticket.pk}")
    assert [until > soon for until in marks(world, "operator")] == [True, True]
    assert marks(world, "supervisor") == [soon, soon]
    assert ViewMark.objects.get(user=world.user("operator")).read_at == soon - OPEN_FOR  # read by no pulse


@pytest.mark.parametrize("who", ["operator", "head_fen"])
def test_a_pulse_opens_nothing_that_is_not_open(world: World, who: str) -> None:
    ticket, gone = world.assigned(now=ago(3)), ago(0.001)
    said_open(world, who, f"{world.citizen.pk}.{ticket.pk}")
    assert marks(world, who) == []
    opened(world, ticket, who, gone)
    said_open(world, who, f"{world.citizen.pk}.{ticket.pk}")
    assert marks(world, who) == [gone, gone]


@pytest.mark.parametrize("said", ["", ".", "a", "1.b", "-1", "9" * 40, "1.2.3", "1%00"])
def test_what_is_no_page_is_none(world: World, said: str) -> None:
    said_open(world, "operator", said)
    assert marks(world, "operator") == []


def test_the_page_of_a_talk_hears_that_it_counts_as_open_no_more(world: World) -> None:
    operator, talk = sign_in(world, "operator"), ask(world)
    open_page = str(world.citizen.pk)
    operator.post(f"{LIST}{talk.pk}/nabiz/")
    seen = news(operator, page=open_page)
    assert (news(operator, seen["stamp"], open_page), bool(seen["open"])) == (204, True)
    operator.post(f"{LIST}birak/")
    assert news(operator, seen["stamp"], open_page)["open"] == ""


def test_the_page_of_a_talk_asks_again_whether_it_is_still_theirs_to_see(world: World) -> None:
    """The pulse does not name what they may see no more, but it changes."""
    operator, ticket = sign_in(world, "operator"), world.assigned(now=ago(3))
    operator.post(f"{LIST}basvuru/{ticket.pk}/nabiz/")
    seen = news(operator, page=f"{world.citizen.pk}.{ticket.pk}")
    Ticket.objects.filter(pk=ticket.pk).update(restricted=True, version=ticket.version + 1)
    after = news(operator, seen["stamp"], f"{world.citizen.pk}.{ticket.pk}")
    assert (after["open"] != seen["open"], ticket.pk in after["tickets"]) == (True, False)
    assert operator.post(f"{LIST}basvuru/{ticket.pk}/nabiz/").status_code == 404


def test_without_a_change_it_is_answered_from_memory_as_long_as_that_is_good(world: World) -> None:
    staff = sign_in(world, "operator")
    stamp, token = news(staff)["stamp"], token_of(staff)
    pulse_watch_anew()
    query = f"damga={stamp}&acik=1"
    assert not is_unchanged(token, query)  # nothing is good any more
    assert pulse(token, stamp).status == 204
    assert is_unchanged(token, query)
    assert not is_unchanged("another", query)
    assert not is_unchanged(token, "damga=another")
    assert not is_unchanged(token, "")
    WATCH._until = 0
    assert not is_unchanged(token, query)


def test_who_signed_out_is_not_answered_from_memory_for_long(world: World) -> None:
    staff = sign_in(world, "operator")
    stamp, token = news(staff)["stamp"], token_of(staff)
    assert is_unchanged(token, f"damga={stamp}")
    staff.logout()
    WATCH._listeners_read -= LISTENERS_KEPT
    assert not is_unchanged(token, f"damga={stamp}")
    assert pulse(token, stamp).status == 403
