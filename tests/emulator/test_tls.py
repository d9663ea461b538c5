"""Webhooks over TLS, to a line whose certificate no public authority signed."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server, make_ssl_devcert
from werkzeug.wrappers import Request

from tests.emulator.conftest import Receiver
from whatsapp.emulator.server import Emulator


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[str, str]:
    """Of localhost, signed by itself; the file of its key beside it."""
    return make_ssl_devcert(str(tmp_path / "line"), cn="localhost")


@pytest.fixture
def webhook(certificate: tuple[str, str]) -> Iterator[str]:
    server = make_server(
        "localhost", 0, Request.application(Receiver()), threaded=True, ssl_context=certificate
    )
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    yield f"https://localhost:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_it_reaches_a_line_that_it_was_told_to_believe(
    start: Callable[..., Emulator], webhook: str, certificate: tuple[str, str]
) -> None:
    assert start(webhook_url=webhook, authorities=certificate[0]).webhooks.verify()["ok"]


def test_it_believes_no_other(start: Callable[..., Emulator], webhook: str) -> None:
    assert not start(webhook_url=webhook).webhooks.verify()["ok"]
