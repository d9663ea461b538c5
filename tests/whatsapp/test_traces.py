"""OpenTelemetry: a message in and its answers out are one trace, told after the fact and without a word of theirs."""

import json
import re
import socket
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from melikgazi.models import Heartbeat
from melikgazi.observability import traces
from melikgazi.workers.schedule import TRACES, schedule_for
from tests.chaos.instance import ROOT, free_port
from tests.tickets.receiver import Receiver, listening
from tests.tooling.trial import eventually
from tests.whatsapp import wire
from tests.whatsapp.line import MORNING, Line
from whatsapp.models import InboundDelivery, Message, Outbox

REQUEST = "4bf92f3577b34da6a3ce929d0e0e4736"
LATER = MORNING + timedelta(minutes=10)
REPORT = "Köşk mahallesi Gül Sokak yolda büyük çukur var"


@pytest.fixture
def collector(settings: Settings) -> Iterator[Receiver]:
    with listening() as receiver:
        receiver.status = 200
        settings.OTEL_EXPORTER_OTLP_ENDPOINT = f"http://{receiver.host}/"
        settings.OTEL_EXPORTER_OTLP_HEADERS = ["Authorization=Bearer%20abc"]
        yield receiver


@pytest.fixture
def answered(line: Line, collector: Receiver) -> Line:
    """Somebody asked and has one answer; what is sent is told from just before that."""
    Heartbeat.objects.create(name=traces.BOOKMARK, at=MORNING - timedelta(minutes=1))
    line.hear(wire.text(wire.AYSE, "durum"))
    InboundDelivery.objects.update(request_id=REQUEST)
    first = Outbox.objects.earliest("id")
    Outbox.objects.exclude(pk=first.pk).delete()
    assert first.sent_at
    return line


