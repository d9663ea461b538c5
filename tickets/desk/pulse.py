"""Has anything changed for those who watch? One statement for all who ask within half a second, and no session.

Every open page of the back office asks each second (bell.js); only when the stamp has changed does it ask for what is
its own to see, with its session. Why not server-sent events: docs/decisions/0024.
"""

import json
import re
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache, lru_cache
from hashlib import sha256
from threading import Lock
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac
from psycopg import ClientCursor

from departments.common import composed_queries
from departments.models import Role, StaffSession
from departments.staff import sessions
from tickets.presence.marking import keep_open
from tickets.record.models.ticket import UNACKNOWLEDGED_DANGER, Ticket

KEPT = 0.5  # seconds for which one answer serves all who ask this process
# Seconds from one time to the next that what open pages said is written: a mark holds for three times as long.
KEEP_OPEN_EVERY = 15.0
MOST_OPEN = 5_000  # that are kept in mind until then
MOST_TOKENS = 2_000  # kept, so that they are not made anew each time
LISTENERS_KEPT = 5.0  # seconds after which a session that ended, or lost its rights, is told nothing more
# Entries and notifications come with rising keys, but not always in their order: the sum of the newest changes also
# when one is committed late. Of the tickets to send on or to approve, when they came is in the index already. What a
# row of the list says of its ticket changes with entries of few kinds.
_STATE = """
WITH entries AS (SELECT id, ticket_id, at FROM tickets_ticketevent ORDER BY id DESC LIMIT 64),
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
        (SELECT sum(id) FROM (SELECT id FROM tickets_ticketevent WHERE kind IN (
            'assigned', 'moved', 'classified', 'located', 'danger', 'claimed', 'released', 'withdrawn')
            ORDER BY id DESC LIMIT 64) AS of_rows),
        (SELECT sum(extract(epoch FROM created_at) * CASE status WHEN 'NEW' THEN 1 ELSE 2 END) FROM standing),
        dangers.stamp]),
    (SELECT json_object_agg(user_id, stamp) FROM (
        SELECT user_id, sum(id) AS stamp FROM (
            SELECT id, user_id FROM tickets_notification WHERE at <= statement_timestamp() ORDER BY id DESC LIMIT 64
        ) AS told GROUP BY user_id) AS notices),
    (SELECT array[(SELECT count(claimed_by_id) FROM tickets_drill), dangers.stamp]),
    (SELECT json_agg(json_build_array(id, restricted)) FROM tickets_ticket WHERE id IN (
        SELECT ticket_id FROM entries WHERE at > statement_timestamp() - interval '1 minute')),
    (SELECT array_agg(id) FROM (
        SELECT id FROM talks WHERE greatest(last_at, assigned_at) > statement_timestamp() - interval '1 minute'
        UNION ALL SELECT id FROM tickets_handover WHERE ended_at > statement_timestamp() - interval '1 minute'
    ) AS lately),
    (SELECT json_agg(json_build_array(citizen_id, user_id, coalesce(nullif(
            trim(concat(first_name, ' ', last_name)), ''), username), writing,
            (SELECT sum(version) FROM tickets_ticket WHERE tickets_ticket.citizen_id = here.citizen_id))
            ORDER BY citizen_id, user_id)
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


_OPEN = re.compile(r"([0-9]{1,18})?(?:\.([0-9]{1,18}))?")


class Sees(IntEnum):
    """How much the pulse tells somebody: departments of tickets alone, the call centre of talks, too, and of restricted
    tickets whoever sees all.
    """

    TICKETS = 1
    TALKS = 2
    EVERYTHING = 3


@dataclass(frozen=True)
class Listener:
    """Who may ask: the key of the user whose session it is, and how much they are told."""

    user: int
    sees: Sees


class OpenPage(NamedTuple):
    """What a page says that it has open before somebody's eyes: the talk with the citizen of that key, and of a ticket
    its key; 0 for none.
    """

    citizen: int = 0
    ticket: int = 0

    @classmethod
    def said(cls, words: str) -> "OpenPage":
        """Of `12`, `12.345` or `.345`; what is none of these says nothing."""
        found = _OPEN.fullmatch(words)
        return cls(*(int(each or 0) for each in found.groups())) if found else cls()


@dataclass(frozen=True)
class PulseState:
    """How things stand. `stamps` name it for each way of seeing, `listed` the list of who waits. `shown` is what is
    told: that one, the tickets and talks that changed within the last minute, and who has the talk with which citizen
    open, and writes. `bells` are the stamps of what each user's bell shows, `quiet_bell` that of those who were told
    nothing. `marks` are of each user who has the talk with a citizen open, by both keys: another one when any of
    that citizen's tickets changes, whoever may see it, so that the page asks again whether it is still theirs to see.
    """

    stamps: Mapping[Sees, str]
    listed: str
    shown: Mapping[Sees, Mapping[str, Any]]
    bells: Mapping[int, str]
    quiet_bell: str
    marks: Mapping[tuple[int, int], str]

    def bell(self, user: int) -> str:
        return self.bells.get(user, self.quiet_bell)

    def mark(self, listener: Listener, page: OpenPage) -> str:
        """Empty where the talk does not count as open to them."""
        return self.marks.get((listener.user, page.citizen), "")

    def stamp(self, listener: Listener, page: OpenPage) -> str:
        return f"{self.stamps[listener.sees]}-{self.bell(listener.user)}-{self.mark(listener, page)}"

    def body(self, listener: Listener, page: OpenPage) -> bytes:
        """The JSON for one of those who listen."""
        own = {
            "stamp": self.stamp(listener, page),
            "bell": self.bell(listener.user),
            "open": self.mark(listener, page),
        }
        return json.dumps({**self.shown[listener.sees], **own}).encode()


class Watch:
    """The newest state, asked for at most once in KEPT seconds however many ask; and who may ask."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._state: PulseState | None = None
        self._until = 0.0
        self._listeners: Mapping[str, Listener] = {}
        self._listeners_read = -LISTENERS_KEPT
        self._open: set[tuple[int, OpenPage]] = set()
        self._open_written = time.monotonic()

    def state(self, *, anew: bool = False) -> PulseState:
        with self._lock:
            if anew or self._state is None or time.monotonic() >= self._until:
                self._state = _read()
                self._until = time.monotonic() + KEPT
                self._write_open()
            return self._state

    def known(self, given: str, page: OpenPage) -> tuple[Listener | None, str]:
        """Whose token it is and their stamp, as far as both are in memory and still good; waits for nobody."""
        state, now = self._state, time.monotonic()
        listener = self._listeners.get(given)
        is_good = now < self._until and now - self._listeners_read < LISTENERS_KEPT
        if listener is None or state is None or not is_good:
            return None, ""
        return listener, state.stamp(listener, page)

    def keep_open(self, listener: Listener, page: OpenPage) -> None:
        """The page has it open still. Only what Django's page has marked as open stays so: this opens nothing."""
        if page != OpenPage() and listener.sees >= Sees.TALKS and len(self._open) < MOST_OPEN:
            self._open.add((listener.user, page))

    def _write_open(self) -> None:
        """Now and then, what pages said since the last time, in a statement of each kind."""
        if time.monotonic() - self._open_written < KEEP_OPEN_EVERY:
            return
        said, self._open, self._open_written = self._open, set(), time.monotonic()
        if said:
            # A copy: the thread that reads the connections may be adding to it this moment.
            keep_open([(user, *page) for user, page in list(said)], timezone.now())

    def listener(self, given: str) -> Listener | None:
        """Whose token it is; None for one that is none, or is worth nothing any more. One that is not known may be
        new.
        """
        with self._lock:
            age = time.monotonic() - self._listeners_read
            if age >= LISTENERS_KEPT or (given not in self._listeners and age >= KEPT):
                self._listeners, self._listeners_read = _listeners(), time.monotonic()
            return self._listeners.get(given)


