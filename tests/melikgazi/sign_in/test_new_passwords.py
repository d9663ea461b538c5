"""Passwords: what a new one may not be, first ones, forgotten ones, invitations."""

import re
from collections.abc import Callable
from typing import NoReturn

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from django.utils import timezone
from pytest_django import Settings

from departments.models import AccountMail, FirstPassword, SignIn
from departments.staff import invitations, password_rules
from departments.staff.throttle import MOST_OF_BOTH
from melikgazi.observability.figures.oldest_waiting import mail_failing
from tests.melikgazi.staff import clerk, give_password
from tickets.notifications import mailing
from tickets.notifications.emails import mail_accounts

NEW = "tabure-lodos-kiraz-9"


def raising(error: type[BaseException]) -> Callable[..., NoReturn]:
    def fail(*_: object, **__: object) -> NoReturn:
        raise error

    return fail


PEOPLE, FORGOTTEN = "/admin/auth/user/", "/admin/giris/parolami-unuttum/"
ADDED = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}


@pytest.fixture
def operator(db: None) -> User:
    return clerk()


@pytest.fixture
def admin(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.fixture
def mails(settings: Settings) -> None:
    settings.NOTICES_BY_EMAIL = True


def deliver() -> None:
    """A worker looks at what is to be mailed."""
    mail_accounts(now=timezone.now())


def mailed_link() -> str:
    found = re.search(r"https?://\S+", str(mail.outbox[0].body))
    assert found
    return found[0]


def choose(client: Client, link: str, password: str = NEW) -> str:
    """Opens the link and chooses a password; what the page says in the end."""
    form = client.get(re.sub("https?://[^/]+", "", link), follow=True)
    address = form.request["PATH_INFO"]
    answer = client.post(address, {"new_password1": password, "new_password2": password}, follow=True)
    return str(answer.content.decode())


@pytest.mark.parametrize(
    "password",
    [
        *("kayseri38", "Melikgazi2026", "melikgazi-2026!!", "ERCİYES3838383838", "3rciyes-kayser1-38"),
        *("MelikgaziBelediyesi1", "kayserispor1966!!", "Kayseri 38 Talas 38", "123456789012", "password1234"),
        *("M3L1KG4Z1-2026-2026", "cagrimerkezi2026", "kisa-parola"),
    ],
)
def test_what_somebody_in_kayseri_thinks_of_first_is_no_new_password(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password)


@pytest.mark.parametrize(
    "password",
    [NEW, "erciyeste bir martı uçar", "4f2a-9c31-77e0", "x7$kq2!Lp#9vTz", "sarı lahana kışın ağlar"],
)
def test_words_of_ones_own_and_random_signs_are_a_password(password: str) -> None:
    validate_password(password)


OSMAN = User(
    username="osman", first_name="Osman", last_name="Er Yıldırım", email="o.yildirim38@melikgazi.bel.tr"
)


@pytest.mark.parametrize(
    "password",
    ["OsmanEr-osman", "0sman-Yildirim-12", "YILDIRIM.osman.99", "osman&yıldırım&er!", "Yıldırım-38-4826!"],
)
def test_what_is_made_of_ones_own_names_is_no_new_password(password: str) -> None:
    with pytest.raises(ValidationError, match="adınızdan oluşuyor"):
        validate_password(password, OSMAN)


@pytest.mark.parametrize("password", ["osman bir martı gördü", NEW, "kalem-terazi-vapur"])
def test_a_name_among_words_of_ones_own_is_a_password(password: str) -> None:
    validate_password(password, OSMAN)


def test_an_administrator_makes_nobody_a_first_password_of_their_name(admin: Client) -> None:
    password = {"password1": "OsmanEr-osman", "password2": "OsmanEr-osman"}
    form = {**ADDED, **password, "username": "osman", "first_name": "Osman", "last_name": "Er"}
    assert "adınızdan oluşuyor" in admin.post(f"{PEOPLE}add/", form).content.decode()


def test_a_password_that_somebody_has_goes_on_working_however_weak(db: None) -> None:
    User.objects.create_user("eski", password="kayseri38", is_staff=True)
    client = Client()
    give_password(client, "kayseri38", name="eski")
    assert client.get("/admin/").status_code == 200


def test_a_first_password_is_changed_before_anything_opens(admin: Client) -> None:
    form = {**ADDED, "username": "mehmet", "password1": NEW, "password2": NEW}
    assert admin.post(f"{PEOPLE}add/", form).status_code == 302
    client = Client()
    assert (
        give_password(client, NEW, name="mehmet").headers["Location"].startswith("/admin/giris/ilk-parola/")
    )
    assert client.get("/admin/").status_code == 302
    same = client.post("/admin/giris/ilk-parola/", {"new_password1": NEW, "new_password2": NEW})
    assert "öncekinin aynısı" in same.content.decode()
    chosen = {"new_password1": "incir-vapur-lamba-4", "new_password2": "incir-vapur-lamba-4"}
    assert client.post("/admin/giris/ilk-parola/", chosen).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_a_password_that_an_administrator_sets_later_is_a_first_one_and_ends_the_sessions(
    admin: Client, operator: User
) -> None:
    client = Client()
    give_password(client)
    form = {"password1": NEW, "password2": NEW, "set-password": "1"}
    assert admin.post(f"{PEOPLE}{operator.pk}/password/", form).status_code == 302
    assert client.get("/admin/").status_code == 302
    assert password_rules.must_change(operator)
    assert admin.get("/admin/").status_code == 200


def test_whoever_is_added_without_a_password_is_invited_by_mail_and_chooses_it(
    admin: Client, mails: None
) -> None:
    form = {**ADDED, "username": "zeynep", "email": "zeynep@melikgazi.bel.tr"}
    assert admin.post(f"{PEOPLE}add/", form).status_code == 302
    deliver()
    assert mail.outbox[0].to == ["zeynep@melikgazi.bel.tr"]
    client = Client()
    assert "Kullanıcı adınız: zeynep" in choose(client, mailed_link())
    give_password(client, NEW, name="zeynep")
    assert client.get("/admin/").status_code == 200
    assert "daha önce kullanılmış" in choose(Client(), mailed_link())


def test_without_mail_the_administrator_gets_the_link_to_hand_over(admin: Client, operator: User) -> None:
    page = admin.post(f"{PEOPLE}{operator.pk}/giris/", {"act": "invite"}).content.decode()
    assert "bu kurulumda e-posta kapalı" in page
    link = re.search(r"<code>(http\S+)</code>", page)[1]  # type: ignore[index]
    assert "Kullanıcı adınız: operator" in choose(Client(), link)
    assert not mail.outbox


def last_change() -> str:
    """What the log of changed settings says last."""
    return LogEntry.objects.latest("id").get_change_message()


def test_the_log_says_what_came_of_an_invitation(admin: Client, operator: User, settings: Settings) -> None:
    page, chosen = f"{PEOPLE}{operator.pk}/giris/", {"action": "invite", "_selected_action": [operator.pk]}
    admin.post(PEOPLE, chosen)
    assert last_change() == "Davet gönderilemedi: bu kurulumda e-posta kapalı."
    admin.post(page, {"act": "invite"})
    assert last_change() == "Davet bağlantısı gösterildi."
    settings.NOTICES_BY_EMAIL = True
    admin.post(page, {"act": "invite"})
    assert last_change() == "Davet e-postası sıraya kondu."


def test_whoever_cannot_be_invited_by_mail_has_a_page_with_the_link(admin: Client) -> None:
    said = admin.post(f"{PEOPLE}add/", {**ADDED, "username": "zeynep"}, follow=True).content.decode()
    page = f"{PEOPLE}{User.objects.get(username='zeynep').pk}/giris/"
    assert f'href="{page}">Davet, ikinci adım, açık oturumlar</a> sayfasından' in said


def test_the_button_says_whether_an_invitation_is_sent_or_shown(
    admin: Client, operator: User, settings: Settings
) -> None:
    page = f"{PEOPLE}{operator.pk}/giris/"
    assert ">Davet bağlantısı göster</button>" in admin.get(page).content.decode()
    settings.NOTICES_BY_EMAIL = True
    assert ">Davet gönder</button>" in admin.get(page).content.decode()


def test_people_of_an_imported_file_are_invited_together(admin: Client, mails: None) -> None:
    people = [User(username=f"kisi{n}", email=f"kisi{n}@melikgazi.bel.tr", is_staff=True) for n in (1, 2)]
    for each in people:
        each.set_unusable_password()
        each.save()
    chosen = {"action": "invite", "_selected_action": [each.pk for each in people]}
    assert admin.post(PEOPLE, chosen).status_code == 302
    deliver()
    assert [sent.to for sent in mail.outbox] == [["kisi1@melikgazi.bel.tr"], ["kisi2@melikgazi.bel.tr"]]


def test_whoever_forgot_their_password_gets_a_link_that_ends_all_sessions(
    operator: User, mails: None
) -> None:
    old = Client()
    give_password(old)
    answer = Client().post(FORGOTTEN, {"email": "operator@melikgazi.bel.tr"})
    assert "bağlantı yola çıktı" in answer.content.decode()
    deliver()
    choose(Client(), mailed_link())
    assert old.get("/admin/").status_code == 302
    operator.refresh_from_db()
    assert operator.check_password(NEW)


def test_the_page_says_the_same_of_an_address_that_nobody_has(operator: User, mails: None) -> None:
    assert (
        "bağlantı yola çıktı" in Client().post(FORGOTTEN, {"email": "yok@melikgazi.bel.tr"}).content.decode()
    )
    deliver()
    assert not mail.outbox


def test_nobody_is_flooded_with_links(operator: User, mails: None) -> None:
    answers = [Client().post(FORGOTTEN, {"email": "operator@melikgazi.bel.tr"}) for _ in range(6)]
    assert "Çok sık denendi" in answers[-1].content.decode()
    deliver()
    assert len(mail.outbox) == 5


def test_no_page_waits_for_the_mail_server(
    admin: Client, operator: User, mails: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(mail.EmailMessage, "send", fail)
    Client().post(FORGOTTEN, {"email": "operator@melikgazi.bel.tr"})
    admin.post(f"{PEOPLE}{operator.pk}/giris/", {"act": "invite"})
    admin.post(PEOPLE, {"action": "invite", "_selected_action": [operator.pk]})
    admin.post(f"{PEOPLE}add/", {**ADDED, "username": "zeynep", "email": "zeynep@melikgazi.bel.tr"})
    assert AccountMail.objects.count() == 4


def test_a_known_address_costs_the_page_no_more_than_an_unknown_one(operator: User, mails: None) -> None:
    asked = []
    for address in ("operator@melikgazi.bel.tr", "yok@melikgazi.bel.tr"):
        with CaptureQueriesContext(connection) as said:
            Client().post(FORGOTTEN, {"email": address})
        asked.append([each["sql"].split()[:3] for each in said])
    assert asked[0] == asked[1]


def test_a_link_lies_in_no_row(operator: User, mails: None) -> None:
    Client().post(FORGOTTEN, {"email": "operator@melikgazi.bel.tr"})
    invitations.invite(operator)
    deliver()
    key = mailed_link().split("/")[-2]
    assert key not in str(list(AccountMail.objects.values()))


def test_a_link_that_could_not_be_mailed_is_mailed_later(
    operator: User, mails: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    Client().post(FORGOTTEN, {"email": "operator@melikgazi.bel.tr"})
    now = timezone.now()
    with monkeypatch.context() as down:
        down.setattr(mail.EmailMessage, "send", raising(ConnectionRefusedError))
        mail_accounts(now=now)
    assert mail_failing(now).count() == 1
    mail_accounts(now=now + mailing.PAUSES[0])
    assert (len(mail.outbox), mail_failing(now).count()) == (1, 0)


def test_a_worker_that_died_with_a_link_is_followed_by_another(
    operator: User, mails: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    Client().post(FORGOTTEN, {"email": "operator@melikgazi.bel.tr"})
    now = timezone.now()
    with monkeypatch.context() as killed:
        killed.setattr(mail.EmailMessage, "send", raising(SystemExit))
        with pytest.raises(SystemExit):
            mail_accounts(now=now)
    mail_accounts(now=now + mailing.LEASE)
    assert len(mail.outbox) == 1


def test_an_invitation_that_is_not_mailed_shows_its_link(
    admin: Client, operator: User, mails: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = f"{PEOPLE}{operator.pk}/giris/"
    admin.post(page, {"act": "invite"})
    monkeypatch.setattr(mail.EmailMessage, "send", raising(ConnectionRefusedError))
    deliver()
    assert "e-posta gitmedi" in admin.get(page).content.decode()
    shown = admin.post(page, {"act": "link"}).content.decode()
    assert re.search(r"<code>http\S+</code>", shown)


def test_addresses_that_were_typed_are_forgotten(operator: User, mails: None) -> None:
    for address in ("operator@melikgazi.bel.tr", "yok@melikgazi.bel.tr"):
        Client().post(FORGOTTEN, {"email": address})
    deliver()
    assert "yok@" not in str(list(AccountMail.objects.values()))
    invitations.forget(timezone.now() + invitations.KEPT)
    assert not AccountMail.objects.exists()


def test_a_worker_names_the_page_without_the_addresses_of_pages(operator: User) -> None:
    path = invitations.link_for(operator).removeprefix(settings.PUBLIC_URL)
    assert resolve(path).url_name == "parola_sec"


def test_where_no_mail_is_sent_the_page_says_who_helps(operator: User, settings: Settings) -> None:
    settings.SIGN_IN_HELP = "Bilgi İşlem, dahili 1234"
    page = Client().post(FORGOTTEN, {"email": "operator@melikgazi.bel.tr"}).content.decode()
    assert "e-posta gönderilmiyor" in page
    assert "dahili 1234" in page
    assert not mail.outbox


def test_a_new_password_by_link_lets_somebody_in_whom_a_guesser_keeps_out(operator: User) -> None:
    mine = Client(REMOTE_ADDR="203.0.113.7")
    choose(mine, invitations.link_for(operator))
    for _ in range(MOST_OF_BOTH + 1):
        give_password(Client(REMOTE_ADDR="203.0.113.7"), "yanlış")
    assert give_password(mine, NEW).status_code == 302


def test_a_weak_password_is_refused_where_one_chooses_it(operator: User) -> None:
    page = choose(Client(), invitations.link_for(operator), "Melikgazi2026!")
    assert "kolay tahmin edilir" in page


def test_changing_ones_password_ends_all_sessions_but_this_one(operator: User) -> None:
    here, elsewhere = Client(), Client()
    give_password(here)
    give_password(elsewhere)
    form = {"old_password": "dogru-parola-1", "new_password1": NEW, "new_password2": NEW}
    assert here.post("/admin/password_change/", form).headers["Location"] == "/admin/hesabim/"
    assert here.get("/admin/").status_code == 200
    assert elsewhere.get("/admin/").status_code == 302
    assert operator.staff_sessions.count() == 1
    assert not FirstPassword.objects.exists()


@pytest.mark.slow
def test_an_old_password_is_guessed_no_more_often_than_at_a_sign_in(operator: User) -> None:
    client = Client()
    client.force_login(operator)
    form = {"new_password1": NEW, "new_password2": NEW}
    for guess in range(25):
        client.post("/admin/password_change/", form | {"old_password": f"tahmin-{guess}"})
    client.post("/admin/password_change/", form | {"old_password": "dogru-parola-1"})
    operator.refresh_from_db()
    assert not operator.check_password(NEW)
    assert SignIn.objects.filter(result=SignIn.Result.WRONG).exists()
