"""Logs name the rows of a message by their keys, and contain no personal data."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from melikgazi.celery import app as celery_app
from melikgazi.observability.logs import JsonFormatter, TextFormatter
from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.meta import graph_error
from tickets.casework.transitions import change_status
from tickets.record.permissions import Actor
from tickets.record.statuses import Status
from whatsapp import log_fields
from whatsapp.models import Identity, InboundDelivery, Message, Outbox
from whatsapp.turns import effects

WORDS = "Köşk mahallesi Lale sokakta çukur var, kapım 17"


class Lines:
    """What a handler on the root logger writes."""

    def __init__(self, formatter: logging.Formatter) -> None:
        self._written = io.StringIO()
        self.handler = logging.StreamHandler(self._written)
        self.handler.setFormatter(formatter)

    @property
    def text(self) -> str:
        return self._written.getvalue()

    @property
    def json(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture(params=["json", "text"])
def lines(request: pytest.FixtureRequest) -> Iterator[Lines]:
    lines = Lines(JsonFormatter() if request.param == "json" else TextFormatter())
    root = logging.getLogger()
    before, root.level = root.level, logging.DEBUG
    root.addHandler(lines.handler)
    yield lines
    root.removeHandler(lines.handler)
    root.level = before


only_json = pytest.mark.parametrize("lines", ["json"], indirect=True)
only_text = pytest.mark.parametrize("lines", ["text"], indirect=True)


def fail(words: str) -> None:
    raise ValueError(words)


def live_through_everything(line: Line, jpeg: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report with a photo is opened and answered, and everything that can fail on the way does, once."""
    line.meta.files["photo1"] = jpeg
    line.meta.answers.extend(
        [graph_error(131000, f"{wire.AYSE.phone} {WORDS}"), graph_error(190, wire.AYSE.phone)]
    )
    line.hear(wire.text(wire.AYSE, WORDS), wire.photo(wire.AYSE, "photo1", WORDS))
    line.hear(wire.photo(wire.AYSE, "gone"))
    line.ingest_all(wire.said({"id": {}, "text": {"body": WORDS}} | wire.AYSE.sender()))
    line.ingest_all(WORDS.encode())
    line.later(minutes=30)
    with monkeypatch.context() as broken:
        broken.setattr(effects, "apply", lambda *_args, **_more: fail(WORDS))
        line.hear(wire.text(wire.VELI, WORDS), by=wire.VELI)
        line.later(minutes=1)
    citizen = Actor.citizen()
    change_status(ticket=line.ticket(), actor=citizen, now=line.now, to=Status.CANCELLED, answer=WORDS)
    line.later(minutes=5)


def test_a_whole_life_of_messages_leaves_no_personal_word_in_the_logs(
    line: Line, lines: Lines, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
):
    live_through_everything(line, jpeg, monkeypatch)
    personal = {"Ayşe", "Yılmaz", "Veli", "Lale", "çukur", wire.AYSE.phone, wire.AYSE.bsuid, wire.VELI.bsuid}
    personal |= set(Message.objects.values_list("wamid", flat=True))  # a wamid holds the number, encoded
    personal |= {wamid for wamid in Outbox.objects.values_list("wamid", flat=True) if wamid}
    personal |= set(Identity.objects.values_list("value", flat=True))
    happened = (
        "taken in",
        "turn failed",
        "queued",
        "not sent",
        "sent",
        "channel stopped",
        "attempt 1 failed",
    )
    assert [what for what in happened if what not in lines.text] == []
    assert sorted(word for word in personal if word in lines.text) == []


@only_json
def test_an_answer_can_be_followed_back_to_the_delivery_that_it_answers(line: Line, lines: Lines):
    line.hear(wire.text(wire.AYSE, "durum"))
    line.later(minutes=1)
    answer = Outbox.objects.get()
    (queued,) = [each for each in lines.json if each["message"] == "queued"]
    assert queued["outbox_id"] == answer.pk
    assert queued["delivery_id"] == InboundDelivery.objects.get().pk
    assert queued["conversation_id"] == answer.conversation_id
    (sent,) = [each for each in lines.json if each["message"] == "sent"]
    assert sent["outbox_id"] == answer.pk


@only_json
def test_what_is_told_of_a_delivery_names_the_request_that_brought_it(line: Line, lines: Lines):
    number = "593b758ee3e1467a9d30b44829bc921c"
    InboundDelivery.objects.keep(wire.said(wire.text(wire.AYSE, "durum")), line.now, number)
    line.later(seconds=1)
    (told,) = [each for each in lines.json if each["message"].startswith("taken in")]
    assert told["request_id"] == number


@only_json
def test_a_json_line_has_a_time_a_level_and_a_logger(lines: Lines):
    logging.getLogger("whatsapp.trial").warning("%s of %s", 1, 2)
    (line,) = lines.json
    assert datetime.fromisoformat(line.pop("time")).tzinfo is not None
    assert line == {"level": "WARNING", "logger": "whatsapp.trial", "message": "1 of 2"}


@only_text
def test_a_text_line_ends_with_the_rows_it_is_about(lines: Lines):
    with log_fields.bind(delivery=7), log_fields.bind(message=8, ticket=None):
        logging.getLogger("whatsapp.trial").warning("parked")
    assert lines.text.endswith(" WARNING whatsapp.trial parked delivery=7 message=8\n")


def test_after_a_row_nothing_tells_of_it_any_more():
    with log_fields.bind(delivery=7):
        pass
    assert log_fields.current() == {}


def test_an_exception_is_told_by_its_kind_and_place_and_so_is_what_it_came_from(lines: Lines):
    try:
        try:
            fail(WORDS)
        except ValueError as error:
            raise RuntimeError(WORDS) from error
    except RuntimeError:
        logging.getLogger("whatsapp.trial").exception("failed")
    assert "RuntimeError" in lines.text
    assert "ValueError" in lines.text
    assert "line " in lines.text
    assert WORDS not in lines.text


def test_what_another_handler_wrote_of_an_exception_is_not_taken_over():
    record = logging.LogRecord("trial", logging.ERROR, "", 0, "failed", (), None)
    record.exc_text = WORDS
    assert WORDS not in TextFormatter().format(record)


def test_a_task_that_failed_is_named_without_the_words_of_its_error(lines: Lines):
    try:
        fail(WORDS)
    except ValueError as error:
        context = {
            "id": "1",
            "name": "whatsapp.inbox",
            "exc": repr(error),
            "description": "raised unexpected",
        }
        logging.getLogger("celery.app.trace").error(
            "Task %(name)s[%(id)s] %(description)s: %(exc)s",
            context,
            exc_info=sys.exc_info(),
            extra={"data": context},
        )
    assert "task whatsapp.inbox failed" in lines.text
    assert WORDS not in lines.text


def test_a_worker_logs_as_the_settings_say_and_not_as_celery_would(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(celery_app.log, "already_setup", False)
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    celery_app.log.setup_logging_subsystem(loglevel="ERROR")
    assert (root.level, root.handlers) == before
