"""Traces for OpenTelemetry, where OTEL_EXPORTER_OTLP_ENDPOINT is set: a message in and its answers out are one.

Nothing is traced while it happens. The rows say when each step was, so a task of the schedule makes the spans of what
was sent since it last ran, and posts them as OTLP/HTTP with JSON, which every collector takes. Spans have keys of rows
and times alone: no names, no telephone numbers, no words. Decision 30.

    message    the webhook was called → its turn wrote the first answer
    answer     that was written → Meta took it; below it `queue`, until it was its turn to leave, and `send`, the call
"""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from itertools import islice
from typing import NamedTuple, TypeAlias
from urllib.parse import unquote

import requests
from django.conf import settings
from django.db.models import Exists, OuterRef

from departments.common.http_deadline import post_json
from melikgazi.version import VERSION
from melikgazi.workers.models import Heartbeat
from whatsapp.models import Outbox

log = logging.getLogger(__name__)

BOOKMARK = "traces"  # the heartbeat that says until when of what was sent is told
SETTLED = timedelta(seconds=30)  # after which what was sent is recorded, too
AT_ONCE = timedelta(hours=1)  # of what was sent, in one run
OLDEST = timedelta(days=1)  # what waited longer to be sent, or to be told, has no trace
SPANS = 1000  # a post
TIMEOUT, CALL_SECONDS = (2, 4), 5
Value: TypeAlias = str | int | bool
Span: TypeAlias = dict[str, object]
INTERNAL, SERVER, CLIENT = 1, 2, 3  # kinds of spans


def send(now: datetime) -> None:
    """Tells of the answers that were sent since the last time; where the collector cannot take them, the next time."""
    mark, is_first = Heartbeat.objects.get_or_create(name=BOOKMARK, defaults={"at": now - SETTLED})
    if is_first:
        return
    since = max(mark.at, now - OLDEST)
    until = min(now - SETTLED, since + AT_ONCE)
    if since >= until:
        return
    waiting = (span for answer in _sent(since, until) for span in spans_of(answer))
    while part := list(islice(waiting, SPANS)):
        if not _post(part):
            return
    Heartbeat.objects.filter(name=BOOKMARK).update(at=until)


class SentAnswer(NamedTuple):
    """What the rows say of one answer: keys and times. `is_first`: the message had none before."""

    request: str
    delivery: int
    conversation: int
    message: int
    answer: int
    is_first: bool
    attempts: int
    urgent: bool
    as_template: bool
    arrived_at: datetime
    written_at: datetime
    claimed_at: datetime
    sent_at: datetime


_COLUMNS = (
    *(
        "answers__delivery__request_id",
        "answers__delivery",
        "conversation",
        "answers",
        "id",
        "is_first",
        "attempts",
    ),
    *("urgent", "as_template", "answers__delivery__received_at", "created_at", "claimed_at", "sent_at"),
)


def _sent(since: datetime, until: datetime) -> Iterator[SentAnswer]:
    """The answers to messages that left in this time."""
    before = Outbox.objects.filter(
        conversation=OuterRef("conversation"),
        created_at__gte=OuterRef("answers__received_at"),  # by the index of the talk
        answers=OuterRef("answers"),
        id__lt=OuterRef("id"),
    )
    written = Outbox.objects.filter(created_at__gte=since - OLDEST, sent_at__gte=since, sent_at__lt=until)
    told = written.filter(answers__delivery__isnull=False, claimed_at__isnull=False)
    rows = told.annotate(is_first=~Exists(before)).order_by("id").values_list(*_COLUMNS)
    return (SentAnswer(*row) for row in rows.iterator())


