"""What holds where an installation says nothing."""

import pytest
from django.contrib.auth.models import User
from django.core.mail.backends.smtp import EmailBackend
from django.test import Client, RequestFactory
from pytest_django import Settings

from tests.melikgazi.configuration.test_environment import start
from tickets.api_clients import callers


def test_a_mail_server_that_keeps_silent_holds_nobody_up_for_long() -> None:
    timeout = EmailBackend().timeout
    assert timeout is not None
    assert 0 < timeout <= 15


@pytest.mark.parametrize("neighbour", ["10.0.0.5", "172.16.0.5", "192.168.1.5", "fd00::5"])
def test_a_neighbour_in_a_private_network_cannot_say_that_somebody_else_calls(neighbour: str) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR=neighbour, HTTP_X_FORWARDED_FOR="198.51.100.7")
    assert callers.address_of(request) == neighbour


def test_a_proxy_on_this_machine_says_who_calls() -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="198.51.100.7")
    assert callers.address_of(request) == "198.51.100.7"


NAMES = (
    "import melikgazi.settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.DEVICE_COOKIE_NAME)"
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("url", "names"),
    [
        ("https://cozum.melikgazi.bel.tr", "__Host-sessionid __Host-csrftoken __Host-device"),
        (
            "http://localhost:8000",
            "sessionid csrftoken device",
        ),  # a browser takes the others over https alone
    ],
)
def test_over_https_no_other_host_of_the_domain_can_set_our_cookies(url: str, names: str) -> None:
    ended = start("-c", NAMES, PUBLIC_URL=url)
    assert ended.stdout.strip() == names


@pytest.mark.django_db
def test_cookies_are_for_this_host_alone_and_not_for_scripts(settings: Settings) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    User.objects.create_user("operator", password="dogru-parola-1", is_staff=True)
    client = Client()
    client.get("/admin/login/", secure=True)
    form = {"username": "operator", "password": "dogru-parola-1"}
    cookies = client.post("/admin/login/", form, secure=True).cookies
    assert set(cookies) == {"sessionid", "csrftoken", "device"}
    for cookie in cookies.values():
        held = cookie["path"], cookie["domain"], cookie["secure"], cookie["httponly"], cookie["samesite"]
        assert held == ("/", "", True, True, "Lax")
