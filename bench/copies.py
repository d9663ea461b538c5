"""More tickets, and what the line keeps of them, copied in the database from those that were drawn.

Copies of a ticket are spread over the week before it, at its place, in the order of their time. Each ticket of a
citizen has a message and an answer; every other one has two. Of bodies and statuses there is what retention leaves:
those of thirty days.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

# Copied at once: what is sorted for it fits the memory.
PARTS, TOGETHER = 20, 500_000  # spans of time; tickets that are talked about
_COLUMNS = """
SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns
WHERE table_name = 'tickets_ticket' AND is_generated = 'NEVER'
    AND column_name NOT IN ('id', 'number', 'public_code', 'created_at', 'search')
"""
_TICKETS = """
INSERT INTO tickets_ticket (number, created_at, search, {columns})
SELECT 'K-' || %s || '-' || row_number() OVER (ORDER BY at), at, '', {columns} FROM (
    SELECT ticket.*, ticket.created_at - random() * interval '7 days' AS at
    FROM tickets_ticket ticket, generate_series(2, %s)
    WHERE ticket.created_at >= %s AND ticket.created_at < %s
) AS copied ORDER BY at
"""
# Those that no constraint stands on.
_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = %s::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""
_TALKED = """
FROM tickets_ticket ticket JOIN whatsapp_conversation talk ON talk.citizen_id = ticket.citizen_id,
    generate_series(1, 2) AS n
WHERE ticket.id > %(after)s AND ticket.id <= %(to)s AND (n = 1 OR ticket.id %% 2 = 0) ORDER BY ticket.id
"""
_MESSAGES = (
    """
INSERT INTO whatsapp_message (wamid, conversation_id, kind, text, reply_to, payload, sent_at, received_at, state,
    danger, outcome, ticket_id, error)
SELECT 'wamid.KOPYA.' || ticket.id || '.' || n, talk.id, 'text', ticket.summary, '',
    jsonb_build_object('type', 'text', 'text', jsonb_build_object('body', ticket.summary)),
    ticket.created_at, ticket.created_at, 'handled', false, '', ticket.id, ''
"""
    + _TALKED
)
_ANSWERS = (
    """
INSERT INTO whatsapp_outbox (conversation_id, ticket_id, text, payload, origin, state, wamid, created_at, not_before,
    sent_at, attempts, as_template, possibly_double, urgent, error)
SELECT talk.id, ticket.id, 'Başvurunuz alındı.', jsonb_build_object('type', 'text'), 'line', 'read',
    'wamid.GIDEN.' || ticket.id || '.' || n, ticket.created_at, ticket.created_at, ticket.created_at, 1, false, false,
    false, ''
"""
    + _TALKED
)
_BODIES = """
INSERT INTO whatsapp_inbounddelivery (id, body, names, received_at, state, attempts, error, updates, created,
    duplicates)
OVERRIDING SYSTEM VALUE SELECT {id}, %(body)s, ARRAY['wamid.' || n],
    %(from)s + n * (%(to)s - %(from)s) / %(count)s::float8, 'done', 1, '', 1, 1, 0
FROM generate_series(1, %(count)s) AS n
"""
_STATUSES = """
INSERT INTO whatsapp_statusupdate (id, digest, wamid, callback, status, at, received_at, payload, settled)
OVERRIDING SYSTEM VALUE SELECT {id}, md5(random()::text || n), 'wamid.' || n, '', 'delivered', at, at,
    jsonb_build_object('status', 'delivered', 'recipient_id', '905320000000'), true
FROM (SELECT n, %(from)s + n * (%(to)s - %(from)s) / %(count)s::float8 AS at
    FROM generate_series(1, %(count)s) AS n) AS spread
"""


def multiply(times: int) -> None:
    """So that each ticket stands there so many times."""
    with _filling("tickets_ticket") as cursor:
        cursor.execute(_COLUMNS)
        (columns,) = cursor.fetchone()
        cursor.execute("SELECT count(*), min(created_at), max(created_at) FROM tickets_ticket")
        before, first, last = cursor.fetchone()
        span = (last - first) / PARTS + timedelta(microseconds=1)
        # From the oldest on: no copy lies where another part still begins.
        for part in range(PARTS):
            begin = first + part * span
            values = [f"{before}-{part}", times, begin, begin + span]
            cursor.execute(_TICKETS.format(columns=columns), values)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE tickets_ticket")


def talk_about(after: int) -> None:
    """Messages and answers of the tickets above that key."""
    from tickets.models import Citizen, Ticket
    from whatsapp.models import Conversation

    silent = Citizen.objects.filter(conversation=None).values_list("pk", flat=True)
    Conversation.objects.bulk_create(
        (Conversation(citizen_id=citizen) for citizen in silent), batch_size=5000
    )
    last = Ticket.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    for table, statement in (("whatsapp_message", _MESSAGES), ("whatsapp_outbox", _ANSWERS)):
        with _filling(table) as cursor:
            for begin in range(after, last, TOGETHER):
                cursor.execute(statement, {"after": begin, "to": begin + TOGETHER})


@contextmanager
def _filling(table: str) -> Iterator[CursorWrapper]:
    """Without its triggers and foreign keys, and with its indexes made anew at the end: all or nothing."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL maintenance_work_mem = '1GB'")
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute(_INDEXES, [table])
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield cursor
        for _, definition in indexes:
            cursor.execute(definition)


def deliver(kind: str, *, first: bool = False, **values: Any) -> None:
    """So many bodies or statuses, spread evenly from one moment to another; `first`: before all that are there."""
    statement, table = {
        "bodies": (_BODIES, "whatsapp_inbounddelivery"),
        "statuses": (_STATUSES, "whatsapp_statusupdate"),
    }[kind]
    key = "n - %(count)s - 1" if first else f"nextval(pg_get_serial_sequence('{table}', 'id'))"
    with connection.cursor() if first else _filling(table) as cursor:
        cursor.execute(statement.format(id=key), values)
