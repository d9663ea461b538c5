"""The second factor: enrolment, codes, recovery codes, and what is shut before it was given."""

import importlib
import re
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from departments.models import RecoveryCode, SignIn, Telephone
from departments.staff import second_factor
from departments.staff.throttle import MOST_CODES
from tests.melikgazi.staff import clerk, code_of, give_password, telephone_of

pytestmark = pytest.mark.django_db
CODE, ENROL, QUEUE = "/admin/giris/kod/", "/admin/giris/telefon/", "/admin/tickets/ticket/"


@pytest.fixture(autouse=True)
def required(settings: Settings) -> None:
    settings.SECOND_FACTOR = "required"


@pytest.fixture
def operator() -> User:
    return clerk()


def give_code(client: Client, code: str, to: str = QUEUE) -> Any:
    return client.post(CODE, {"code": code, "next": to})


def shown_to(user: User) -> Telephone:
    return Telephone.objects.get(user=user, confirmed=False)


def is_in(client: Client) -> bool:
    return bool(client.get(QUEUE).status_code == 200)


def test_whoever_sees_personal_data_connects_a_telephone_before_anything_opens(operator: User) -> None:
    client = Client()
    assert (
        give_password(client, to=QUEUE).headers["Location"] == f"{ENROL}?next=%2Fadmin%2Ftickets%2Fticket%2F"
    )
    assert not is_in(client)
    page = client.get(ENROL).content.decode()
    assert "data:image/svg+xml" in page
    answer = client.post(ENROL, {"code": code_of(shown_to(operator)), "next": QUEUE})
    assert len(set(re.findall(r"<code>([A-Z2-9-]{14})</code>", answer.content.decode()))) == 10
    assert f'href="{QUEUE}"' in answer.content.decode()
    assert is_in(client)


def test_a_telephone_whose_code_is_wrong_is_not_connected(operator: User) -> None:
    client = Client()
    give_password(client)
    client.get(ENROL)
    shown = shown_to(operator)
    wrong = "000000" if code_of(shown) != "000000" else "000001"
    assert "Kod tutmadı" in client.post(ENROL, {"code": wrong}).content.decode()
    assert not Telephone.objects.filter(confirmed=True).exists()
    assert shown_to(operator) == shown  # a page loaded anew shows the picture that was scanned


def test_the_page_of_the_recovery_codes_loaded_anew_leads_to_the_account(operator: User) -> None:
    client = Client()
    give_password(client)
    client.get(ENROL)
    given = {"code": code_of(shown_to(operator))}
    assert client.post(ENROL, given).status_code == 200
    assert client.post(ENROL, given).headers["Location"] == "/admin/hesabim/"
    assert Telephone.objects.filter(user=operator).count() == 1


def test_no_two_sessions_are_shown_the_same_key(operator: User) -> None:
    thief, owner = Client(), Client()
    for client in (thief, owner):
        give_password(client)
        client.get(ENROL)
    first, second = Telephone.objects.filter(user=operator).order_by("pk")
    assert first.bin_key != second.bin_key
    owner.post(ENROL, {"code": code_of(second)})
    assert list(Telephone.objects.filter(user=operator)) == [second]


def test_after_the_password_the_code_of_the_telephone_opens_the_page_that_was_wanted(operator: User) -> None:
    client, (device, _) = Client(), telephone_of(operator)
    assert give_password(client, to=QUEUE).headers["Location"].startswith(CODE)
    assert not is_in(client)
    assert give_code(client, code_of(device)).headers["Location"] == QUEUE
    assert is_in(client)
    assert list(SignIn.objects.order_by("id").values_list("result", flat=True)) == ["half", "right"]


def test_the_api_knows_nobody_before_the_second_factor(operator: User) -> None:
    client, (device, _) = Client(), telephone_of(operator)
    give_password(client)
    assert client.get("/api/v1/tickets/").status_code == 401
    give_code(client, code_of(device))
    assert client.get("/api/v1/tickets/").status_code == 200


def test_a_code_counts_once(operator: User) -> None:
    shown = code_of(telephone_of(operator)[0])
    for expected in (302, 200):
        client = Client()
        give_password(client)
        assert give_code(client, shown).status_code == expected


def test_a_recovery_code_stands_in_for_the_telephone_once_and_only_its_hash_is_kept(operator: User) -> None:
    _, codes = telephone_of(operator)
    plain = codes[0].replace("-", "")
    assert not RecoveryCode.objects.filter(digest__icontains=plain).exists()
    for typed, expected in ((plain.lower(), 302), (codes[0], 200)):
        client = Client()
        give_password(client)
        assert give_code(client, typed).status_code == expected
    assert RecoveryCode.objects.count() == 9


def test_too_many_wrong_codes_shut_the_door_for_the_right_one(operator: User) -> None:
    client, (device, _) = Client(), telephone_of(operator)
    give_password(client)
    for _ in range(MOST_CODES):
        give_code(client, "AAAA-AAAA-AAAA")
    assert "Çok fazla yanlış deneme" in give_code(client, code_of(device)).content.decode()


def test_somebody_elses_telephone_opens_nothing(operator: User) -> None:
    telephone_of(operator)
    device, _ = telephone_of(clerk("baska"))
    client = Client()
    give_password(client)
    assert give_code(client, code_of(device)).status_code == 200
    assert not is_in(client)


def test_where_it_is_optional_only_those_with_a_telephone_are_asked(
    operator: User, settings: Settings
) -> None:
    settings.SECOND_FACTOR = "optional"
    client = Client()
    give_password(client)
    assert is_in(client)
    telephone_of(operator)
    assert not is_in(client)


