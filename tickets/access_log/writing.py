"""The access log: one entry for each record that somebody opened, and one an hour for each list."""

from collections.abc import Iterable
from datetime import datetime

from departments.common.bulk_insert import insert_new
from tickets.access_log.models import Access
from tickets.access_log.request_notes import AccessNote


def log_access(
    *, by: int | None, page: str, record: str, entries: Iterable[AccessNote], now: datetime
) -> None:
    """Keeps the entries in one statement; of a list that this user has seen in this hour nothing more.

    `by` is the key of the user, `page` the name of the address, `record` what of it was opened.
    """
    insert_new(
        [
            Access(
                at=_hour(now) if each.what == Access.What.LISTED else now,
                what=each.what,
                by_id=each.by or by,
                page=page,
                record=record,
                tickets=each.tickets,
                citizens=each.citizens,
            )
            for each in entries
        ]
    )


def _hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)
