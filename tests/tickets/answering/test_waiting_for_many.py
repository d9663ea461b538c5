"""Many who have the list of those who wait open ask for it when they hear of the same change: what they see alike is
read once, and each sees their own.
"""

import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from departments.models import Role
from departments.staff.role_permissions import give_role
from tests.tickets.desk.test_pulse import news
from tests.tickets.desk.test_waiting_list import LIST, ago, ask
from tests.tickets.duty import on_duty
from tests.tickets.world import World, sign_in
from tickets.answering import conversations
from tickets.casework.assigning import assign
from tickets.danger.services import acknowledge
from tickets.models import CallBack, Citizen, Ticket


def another_operator(world: World) -> Client:
    operator = User.objects.create_user("operator_2", is_staff=True)
    give_role(operator, Role.OPERATOR)
    return sign_in(world, "operator_2")


def listed(who: Client, heard: str) -> str:
    return who.get(LIST, {"live": heard}).content.decode()


def statements(who: Client, heard: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        listed(who, heard)
        return len(captured)  # the next request forgets them


def test_the_second_who_asks_has_less_read_for_them(world: World) -> None:
    first, second = sign_in(world, "operator"), another_operator(world)
    ask(world)
    heard = news(first)["list"]
    listed(second, "1")  # whatever is asked once
    alone = statements(second, "1")
    listed(first, heard)
    assert statements(second, heard) < alone - 1


def test_each_sees_what_is_in_their_own_hands(world: World) -> None:
    first, second = sign_in(world, "operator"), another_operator(world)
    talk, now = ask(world), timezone.now()
    conversations.take(handover=talk, actor=world.actor("operator"), now=now)
    given = world.assigned(now=ago(3))
    assign(ticket=given, actor=world.actor("supervisor"), now=now, assignee=world.user("operator"))
    heard = news(first)["list"]
    own, other = listed(first, heard), listed(second, heard)
    assert ('class=" mine" data-key="h' in own, 'class=" mine" data-key="h' in other) == (True, False)
    assert (f't{given.pk}"' in own, f't{given.pk}"' in other) == (True, False)


@pytest.mark.slow
def test_what_is_read_for_all_is_what_each_is_read_alone(world: World) -> None:
    """Tickets in hand, calls to make and dangers of one's own, of an operator, another one, and a supervisor."""
    watching = {
        "operator": sign_in(world, "operator"),
        "operator_2": another_operator(world),
        "supervisor": sign_in(world, "supervisor"),
        "admin": sign_in(world, "admin"),
    }
    ask(world)
    for who in ("operator", "supervisor", "admin"):
        given = world.assigned(now=ago(3))
        Ticket.objects.filter(pk=given.pk).update(assignee=world.user(who))
    for caller in (world.user("operator"), None):
        CallBack.objects.create(
            citizen=Citizen.objects.create(name="Aranacak"),
            assignee=caller,
            due_at=ago(1),
            created_at=ago(2),
        )
    danger = world.open(now=ago(1), danger="fire", urgent=True)
    acknowledge(ticket=danger, actor=world.actor("operator"), now=ago(0.9))
    heard = news(watching["operator"])["list"]
    for name, staff in watching.items():
        assert keys(listed(staff, heard)) == keys(listed(staff, "1")), name


def keys(html: str) -> list[str]:
    """Of the rows of a list, and whether a danger stands above them."""
    return [*re.findall(r'data-key="(\w+)"', html), *re.findall(r'class="danger"><a href="([^"]+)"', html)]


def test_a_supervisor_s_reading_is_not_given_to_an_operator(world: World) -> None:
    supervisor, operator = sign_in(world, "supervisor"), sign_in(world, "operator")
    secret = world.open(now=ago(3), category=world.misconduct)
    heard = news(supervisor)["list"]
    assert [f't{secret.pk}"' in listed(who, heard) for who in (supervisor, operator)] == [True, False]


@pytest.mark.parametrize("asks_for", ["what it heard", "how it is now"])
def test_a_page_that_heard_of_a_change_gets_no_list_from_before_it(world: World, asks_for: str) -> None:
    operator, supervisor = sign_in(world, "operator"), sign_in(world, "supervisor")
    before = news(operator)["list"]
    for who in (operator, supervisor):
        listed(who, before)
    talk = ask(world)
    heard = news(operator)["list"] if asks_for == "what it heard" else "1"
    assert f'data-key="h{talk.pk}"' in listed(operator, heard)


def test_a_page_gets_no_list_from_before_the_one_that_it_shows(world: World) -> None:
    operator = sign_in(world, "operator")
    heard = news(operator)["list"]
    listed(operator, heard)  # is kept
    talk = ask(world)
    shown = listed(operator, "1")
    read = shown.partition('data-read="')[2].partition('"')[0]
    again = operator.get(LIST, {"live": heard, "after": read}).content.decode()
    assert f'data-key="h{talk.pk}"' in again


def test_who_loses_a_role_is_shown_nothing_of_what_was_read_for_them(world: World) -> None:
    operator = sign_in(world, "operator")
    ask(world)
    heard = news(operator)["list"]
    listed(operator, heard)
    world.user("operator").memberships.all().delete()
    assert operator.get(LIST, {"live": heard}).status_code == 403


def test_who_goes_on_duty_sees_more_at_once(world: World) -> None:
    operator = sign_in(world, "operator")
    secret = world.open(
        now=ago(1), category=world.misconduct, restricted=True, danger="violence", urgent=True
    )
    ask(world, citizen=secret.citizen)
    heard = news(operator)["list"]
    before = listed(operator, heard)
    on_duty(world, "operator", since=ago(1))
    assert ('data-key="h' in before, 'data-key="h' in listed(operator, heard)) == (False, True)
