"""Error reports to the municipality's own Sentry-compatible server, if SENTRY_DSN is set.

Reports contain the type of an error and its stack frames. Everything that may hold personal data is removed first: the
error's message, local variables, requests, breadcrumbs, users.
"""

from typing import Any

from whatsapp import log_fields

KEPT = ("event_id", "timestamp", "platform", "level", "logger", "transaction", "release", "sdk", "exception")


def report_to(dsn: str) -> None:
    """Starts reporting from this process. ValueError for an invalid `dsn`."""
    import sentry_sdk

    sentry_sdk.init(
        dsn=dsn,
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        before_send=lambda event, _hint: scrubbed(event),
    )


def scrubbed(event: Any) -> Any:
    """The event reduced to type, stack frames and the keys bound by log_fields."""
    kept = {key: event[key] for key in KEPT if key in event}
    if template := event.get("logentry", {}).get("message"):  # the format string, without its arguments
        kept["logentry"] = {"message": template}
    for error in kept.get("exception", {}).get("values", ()):
        error.pop("value", None)
        error.pop("mechanism", None)
        for frame in (error.get("stacktrace") or {}).get("frames", ()):
            frame.pop("vars", None)
    return kept | {"tags": {kind: str(pk) for kind, pk in log_fields.current().items()}}
