"""Claims what may leave now, in one statement: the number's pace, one dispatcher, and the order of each conversation.

Urgent rows first, then the oldest; of each conversation only the oldest that waits, so that a citizen reads things in
the order they were said. A row is claimed no earlier than a connection is free for it: whatever is claimed is on its
way, and what waits is anybody's.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from whatsapp.number import pace
from whatsapp.outbox.enqueue import WINDOW

# How long a dispatcher that says nothing more is believed to be at work.
LEASE = timedelta(seconds=5)
# What was said first goes first for so long; then one that cannot leave holds up nobody behind it.
IN_ORDER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """One row that is ours to send, with all that sending it needs: a sender asks the database nothing."""

    pk: int
    conversation: int
    claimed_at: datetime
    created_at: datetime
    not_before: datetime
    attempts: int
    is_news: bool
    payload: dict[str, Any]
    template: dict[str, Any] | None
    as_template: bool
    wa_id: str | None
    bsuid: str | None
    photo: str | None  # its name in the private storage
    photo_type: str | None

    @property
    def recipient(self) -> dict[str, str]:
        """The addressing part of the message: `to` with the number, else `recipient` with the BSUID, else nothing."""
        if self.wa_id:
            # With a plus: without it Meta puts the business's own country code before the number.
            return {"to": "+" + self.wa_id.lstrip("+")}
        return {"recipient": self.bsuid} if self.bsuid else {}


@dataclass(frozen=True, slots=True)
class DispatchBatch:
    """What one look at the outbox gave."""

    rows: list[ClaimedMessage]
    lease: (
        datetime | None
    )  # ours until then; None where another dispatcher is at work, or nothing is left to do
    due: datetime | None  # when something may leave, where nothing may now
    oldest_sending: datetime | None  # when the row that is longest on its way was claimed
    begins: datetime  # the first moment of the pace that these have
    apart: timedelta  # between two messages of the number
    opens: (
        datetime | None
    )  # when there may be more for whom the pace has a moment then; None where that is not known
    works: bool  # whether the number was working


# A row waits while an older one of its conversation does, unless that one has been paused for long. Held rows wait for
# their own time and hold up nothing until then. The older one is looked up for each row (LIMIT 1), not joined: after
# quiet hours the database believes that nothing ever waits, and would read the whole backlog anew for each of its rows.
_WAITING = """
    FROM whatsapp_outbox o JOIN whatsapp_conversation c ON c.id = o.conversation_id
    WHERE o.state IN ('held', 'queued') AND (
        SELECT older.id FROM whatsapp_outbox older
        WHERE older.conversation_id = o.conversation_id AND older.id < o.id
            AND older.state IN ('held', 'queued', 'sending')
            AND NOT (older.state = 'held' AND older.not_before > %(now)s)
            AND NOT (older.state = 'queued' AND older.not_before > %(now)s AND older.created_at < %(patient)s)
        LIMIT 1
    ) IS NULL
