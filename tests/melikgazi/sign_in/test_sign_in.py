"""Sign-in to the back office, and its throttle."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission, User
from django.db import connections
from django.test import Client
from django.utils import timezone

from departments.models import Department, Membership, Role, SignIn
from departments.staff import retention
from departments.staff.throttle import (
    FEW,
    MOST_OF_ADDRESS,
    MOST_OF_BOTH,
    MOST_OF_DEVICE,
    MOST_OF_NAME,
    STRANGERS_PER_MINUTE,
    WITHIN,
)
from melikgazi.sign_in.passwords import ThrottledBackend
from tests.timeouts import PATIENCE

pytestmark = pytest.mark.django_db
HERE, ELSEWHERE = "203.0.113.7", "203.0.113.8"
LOCKED = "Çok fazla yanlış deneme"


@pytest.fixture
def clerk() -> User:
    return User.objects.create_user("operator", password="dogru-parola-1", is_staff=True)


def test_whoever_opens_the_page_types_the_name_at_once(client: Client) -> None:
    (field,) = re.findall(r'<input[^>]*name="username"[^>]*>', client.get("/admin/login/").content.decode())
    assert "autofocus" in field


def try_in(
    password: str, *, name: str = "operator", address: str = HERE, client: Client | None = None
) -> Any:
    return (client or Client(REMOTE_ADDR=address)).post(
        "/admin/login/", {"username": name, "password": password}
    )


def wrong(times: int, *, name: str = "operator", address: str = HERE) -> None:
    for _ in range(times):
        try_in("yanlış", name=name, address=address)


def test_a_right_password_opens_the_door_and_is_kept(clerk: User) -> None:
    assert try_in("dogru-parola-1").status_code == 302
    assert SignIn.objects.get().result == SignIn.Result.RIGHT


@pytest.mark.parametrize(
    ("role", "page"),
    [(Role.OPERATOR, "/admin/bekleyenler/"), (Role.CREW, "/admin/saha/"), (Role.SUPERVISOR, "/admin/")],
)
def test_whoever_wants_no_page_in_particular_begins_with_their_own_work(
    clerk: User, role: Role, page: str
) -> None:
    fen = Department.objects.create(code="FEN", name="Fen İşleri") if role == Role.CREW else None
    Membership.objects.create(user=clerk, role=role, department=fen)
    assert try_in("dogru-parola-1").headers["Location"] == page


def test_after_too_many_wrong_ones_the_right_one_opens_nothing_and_the_page_says_why(clerk: User) -> None:
    wrong(MOST_OF_BOTH)
    response = try_in("dogru-parola-1")
    assert response.status_code == 200
    assert LOCKED in response.content.decode()


def test_one_wrong_password_less_shuts_nothing(clerk: User) -> None:
    wrong(MOST_OF_BOTH - 1)
    assert try_in("dogru-parola-1").status_code == 302


def test_a_right_one_forgives_the_wrong_ones_before(clerk: User) -> None:
    for _ in range(2):
        wrong(MOST_OF_BOTH - 1)
        assert try_in("dogru-parola-1").status_code == 302


def test_a_stranger_elsewhere_does_not_lock_the_clerk_out(clerk: User) -> None:
    wrong(MOST_OF_BOTH + 2, address=ELSEWHERE)
    assert try_in("dogru-parola-1").status_code == 302


def test_many_addresses_together_shut_the_name_everywhere(clerk: User) -> None:
    for number in range(MOST_OF_NAME):
        wrong(1, address=f"198.51.100.{number}")
    assert try_in("dogru-parola-1").status_code == 200


def guess_from_the_office() -> None:
    """Somebody behind the office's own address guesses for everybody, as often as they can."""
    for number in range(MOST_OF_ADDRESS + 1):
        wrong(1, name=f"kimse-{number}")
    wrong(MOST_OF_BOTH)


@pytest.mark.slow
def test_nobody_in_the_office_keeps_a_colleague_out_of_the_browser_they_signed_in_with(clerk: User) -> None:
    mine = Client(REMOTE_ADDR=HERE)
    assert try_in("dogru-parola-1", client=mine).status_code == 302
    mine.post("/admin/logout/")
    guess_from_the_office()
    assert try_in("dogru-parola-1").status_code == 200
    assert try_in("dogru-parola-1", client=mine).status_code == 302