@pytest.fixture
def collector_of_others(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """Rotel, which writes down what it understood of what it was told. Returns that file."""
    found = list((ROOT / ".venv-audit").glob("lib/python*/site-packages/rotel/rotel-agent"))
    if not found:
        pytest.skip("no collector is here (bin/audit brings it)")
    port, understood = free_port(), tmp_path / "understood"
    listen = (f"--otlp-http-endpoint=127.0.0.1:{port}", f"--otlp-grpc-endpoint=127.0.0.1:{free_port()}")
    tell = ("--exporter=blackhole", "--debug-log=traces", "--debug-log-verbosity=detailed")
    with understood.open("wb") as said:
        agent = subprocess.Popen([found[0], "start", *listen, *tell], stdout=said, stderr=said)
    try:
        assert eventually(lambda: _listens(port)), understood.read_text()
        settings.OTEL_EXPORTER_OTLP_ENDPOINT = f"http://127.0.0.1:{port}"
        yield understood
    finally:
        agent.terminate()
        agent.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def told(collector: Receiver) -> list[dict[str, Any]]:
    return [
        span
        for said in collector.said
        for resource in said["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
    ]


def by_name(collector: Receiver) -> dict[str, dict[str, Any]]:
    return {span["name"]: span for span in told(collector)}


def test_a_message_and_its_answer_are_one_trace(answered: Line, collector: Receiver) -> None:
    traces.send(LATER)
    spans = by_name(collector)
    assert set(spans) == {"message", "answer", "queue", "send"}
    assert {span["traceId"] for span in spans.values()} == {REQUEST}
    parents = {name: span["parentSpanId"] for name, span in spans.items()}
    above = {"message": "", "answer": spans["message"]["spanId"]}
    below = spans["answer"]["spanId"]
    assert parents == above | {"queue": below, "send": below}
    times = [
        int(spans[name][f"{edge}TimeUnixNano"]) for name, edge in (("message", "start"), ("send", "end"))
    ]
    sent = Outbox.objects.get().sent_at
    assert sent
    assert times == [int(at.timestamp()) * 10**9 for at in (MORNING, sent)]


def test_it_is_told_where_and_as_the_protocol_says(answered: Line, collector: Receiver) -> None:
    traces.send(LATER)
    [(headers, body)] = collector.told
    assert headers["Content-Type"] == "application/json"
    assert headers["Authorization"] == "Bearer abc"
    [resource] = json.loads(body)["resourceSpans"]
    names = {each["key"]: each["value"]["stringValue"] for each in resource["resource"]["attributes"]}
    assert names["service.name"] == "cozum-hatti"


def test_a_collector_of_others_understands_it(answered: Line, collector_of_others: Path) -> None:
    traces.send(LATER)
    kinds = {"message": "SERVER", "answer": "INTERNAL", "queue": "INTERNAL", "send": "CLIENT"}
    field = re.compile(r"^ +(Trace ID|Parent ID|ID|Name|Kind) +: ?(\S*)$", re.MULTILINE)

    def spans() -> list[tuple[str, ...]]:
        values = [value for _, value in field.findall(collector_of_others.read_text())]
        return list(zip(*(values[place::5] for place in range(5)), strict=True))

    assert eventually(lambda: len(spans()) == len(kinds)), collector_of_others.read_text()
    own = {name: number for _, _, number, name, _ in spans()}
    above = {"message": "", "answer": own["message"], "queue": own["answer"], "send": own["answer"]}
    assert spans() == [
        (REQUEST, above[name], own[name], name, f"SPAN_KIND_{kind}") for name, kind in kinds.items()
    ]
    assert "service.name: Str(cozum-hatti)" in collector_of_others.read_text()
    assert f"outbox_id: Int({Outbox.objects.get().pk})" in collector_of_others.read_text()


def test_nothing_of_the_citizen_is_told(answered: Line, collector: Receiver) -> None:
    message, answer = Message.objects.get(), Outbox.objects.get()
    traces.send(LATER)
    [(_, body)] = collector.told
    for personal in (wire.AYSE.name, wire.AYSE.phone, message.text, message.wamid, answer.wamid, answer.text):
        assert personal
        assert personal.encode() not in body
        assert json.dumps(personal)[1:-1].encode() not in body


def test_what_was_told_is_not_told_again(answered: Line, collector: Receiver) -> None:
    traces.send(LATER)
    traces.send(LATER + timedelta(minutes=1))
    assert len(collector.told) == 1


def test_what_the_collector_cannot_take_now_is_told_the_next_time(
    answered: Line, collector: Receiver
) -> None:
    collector.status = 503
    traces.send(LATER)
    collector.status = 200
    traces.send(LATER + timedelta(minutes=1))
    first, second = collector.said
    assert first == second


def test_what_the_collector_never_takes_is_let_go(answered: Line, collector: Receiver) -> None:
    collector.status = 400
    traces.send(LATER)
    traces.send(LATER + timedelta(minutes=1))
    assert len(collector.told) == 1


def test_an_answer_that_a_timer_wrote_is_of_the_newest_message(line: Line, collector: Receiver) -> None:
    Heartbeat.objects.create(name=traces.BOOKMARK, at=MORNING - timedelta(minutes=1))
    line.hear(wire.text(wire.AYSE, REPORT))
    newest = Message.objects.latest("id")
    line.later(seconds=30)
    traces.send(LATER)
    answers = [span for span in told(collector) if span["name"] == "answer"]
    assert len(answers) == Outbox.objects.count() > 0
    assert set(Outbox.objects.values_list("answers", flat=True)) == {newest.pk}
    assert [span["name"] for span in told(collector)].count("message") == 1


def test_what_staff_write_is_no_answer_of_the_line(answered: Line, collector: Receiver) -> None:
    Outbox.objects.update(answers=None)
    traces.send(LATER)
    assert not collector.told


def test_nothing_is_told_of_before_it_was_switched_on(line: Line, collector: Receiver) -> None:
    line.hear(wire.text(wire.AYSE, "durum"))
    traces.send(LATER)
    traces.send(LATER + timedelta(minutes=1))
    assert not collector.told


def test_a_request_of_another_form_has_a_trace_that_follows_from_it() -> None:
    assert traces.trace_id("4BF92F35-77b3-4da6-a3ce-929d0e0e4736", 1) == REQUEST
    others = {traces.trace_id(request, 1) for request in ("", "0" * 32, "of-some-other-proxy")}
    assert len(others) == 3
    assert all(len(each) == 32 and int(each, 16) for each in others)


def test_it_is_in_the_schedule_where_there_is_a_collector() -> None:
    def tasks(*, traced: bool) -> list[str]:
        return [entry["task"] for entry in schedule_for({}, traces=traced).values()]

    assert TRACES in tasks(traced=True)
    assert TRACES not in tasks(traced=False)
