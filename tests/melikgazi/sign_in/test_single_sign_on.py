"""Single sign-on against a provider of OpenID Connect that runs on this machine."""

import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from joserfc.jwk import RSAKey
from pytest_django import Settings

from departments.models import Department, ProviderIdentity, Role, SignIn
from departments.staff import password_rules, sessions, throttle
from departments.staff.role_permissions import grant_roles
from tests.melikgazi import provider as providers
from tests.melikgazi.provider import Provider
from tests.melikgazi.staff import clerk, telephone_of

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore"),
]  # the provider uses what is out of date
QUEUE, START = "/admin/tickets/ticket/", "/admin/giris/kurum/"
MAIL: dict[str, Any] = {"email": "operator@melikgazi.bel.tr", "email_verified": True}


@pytest.fixture(scope="module")
def server() -> Iterator[Provider]:
    with providers.running() as provider:
        yield provider


@pytest.fixture
def provider(server: Provider, settings: Settings) -> Provider:
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = server.issuer, "hat", "gizli"
    server.claims, server.missing, server.key, server.algorithm = {}, set(), None, "RS256"
    return server


@pytest.fixture
def operator(db: None) -> User:
    return clerk()


def sign_in(client: Client, provider: Provider, subject: str = "7", to: str = QUEUE, **claims: Any) -> Any:
    """Through the provider and back; the answer to the way back."""
    there = client.get(f"{START}?next={to}").headers["Location"]
    back = urlsplit(provider.sign_in(there, subject, **(claims or MAIL)))
    return client.get(f"{back.path}?{back.query}")


def is_in(client: Client) -> bool:
    return bool(client.get(QUEUE).status_code == 200)


def refusal(client: Client) -> str:
    return str(client.get("/admin/login/").content.decode())


def test_whom_the_provider_vouches_for_lands_on_the_page_that_was_wanted(
    provider: Provider, operator: User
) -> None:
    client = Client()
    assert "Kurum hesabı ile gir" in client.get("/admin/login/").content.decode()
    assert sign_in(client, provider).headers["Location"] == QUEUE
    assert is_in(client)
    assert SignIn.objects.get().result == SignIn.Result.RIGHT
    assert ProviderIdentity.objects.get().user == operator


def test_the_request_carries_state_nonce_and_a_challenge_that_the_exchange_answers(
    provider: Provider, operator: User
) -> None:
    sign_in(Client(), provider)
    assert {"state", "nonce", "code_challenge"} <= provider.asked.keys()
    assert provider.asked["code_challenge_method"] == ["S256"]
    assert len(provider.exchanged["code_verifier"]) >= 43


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "http://localhost:1"},
        {"aud": "baska-uygulama"},
        {"aud": ["baska-uygulama"], "azp": "hat"},
        {"exp": 1_700_000_000},
        {"nonce": "baska"},
    ],
    ids=["issuer", "audience", "audience by azp", "expiry", "nonce"],
)
def test_an_id_token_that_is_not_for_us_now_opens_nothing(
    provider: Provider, operator: User, claims: dict[str, Any]
) -> None:
    client = Client()
    provider.claims = {"herhangi": "bir şey"}
    sign_in(client, provider)
    assert is_in(client)
    client.post("/admin/logout/")
    provider.claims = claims
    assert sign_in(client, provider).headers["Location"] == "/admin/login/"
    assert "girişinizi doğrulamadı" in refusal(client)
    assert not is_in(client)


def test_an_id_token_signed_by_another_key_opens_nothing(provider: Provider, operator: User) -> None:
    provider.key = RSAKey.generate_key(2048)
    client = Client()
    sign_in(client, provider)
    assert not is_in(client)


def test_an_id_token_that_nobody_signed_opens_nothing(provider: Provider, operator: User) -> None:
    provider.algorithm = "none"
    client = Client()
    sign_in(client, provider)
    assert not is_in(client)


def test_an_answer_to_a_question_that_this_browser_did_not_ask_opens_nothing(
    provider: Provider, operator: User
) -> None:
    there = Client().get(START).headers["Location"]
    back = urlsplit(provider.sign_in(there, "7", **MAIL))
    other = Client()
    assert other.get(f"{back.path}?{back.query}").headers["Location"] == "/admin/login/"
    assert not is_in(other)


def test_an_address_that_the_provider_has_not_verified_is_nobodys(provider: Provider, operator: User) -> None:
    client = Client()
    sign_in(client, provider, **(MAIL | {"email_verified": False}))
    assert "doğrulanmamış" in refusal(client)
    assert not is_in(client)


