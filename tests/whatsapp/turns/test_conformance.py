"""Recorded webhook bodies, one file a kind: each is taken in whole, and recognised when it comes again.

They lie beside the repository; where they do not, there is nothing to run.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.whatsapp import wire
from tests.whatsapp.line import Line
from whatsapp.models import InboundDelivery, Message, UnhandledUpdate
from whatsapp.turns import runner

FOLDER = Path(__file__).parents[4] / "shared" / "payloads"
OUTGOING = ("graph-error", "request-", "response-")  # the other direction
BODIES = [path for path in sorted(FOLDER.glob("*.json")) if not path.name.startswith(OUTGOING)]


def as_it_is(path: Path) -> bytes:
    return path.read_bytes()


def made_ours(path: Path) -> bytes:
    """The body with our number and account in it."""
    body = json.loads(path.read_bytes())
    for entry in body["entry"]:
        entry["id"] = wire.WABA_ID
        for change in entry.get("changes", ()):
            value = change.get("value")
            if isinstance(value, dict) and "metadata" in value:
                value["metadata"]["phone_number_id"] = wire.PHONE_NUMBER_ID
    return json.dumps(body).encode()


@pytest.fixture(params=[as_it_is, made_ours], ids=["as it is", "made ours"])
def body(request: pytest.FixtureRequest, path: Path) -> bytes:
    return bytes(request.param(path))


def deliver(client: Any, line: Line, body: bytes) -> InboundDelivery:
    headers = {"X-Hub-Signature-256": wire.sign(body)}
    answer = client.post("/whatsapp/webhook/", body, content_type="application/json", headers=headers)
    assert answer.status_code == 200
    line.ingest_all()
    runner.run_due(line.clock)
    return InboundDelivery.objects.latest("id")


@pytest.mark.parametrize("path", BODIES, ids=[path.stem for path in BODIES])
def test_each_body_is_accounted_for_and_known_again(client: Any, line: Line, path: Path, body: bytes):
    first = deliver(client, line, body)
    assert first.state == InboundDelivery.State.DONE, first.error
    assert first.updates
    assert (first.created, first.duplicates) == (first.updates, 0)

    second = deliver(client, line, body)
    assert second.state == InboundDelivery.State.DONE
    assert (second.updates, second.created, second.duplicates) == (first.updates, 0, first.updates)

    assert not UnhandledUpdate.objects.exclude(error="").exists()
    assert not Message.objects.filter(state__in=[Message.State.NEW, Message.State.PARKED]).exists()


@pytest.mark.skipif(not BODIES, reason="no recorded bodies here")
def test_nothing_of_another_number_is_answered(client: Any, line: Line):
    for path in BODIES:
        deliver(client, line, as_it_is(path))
    line.later(hours=1)
    assert line.meta.sent == []
