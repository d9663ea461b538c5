"""Sessions: when they end, where one lands afterwards, and which ones somebody has."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from departments.models import ImportJob, Role, StaffSession
from departments.staff import sessions
from departments.staff.reauthentication import VALID_MINUTES
from tests.melikgazi.staff import PASSWORD, clerk, code_of, give_password, telephone_of

pytestmark = pytest.mark.django_db
QUEUE, MINE = "/admin/tickets/ticket/", "/admin/hesabim/"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"


@pytest.fixture
def operator() -> User:
    return clerk()


@pytest.fixture
def here(operator: User) -> Client:
    client = Client(HTTP_USER_AGENT=WINDOWS)
    give_password(client)
    return client


def pass_by(client: Client, minutes: float, *marks: str) -> None:
    """So long ago is what happened in the session then."""
    session = client.session
    for mark in marks or (sessions.BEGAN, sessions.SEEN, sessions.AUTHENTICATED):
        session[mark] = int(time.time() - minutes * 60)
    session.save()


def asks_to_sign_in(answer: Any) -> bool:
    return bool(answer.status_code == 302 and answer.headers["Location"].startswith("/admin/login/"))


def test_a_session_in_which_nobody_works_ends_and_says_why(here: Client, settings: Settings) -> None:
    pass_by(here, settings.SESSION_IDLE_MINUTES + 1)
    answer = here.get(QUEUE)
    assert answer.headers["Location"] == f"/admin/login/?next={QUEUE}"
    assert "boyunca işlem yapılmadı" in here.get(answer.headers["Location"]).content.decode()
    assert give_password(here, to=QUEUE).headers["Location"] == QUEUE


def test_a_session_in_which_somebody_works_goes_on(here: Client, settings: Settings) -> None:
    pass_by(here, settings.SESSION_IDLE_MINUTES - 5, sessions.SEEN)
    assert here.get(QUEUE).status_code == 200
    assert time.time() - here.session[sessions.SEEN] < 60


def test_what_the_page_asks_by_itself_keeps_no_session_alive(here: Client, settings: Settings) -> None:
    pass_by(here, settings.SESSION_IDLE_MINUTES - 5, sessions.SEEN)
    before = here.session[sessions.SEEN]
    assert here.get("/admin/bildirimler/durum/", headers={"X-Background": "1"}).status_code == 200
    assert here.session[sessions.SEEN] == before


def test_typing_keeps_the_session_alive(here: Client, settings: Settings) -> None:
    pass_by(here, settings.SESSION_IDLE_MINUTES - 5, sessions.SEEN)
    assert here.post(f"{MINE}burada/").status_code == 204
    assert time.time() - here.session[sessions.SEEN] < 60


def test_whoever_types_in_a_session_that_has_ended_is_told(here: Client, settings: Settings) -> None:
    pass_by(here, settings.SESSION_IDLE_MINUTES + 1)
    assert here.post(f"{MINE}burada/").status_code == 403


def test_a_session_ends_after_so_many_hours_however_busy(here: Client, settings: Settings) -> None:
    pass_by(here, settings.SESSION_MAX_HOURS * 60 + 1, sessions.BEGAN)
    assert asks_to_sign_in(here.get(QUEUE))


def test_the_api_knows_nobody_of_a_session_that_has_ended(here: Client, settings: Settings) -> None:
    pass_by(here, settings.SESSION_IDLE_MINUTES + 1)
    assert here.get("/api/v1/tickets/").status_code == 401


def test_after_a_form_that_was_too_late_one_lands_on_its_page(here: Client, settings: Settings) -> None:
    pass_by(here, settings.SESSION_IDLE_MINUTES + 1)
    page = "http://testserver/admin/tickets/ticket/7/change/"
    answer = here.post("/admin/tickets/ticket/7/reply/", {"text": "Merhaba"}, headers={"Referer": page})
    assert answer.headers["Location"] == "/admin/login/?next=%2Fadmin%2Ftickets%2Fticket%2F7%2Fchange%2F"


def test_a_session_from_before_all_this_signs_in_again(here: Client) -> None:
    session = here.session
    del session[sessions.BEGAN]
    session.save()
    assert asks_to_sign_in(here.get(QUEUE))


def test_one_sees_ones_sessions_with_the_device_in_plain_words(here: Client) -> None:
    give_password(
        Client(HTTP_USER_AGENT="Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0")
    )
    page = here.get(MINE).content.decode()
    assert "Windows bilgisayar, Chrome" in page
    assert "Android telefon, Firefox" in page
    assert here.session.session_key not in page  # type: ignore[operator]


def test_one_signs_out_another_of_ones_sessions(here: Client, operator: User) -> None:
    elsewhere = Client()
    give_password(elsewhere)
    other = StaffSession.objects.get(pk=elsewhere.session.session_key)
    assert here.post(f"{MINE}oturum/", {"session": other.handle}).status_code == 302
    assert asks_to_sign_in(elsewhere.get(QUEUE))
    assert here.get(QUEUE).status_code == 200


def test_one_signs_out_everywhere_else_at_once(here: Client) -> None:
    others = [Client(), Client()]
    for each in others:
        give_password(each)
    here.post(f"{MINE}oturum/", {"all": "1"})
    assert all(asks_to_sign_in(each.get(QUEUE)) for each in others)
    assert here.get(QUEUE).status_code == 200


def test_nobody_ends_the_session_of_a_colleague(here: Client) -> None:
    clerk("meslektas")
    colleague = Client()
    give_password(colleague, name="meslektas")
    theirs = StaffSession.objects.get(pk=colleague.session.session_key)
    here.post(f"{MINE}oturum/", {"session": theirs.handle})
    assert colleague.get(QUEUE).status_code == 200


def test_an_administrator_signs_somebody_out_everywhere(here: Client, operator: User) -> None:
    admin = Client()
    admin.force_login(User.objects.create_superuser("root"))
    assert (
        "Windows bilgisayar, Chrome" in admin.get(f"/admin/auth/user/{operator.pk}/giris/").content.decode()
    )
    admin.post(f"/admin/auth/user/{operator.pk}/giris/", {"all": "1"})
    assert asks_to_sign_in(here.get(QUEUE))


def test_signing_out_takes_the_session_from_the_list(here: Client, operator: User) -> None:
    here.post("/admin/logout/")
    assert not operator.staff_sessions.exists()


def test_sessions_that_are_over_are_deleted(here: Client, settings: Settings) -> None:
    other = Client()
    give_password(other)
    long_ago = timezone.now() - timedelta(hours=settings.SESSION_MAX_HOURS, minutes=1)
    StaffSession.objects.filter(pk=here.session.session_key).update(began_at=long_ago)
    sessions.forget(timezone.now())
    assert [row.pk for row in StaffSession.objects.all()] == [other.session.session_key]
    assert Session.objects.count() == 1


@pytest.fixture
def officer() -> Client:
    clerk("dpo", Role.DPO)
    client = Client()
    give_password(client, name="dpo")
    pass_by(client, VALID_MINUTES + 1, sessions.AUTHENTICATED)
    return client


PERSONAL = "/admin/kisisel-veri/"
ASKED = f"/admin/giris/onay/?next={PERSONAL}"


@pytest.mark.parametrize("act", ["export", "erase"])
def test_export_and_erasure_ask_again_who_one_is_and_lead_back(officer: Client, act: str) -> None:
    form, came = {"act": act, "who": "+905321112233"}, {"Referer": f"http://testserver{PERSONAL}"}
    assert officer.post(PERSONAL, form, headers=came).headers["Location"] == ASKED
    assert "Doğru değil" in officer.post(ASKED, {"secret": "yanlış", "next": PERSONAL}).content.decode()
    assert officer.post(PERSONAL, form, headers=came).headers["Location"] == ASKED
    assert officer.post(ASKED, {"secret": PASSWORD, "next": PERSONAL}).headers["Location"] == PERSONAL
    assert officer.post(PERSONAL, form, headers=came).status_code == 200


def test_looking_somebody_up_asks_nothing(officer: Client) -> None:
    assert officer.post(PERSONAL, {"act": "search", "who": "+905321112233"}).status_code == 200


def test_the_code_of_the_telephone_is_proof_as_well(officer: Client, settings: Settings) -> None:
    settings.SECOND_FACTOR = "required"
    device, _ = telephone_of(User.objects.get(username="dpo"))
    session = officer.session
    session[sessions.GIVEN] = True
    session.save()
    assert officer.post(ASKED, {"secret": code_of(device), "next": PERSONAL}).headers["Location"] == PERSONAL


def whole(answer: Any) -> bytes:
    """The body of a page or a file, to its end."""
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)


@pytest.mark.parametrize(
    "address",
    [
        "/admin/tickets/apikey/add/",
        "/admin/auth/user/add/",
        "/admin/auth/user/{key}/change/",
        "/admin/departments/membership/add/",
        "/admin/auth/user/export/",
        "/admin/tickets/ticket/export/",
        "/admin/tickets/access/indir/",
        "/admin/tickets/webhook/add/",
        "/admin/auth/user/{key}/password/",
        "/admin/giris/telefon/",
    ],
)
def test_keys_accounts_roles_files_of_people_passwords_and_another_telephone_ask_again(
    address: str, settings: Settings
) -> None:
    settings.SECOND_FACTOR = "optional"
    admin, root = Client(), User.objects.create_superuser("root")
    admin.force_login(root)
    address = address.format(key=root.pk)
    shown = admin.get(address)
    assert (shown.status_code, bool(whole(shown))) == (200, True)
    pass_by(admin, VALID_MINUTES + 1, sessions.AUTHENTICATED)
    assert admin.get(address).headers["Location"] == f"/admin/giris/onay/?next={address}"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_file_of_tickets_by_rest_asks_who_is_signed_in_to_prove_it_again(form: str) -> None:
    clerk("supervisor", Role.SUPERVISOR)
    client, address = Client(), f"/api/v1/tickets/?format={form}"
    client.force_login(User.objects.get(username="supervisor"))
    given = client.get(address)
    assert (given.status_code, bool(whole(given))) == (200, True)
    pass_by(client, VALID_MINUTES + 1, sessions.AUTHENTICATED)
    refused = client.get(address)
    assert (refused.status_code, "/admin/giris/onay/" in refused.json()["detail"]) == (403, True)
    assert client.get("/api/v1/tickets/").status_code == 200


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("/admin/tickets/webhook/", {"action": "renew_secret", "_selected_action": "1"}),
        ("/admin/pano/duvar/ac/", {"name": "Salon"}),
    ],
)
def test_a_new_key_asks_again(address: str, form: dict[str, str], settings: Settings) -> None:
    settings.SECOND_FACTOR = "optional"
    admin = Client()
    admin.force_login(User.objects.create_superuser("root"))
    pass_by(admin, VALID_MINUTES + 1, sessions.AUTHENTICATED)
    assert admin.post(address, form).headers["Location"].startswith("/admin/giris/onay/")


def late_administrator() -> Client:
    """Who signed in too long ago to be believed without being asked again."""
    admin = Client()
    admin.force_login(User.objects.create_superuser("root"))
    pass_by(admin, VALID_MINUTES + 1, sessions.AUTHENTICATED)
    return admin


def test_nobody_is_added_or_made_an_administrator_before_one_is_asked_again(operator: User) -> None:
    admin, people = late_administrator(), "/admin/auth/user/"
    account = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0", "is_active": "1"}
    added = admin.post(f"{people}add/", account | {"username": "arka", "password1": PASSWORD})
    raised = admin.post(
        f"{people}{operator.pk}/change/", account | {"username": "operator", "is_superuser": "1"}
    )
    asked = "/admin/giris/onay/"
    assert all(answer.headers["Location"].startswith(asked) for answer in (added, raised))
    assert not User.objects.filter(username="arka").exists()
    assert not User.objects.get(pk=operator.pk).is_superuser


def test_no_role_is_taken_away_before_one_is_asked_again(operator: User) -> None:
    admin, role = late_administrator(), operator.memberships.get()
    admin.post(f"/admin/departments/membership/{role.pk}/delete/", {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": role.pk, "post": "yes"}
    admin.post("/admin/departments/membership/", chosen)
    assert operator.memberships.exists()


def test_no_file_of_people_is_applied_before_one_is_asked_again() -> None:
    admin = late_administrator()
    job = ImportJob.objects.create(
        user=User.objects.get(username="root"), table="auth.user", name="a.csv", form="csv", content=b"",
        state=ImportJob.State.CHECKED, created_at=timezone.now(), beat_at=timezone.now(),
    )  # fmt: skip
    answer = admin.post(f"/admin/auth/user/import/{job.pk}/", {"do": "apply"})
    job.refresh_from_db()
    assert (answer.headers["Location"].startswith("/admin/giris/onay/"), job.state) == (True, "checked")


def test_whoever_may_only_read_roles_is_not_asked(operator: User, here: Client) -> None:
    pass_by(here, VALID_MINUTES + 1, sessions.AUTHENTICATED)
    role = operator.memberships.get()
    assert here.get(f"/admin/departments/membership/{role.pk}/change/").status_code == 200


def test_messages_stay_on_the_server(officer: Client) -> None:
    officer.post(PERSONAL, {"act": "search", "who": "kimse"})
    officer.post("/admin/tickets/ticket/saved/", {"name": "", "next": ""})
    assert officer.session["_messages"]
    assert "messages" not in officer.cookies


def test_a_pack_of_a_data_breach_asks_again(officer: Client) -> None:
    pass_by(officer, VALID_MINUTES + 1, sessions.AUTHENTICATED)
    answer = officer.post("/admin/veri-ihlali/", {"first": "2026-11-01", "last": "2026-11-02"})
    assert answer.headers["Location"].startswith("/admin/giris/onay/")


@pytest.mark.parametrize("to", ["foo", "/admin/"])
def test_the_page_that_asks_leads_back_whatever_word_is_next(officer: Client, to: str) -> None:
    assert officer.post("/admin/giris/onay/", {"secret": PASSWORD, "next": to}).status_code == 302


def test_a_referer_that_is_no_address_is_none(officer: Client) -> None:
    pass_by(officer, VALID_MINUTES + 1, sessions.AUTHENTICATED)
    asked = officer.post("/admin/veri-ihlali/", headers={"Referer": "http://["})
    assert asked.headers["Location"] == "/admin/giris/onay/?next=/admin/"


def test_the_page_that_asks_leads_to_no_other_site(officer: Client) -> None:
    form = {"secret": PASSWORD, "next": "https://example.org/"}
    assert officer.post("/admin/giris/onay/", form).headers["Location"] == "/admin/"