def spans_of(answer: SentAnswer) -> Iterator[Span]:
    """The spans of one answer; that of its message with the first one."""
    trace = trace_id(answer.request, answer.delivery)
    above, own = span_id("message", answer.message), span_id("answer", answer.answer)
    keys: dict[str, Value] = {"conversation_id": answer.conversation, "message_id": answer.message}
    if answer.is_first:
        arrived = keys | {"delivery_id": answer.delivery}
        yield _span(trace, above, "", ("message", SERVER), (answer.arrived_at, answer.written_at), arrived)
    how: dict[str, Value] = {"outbox_id": answer.answer, "attempts": answer.attempts, "urgent": answer.urgent}
    yield _span(trace, own, above, ("answer", INTERNAL), (answer.written_at, answer.sent_at), keys | how)
    queue, call = span_id("queue", answer.answer), span_id("send", answer.answer)
    yield _span(trace, queue, own, ("queue", INTERNAL), (answer.written_at, answer.claimed_at), {})
    template: dict[str, Value] = {"as_template": answer.as_template}
    yield _span(trace, call, own, ("send", CLIENT), (answer.claimed_at, answer.sent_at), template)


def _span(
    trace: str,
    own: str,
    parent: str,
    what: tuple[str, int],
    when: tuple[datetime, datetime],
    attributes: Mapping[str, Value],
) -> Span:
    """As OTLP has it. Clocks of two machines may differ: no span ends before it begins."""
    name, kind = what
    begin, end = when
    return {
        "traceId": trace,
        "spanId": own,
        "parentSpanId": parent,
        "name": name,
        "kind": kind,
        "startTimeUnixNano": _nanoseconds(begin),
        "endTimeUnixNano": _nanoseconds(max(begin, end)),
        "attributes": _attributes(attributes),
    }


def trace_id(request: str, delivery: int) -> str:
    """The number of the request that brought it, which the proxy's log has too; where that is none of 32 hexadecimal
    digits, one that follows from it.
    """
    bare = request.replace("-", "").lower()
    is_one = len(bare) == 32 and set(bare) <= set("0123456789abcdef") and set(bare) != {"0"}
    return bare if is_one else sha256(f"{request or delivery}".encode()).hexdigest()[:32]


def span_id(kind: str, pk: int) -> str:
    """The same whenever the span is told."""
    return sha256(f"{kind} {pk}".encode()).hexdigest()[:16]


def _nanoseconds(at: datetime) -> str:
    """Since 1970; as text, since JSON's numbers are too short for it."""
    return str(round((at - datetime.fromtimestamp(0, tz=at.tzinfo)) / timedelta(microseconds=1)) * 1000)


def _attributes(values: Mapping[str, Value]) -> list[dict[str, object]]:
    return [{"key": name, "value": _value(value)} for name, value in values.items()]


def _value(value: Value) -> dict[str, object]:
    if isinstance(value, bool):
        return {"boolValue": value}
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}


def _post(spans: Sequence[Span]) -> bool:
    """Whether the collector has them, or will never take them."""
    resource = {"service.name": settings.OTEL_SERVICE_NAME, "service.version": VERSION}
    body = {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes(resource)},
                "scopeSpans": [{"scope": {"name": __name__}, "spans": spans}],
            }
        ]
    }
    try:
        status = post_json(
            f"{settings.OTEL_EXPORTER_OTLP_ENDPOINT.rstrip('/')}/v1/traces",
            json.dumps(body).encode(),
            headers_of(settings.OTEL_EXPORTER_OTLP_HEADERS),
            timeout=TIMEOUT,
            seconds=CALL_SECONDS,
        )
    except requests.RequestException as error:
        log.warning("traces not taken: %s", type(error).__name__)
        return False
    if status == HTTPStatus.OK:
        return True
    log.warning("traces not taken: HTTP %s", status)
    wait = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
    return HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in wait


def headers_of(pairs: Iterable[str]) -> dict[str, str]:
    """What OTEL_EXPORTER_OTLP_HEADERS holds: name=value, the values percent-encoded."""
    return {
        name.strip(): unquote(value.strip()) for name, _, value in (pair.partition("=") for pair in pairs)
    }
