"""The doctor: all is well against the emulator, and every fault is found and comes with a way out."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from tests.whatsapp.meta import Answer, Meta
from whatsapp.emulator.config import Config
from whatsapp.emulator.server import Emulator
from whatsapp.graph import client
from whatsapp.line_status import diagnostics
from whatsapp.line_status.diagnostics import Finding
from whatsapp.texts import template_parameters


@pytest.fixture
def site(live_server: Any, settings: Settings) -> str:
    """A web process that answers at PUBLIC_URL."""
    settings.PUBLIC_URL = live_server.url
    return str(live_server.url)


@pytest.fixture
def emulator(site: str, settings: Settings) -> Iterator[Emulator]:
    """The account as it ought to be: its templates are approved."""
    config = Config(
        webhook_url=f"{site}/whatsapp/webhook/",
        secret=settings.WHATSAPP_APP_SECRETS[0],
        verify_token=settings.WHATSAPP_VERIFY_TOKEN,
        access_token=settings.WHATSAPP_ACCESS_TOKEN,
        phone_number_id=settings.WHATSAPP_PHONE_NUMBER_ID,
        waba_id=settings.WHATSAPP_WABA_ID,
    )
    emulator = Emulator(config, state=":memory:").start()
    settings.WHATSAPP_GRAPH_URL = emulator.url
    settings.WHATSAPP_MEDIA_HOSTS = [emulator.url.removeprefix("http://")]
    client._session.cache_clear()
    for template in template_parameters.TEMPLATES:
        client.submit_template(template)
    yield emulator
    client._session().close()
    client._session.cache_clear()
    emulator.stop()


@pytest.fixture
def account(meta: Meta, settings: Settings, site: str) -> Meta:
    """The same account, played by what a test says of it."""
    number = {
        "verified_name": "Melikgazi Belediyesi",
        "display_phone_number": "+90 352 000 00 00",
        "code_verification_status": "VERIFIED",
        "quality_rating": "GREEN",
        "platform_type": "CLOUD_API",
        "name_status": "APPROVED",
    }
    apps = [{"whatsapp_business_api_data": {"name": "Çözüm Hattı"}}]
    approved = [template | {"status": "APPROVED"} for template in template_parameters.TEMPLATES]
    meta.known[settings.WHATSAPP_PHONE_NUMBER_ID] = Answer(json=number)
    meta.known["subscribed_apps"] = Answer(json={"data": apps})
    meta.known["message_templates"] = Answer(json={"data": approved})
    return meta


def wrong(seconds: float = 0) -> dict[str, Finding]:
    """What is to be mended, with our clock so many seconds ahead."""
    now = timezone.now() + timedelta(seconds=seconds)
    return {finding.subject: finding for finding in diagnostics.examine(now) if finding.fix}


# --- the whole -----------------------------------------------------------------------------------------------
def test_all_is_well_against_the_emulator(emulator: Emulator):
    out = StringIO()
    call_command("whatsapp_doctor", stdout=out)
    lines = out.getvalue().splitlines()
    assert [line for line in lines if not line.startswith("✓ ")] == []
    assert len(lines) == 10 + len(template_parameters.TEMPLATES)


def test_all_is_well_with_an_account_that_is_set_up(account: Meta):
    assert wrong() == {}


def test_a_fault_ends_the_command_with_an_error_and_its_way_out(account: Meta, settings: Settings):
    account.known["subscribed_apps"] = Answer(json={"data": []})
    out = StringIO()
    with pytest.raises(CommandError, match=r"1 sorun bulundu\."):
        call_command("whatsapp_doctor", stdout=out)
    assert "✗ Abonelik: hesap hiçbir uygulamaya bağlı değil" in out.getvalue()
    assert "→ manage.py whatsapp_doctor --subscribe" in out.getvalue()


# --- token and number ----------------------------------------------------------------------------------------
def test_a_dead_token_is_told_once_and_the_rest_is_still_looked_at(emulator: Emulator):
    emulator.faults.set("dead_token")
    found = list(diagnostics.examine(timezone.now()))
    assert [finding.subject for finding in found] == ["Numara", "Webhook", "Dosya sunucusu"]
    assert "WHATSAPP_ACCESS_TOKEN" in found[0].fix


@pytest.mark.parametrize(
    ("code", "word"), [(10, "izin"), (200, "izin"), (100, "WHATSAPP_PHONE_NUMBER_ID"), (2, "yeniden")]
)
def test_a_refusal_of_the_number_says_what_to_mend(emulator: Emulator, code: int, word: str):
    emulator.faults.set("error", code=code, on="number", count=1)
    found = wrong()
    assert list(found) == ["Numara"]
    assert word in found["Numara"].fix


def test_a_wrong_number_id_is_told(emulator: Emulator, settings: Settings):
    settings.WHATSAPP_PHONE_NUMBER_ID = "1"
    assert "WHATSAPP_PHONE_NUMBER_ID" in wrong()["Numara"].fix


def test_a_server_that_cannot_be_reached_is_told(account: Meta, settings: Settings):
    settings.WHATSAPP_GRAPH_URL = "http://127.0.0.1:9"
    assert "WHATSAPP_GRAPH_URL" in wrong()["Numara"].fix


@pytest.mark.parametrize(
    ("field", "value", "subject"),
    [
        ("code_verification_status", "EXPIRED", "Numara doğrulaması"),
        ("platform_type", "NOT_APPLICABLE", "Numara kaydı"),
        ("name_status", "DECLINED", "Görünen ad"),
        ("quality_rating", "RED", "Kalite"),
        ("quality_rating", "YELLOW", "Kalite"),
    ],
)
def test_a_number_that_is_not_as_it_ought_to_be_is_told(
    account: Meta, settings: Settings, field: str, value: str, subject: str
):
    account.known[settings.WHATSAPP_PHONE_NUMBER_ID].json[field] = value
    assert list(wrong()) == [subject]


# --- clock, subscription, templates --------------------------------------------------------------------------
@pytest.mark.parametrize(("seconds", "way"), [(120, "ileri"), (-120, "geri")])
def test_a_clock_that_goes_wrong_is_told_with_its_direction(account: Meta, seconds: float, way: str):
    found = wrong(seconds)
    assert list(found) == ["Saat"]
    assert way in found["Saat"].text


def test_a_wrong_account_id_is_told(emulator: Emulator, settings: Settings):
    settings.WHATSAPP_WABA_ID = "1"
    found = wrong()
    assert list(found) == ["Abonelik", "Şablonlar"]
    assert all("WHATSAPP_WABA_ID" in finding.fix for finding in found.values())


def test_a_missing_account_id_is_told(emulator: Emulator, settings: Settings):
    settings.WHATSAPP_WABA_ID = ""
    assert list(wrong()) == ["Abonelik"]


def test_subscribing_asks_meta_for_it_before_looking(account: Meta):
    account.answers.append(Answer(json={"success": True}))
    call_command("whatsapp_doctor", "--subscribe", stdout=StringIO())
    method, path, _ = account.requests[0]
    assert (method, path.endswith("/subscribed_apps")) == ("POST", True)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"name": "baska"}, "Meta’da yok"),
        ({"status": "PENDING"}, "PENDING"),
        ({"components": []}, "düğmeleri farklı"),
    ],
)
def test_a_template_that_may_not_be_sent_is_told(account: Meta, change: dict[str, Any], word: str):
    wanted = template_parameters.TEMPLATES[0]
    for template in account.known["message_templates"].json["data"]:
        if template["name"] == wanted["name"]:
            template.update(change)
    found = wrong()
    assert list(found) == [f"Şablon {wanted['name']}"]
    assert word in found[f"Şablon {wanted['name']}"].text


# --- the webhook and the files -------------------------------------------------------------------------------
def test_a_web_process_with_another_verify_token_is_told(account: Meta, settings: Settings):
    settings.PUBLIC_URL = account.url
    account.known[""] = Answer(403)
    assert "WHATSAPP_VERIFY_TOKEN" in wrong()["Webhook"].fix


@pytest.mark.parametrize(
    ("status", "word"),
    [(200, "başka bir sayfa"), (301, "yönlendirilen"), (404, "Vekilin"), (502, "Vekilin")],
)
def test_an_address_that_does_not_shake_hands_is_told(
    account: Meta, settings: Settings, status: int, word: str
):
    settings.PUBLIC_URL = account.url
    account.known[""] = Answer(status)
    found = wrong()
    assert list(found) == ["Webhook"]
    assert word in found["Webhook"].fix


def test_an_address_that_nobody_answers_at_is_told(account: Meta, settings: Settings):
    settings.PUBLIC_URL = "http://127.0.0.1:9"
    assert "güvenlik duvarını" in wrong()["Webhook"].fix


def test_an_address_without_tls_is_told(account: Meta, settings: Settings):
    settings.PUBLIC_URL = "http://cozum.melikgazi.bel.tr"
    assert "https" in wrong()["Webhook"].text


def test_the_token_is_not_shown_to_the_public_address(account: Meta, settings: Settings):
    settings.PUBLIC_URL = account.url
    wrong()
    (asked,) = [headers for _, path, headers in account.requests if path.startswith("/whatsapp/webhook/")]
    assert "Authorization" not in asked


def test_a_server_of_files_that_cannot_be_reached_is_told(account: Meta, settings: Settings):
    settings.WHATSAPP_MEDIA_HOSTS = ["127.0.0.1:9"]
    assert "fotoğraflar" in wrong()["Dosya sunucusu"].fix
