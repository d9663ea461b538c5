"""The page of the templates: how Meta has them, and handing in what is missing."""

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from departments.models import Role
from departments.staff.role_permissions import give_role, grant_roles
from whatsapp.emulator.config import Config
from whatsapp.emulator.server import Emulator
from whatsapp.graph import client
from whatsapp.texts.template_parameters import TEMPLATES

PAGE = "/admin/whatsapp/textoverride/sablonlar/"


@pytest.fixture
def account(settings: Settings) -> Iterator[Emulator]:
    """An account without any template."""
    config = Config(
        webhook_url="http://127.0.0.1:9/",
        secret=settings.WHATSAPP_APP_SECRETS[0],
        verify_token=settings.WHATSAPP_VERIFY_TOKEN,
        access_token=settings.WHATSAPP_ACCESS_TOKEN,
        phone_number_id=settings.WHATSAPP_PHONE_NUMBER_ID,
        waba_id=settings.WHATSAPP_WABA_ID,
    )
    emulator = Emulator(config, state=":memory:").start()
    settings.WHATSAPP_GRAPH_URL = emulator.url
    client._session.cache_clear()
    yield emulator
    client._session().close()
    client._session.cache_clear()
    emulator.stop()


@pytest.fixture
def admin(db: None) -> Client:
    browser = Client()
    browser.force_login(User.objects.create_superuser("root"))
    return browser


def test_what_meta_does_not_have_is_shown_and_handed_in(admin: Client, account: Emulator) -> None:
    assert "Meta’da yok" in admin.get(PAGE).content.decode()
    page = admin.post(PAGE, follow=True).content.decode()
    assert f"{len(TEMPLATES)} şablon onaya gönderildi." in page
    assert "Meta’da yok" not in page
    assert "Eksikleri onaya gönder" not in page


def test_no_two_rows_are_called_alike(admin: Client, account: Emulator) -> None:
    """A template stands once for each language, and says which it is."""
    cells = re.findall(r"<tr><td>(.*?)</td>", admin.get(PAGE).content.decode())
    assert len(cells) == len(TEMPLATES)
    assert len({*cells}) == len(cells)
    languages = {re.sub(r"<[^>]+>|\w+_\w+", "", cell).strip() for cell in cells}
    assert languages == {"Türkçe", "İngilizce", "Arapça"}


def test_a_meta_that_does_not_answer_is_told_and_the_texts_are_still_there(
    admin: Client, settings: Settings
) -> None:
    settings.WHATSAPP_GRAPH_URL = "http://127.0.0.1:9"
    page = admin.get(PAGE).content.decode()
    assert "Meta’ya sorulamadı" in page
    assert "basvuru_cozuldu" in page


def test_a_supervisor_reads_and_hands_nothing_in(db: None, account: Emulator) -> None:
    grant_roles()
    user = User.objects.create_user("sorumlu", is_staff=True)
    give_role(user, Role.SUPERVISOR)
    browser = Client()
    browser.force_login(user)
    assert "Eksikleri onaya gönder" not in browser.get(PAGE).content.decode()
    assert browser.post(PAGE).status_code == 403
