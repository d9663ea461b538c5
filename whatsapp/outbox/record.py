"""Records what became of a set of messages that were sent, in one transaction. When what was refused or lost is sent
again is in retry.py."""

import json
import logging
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import DatabaseError, connection, transaction

from departments.common.database_errors import is_database_fault
from whatsapp import log_fields
from whatsapp.graph.errors import CloudApiError, ErrorAction
from whatsapp.number import pace
from whatsapp.outbox import retry, statuses
from whatsapp.outbox.claim import ClaimedMessage
from whatsapp.outbox.models.outbox import Outbox

log = logging.getLogger(__name__)

State = Outbox.State


@dataclass(frozen=True, slots=True)
class SendOutcome:
    """What a call gave: Meta's id of the message, or why there is none."""

    message: ClaimedMessage
    at: datetime
    wamid: str | None = None
    error: CloudApiError | None = None


@dataclass(slots=True)
class _Change:
    """What a row becomes."""

    id: int
    claimed_at: str
    state: State
    not_before: str
    attempts: int
    as_template: bool
    keeps_photo: bool
    wamid: str | None = None
    sent_at: str | None = None
    error: str = ""
    error_code: int | None = None


# A row that a status has moved meanwhile, or that was taken back as lost, is not ours any more. Locked in the order
# in which everybody locks several of them.
_RECORD = """
WITH change AS (
    SELECT * FROM jsonb_to_recordset(%s) AS change(
        id bigint, claimed_at timestamptz, state text, not_before timestamptz, attempts int, as_template bool,
        keeps_photo bool, wamid text, sent_at timestamptz, error text, error_code int)
),
ours AS (
    SELECT o.id FROM whatsapp_outbox o JOIN change USING (id)
    WHERE o.state = 'sending' AND o.claimed_at = change.claimed_at ORDER BY o.id FOR NO KEY UPDATE OF o
)
UPDATE whatsapp_outbox AS o SET
    state = change.state, not_before = change.not_before, attempts = change.attempts,
    as_template = change.as_template, photo_id = CASE WHEN change.keeps_photo THEN o.photo_id END,
    wamid = coalesce(o.wamid, change.wamid), sent_at = coalesce(o.sent_at, change.sent_at),
    error = change.error, error_code = change.error_code
FROM change JOIN ours USING (id) WHERE o.id = change.id
"""


def record(outcomes: list[SendOutcome], *, works: bool) -> None:
    """Writes these outcomes; `works` says that the number was known to work when they were claimed.

    A set that cannot be written is halved, until the row that stands in the way is alone: it stays claimed, and is
    settled as one whose answer was lost. Raises `OperationalError` where the database itself is ill.
    """
    try:
        _write(outcomes, works=works)
    except DatabaseError as error:
        if is_database_fault(error):
            raise
        if len(outcomes) == 1:
            with log_fields.bind(outbox=outcomes[0].message.pk):
                log.exception("sent and not recorded")
            return
        middle = len(outcomes) // 2
        record(outcomes[:middle], works=works)
        record(outcomes[middle:], works=works)


def _write(outcomes: list[SendOutcome], *, works: bool) -> None:
    changes = json.dumps([asdict(_change(outcome)) for outcome in outcomes])
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_RECORD, [changes])
        if wamids := [outcome.wamid for outcome in outcomes if outcome.wamid]:
            statuses.apply_pending_statuses(wamids)
        _record_number(outcomes, works=works)
    for outcome in outcomes:
        message, error = outcome.message, outcome.error
        with log_fields.bind(outbox=message.pk, conversation=message.conversation):
            if error:
                log.warning("not sent: %s (code %s)", error.action, error.code)
            else:
                log.info("sent")


def _record_number(outcomes: list[SendOutcome], *, works: bool) -> None:
    """One refusal that concerns the whole number outweighs what else of the set was taken."""
    errors = {outcome.error.action: outcome for outcome in outcomes if outcome.error}
    if stopped := errors.get(ErrorAction.STOP_CHANNEL):
        pace.stop(stopped.at, f"{stopped.error} (kod {stopped.error.code if stopped.error else None})")
    elif slow := errors.get(ErrorAction.SLOW_NUMBER):
        pace.throttle(slow.at, slow.at + retry.pause_after(slow.message.attempts), str(slow.error))
    elif not works and any(outcome.wamid for outcome in outcomes):
        pace.works(max(outcome.at for outcome in outcomes))


def _change(outcome: SendOutcome) -> _Change:
    message = outcome.message
    change = _Change(
        id=message.pk,
        claimed_at=message.claimed_at.isoformat(),
        state=State.SENT,
        not_before=message.not_before.isoformat(),
        attempts=message.attempts,
        as_template=message.as_template,
        keeps_photo=True,
    )
    if outcome.error:
        _refused(change, message, outcome.error, outcome.at)
    else:
        change.wamid, change.sent_at = outcome.wamid, outcome.at.isoformat()
    return change


def _refused(change: _Change, message: ClaimedMessage, error: CloudApiError, now: datetime) -> None:
    """Back into the queue, or failed; OUTCOME_UNKNOWN stays claimed until a status or the minute has passed."""
    change.state, change.error, change.error_code = State.QUEUED, str(error), error.code
    due = now + retry.pause_after(message.attempts)
    match error.action:
        case ErrorAction.OUTCOME_UNKNOWN:
            change.state, due = State.SENDING, message.not_before
        case ErrorAction.TEMPLATE if message.template and not message.as_template:
            change.as_template, due = True, now
        case ErrorAction.STOP_CHANNEL | ErrorAction.SLOW_NUMBER:
            change.attempts -= 1
        case ErrorAction.SLOW_RECIPIENT:
            due = now + retry.recipient_backoff(message.attempts)
        case ErrorAction.RETRY if now < message.created_at + retry.retry_period(is_news=message.is_news):
            pass
        case ErrorAction.FAIL if message.as_template and message.photo is not None:
            change.keeps_photo, due = False, now  # the words matter more than the picture of them
        case _:
            change.state = State.FAILED
    change.not_before = due.isoformat()