@pytest.mark.slow
def test_nobody_in_the_office_keeps_a_colleague_out_whom_they_do_not_name(clerk: User) -> None:
    User.objects.create_user("meslektas", password="dogru-parola-1", is_staff=True)
    guess_from_the_office()
    assert try_in("dogru-parola-1", name="meslektas").status_code == 302


@pytest.mark.slow
def test_an_address_that_guesses_for_many_has_few_left_for_each(clerk: User) -> None:
    for number in range(MOST_OF_ADDRESS + 1):
        wrong(1, name=f"kimse-{number}")
    wrong(FEW)
    assert LOCKED in try_in("dogru-parola-1").content.decode()


def test_a_known_browser_is_no_place_to_guess_from(clerk: User) -> None:
    mine = Client(REMOTE_ADDR=HERE)
    try_in("dogru-parola-1", client=mine)
    mine.post("/admin/logout/")
    for _ in range(MOST_OF_DEVICE):
        try_in("yanlış", client=mine)
    assert LOCKED in try_in("dogru-parola-1", client=mine).content.decode()


def test_a_browser_known_for_one_account_is_a_stranger_to_another(clerk: User) -> None:
    User.objects.create_user("meslektas", password="dogru-parola-1", is_staff=True)
    mine = Client(REMOTE_ADDR=HERE)
    try_in("dogru-parola-1", name="meslektas", client=mine)
    mine.post("/admin/logout/")
    wrong(MOST_OF_BOTH)
    assert LOCKED in try_in("dogru-parola-1", client=mine).content.decode()


def test_a_forged_mark_of_a_browser_is_none(clerk: User) -> None:
    mine = Client(REMOTE_ADDR=HERE)
    try_in("dogru-parola-1", client=mine)
    mine.post("/admin/logout/")
    mine.cookies["device"] = mine.cookies["device"].value[:-3] + "abc"
    wrong(MOST_OF_BOTH)
    assert LOCKED in try_in("dogru-parola-1", client=mine).content.decode()


def test_after_a_quarter_of_an_hour_the_door_opens_again(clerk: User) -> None:
    wrong(MOST_OF_BOTH + 1)
    SignIn.objects.update(at=timezone.now() - WITHIN - timedelta(seconds=1))
    assert try_in("dogru-parola-1").status_code == 302


def test_an_administrator_opens_it_at_once(clerk: User) -> None:
    wrong(MOST_OF_BOTH + 1)
    admin = Client()
    admin.force_login(User.objects.create_superuser("admin"))
    newest = SignIn.objects.order_by("-id")[0]
    chosen = {"action": "free", "_selected_action": [newest.pk]}
    assert admin.post("/admin/departments/signin/", chosen, follow=True).status_code == 200
    assert try_in("dogru-parola-1").status_code == 302


def test_what_was_typed_for_a_name_that_nobody_has_is_not_kept(clerk: User) -> None:
    try_in("operator", name="gizli-parolam")
    assert "gizli" not in SignIn.objects.get().name


def test_old_sign_ins_are_forgotten(clerk: User) -> None:
    wrong(1)
    retention.forget(timezone.now() + timedelta(days=366))
    assert not SignIn.objects.exists()


def test_names_that_nobody_has_become_one_row_a_minute_of_an_address() -> None:
    then = timezone.now().replace(second=0, microsecond=0)
    for number in range(5):
        wrong(1, name=f"kimse-{number}")
    wrong(1, name="kimse-0", address=ELSEWHERE)
    SignIn.objects.update(at=then)
    retention.forget(then + WITHIN + timedelta(seconds=1))
    assert set(SignIn.objects.values_list("at", "address", "times")) == {
        (then, HERE, 5),
        (then, ELSEWHERE, 1),
    }


def test_names_that_somebody_has_keep_a_row_an_attempt(clerk: User) -> None:
    wrong(3)
    retention.forget(timezone.now() + WITHIN + timedelta(seconds=1))
    assert SignIn.objects.filter(name="operator").count() == 3


@pytest.fixture
def flooded() -> None:
    """So many strangers tried names at this address within a minute as may."""
    for number in range(STRANGERS_PER_MINUTE):
        wrong(1, name=f"kimse-{number}")


