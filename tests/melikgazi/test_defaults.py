"""What holds where an installation says nothing."""

import pytest
from django.core.mail import get_connection
from django.test import RequestFactory

from tickets.public import callers


def test_a_mail_server_that_keeps_silent_holds_nobody_up_for_long() -> None:
    server = get_connection("django.core.mail.backends.smtp.EmailBackend")
    assert 0 < server.timeout <= 15  # type: ignore[attr-defined]  # of this backend, not of all


@pytest.mark.parametrize("neighbour", ["10.0.0.5", "172.16.0.5", "192.168.1.5", "fd00::5"])
def test_a_neighbour_in_a_private_network_cannot_say_that_somebody_else_calls(neighbour: str) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR=neighbour, HTTP_X_FORWARDED_FOR="198.51.100.7")
    assert callers.address_of(request) == neighbour


def test_a_proxy_on_this_machine_says_who_calls() -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="198.51.100.7")
    assert callers.address_of(request) == "198.51.100.7"
