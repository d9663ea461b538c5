"""From stored deliveries to the citizens' messages: a batch at a time, each update once, however often it came."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import OperationalError, transaction
from psycopg.errors import DeadlockDetected

from departments.common.database_errors import is_database_fault
from whatsapp import log_fields
from whatsapp.conversations.models.deliveries import InboundDelivery
from whatsapp.graph import webhook_payloads
from whatsapp.graph.webhook_payloads import OtherUpdate, Update
from whatsapp.outbox.statuses import OutdatedError
from whatsapp.webhook import retry
from whatsapp.webhook.store import Parsed, store

log = logging.getLogger(__name__)

BATCH = 50
BATCH_BYTES = 256 * 1024  # of bodies, some 500 updates: Meta may put 1,000 into one
# Many times what a batch takes. So long what a dead worker had claimed waits for another.
LEASE = timedelta(seconds=15)
AGAIN_AT_ONCE = 10  # deliveries that were tried before, one after the other, between two batches
MAX_CONFLICT_RETRIES = 3  # of a batch that met another worker on the same people or messages

_Accounts = Mapping[InboundDelivery, tuple[int, int]]


class _TakenOverError(Exception):
    """The lease ended, and another worker has these deliveries by now."""


def ingest_batch(now: datetime) -> int:
    """Ingests a batch of the deliveries that wait; returns how many were finished or put off, 0 if none is due.

    1. Claims them and counts the attempt, in one committed statement.
    2. Parses each body; one that is no envelope is parked by itself.
    3. Stores the updates of all of them in one transaction: a crash leaves nothing of them stored.
    4. Where that fails for a reason that lies in the data, halves the batch until the one at fault is alone; of it
       only the updates at fault are parked.
    5. Where the database fails or other workers are faster, puts them off, each to be taken alone, and counts it as no
       attempt.
    6. Takes some that were tried before, each alone: neither those nor what is new waits for all of the others.
    """
    claimed = _take(now, BATCH)
    finished = len(claimed)
    for _ in range(AGAIN_AT_ONCE):
        if not (claimed and claimed[0].others_wait):
            break
        claimed = _take(now, 0)
        finished += len(claimed)
    return finished


def _take(now: datetime, untried: int) -> list[InboundDelivery]:
    claimed = InboundDelivery.objects.claim(now, limit=untried, size=BATCH_BYTES, lease=LEASE)
    if claimed and not _park_poison_message(claimed[0]):
        ingest_claimed(claimed, now)
    return claimed


def ingest_claimed(claimed: Sequence[InboundDelivery], now: datetime) -> None:
    """Ingests these deliveries, which nobody else has in hand; what fails is written on their rows."""
    _ingest(_parse(claimed, now), now)


def _park_poison_message(claimed: InboundDelivery) -> bool:
    """Parks a delivery whose attempts all ended without an outcome: it kills whoever reads it."""
    if claimed.attempts <= retry.ATTEMPTS:
        return False
    with log_fields.bind(delivery=claimed.pk, request=claimed.request_id):
        log.error("parked: the workers that had it ended without an outcome")
    error = claimed.error or f"Okuyan süreç {retry.ATTEMPTS} kez sonuç bırakmadan kapandı"
    InboundDelivery.objects.postpone([claimed], error=error, until=None, park=True)
    return True


def _parse(claimed: Sequence[InboundDelivery], now: datetime) -> list[Parsed]:
    parsed = []
    for delivery in claimed:
        try:
            parsed.append(Parsed(delivery, webhook_payloads.parse(bytes(delivery.body))))
        except Exception as error:  # noqa: BLE001 - counted on the row
            _postpone([delivery], error, now)
    return parsed


def _ingest(batch: Sequence[Parsed], now: datetime) -> None:
    if not batch:
        return
    try:
        _report(_store(batch, now))
    except _TakenOverError:
        log.warning("not taken in: the lease ended before the batch was stored")
    except Exception as error:  # noqa: BLE001 - found by halving, and counted on the row
        if _is_nobodys_fault(error):
            _postpone([each.delivery for each in batch], error, now)
            return
        if len(batch) == 1:
            _ingest_alone(batch[0], now)
            return
        log.warning("a batch is halved: %s", type(error).__name__)
        middle = len(batch) // 2
        _ingest(batch[:middle], now)
        _ingest(batch[middle:], now)


def _ingest_alone(parsed: Parsed, now: datetime) -> None:
    """Stores one delivery, and what cannot be stored of it as an unhandled update beside its neighbours."""
    try:
        _report(_store([Parsed(parsed.delivery, _with_bad_ones_parked(parsed, now))], now))
    except _TakenOverError:
        log.warning("not taken in: the lease ended before the delivery was stored")
    except Exception as error:  # noqa: BLE001 - counted on the row; a dead connection fails again there
        _postpone([parsed.delivery], error, now)


def _with_bad_ones_parked(parsed: Parsed, now: datetime) -> list[Update]:
    """Its updates, those that cannot be stored as unhandled ones: found by halving, in trials that are rolled back."""
    try:
        _store([parsed], now, trial=True)
    except Exception as error:
        if _is_nobodys_fault(error) or isinstance(error, _TakenOverError):
            raise  # it says nothing about the update
        if len(parsed.updates) == 1:
            return [_parked(parsed.updates[0], error)]
        middle = len(parsed.updates) // 2
        halves = parsed.updates[:middle], parsed.updates[middle:]
        return [each for half in halves for each in _with_bad_ones_parked(Parsed(parsed.delivery, half), now)]
    return list(parsed.updates)


def _parked(update: Update, error: Exception) -> Update:
    log.warning("an update was parked: %s", type(error).__name__)
    raw = update.item.raw
    kept = OtherUpdate(
        "unreadable", webhook_payloads.digest_of(raw), raw, f"{type(error).__name__}: {error}"[:1000]
    )
    return Update(update.phone_number_id, update.waba_id, kept)


def _store(
    batch: Sequence[Parsed], now: datetime, *, trial: bool = False, starts: int = MAX_CONFLICT_RETRIES
) -> _Accounts:
    """One transaction; begun anew where another worker was faster with the same people or messages."""
    try:
        with transaction.atomic():
            stored = store(batch, now)
            if not InboundDelivery.objects.finish(stored.accounts):
                raise _TakenOverError
            InboundDelivery.objects.forget_bodies(stored.erased)
            if trial:
                transaction.set_rollback(True)
    except (OperationalError, OutdatedError) as error:
        if starts == 1 or not _is_race(error):
            raise
        return _store(batch, now, trial=trial, starts=starts - 1)
    return stored.accounts


def _is_nobodys_fault(error: Exception) -> bool:
    """Whether the error lies neither in the deliveries nor in the code: an ill database, or other workers that were
    faster with the same people or messages each time.
    """
    return is_database_fault(error) or isinstance(error, OutdatedError)


def _is_race(error: Exception) -> bool:
    return not isinstance(error, OperationalError) or isinstance(error.__cause__, DeadlockDetected)


def _report(accounts: _Accounts) -> None:
    for delivery, (updates, created) in accounts.items():
        with log_fields.bind(delivery=delivery.pk, request=delivery.request_id):
            log.info("taken in: %s of %s updates are new", created, updates)


def _postpone(deliveries: Sequence[InboundDelivery], error: Exception, now: datetime) -> None:
    """Back to the waiting ones with a pause, or parked: unreadable, or tried often enough.

    All of them have been tried equally often: only such as nobody has tried are claimed together.
    """
    attempts = deliveries[0].attempts
    for delivery in deliveries:
        with log_fields.bind(delivery=delivery.pk, request=delivery.request_id):
            log.warning("not taken in: %s", type(error).__name__)
    reason = f"{type(error).__name__}: {error}"[:1000]
    if _is_nobodys_fault(error):
        waited = now - min(each.received_at for each in deliveries)
        until = now + retry.pause_after(waited)
        InboundDelivery.objects.postpone(deliveries, error=reason, until=until, counts=False)
        return
    park = isinstance(error, webhook_payloads.UnreadableError) or attempts >= retry.ATTEMPTS
    pause = None if park else now + timedelta(seconds=2**attempts - 2)
    InboundDelivery.objects.postpone(deliveries, error=reason, until=pause, park=park)