WATCH = Watch()


def token(session: str | None, user: User) -> str:
    """What a page needs to ask: it ends with the session of that key, the user's password, their roles or account."""
    return _fingerprint(f"{session} {user.password}")


@lru_cache(maxsize=MOST_TOKENS)
def _fingerprint(words: str) -> str:
    return salted_hmac("tickets.desk.pulse", words, algorithm="sha256").hexdigest()


def _listeners() -> Mapping[str, Listener]:
    """Of each session that goes on, by its token."""
    found = {}
    for session, user, password, is_superuser, began, seen, roles in composed_queries.ask(
        "listeners", _sessions
    ):
        sees = _sees(set(roles) - {None}, is_superuser=is_superuser)
        if sees and not sessions.has_ended(int(began.timestamp()), int(seen.timestamp())):
            found[_fingerprint(f"{session} {password}")] = Listener(user, sees)
    return found


def _sessions() -> QuerySet[Any, Any]:
    columns = ("pk", "user", "user__password", "user__is_superuser", "began_at", "seen_at")
    rows = StaffSession.objects.filter(user__is_active=True)
    return rows.annotate(roles=ArrayAgg("user__memberships__role")).values_list(*columns, "roles")


def _sees(roles: Collection[str], *, is_superuser: bool) -> Sees | None:
    if is_superuser or Role.SUPERVISOR in roles:
        return Sees.EVERYTHING
    if not roles:
        return None
    return Sees.TALKS if Role.OPERATOR in roles else Sees.TICKETS


@cache
def _statement() -> str:
    """The statement, with the condition of UNACKNOWLEDGED_DANGER as its index has it.

    Its values are written in, since nothing of it ever changes: the
    server plans it once for each connection (DATABASE_PREPARED).
    """
    dangers = Ticket.objects.filter(UNACKNOWLEDGED_DANGER).order_by().values("id", "version")
    sql, parameters = dangers.query.sql_with_params()
    return _STATE.format(dangers=ClientCursor(connection.connection).mogrify(sql, parameters))


def _read() -> PulseState:
    with connection.cursor() as wrapped, connection.wrap_database_errors:
        cursor = wrapped.cursor
        cursor.execute(_statement(), prepare=settings.DATABASE_PREPARED)
        entries, listed, notices, rings, tickets, talks, here = cursor.fetchone()
    opened = _parsed(here)
    people = [dict(zip(("citizen", "user", "name", "writing"), each[:4], strict=True)) for each in opened]
    marks = {(user, citizen): f"{versions or 0}" for citizen, user, _, _, versions in opened}
    changed, list_stamp = _parsed(tickets), _hash(listed)
    stamps, shown = {}, {}
    for sees in Sees:
        all_tickets, of_talks = sees is Sees.EVERYTHING, sees >= Sees.TALKS
        # What is named only because it is less than a minute old changes nothing for those who saw it.
        stamps[sees] = _hash(entries, listed, people if of_talks else ())
        shown[sees] = {
            "list": list_stamp,
            "tickets": sorted(key for key, restricted in changed if all_tickets or not restricted),
            "talks": talks or [] if of_talks else [],
            "here": people if of_talks else [],
        }
    bells = {int(user): _hash(rings, told) for user, told in dict(_parsed(notices)).items()}
    return PulseState(stamps, list_stamp, shown, bells, _hash(rings), marks)


def _parsed(value: Any) -> Any:
    """The value of a JSON column, which comes as text where a cursor has no types."""
    return (json.loads(value) if isinstance(value, str) else value) or []


def _hash(*parts: object) -> str:
    return sha256(repr(parts).encode()).hexdigest()[:16]
