"""Error reports to a Sentry-compatible server of the municipality's own, where SENTRY_DSN names one.

What leaves is the type of an error and the lines of code it passed. Everything that can hold a citizen's words or
name goes first: the error's own text, local variables, requests, breadcrumbs, users.
"""

from typing import Any

from whatsapp import log_fields

KEPT = ("event_id", "timestamp", "platform", "level", "logger", "transaction", "release", "sdk", "exception")


def report_to(dsn: str) -> None:
    """Starts reporting from this process. ValueError where `dsn` is none."""
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
    """The event with nothing in it but its kind, where it arose, and the rows that it is about."""
    kept = {key: event[key] for key in KEPT if key in event}
    if template := event.get("logentry", {}).get("message"):  # the line without what was put into it
        kept["logentry"] = {"message": template}
    for error in kept.get("exception", {}).get("values", ()):
        error.pop("value", None)
        error.pop("mechanism", None)
        for frame in (error.get("stacktrace") or {}).get("frames", ()):
            frame.pop("vars", None)
    return kept | {"tags": {kind: str(pk) for kind, pk in log_fields.current().items()}}
