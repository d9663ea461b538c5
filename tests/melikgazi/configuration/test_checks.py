"""Each system check finds its fault, and accepts valid settings."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.core import checks as django_checks
from pytest_django import Settings

from melikgazi.configuration.checks import ALWAYS, DEPLOY, files, run

PRODUCTION = {
    "SECRET_KEY": "9f1c0a7be2d84c5f" * 4,
    "ENCRYPTION_KEYS": ["7d1f2c3b4a596877" * 4],
    "BACKUP_RECIPIENTS": ["age1cnws3jnydwcdm60hasrhkh0q7pqs979x90hj89ghypjjjcfs83dse72dsw"],
    "DEBUG": False,
    "ALLOWED_HOSTS": ["cozum.melikgazi.bel.tr"],
    "PUBLIC_URL": "https://cozum.melikgazi.bel.tr",
    "CSRF_TRUSTED_ORIGINS": ["https://cozum.melikgazi.bel.tr"],
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SECOND_FACTOR": "required",
    "NOTICES_BY_EMAIL": True,
    "SECURE_HSTS_SECONDS": 31536000,
    "BROKER_URL": "redis://valkey:6379/0",
    "MEDIA_ROOT": tempfile.gettempdir(),
    "MEDIA_STORAGE": "s3://dosyalar?endpoint=https://s3.melikgazi.bel.tr",
    "METRICS_TOKEN": "4b1f0c9d8e7a6352",
    "ALERTMANAGER_URL": "http://10.0.0.5:9093",
    "SENTRY_DSN": "https://key@sentry.melikgazi.bel.tr/1",
    "RING_URL": "https://sms.melikgazi.bel.tr/cal",
    "RING_SECRET": "mavi-kapi-ardinda-9",
    "CLAMD_URL": "unix:///run/clamav/clamd.ctl",
    "WHATSAPP_APP_SECRETS": ["0123456789abcdef" * 2],
    "WHATSAPP_VERIFY_TOKEN": "kirmizi-balik-yuzuyor-7",
    "WHATSAPP_ACCESS_TOKEN": "EAAG0123456789",
    "WHATSAPP_GRAPH_URL": "https://graph.facebook.com",
    "WHATSAPP_MEDIA_HOSTS": ["lookaside.fbsbx.com"],
}
TRIAL = {
    "PUBLIC_URL": "http://localhost:8000",
    "ALLOWED_HOSTS": ["localhost"],
    "EMULATOR": True,
    "EMULATOR_URL": "http://127.0.0.1:8100",
    "WHATSAPP_GRAPH_URL": "http://127.0.0.1:8100",
    "WHATSAPP_MEDIA_HOSTS": ["127.0.0.1:8100"],
}
FAULTS: dict[str, dict[str, Any]] = {
    "E001": {"SECRET_KEY": "kısa"},
    "E002": {"PUBLIC_URL": "cozum.melikgazi.bel.tr"},
    "E003": {"DEBUG": True},
    "E004": {"ALLOWED_HOSTS": ["baska.bel.tr"]},
    "E005": {"BROKER_URL": "redis+sentinel://localhost:26379"},
    "E006": {"MEDIA_ROOT": "media"},
    "E007": {"KVKK_NOTICE_URL": "kvkk"},
    "E008": {"EMULATOR_URL": "http://127.0.0.1:8100"},
    "E009": {"METRICS_TOKEN": "aaaaaaaaaaaaaaaaaaaa"},
    "E010": {"SENTRY_DSN": "http://key@sentry.melikgazi.bel.tr/1"},
    "E011": {"TILE_URL": "https://tiles.melikgazi.bel.tr/"},
    "W012": {"DATABASE_POOLED": True, "DATABASE_DIRECT": None},
    "E013": {"TRUSTED_PROXIES": ["vekil"]},
    "E014": {"WEBHOOK_HOSTS": ["https://cbs.melikgazi.bel.tr"]},
    "E015": {"RING_URL": "http://sms.melikgazi.bel.tr/cal"},
    "E016": {"RING_SECRET": ""},
    "E017": {"CLAMD_URL": "clamd.ctl"},
    "E018": {"ENCRYPTION_KEYS": ["kısa"]},
    "E019": {"BACKUP_RECIPIENTS": ["AGE-SECRET-KEY-1QQQ"]},
    "E020": {"WHATSAPP_APP_SECRETS": []},
    "E021": {"WHATSAPP_ACCESS_TOKEN": "EAAG\n0123"},
    "E022": {"WHATSAPP_PHONE_NUMBER_ID": "+90 352 000 00 00"},
    "E023": {"WHATSAPP_WABA_ID": "hesap"},
    "E024": {"WHATSAPP_WABA_ID": "100200300400500"},
    "E025": {"WHATSAPP_GRAPH_URL": "http://graph.facebook.com"},
    "E026": {"WHATSAPP_GRAPH_URL": "https://graph.facebook.com/v23.0"},
    "E027": {"WHATSAPP_GRAPH_VERSION": "23"},
    "E028": {"WHATSAPP_MEDIA_HOSTS": ["lookaside.fbsbx.com", "https://lookaside.fbsbx.com"]},
    "W029": {"WHATSAPP_MEDIA_HOSTS": ["example.org"]},
    "E030": {"WHATSAPP_SETTLE_SECONDS": 61.0},
    "E031": {"WHATSAPP_DRAFT_TIMEOUT": 6.0, "WHATSAPP_SETTLE_SECONDS": 6.0},
    "E032": {"WHATSAPP_SEND_CONNECTIONS": 0},
    "E033": {"OTEL_EXPORTER_OTLP_ENDPOINT": "toplayici:4318"},
    "E034": {"ALERTMANAGER_URL": "alertmanager:9093"},
    "E040": {"SESSION_IDLE_MINUTES": 0},
    "E041": {"OIDC_ISSUER": "http://kimlik.melikgazi.bel.tr", "OIDC_CLIENT_ID": "hat"},
    "E042": {"OIDC_ISSUER": "https://kimlik.melikgazi.bel.tr"},
    "E043": {"OIDC_ROLES": {"cozum": ("head", "")}},
    "E044": {"REGISTRY_NUMBER_REQUIRED": ["mektup"]},
    "E050": {"MEDIA_STORAGE": "s3://dosyalar?endpoint=https://s3.melikgazi.bel.tr&sse=rot13"},
    "E051": {},  # the packages, below
    "E052": {"MEDIA_STORAGE": "s3://dosyalar?endpoint=http://s3.melikgazi.bel.tr"},
    "E053": {"MAP_FILE": __file__},
    "E054": {"CREST_FILE": __file__},
    "E101": {"PUBLIC_URL": "http://cozum.melikgazi.bel.tr"},
    "E102": {"EMULATOR": True, "EMULATOR_URL": "http://127.0.0.1:8100"},
    "E103": {"ALLOWED_HOSTS": ["*"]},
    "W104": {"MEDIA_ROOT": str(Path(__file__).parents[3] / "data" / "media")},
    "W105": {"METRICS_TOKEN": ""},
    "W106": {"LOG_LEVEL": "DEBUG"},
    "W107": {},  # from the environment, below
    "W108": {"RING_URL": ""},
    "W109": {"CLAMD_URL": ""},
    "W110": {"BACKUP_RECIPIENTS": []},
    "W111": {"ENCRYPTION_KEYS": []},
    "W112": {"ALERTMANAGER_URL": ""},
    "E120": {"WHATSAPP_WABA_ID": ""},
    "W121": {"WHATSAPP_APP_SECRETS": ["gizli"]},
    "W122": {"WHATSAPP_VERIFY_TOKEN": "test"},
    "E123": {"WHATSAPP_GRAPH_URL": "http://127.0.0.1:8100", "WHATSAPP_MEDIA_HOSTS": ["127.0.0.1:8100"]},
    "E124": {"WHATSAPP_MEDIA_HOSTS": ["lookaside.fbsbx.com", "localhost:8100"]},
    "W125": {"SECOND_FACTOR": "off"},
    "W126": {"NOTICES_BY_EMAIL": False},
    "W130": {"MEDIA_STORAGE": "s3://dosyalar?region=eu-central-1&sse=none"},
}


def use(settings: Settings, *changes: dict[str, Any]) -> None:
    for change in changes:
        for name, value in change.items():
            setattr(settings, name, value)


@pytest.fixture(autouse=True)
def no_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)


@pytest.mark.parametrize("code", FAULTS)
def test_a_fault_is_found_and_a_way_out_is_shown(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, code: str
):
    use(settings, PRODUCTION, FAULTS[code])
    if code == "W107":
        monkeypatch.setenv("DEMO_PASSWORD", "1234")
    if code == "E051":
        monkeypatch.setattr(files, "PACKAGES", ("boto3", "storages_of_nobody"))
    found = {message.id: message for message in run(ALWAYS) + run(DEPLOY)}
    message = found[f"melikgazi.{code}"]
    assert message.hint
    assert message.level == (django_checks.ERROR if code.startswith("E") else django_checks.WARNING)


def test_every_rule_has_a_number_of_its_own_and_a_test():
    rules = [rule.id.removeprefix("melikgazi.") for rule in ALWAYS + DEPLOY]
    assert rules == sorted(rules, key=lambda code: code[1:])
    assert rules == list(FAULTS)


def test_a_directory_that_may_not_be_written_is_found(settings: Settings, tmp_path: Path):
    (tmp_path / "file").write_text("")
    use(settings, PRODUCTION, {"MEDIA_ROOT": str(tmp_path / "file" / "media")})
    assert [message.id for message in run(ALWAYS)] == ["melikgazi.E006"]


def test_a_server_that_is_set_up_well_passes_every_check(settings: Settings):
    use(settings, PRODUCTION)
    found = django_checks.run_checks(include_deployment_checks=True)
    assert [message for message in found if not message.is_silenced()] == []


def test_a_trial_passes_what_is_always_asked(settings: Settings):
    use(settings, TRIAL)
    assert django_checks.run_checks() == []


def test_a_trial_is_not_fit_for_citizens(settings: Settings):
    use(settings, TRIAL)
    assert {"melikgazi.E101", "melikgazi.E102", "melikgazi.E123", "melikgazi.E124"} <= {
        message.id for message in django_checks.run_checks(include_deployment_checks=True)
    }
