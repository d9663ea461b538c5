"""What holds where an installation says nothing."""

import pytest
from django.core.mail.backends.smtp import EmailBackend
from django.test import RequestFactory

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
