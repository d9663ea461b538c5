"""Shows citizens that a message of theirs was read, and that an answer is being written.

1. The turn that takes a message leaves a row, the newest for each conversation (turns/runner.py).
2. When nothing more may leave, the outbox's worker takes the rows whose conversation has no message waiting.
3. A few threads, which nobody waits for, make the calls; what is late, refused or lost is not sent again.
"""

import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import cache
from threading import BoundedSemaphore

from django.conf import settings
from django.db import connection

from whatsapp.graph import client
from whatsapp.graph.errors import CloudApiError

log = logging.getLogger(__name__)

GOOD_FOR = timedelta(seconds=5)  # from the turn on: later it tells nobody anything, and the line is busy
CALL_SECONDS = 3
MOST = 16  # calls on their way and waiting; what comes then is dropped

_TAKE = """
WITH due AS (
    SELECT receipt.conversation_id FROM whatsapp_readreceipt receipt
    WHERE receipt.taken_at <= %(late)s OR NOT EXISTS (
        SELECT FROM whatsapp_outbox o
        WHERE o.conversation_id = receipt.conversation_id AND o.state IN ('held', 'queued', 'sending')
            AND NOT (o.state = 'held' AND o.not_before > %(now)s))
    FOR UPDATE SKIP LOCKED
),
taken AS (
    DELETE FROM whatsapp_readreceipt receipt USING due
    WHERE receipt.conversation_id = due.conversation_id RETURNING receipt.*
)
SELECT taken.wamid, taken.typing FROM taken JOIN whatsapp_conversation talk ON talk.id = taken.conversation_id
WHERE taken.taken_at > %(late)s AND NOT talk.state ? 'danger' AND NOT EXISTS (
    SELECT FROM whatsapp_channelstate WHERE phone_number_id = %(number)s AND state <> 'working')
ORDER BY taken.taken_at
"""
_free = BoundedSemaphore(MOST)


def show(now: datetime) -> list[Future[None]]:
    """Has what is due shown, and returns the calls, which need not be waited for: they never raise."""
    with connection.cursor() as cursor:
        number = settings.WHATSAPP_PHONE_NUMBER_ID
        cursor.execute(_TAKE, {"now": now, "late": now - GOOD_FOR, "number": number})
        rows = cursor.fetchall()
    until = time.monotonic() + GOOD_FOR.total_seconds()
    return [
        _callers().submit(_call, wamid, typing, until)
        for wamid, typing in rows
        if _free.acquire(blocking=False)
    ]


def _call(wamid: str, typing: bool, until: float) -> None:
    try:
        if time.monotonic() < until:
            client.mark_read(wamid, typing=typing, seconds=CALL_SECONDS)
    except CloudApiError as error:
        log.info("not shown as read: %s (code %s)", error.action, error.code)
    except Exception:
        log.exception("not shown as read")
    finally:
        _free.release()


@cache
def _callers() -> ThreadPoolExecutor:
    """One a process, begun when it is first needed: after the fork."""
    return ThreadPoolExecutor(client.SPARE_CONNECTIONS, "read-receipt")