"""
# A row's own pause counts from when it was last claimed, else from its creation: pace.CLOCK_SET_BACK.
_DUE = """coalesce(greatest(
    CASE WHEN coalesce(o.claimed_at, o.created_at) <= %(ahead_at_most)s THEN o.not_before END,
    CASE WHEN c.paced_until <= %(ahead_at_most)s + %(person_burst)s THEN c.paced_until - %(person_burst)s END
), %(now)s)"""
_NAME = """(
    SELECT value FROM whatsapp_identity
    WHERE citizen_id = claimed.citizen_id AND kind = '{}' AND retired_at IS NULL ORDER BY id DESC LIMIT 1
)"""
_CLAIM = f"""
WITH next AS (
    SELECT id FROM whatsapp_outbox WHERE state IN ('held', 'queued') ORDER BY urgent DESC, id LIMIT 1
),
number AS (
    SELECT id, state,
        greatest(
            %(now)s,
            CASE WHEN paced_until <= %(ahead_at_most)s THEN paced_until END,
            CASE WHEN since IS NULL OR since <= %(ahead_at_most)s THEN resume_at END
        ) AS open_at
    FROM whatsapp_channelstate
    WHERE phone_number_id = %(number)s AND (dispatcher_until = %(lease)s
        OR (dispatcher_until IS NULL OR dispatcher_until <= %(now)s OR dispatcher_until > %(ahead_at_most)s)
        AND EXISTS (SELECT FROM next))
    FOR NO KEY UPDATE
),
pace AS (
    SELECT *, make_interval(secs => 1.0 / (greatest(%(per_second)s - incoming, %(least)s) * %(share)s)) AS apart
    FROM number, (
        SELECT count(*) AS incoming FROM whatsapp_message WHERE received_at > %(now)s - interval '1 second'
    ) AS last_second
),
room AS (
    SELECT CASE WHEN open_at > %(now)s + %(early)s THEN 0 WHEN state = 'stopped' THEN least(%(free)s, 1)
        ELSE least(%(free)s, most) END::bigint AS rows, most
    FROM (SELECT *, greatest(1, floor(%(ahead)s / extract(epoch FROM apart)))::bigint AS most FROM pace) AS paced
),
ready AS (
    SELECT o.id, c.id AS conversation_id, c.citizen_id, c.last_inbound_at
    {_WAITING} AND {_DUE} <= %(now)s
    ORDER BY o.urgent DESC, o.id
    LIMIT coalesce((SELECT rows FROM room), 0)
    FOR NO KEY UPDATE OF o, c SKIP LOCKED
),
claimed AS (
    UPDATE whatsapp_outbox o SET state = 'sending', claimed_at = %(now)s, attempts = o.attempts + 1,
        error = '', error_code = NULL,
        as_template = o.template IS NOT NULL
            AND (o.as_template OR coalesce(ready.last_inbound_at <= %(window)s, true))
    FROM ready WHERE o.id = ready.id
    RETURNING o.*, ready.citizen_id
),
charged AS (
    UPDATE whatsapp_conversation c SET paced_until = %(person_every)s
        + greatest(CASE WHEN c.paced_until <= %(ahead_at_most)s + %(person_burst)s THEN c.paced_until END, %(now)s)
    FROM ready WHERE c.id = ready.conversation_id
),
kept AS (
    UPDATE whatsapp_channelstate n SET
        paced_until = CASE WHEN taken.rows > 0 THEN pace.open_at + taken.rows * pace.apart ELSE n.paced_until END,
        resume_at = CASE WHEN taken.rows > 0 AND n.state = 'stopped' THEN %(probe_at)s ELSE n.resume_at END,
        dispatcher_until = CASE WHEN taken.rows > 0 OR %(busy)s THEN %(until)s END
    FROM pace, (SELECT count(*) AS rows FROM ready) AS taken
    WHERE n.id = pace.id AND (taken.rows > 0 OR n.dispatcher_until IS NOT NULL)
    RETURNING n.dispatcher_until
)
SELECT
    EXISTS (SELECT FROM whatsapp_channelstate WHERE phone_number_id = %(number)s),
    (SELECT dispatcher_until FROM kept),
    CASE WHEN claimed.id IS NOT NULL OR pace.id IS NULL THEN NULL
        WHEN pace.open_at > %(now)s + %(early)s THEN (SELECT pace.open_at - %(early)s FROM next)
        ELSE (SELECT min({_DUE}) {_WAITING}) END,
    (SELECT min(claimed_at) FROM whatsapp_outbox WHERE state = 'sending'),
    pace.open_at, pace.apart, (SELECT most FROM room), pace.state,
    claimed.id, claimed.conversation_id, claimed.claimed_at, claimed.created_at, claimed.not_before, claimed.attempts,
    claimed.event_id IS NOT NULL, claimed.payload, claimed.template, claimed.as_template,
    {_NAME.format("wa_id")}, {_NAME.format("bsuid")}, photo.file, photo.mime_type
FROM (SELECT) AS look
    LEFT JOIN pace ON true
    LEFT JOIN claimed ON true
    LEFT JOIN tickets_attachment photo ON photo.id = claimed.photo_id
ORDER BY claimed.urgent DESC, claimed.id
"""  # noqa: S608 - put together of constants alone


def claim(now: datetime, *, lease: datetime | None, free: int, busy: bool) -> DispatchBatch:
    """Marks up to `free` rows as being sent, and keeps the dispatcher's lease while there is something to do.

    `lease` is what the last claim of this run gave, None at its beginning; `busy` says that calls of it are still on
    their way. No rows are given while another dispatcher has the lease, while the number pauses, or when nothing is
    due: with nothing `busy` the lease is then over.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, _parameters(now, lease=lease, free=free, busy=busy))
        found = cursor.fetchall()
    known, kept, due, sending, begins, apart, most, state = found[0][:8]
    if not known:
        pace.create()
        return claim(now, lease=lease, free=free, busy=busy)
    rows = [_claimed(row[8:]) for row in found if row[8] is not None]
    if rows:
        opens = begins + len(rows) * apart - pace.EARLY if len(rows) == most else None
    else:
        opens = due if due and due > now else None
    return DispatchBatch(
        rows=rows,
        lease=kept,
        due=due,
        oldest_sending=sending,
        begins=begins or now,
        apart=apart or timedelta(),
        opens=opens,
        works=state == pace.State.WORKING,
    )


def _parameters(now: datetime, *, lease: datetime | None, free: int, busy: bool) -> dict[str, Any]:
    return {
        "now": now,
        "lease": lease,
        "until": now + LEASE,
        "ahead_at_most": now + pace.CLOCK_SET_BACK,
        "free": free,
        "busy": busy,
        "number": settings.WHATSAPP_PHONE_NUMBER_ID,
        "per_second": settings.WHATSAPP_MESSAGES_PER_SECOND,
        "least": pace.LEAST_PER_SECOND,
        "share": pace.SHARE,
        "ahead": pace.AHEAD.total_seconds(),
        "early": pace.EARLY,
        "probe_at": now + pace.PROBE_EVERY,
        "window": now - WINDOW,
        "patient": now - IN_ORDER,
        "person_every": pace.PERSON_EVERY,
        "person_burst": pace.PERSON_BURST,
    }


def _claimed(row: tuple[Any, ...]) -> ClaimedMessage:
    *plain, payload, template, as_template, wa_id, bsuid, photo, photo_type = row
    content = json.loads(payload), json.loads(template) if template else None
    values = (*plain, *content, as_template, wa_id, bsuid, photo, photo_type)
    return ClaimedMessage(*values)