def test_where_it_is_off_the_password_is_enough(operator: User, settings: Settings) -> None:
    settings.SECOND_FACTOR = "off"
    telephone_of(operator)
    client = Client()
    give_password(client)
    assert is_in(client)


def test_somebody_without_a_role_and_without_a_telephone_is_not_asked() -> None:
    User.objects.create_user("rolsuz", password="dogru-parola-1", is_staff=True)
    client = Client()
    give_password(client, name="rolsuz")
    assert client.get("/admin/").status_code == 200


def test_an_administrator_resets_it_which_is_logged_and_ends_the_sessions(operator: User) -> None:
    client, (device, _) = Client(), telephone_of(operator)
    give_password(client)
    give_code(client, code_of(device))
    admin, root = Client(), User.objects.create_superuser("root", password="dogru-parola-1")
    mine, _ = telephone_of(root)
    give_password(admin, name="root")
    give_code(admin, code_of(mine))
    assert admin.post(f"/admin/auth/user/{operator.pk}/giris/", {"act": "reset"}).status_code == 302
    assert not is_in(client)
    assert give_password(client).headers["Location"].startswith(ENROL)
    assert "sıfırlandı" in LogEntry.objects.get(object_id=str(operator.pk)).change_message


def test_the_page_asks_before_somebody_elses_is_reset(operator: User) -> None:
    telephone_of(operator)
    admin, root = Client(), User.objects.create_superuser("root", password="dogru-parola-1")
    mine, _ = telephone_of(root)
    give_password(admin, name="root")
    give_code(admin, code_of(mine))
    page = admin.get(f"/admin/auth/user/{operator.pk}/giris/").content.decode()
    folded = re.findall(r"<details><summary>Sıfırla…</summary>.*?</details>", page, re.DOTALL)
    assert [each.count('value="reset"') for each in folded] == [page.count('value="reset"')] == [1]


def test_new_recovery_codes_replace_the_old_ones(operator: User) -> None:
    client, (device, codes) = Client(), telephone_of(operator)
    give_password(client)
    give_code(client, code_of(device))
    assert "Yeni kurtarma kodlarınız" in client.post("/admin/hesabim/kodlar/").content.decode()
    assert not second_factor.verify(operator, codes[0])


def test_the_page_of_another_step_leads_to_the_one_that_is_next(operator: User) -> None:
    telephone_of(operator)
    client = Client()
    assert client.get(CODE).headers["Location"].startswith("/admin/login/")
    give_password(client)
    assert client.get(ENROL).headers["Location"].startswith(CODE)
    assert client.get("/admin/login/").headers["Location"].startswith(CODE)


def test_once_it_was_given_no_page_costs_a_query_more(operator: User, settings: Settings) -> None:
    client, (device, _) = Client(), telephone_of(operator)
    give_password(client)
    give_code(client, code_of(device))
    client.get(QUEUE)
    said = []
    for setting in ("required", "off"):
        settings.SECOND_FACTOR = setting
        with CaptureQueriesContext(connection) as queries:
            client.get(QUEUE)
        said.append(len(queries))
    assert said[0] == said[1]


def test_no_table_of_the_back_office_shows_the_keys() -> None:
    assert not {Telephone, TOTPDevice} & site._registry.keys()


def test_the_key_of_a_telephone_stands_in_no_column_in_clear(operator: User) -> None:
    device, _ = telephone_of(operator)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT device::text, telephone::text FROM otp_totp_totpdevice device "
            "JOIN departments_telephone telephone ON totpdevice_ptr_id = device.id"
        )
        (columns,) = cursor.fetchall()
    assert not [form for form in (device.bin_key.hex(), device.bin_key.hex().upper()) if form in str(columns)]


def test_a_telephone_goes_on_when_the_secrets_of_the_installation_are_changed(
    operator: User, settings: Settings
) -> None:
    device, _ = telephone_of(operator)
    key = device.bin_key
    settings.ENCRYPTION_KEYS = ["bir" * 12]
    call_command("reencrypt_secrets", stdout=StringIO())
    settings.SECRET_KEY = "baska" * 10
    device.refresh_from_db()
    assert device.bin_key == key


def test_where_the_key_cannot_be_read_the_page_says_what_to_do(operator: User, settings: Settings) -> None:
    client, (device, _) = Client(), telephone_of(operator)
    settings.ENCRYPTION_KEYS = ["bir" * 12]
    call_command("reencrypt_secrets", stdout=StringIO())
    code = code_of(device)
    give_password(client)
    settings.ENCRYPTION_KEYS = []
    assert "okunamıyor" in give_code(client, code).content.decode()


def test_keys_of_before_are_encrypted_where_they_stand(operator: User) -> None:
    device = TOTPDevice.objects.create(user=operator, confirmed=True)
    key = device.bin_key
    importlib.import_module("departments.migrations.0019_telephones").seal(apps, None)
    telephone = Telephone.objects.get()
    assert (telephone.pk, telephone.user, telephone.bin_key) == (device.pk, operator, key)
    assert telephone.confirmed
    assert telephone.key == ""


def test_who_keeps_the_server_resets_the_only_administrator(operator: User) -> None:
    telephone_of(operator)
    call_command("reset_second_factor", "operator", stdout=StringIO())
    assert not second_factor.is_enrolled(operator)
    with pytest.raises(CommandError):
        call_command("reset_second_factor", "yok")
