"""Requests are counted by route, status and time, by all processes of the web server together."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import RequestFactory
from prometheus_client import CollectorRegistry

from melikgazi import wsgi
from melikgazi.observability.figures.http_requests import RequestCollector
from melikgazi.web import request_counters
from melikgazi.web.request_counters import RequestCounters
from tests.chaos.instance import free_port
from tests.melikgazi.web.test_web import asked
from tests.timeouts import PATIENCE
from tests.tooling.trial import ROOT, eventually


@pytest.fixture(autouse=True)
def own_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_counters, "_figures", RequestCounters(request_counters.routes()))


def counted(**labels: str) -> float | None:
    registry = CollectorRegistry()
    registry.register(RequestCollector())
    return registry.get_sample_value("melikgazi_http_request_seconds_count", labels)


def visit(path: str, method: str = "GET") -> str:
    said: list[str] = []
    environ = RequestFactory().generic(method, path).META
    b"".join(wsgi.application(environ, lambda status, *_: said.append(status)))  # type: ignore[arg-type]
    return said[0]


def test_a_request_is_counted_by_the_name_of_its_address(db: None) -> None:
    assert visit("/healthz").startswith("200")
    assert counted(route="healthz", status="200") == 1
    assert visit("/admin/tickets/ticket/7/change/").startswith("302")
    assert counted(route="admin:tickets_ticket_change", status="302") == 1


@pytest.mark.parametrize(
    ("path", "method", "route", "status"),
    [
        ("/whatsapp/webhook/", "POST", "webhook", "401"),
        ("/admin/nabiz/", "GET", "pulse", "403"),
        ("/static/nothing.css", "GET", "static", "404"),
        ("/wp-login.php", "GET", "unknown", "404"),
    ],
)
def test_lanes_and_what_no_address_answers_have_names_too(
    db: None, path: str, method: str, route: str, status: str
) -> None:
    visit(path, method)
    assert counted(route=route, status=status) == 1


def test_what_fails_before_it_says_anything_counts_as_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(wsgi, "_site", fail)
    with pytest.raises(RuntimeError):
        visit("/healthz")
    assert counted(route="unknown", status="500") == 1


def test_the_histogram_adds_up() -> None:
    figures = request_counters.current()
    for seconds in (0.001, 0.005, 0.3, 60.0):
        figures.add("healthz", 200, seconds)
    registry = CollectorRegistry()
    registry.register(RequestCollector())
    labels = {"route": "healthz", "status": "200"}

    def below(bound: str) -> float | None:
        return registry.get_sample_value("melikgazi_http_request_seconds_bucket", labels | {"le": bound})

    assert [below(bound) for bound in ("0.005", "0.25", "0.5", "30.0", "+Inf")] == [2, 2, 3, 3, 4]
    total = registry.get_sample_value("melikgazi_http_request_seconds_sum", labels)
    assert total == pytest.approx(60.306)


def test_an_unknown_route_and_an_odd_status_are_counted_all_the_same() -> None:
    request_counters.current().add("added later", 418, 0.1)
    assert counted(route="unknown", status="other") == 1


def test_no_two_addresses_share_a_place_with_the_lanes() -> None:
    lanes = {
        request_counters.WEBHOOK,
        request_counters.PULSE,
        request_counters.STATIC,
        request_counters.UNKNOWN,
    }
    assert not lanes & set(request_counters.routes())


def test_what_a_dead_process_counted_stays() -> None:
    figures = RequestCounters(["healthz"], processes=2)
    pid = os.fork()
    if not pid:
        figures.part = 1
        figures.add("healthz", 200, 0.5)
        os._exit(0)
    os.waitpid(pid, 0)
    figures.add("healthz", 200, 0.25)
    (series,) = figures.read()
    assert (sum(series.counts), series.seconds) == (2, 0.75)


@pytest.fixture
def served(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    here = os.environ["DATABASE_URL"].replace("/melikgazi?", f"/{connection.settings_dict['NAME']}?")
    monkeypatch.setenv("DATABASE_URL", here)
    port = free_port()
    command = [sys.executable, "-m", "melikgazi.web", "--port", str(port), "--processes", "2"]
    process = subprocess.Popen(command, cwd=ROOT)

    def answers() -> bool:
        try:
            return asked(port, "GET", "/healthz") == 200
        except OSError:
            return False

    assert eventually(answers)
    yield port
    process.terminate()
    process.wait(PATIENCE)


@pytest.mark.slow
def test_whichever_process_is_asked_tells_of_all(served: int) -> None:
    def told() -> float:
        with urllib.request.urlopen(f"http://127.0.0.1:{served}/metrics") as answer:
            lines = answer.read().decode().splitlines()
        wanted = 'melikgazi_http_request_seconds_count{route="security-txt",status="404"}'
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(wanted))

    for _ in range(20):
        assert asked(served, "GET", "/.well-known/security.txt") == 404
    assert [told() for _ in range(6)] == [20.0] * 6