@pytest.mark.slow
@pytest.mark.usefixtures("flooded")
def test_an_address_with_too_many_strangers_a_minute_has_none_of_them_hashed_or_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = SignIn.objects.count()
    monkeypatch.setattr(ModelBackend, "authenticate", lambda *_, **__: pytest.fail("hashed"))
    response = try_in("yanlış", name="yine-kimse")
    assert (response.status_code, 0 < int(response.headers["Retry-After"]) <= 60) == (429, True)
    assert "saniye sonra yeniden" in response.content.decode()
    assert SignIn.objects.count() == kept


@pytest.mark.slow
def test_a_flood_at_an_address_keeps_nobody_out_of_the_browser_they_signed_in_with(
    clerk: User, request: pytest.FixtureRequest
) -> None:
    mine = Client(REMOTE_ADDR=HERE)
    assert try_in("dogru-parola-1", client=mine).status_code == 302
    mine.post("/admin/logout/")
    request.getfixturevalue("flooded")
    assert try_in("dogru-parola-1", client=mine).status_code == 302


@pytest.mark.slow
@pytest.mark.usefixtures("flooded")
def test_a_flood_at_an_address_keeps_nobody_out_elsewhere(clerk: User) -> None:
    assert try_in("dogru-parola-1", address=ELSEWHERE).status_code == 302


@pytest.mark.slow
def test_the_addresses_of_one_household_are_counted_together() -> None:
    for number in range(STRANGERS_PER_MINUTE):
        wrong(1, name=f"kimse-{number}", address=f"2001:db8::{number:x}")
    assert try_in("yanlış", address="2001:db8::ffff:1").status_code == 429
    assert try_in("yanlış", address="2001:db8:1::1").status_code == 200


@contextmanager
def hashing(address: str, name: str = "kimse", client: Client | None = None) -> Iterator[None]:
    """Somebody's password is being looked at meanwhile."""
    begun, go_on = Event(), Event()

    def slowly(*_: object, **__: object) -> None:
        begun.set()
        assert go_on.wait(PATIENCE)

    def ask() -> None:
        try:
            try_in("yanlış", name=name, address=address, client=client)
        finally:
            connections.close_all()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ModelBackend, "authenticate", slowly)
        asking = Thread(target=ask)
        asking.start()
        assert begun.wait(PATIENCE)
        patch.undo()
        yield
        go_on.set()
        asking.join(PATIENCE)


@pytest.mark.django_db(transaction=True)
def test_one_stranger_at_a_time_is_looked_at_and_the_next_told_when_to_come_again() -> None:
    with hashing(ELSEWHERE):
        response = try_in("yanlış")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert SignIn.objects.count() == 1
    assert try_in("yanlış").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_who_is_sent_away_because_another_is_looked_at_counts_at_their_address() -> None:
    with hashing(ELSEWHERE):
        for number in range(STRANGERS_PER_MINUTE):
            assert try_in("yanlış", name=f"kimse-{number}").status_code == 503
        assert try_in("yanlış").status_code == 429


@pytest.mark.django_db(transaction=True)
def test_strangers_who_try_keep_nobody_out_of_the_browser_they_signed_in_with(clerk: User) -> None:
    mine = Client(REMOTE_ADDR=HERE)
    try_in("dogru-parola-1", client=mine)
    mine.post("/admin/logout/")
    with hashing(ELSEWHERE):
        assert try_in("dogru-parola-1", client=mine).status_code == 302


def test_what_somebody_may_is_what_django_says_in_one_statement(django_assert_num_queries: Any) -> None:
    clerk = User.objects.create_user("memur")
    clerk.user_permissions.add(Permission.objects.get(codename="view_ticket"))
    group = Group.objects.create(name="masa")
    group.permissions.add(Permission.objects.get(codename="change_ticket"))
    clerk.groups.add(group)
    for who in (clerk, User.objects.create_superuser("root"), User.objects.create_user("yok")):
        by_django = ModelBackend().get_all_permissions(User.objects.get(pk=who.pk))
        with django_assert_num_queries(1):
            assert ThrottledBackend().get_all_permissions(who) == by_django
    assert ThrottledBackend().get_all_permissions(User(is_active=False)) == set()
