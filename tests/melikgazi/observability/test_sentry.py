"""Error reports are sent only to a configured server, without personal data."""

import gzip
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

SECRET = "kapim-17-lale-sokak"
PROGRAM = f"""
import logging, django, sentry_sdk
django.setup()
from django.test import RequestFactory
from whatsapp import log_fields

def fail(words):
    raise ValueError(words)

with log_fields.bind(delivery=4711):
    try:
        fail("{SECRET}")
    except ValueError:
        logging.getLogger("whatsapp").exception("turn failed %s", "{SECRET}")
    logging.getLogger("whatsapp").error("not sent %s", "{SECRET}")
sentry_sdk.flush()
"""


@pytest.fixture
def reports() -> Iterator[tuple[str, list[str]]]:
    """A server that takes reports: its DSN, and what came."""
    came: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            zipped = self.headers.get("Content-Encoding") == "gzip"
            came.append((gzip.decompress(body) if zipped else body).decode())
            self.send_response(200)
            self.end_headers()

        @override
        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://key@127.0.0.1:{server.server_port}/1", came
    server.shutdown()
    thread.join()
    server.server_close()


def run(dsn: str) -> None:
    environment = {**os.environ, "SENTRY_DSN": dsn, "DJANGO_SETTINGS_MODULE": "melikgazi.settings"}
    root = Path(__file__).parents[3]
    subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=root, env=environment, check=True, capture_output=True
    )


@pytest.mark.slow
def test_a_report_tells_the_kind_and_place_of_an_error_and_its_rows_and_no_word_more(
    reports: tuple[str, list[str]],
):
    dsn, came = reports
    run(dsn)
    told = "\n".join(came)
    for part in ("ValueError", '"fail"', "turn failed %s", "not sent %s", "4711"):
        assert part in told, part
    assert SECRET not in told


@pytest.mark.slow
def test_without_a_server_named_nothing_is_reported(reports: tuple[str, list[str]]):
    run("")
    assert reports[1] == []