def test_somebody_without_an_account_gets_none(provider: Provider, operator: User) -> None:
    client = Client()
    sign_in(client, provider, email="yabanci@melikgazi.bel.tr", email_verified=True)
    assert "kullanıcı yok" in refusal(client)
    assert User.objects.count() == 1


def test_a_group_that_a_setting_names_brings_an_account_with_its_role(
    provider: Provider, settings: Settings
) -> None:
    Department.objects.create(code="FEN", name="Fen İşleri")
    grant_roles()
    settings.OIDC_ROLES = {"cozum-fen": ("head", "FEN")}
    client = Client()
    fen: dict[str, Any] = {
        "email": "fen@melikgazi.bel.tr",
        "email_verified": True,
        "groups": ["herkes", "cozum-fen"],
    }
    assert sign_in(client, provider, "8", **fen).headers["Location"] == QUEUE
    made = User.objects.get(username="fen@melikgazi.bel.tr")
    held = made.memberships.get()
    assert (held.role, held.department) == (Role.HEAD, Department.objects.get(code="FEN"))
    assert not made.is_superuser
    assert not made.has_usable_password()


def test_people_may_be_found_by_their_user_name(
    provider: Provider, operator: User, settings: Settings
) -> None:
    settings.OIDC_CLAIM = "upn"
    client = Client()
    sign_in(client, provider, upn="operator")
    assert is_in(client)


def test_an_account_stays_with_whom_it_was_bound_to(provider: Provider, operator: User) -> None:
    sign_in(Client(), provider)
    impostor = Client()
    sign_in(impostor, provider, "9")
    assert "başka bir kurum hesabına bağlı" in refusal(impostor)
    assert not is_in(impostor)
    renamed = Client()
    sign_in(renamed, provider, email="yeni@melikgazi.bel.tr", email_verified=True)
    assert is_in(renamed)


def test_a_closed_account_stays_closed(provider: Provider, operator: User) -> None:
    User.objects.update(is_active=False)
    client = Client()
    sign_in(client, provider)
    assert "Hesabınız kapalı" in refusal(client)


@pytest.mark.parametrize(
    ("said", "asked_again"),
    [({"amr": ["pwd"]}, True), ({"amr": ["pwd", "mfa"]}, False), ({"acr": "gold"}, False), ({}, True)],
)
def test_our_second_factor_is_asked_where_the_provider_has_asked_for_none(
    provider: Provider, operator: User, settings: Settings, said: dict[str, Any], asked_again: bool
) -> None:
    settings.SECOND_FACTOR, settings.OIDC_SECOND_FACTOR = "required", ["mfa", "gold"]
    telephone_of(operator)
    client = Client()
    answer = sign_in(client, provider, **(MAIL | said))
    assert answer.headers["Location"].startswith("/admin/giris/kod/") == asked_again
    assert is_in(client) != asked_again


ODD: dict[str, Any] = {
    "null": None,
    "a number": 7,
    "too large a number": 10**400,
    "infinite": float("inf"),
    "no number": float("nan"),
    "true": True,
    "an object": {"a": {"b": [1]}},
    "a list of objects": [{"a": 1}, [], None],
    "a number in a list": [1],
    "an empty string": "",
    "a long string": "x" * 5_000,
    "a NUL": "a\x00b",
    "half a letter": "\ud800",
    "MISSING": None,
}
REFUSED = re.compile("beklenen biçimde değil|girişinizi doğrulamadı")
CLAIMS = (
    *("sub", "iss", "aud", "azp", "exp", "iat", "nbf", "nonce", "at_hash", "auth_time", "amr", "acr"),
    *("email", "email_verified", "given_name", "family_name", "groups", "upn"),
)

# What a confirmation reads beyond a first sign-in's checks of the token.
WHO_AND_WHEN = ("sub", "auth_time", "amr", "acr")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("claim", "purpose"),
    [(claim, "") for claim in CLAIMS] + [(claim, "?onay") for claim in WHO_AND_WHEN],
)
def test_a_claim_of_an_odd_type_is_refused_or_left_out(
    provider: Provider, settings: Settings, claim: str, purpose: str
) -> None:
    operator = clerk()
    settings.OIDC_CLAIM, settings.OIDC_SECOND_FACTOR = "upn" if claim == "upn" else "email", ["mfa"]
    settings.OIDC_ROLES = {"cozum": ("operator", "")}
    said = MAIL | {"groups": ["cozum"], "upn": "operator", "auth_time": int(time.time())}
    broken = []
    for name, value in ODD.items():
        client = Client(raise_request_exception=False)
        if purpose:
            client.force_login(operator)
        there = client.get(f"{START}{purpose}").headers["Location"]
        provider.claims = {claim: value}
        provider.missing = {claim} if name == "MISSING" else set()
        back = urlsplit(provider.sign_in(there, "7", **said))
        answer = client.get(f"{back.path}?{back.query}")
        shown = client.get("/admin/login/")
        broken += [name] if answer.status_code != 302 or shown.status_code >= 500 else []
    assert broken == []


