"""Log formatters: text for people, JSON for a collector, both with the keys bound by whatsapp.log_fields.

No line shows what a citizen wrote: an exception is logged by its type and stack frames, never by its message, which
may quote a value. No logging package does that, so the standard library is enough.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

from typing_extensions import override

from whatsapp import log_fields


class TextFormatter(logging.Formatter):
    """`2026-11-24 10:00:00,000 WARNING whatsapp.webhook.ingest not ingested: DataError delivery=12`"""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    @override
    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # may hold the error's message, cached by another handler
        return super().format(record)

    @override
    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = _message(record)
        rows = "".join(f" {kind}={pk}" for kind, pk in log_fields.current().items())
        return super().formatMessage(record) + rows

    @override
    def formatException(self, ei: Any) -> str:
        return _where(ei[1])


class JsonFormatter(logging.Formatter):
    """One JSON object a line: `time` (UTC), `level`, `logger`, `message`, keys like `delivery_id`, and `trace`."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
            **{f"{kind}_id": pk for kind, pk in log_fields.current().items()},
        }
        if record.exc_info and record.exc_info[1]:
            line["trace"] = _where(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def _message(record: logging.LogRecord) -> str:
    if record.exc_info and record.name == "celery.app.trace":  # Celery's text quotes the exception's message
        return f"task {getattr(record, 'data', {}).get('name')} failed"
    return record.getMessage()


def _where(error: BaseException | None) -> str:
    """Stack frames and type of an exception and of its causes, without their messages."""
    parts: list[str] = []
    while error is not None:
        parts.append("".join(traceback.format_tb(error.__traceback__)) + type(error).__qualname__)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\ncaused by:\n".join(parts)
