"""Has anything changed for those who watch? One statement for all who ask within half a second, and no session.

Every open page of the back office asks each second (bell.js); only when the stamp has changed does it ask for what is
its own to see, with its session. Why not server-sent events: docs/decisions/0024.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from hashlib import sha256
from threading import Lock
from typing import Any

from django.contrib.auth.models import User
from django.core import signing
from django.db import connection
from django.utils.crypto import salted_hmac

from departments.models import Role
from tickets.models import TO_CLAIM, Ticket

SALT = "tickets.admin.pulse"
TOKEN_LASTS = 3600  # seconds; a page gets a new one with each look at its own state
KEPT = 0.5  # seconds for which one answer serves all who ask this process
RIGHTS_KEPT = 5.0  # seconds after which somebody who left, or lost their roles, is told nothing more
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
    (SELECT json_agg(json_build_array(id, restricted)) FROM tickets_ticket WHERE id IN (
        SELECT ticket_id FROM entries WHERE at > statement_timestamp() - interval '1 minute')),
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


class Sees(IntEnum):
    """How much the pulse tells somebody: departments of tickets alone, the call centre of talks, too, and of restricted
    tickets whoever sees all.
    """

    TICKETS = 1
    TALKS = 2
    EVERYTHING = 3


States = Mapping[Sees, PulseState]


class Watch:
    """The newest state for each, asked for at most once in KEPT seconds however many ask; and who may ask."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._states: States | None = None
        self._until = 0.0
        self._rights: Mapping[str, Sees] = {}
        self._rights_read = -RIGHTS_KEPT

    def state(self, sees: Sees) -> PulseState:
        with self._lock:
            if self._states is None or time.monotonic() >= self._until:
                self._states = _read()
                self._until = time.monotonic() + KEPT
            return self._states[sees]

    def rights(self, holder: str) -> Sees | None:
        """How much the holder of a token (`_holder`) is told now; None for somebody without a role, or no more. Who is
        not among those that are known may be new.
        """
        with self._lock:
            age = time.monotonic() - self._rights_read
            if age >= RIGHTS_KEPT or (holder not in self._rights and age >= KEPT):
                self._rights, self._rights_read = _rights(), time.monotonic()
            return self._rights.get(holder)


WATCH = Watch()


def token(user: User) -> str:
    """What a page needs to ask; it ends with the hour, the user's password, their roles or their account."""
    return signing.TimestampSigner(salt=SALT).sign(_holder(user))


def told(given: str) -> Sees | None:
    """How much is told to whoever has this token; None where it is none, or is worth nothing any more.

    Raises DatabaseError.
    """
    try:
        holder = signing.TimestampSigner(salt=SALT).unsign(given, max_age=TOKEN_LASTS)
    except signing.BadSignature:
        return None
    return WATCH.rights(holder)


def _holder(user: User) -> str:
    return f"{user.pk}.{salted_hmac(SALT, user.password, algorithm='sha256').hexdigest()[:16]}"


def _rights() -> Mapping[str, Sees]:
    people = User.objects.filter(is_active=True).only("password", "is_superuser")
    found = {}
    for user in people.prefetch_related("memberships"):
        roles = {row.role for row in user.memberships.all()}
        if user.is_superuser or Role.SUPERVISOR in roles:
            found[_holder(user)] = Sees.EVERYTHING
        elif roles:
            found[_holder(user)] = Sees.TALKS if Role.OPERATOR in roles else Sees.TICKETS
    return found


@cache
def _statement() -> tuple[str, tuple[Any, ...]]:
    """With the condition of TO_CLAIM as its index has it."""
    dangers = Ticket.objects.filter(TO_CLAIM).order_by().values("id", "version")
    sql, parameters = dangers.query.sql_with_params()
    return _STATE.format(dangers=sql), parameters


def _read() -> States:
    with connection.cursor() as cursor:
        cursor.execute(*_statement())
        entries, listed, bell, tickets, talks, here = cursor.fetchone()
    here, tickets = (json.loads(each) if isinstance(each, str) else each for each in (here, tickets))
    people = [dict(zip(("citizen", "user", "name", "writing"), each, strict=True)) for each in here or []]
    # What is named only because it is less than a minute old changes nothing for those who saw it.
    bell_stamp = _hash(bell)
    stamps = {"list": _hash(listed), "bell": bell_stamp}
    changed = [(key, restricted) for key, restricted in tickets or []]
    states = {}
    for sees in Sees:
        all_tickets, of_talks = sees is Sees.EVERYTHING, sees >= Sees.TALKS
        shown: dict[str, Any] = {
            "stamp": _hash(entries, listed, bell, people if of_talks else ()),
            "tickets": sorted(key for key, restricted in changed if all_tickets or not restricted),
            "talks": talks or [] if of_talks else [],
            "here": people if of_talks else [],
        }
        states[sees] = PulseState(shown["stamp"], bell_stamp, json.dumps(stamps | shown).encode())
    return states


def _hash(*parts: object) -> str:
    return sha256(repr(parts).encode()).hexdigest()[:16]