@pytest.mark.parametrize("subject", [None, 7, "", [], {}, True, "x" * 256, "a\x00b"])
def test_a_subject_that_is_no_name_is_bound_to_nobody(
    provider: Provider, operator: User, subject: Any
) -> None:
    client = Client()
    provider.claims = {"sub": subject}
    sign_in(client, provider)
    assert REFUSED.search(refusal(client))
    assert not ProviderIdentity.objects.exists()


@pytest.mark.parametrize("said", [{"amr": {"mfa": 1}}, {"amr": [["mfa"]]}, {"acr": {"gold": 1}}, {"amr": 1}])
def test_a_second_factor_said_in_an_odd_way_is_a_clear_refusal(
    provider: Provider, operator: User, settings: Settings, said: dict[str, Any]
) -> None:
    settings.SECOND_FACTOR, settings.OIDC_SECOND_FACTOR = "required", ["mfa", "gold"]
    client = Client()
    provider.claims = said
    assert sign_in(client, provider).headers["Location"] == "/admin/login/"
    assert REFUSED.search(refusal(client))
    assert not is_in(client)


def test_a_proof_from_the_future_is_none(provider: Provider, operator: User) -> None:
    client = Client()
    sign_in(client, provider)
    there = client.get(f"{START}?onay&next={QUEUE}").headers["Location"]
    ahead = MAIL | {"auth_time": int(time.time()) + 10**6}
    back = urlsplit(provider.sign_in(there, "7", **ahead))
    assert client.get(f"{back.path}?{back.query}").headers["Location"] != QUEUE


def test_whoever_comes_from_the_provider_is_asked_for_no_password_of_ours(
    provider: Provider, operator: User
) -> None:
    password_rules.chosen_by_another([operator])
    client = Client()
    sign_in(client, provider)
    assert is_in(client)


def test_signing_out_ends_the_session_at_the_provider(provider: Provider, operator: User) -> None:
    client = Client()
    sign_in(client, provider)
    to = client.post("/admin/logout/").headers["Location"]
    assert to.startswith(f"{provider.issuer}/oauth2/end_session?")
    assert "id_token_hint=" in to
    assert not is_in(client)


def test_the_provider_may_prove_again_who_somebody_is(provider: Provider, operator: User) -> None:
    client = Client()
    sign_in(client, provider)
    session = client.session
    session[sessions.AUTHENTICATED] = 0
    session.save()
    for auth_time, proven in ((1_700_000_000, False), (int(time.time()), True)):
        there = client.get(f"{START}?onay&next={QUEUE}").headers["Location"]
        assert "prompt=login" in there
        back = urlsplit(provider.sign_in(there, "7", **(MAIL | {"auth_time": auth_time})))
        answer = client.get(f"{back.path}?{back.query}")
        assert (answer.headers["Location"] == QUEUE) == proven
        assert (client.session[sessions.AUTHENTICATED] > 0) == proven


def test_nobody_keeps_the_provider_busy(provider: Provider, db: None) -> None:
    client = Client()
    for _ in range(throttle.SINGLE_SIGN_ON_PER_MINUTE):
        assert client.get(START).headers["Location"].startswith(provider.issuer)
    assert client.get(START).headers["Location"] == "/admin/login/"
    assert "Çok sık denendi" in refusal(client)


def test_a_provider_that_is_not_there_is_told(settings: Settings, db: None) -> None:
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = "http://localhost:1", "hat"
    client = Client()
    assert client.get(START).headers["Location"] == "/admin/login/"
    assert "ulaşılamıyor" in refusal(client)


def test_without_a_setting_there_is_no_such_way_in(db: None) -> None:
    client = Client()
    assert client.get(START).status_code == 404
    assert client.get(f"{START}donus/").status_code == 404
    assert "kurum/" not in client.get("/admin/login/").content.decode()
