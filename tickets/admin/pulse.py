"""Has anything changed for those who watch? One statement for all who ask within half a second, and no session.

Every open page of the back office asks each second (bell.js); only when the stamp has changed does it ask for what is
its own to see, with its session. Why not server-sent events: docs/decisions/0024.
"""

import json
import time
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from threading import Lock
from typing import Any

from django.core import signing
from django.db import connection

from tickets.models import TO_CLAIM, Ticket

SALT = "tickets.admin.pulse"
TOKEN_LASTS = 3600  # seconds; a page gets a new one with each look at its own state
KEPT = 0.5  # seconds for which one answer serves all who ask this process
# Entries and notifications come with rising keys, but not always in their order: the sum of the newest changes also
# when one is committed late. Of the tickets to send on or to approve, when they came is in the index already. What a
# row of the list says of its ticket changes with entries of few kinds.
_STATE = """
WITH entries AS (SELECT id, ticket_id, kind, at FROM tickets_ticketevent ORDER BY id DESC LIMIT 64),
talks AS (
    SELECT id, last_at, assignee_id, assigned_at, reason, ticket_id, escalated_at
    FROM tickets_handover WHERE ended_at IS NULL
),
standing AS (SELECT status, created_at FROM tickets_ticket WHERE status IN ('NEW', 'REVIEW'))
SELECT
    (SELECT sum(id) FROM entries),
    (SELECT array[
        (SELECT sum(hashtext(concat_ws(' ', id, last_at, assignee_id, reason, ticket_id, escalated_at))::bigint)
            FROM talks),
        (SELECT sum(hashtext(concat_ws(' ', id, until, back_at))::bigint)
            FROM tickets_snooze WHERE ended_at IS NULL),
        (SELECT sum(hashtext(concat_ws(' ', id, assignee_id))::bigint) FROM tickets_callback
            WHERE ended_at IS NULL AND due_at <= statement_timestamp()),
        (SELECT sum(id) FROM entries WHERE kind IN (
            'assigned', 'moved', 'classified', 'located', 'danger', 'claimed', 'released', 'withdrawn')),
        (SELECT count(*) FROM standing),
        (SELECT sum(extract(epoch FROM created_at) * CASE status WHEN 'NEW' THEN 1 ELSE 2 END) FROM standing),
        dangers.stamp]),
    (SELECT array[
        (SELECT sum(id) FROM (SELECT id FROM tickets_notification ORDER BY id DESC LIMIT 64) AS told),
        (SELECT count(claimed_by_id) FROM tickets_drill),
        dangers.stamp]),
    (SELECT array_agg(DISTINCT ticket_id) FROM entries WHERE at > statement_timestamp() - interval '1 minute'),
    (SELECT array_agg(id) FROM (
        SELECT id FROM talks WHERE greatest(last_at, assigned_at) > statement_timestamp() - interval '1 minute'
        UNION ALL SELECT id FROM tickets_handover WHERE ended_at > statement_timestamp() - interval '1 minute'
    ) AS lately),
    (SELECT json_agg(json_build_array(citizen_id, user_id, coalesce(nullif(
            trim(concat(first_name, ' ', last_name)), ''), username), writing) ORDER BY citizen_id, user_id)
        FROM (
            SELECT citizen_id, user_id, bool_or(writing) AS writing FROM (
                SELECT citizen_id, user_id, coalesce(writing_until > statement_timestamp(), false) AS writing
                FROM tickets_talkpresence WHERE open_until > statement_timestamp()
                UNION ALL SELECT tickets_ticket.citizen_id, mark.user_id, false FROM tickets_viewmark AS mark
                JOIN tickets_ticket ON tickets_ticket.id = mark.ticket_id
                WHERE mark.open_until > statement_timestamp() AND tickets_ticket.citizen_id IS NOT NULL
            ) AS each GROUP BY citizen_id, user_id
        ) AS here JOIN auth_user ON auth_user.id = user_id)
FROM (SELECT sum(hashtext(concat_ws(' ', danger.id, danger.version))::bigint) AS stamp
    FROM ({dangers}) AS danger) AS dangers
"""


@dataclass(frozen=True)
class PulseState:
    """`stamp` names it, `bell` what the bell shows. `body` is the JSON: these two, the stamp of the list of who waits,
    the tickets and talks that changed within the last minute, and who has the talk with which citizen open, and writes.
    """

    stamp: str
    bell: str
    body: bytes


class Watch:
    """The newest state, asked for at most once in KEPT seconds however many ask."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._state: PulseState | None = None
        self._until = 0.0

    def state(self) -> PulseState:
        with self._lock:
            if self._state is None or time.monotonic() >= self._until:
                self._state = _read()
                self._until = time.monotonic() + KEPT
            return self._state


WATCH = Watch()


def token(user: int) -> str:
    """What a page needs to ask; it is worth nothing but that something changed, and who of the staff is where."""
    return signing.TimestampSigner(salt=SALT).sign(str(user))


def is_token(given: str) -> bool:
    try:
        signing.TimestampSigner(salt=SALT).unsign(given, max_age=TOKEN_LASTS)
    except signing.BadSignature:
        return False
    return True


@cache
def _statement() -> tuple[str, tuple[Any, ...]]:
    """With the condition of TO_CLAIM as its index has it."""
    dangers = Ticket.objects.filter(TO_CLAIM).order_by().values("id", "version")
    sql, parameters = dangers.query.sql_with_params()
    return _STATE.format(dangers=sql), parameters


def _read() -> PulseState:
    with connection.cursor() as cursor:
        cursor.execute(*_statement())
        entries, listed, bell, tickets, talks, here = cursor.fetchone()
    if isinstance(here, str):
        here = json.loads(here)
    people = [dict(zip(("citizen", "user", "name", "writing"), each, strict=True)) for each in here or []]
    # What is named only because it is less than a minute old changes nothing for those who saw it.
    stamp = _hash(entries, listed, bell, people)
    told: dict[str, Any] = {"stamp": stamp, "list": _hash(listed), "bell": _hash(bell)}
    changed = {"tickets": tickets or [], "talks": talks or []}
    return PulseState(stamp, told["bell"], json.dumps(told | changed | {"here": people}).encode())


def _hash(*parts: object) -> str:
    return sha256(repr(parts).encode()).hexdigest()[:16]
