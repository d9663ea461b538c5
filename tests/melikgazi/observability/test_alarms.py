"""Whether an alarm would reach anybody: where it would not, the installation says so itself."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.core import checks
from django.utils import timezone
from pytest_django import Settings
from typing_extensions import override

from melikgazi.back_office.first_day import steps
from melikgazi.observability import alarms
from melikgazi.workers import heartbeats
from tests.melikgazi.observability.test_doctor import told

TO_SOMEBODY = "receivers:\n- name: nobetci\n  email_configs:\n  - to: nobetci@melikgazi.bel.tr\n"
TO_NOBODY = "receivers:\n- name: nobetci\n"


@contextmanager
def alertmanager(original: str) -> Iterator[str]:
    """The address of an Alertmanager with that configuration."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"config": {"original": original}}).encode()
            self.send_response(200 if self.path == "/api/v2/status" else 404)
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@pytest.fixture
def read(db: None) -> None:
    """Prometheus reads the figures."""
    heartbeats.beat(alarms.SCRAPE)


def test_alarms_reach_somebody_where_a_receiver_has_an_address(read: None, settings: Settings) -> None:
    with alertmanager(TO_SOMEBODY) as settings.ALERTMANAGER_URL:
        assert alarms.trouble(timezone.now()) == ""


def test_alarms_reach_nobody_where_no_receiver_has_an_address(read: None, settings: Settings) -> None:
    with alertmanager(TO_NOBODY) as settings.ALERTMANAGER_URL:
        assert "alıcı" in alarms.trouble(timezone.now())


def test_alarms_reach_nobody_where_alertmanager_does_not_answer(read: None, settings: Settings) -> None:
    with alertmanager(TO_SOMEBODY) as settings.ALERTMANAGER_URL:
        pass
    assert "Alertmanager" in alarms.trouble(timezone.now())


@pytest.mark.parametrize(
    "say",
    [
        lambda: told()["Alarmlar"].text,
        lambda: next(each.seen for each in steps(timezone.now()) if each.title == "Alarmlar birine ulaşıyor"),
        lambda: next(
            each.msg
            for each in checks.run_checks(include_deployment_checks=True)
            if each.id == "melikgazi.W112"
        ),
    ],
    ids=["doctor", "first day", "check --deploy"],
)
def test_installation_without_alarms_says_so_itself(
    db: None, settings: Settings, say: Callable[[], str]
) -> None:
    settings.ALERTMANAGER_URL = ""
    assert "kimse" in say()


def test_alarms_reach_nobody_where_prometheus_stopped_reading(read: None, settings: Settings) -> None:
    with alertmanager(TO_SOMEBODY) as settings.ALERTMANAGER_URL:
        assert "Prometheus" in alarms.trouble(timezone.now() + timedelta(minutes=11))
