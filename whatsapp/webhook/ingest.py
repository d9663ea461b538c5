"""From a stored delivery to the citizen's messages: each update of each body once, whatever is delivered twice."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import JSONField, Q, Value

from whatsapp import log_fields, models
from whatsapp.graph import payloads
from whatsapp.graph.payloads import DeliveryStatus, Echo, Inbound, MediaRef, OtherUpdate, Update
from whatsapp.models import Conversation, InboundDelivery, Media, Message
from whatsapp.outbox import statuses
from whatsapp.webhook import contacts

log = logging.getLogger(__name__)

ATTEMPTS = 3
# A database that is ill for a while says nothing about a body: ten tries take a good quarter of an hour.
PATIENT_ATTEMPTS = 10
UNAVAILABLE = 131060  # the real message has been seen a moment later under the same wamid


def ingest_next(now: datetime) -> bool:
    """Takes in the oldest waiting delivery that nobody else holds; False when there is none.

    One transaction: a crash leaves the delivery waiting and nothing of it stored.
    """
    with transaction.atomic():
        due = Q(next_attempt_at=None) | Q(next_attempt_at__lte=now)
        waiting = InboundDelivery.objects.filter(due, state=InboundDelivery.State.NEW).order_by(
            "attempts", "id"
        )
        delivery = waiting.select_for_update(skip_locked=True).first()
        if delivery is None:
            return False
        with log_fields.bind(delivery=delivery.pk):
            _ingest(delivery, now)
    return True


def _ingest(delivery: InboundDelivery, now: datetime) -> None:
    try:
        with transaction.atomic():
            _read(delivery, now)
    except Exception as error:  # noqa: BLE001 - counted on the row; a dead connection fails again in save()
        log.warning("not taken in: %s", type(error).__name__)
        delivery.attempts += 1
        delivery.error = f"{type(error).__name__}: {error}"[:1000]
        delivery.next_attempt_at = now + timedelta(seconds=2**delivery.attempts - 2)
        enough = PATIENT_ATTEMPTS if isinstance(error, OperationalError) else ATTEMPTS
        if isinstance(error, payloads.UnreadableError) or delivery.attempts >= enough:
            delivery.state = InboundDelivery.State.PARKED
    else:
        log.info("taken in: %s of %s updates are new", delivery.created, delivery.updates)
    delivery.save()


def _read(delivery: InboundDelivery, now: datetime) -> None:
    """Stores each update and writes the accounting: updates = rows made + rows already there."""
    updates = payloads.parse(bytes(delivery.body))
    created = 0
    for update in sorted(updates, key=_lock_order):
        try:
            with transaction.atomic():
                created += _store(update, delivery, now)
        except OperationalError:
            raise  # a deadlock or a lost server says nothing about the update
        except Exception as error:  # noqa: BLE001 - one bad update must not hold up its neighbours
            log.warning("an update was parked: %s", type(error).__name__)
            raw = update.item.raw
            reason = f"{type(error).__name__}: {error}"[:1000]
            notice = OtherUpdate("unreadable", payloads.digest_of(raw), raw, reason)
            created += _store_notice(notice, delivery, now)
    delivery.state = InboundDelivery.State.DONE
    delivery.error = ""
    delivery.updates, delivery.created = len(updates), created
    delivery.duplicates = len(updates) - created


def _lock_order(update: Update) -> tuple[str, ...]:
    """The same order in every delivery, so that two that name the same people cannot wait for each other.

    What one person said keeps the order it was said in: the times of messages are whole seconds.
    """
    match update.item:
        case Inbound(sender=person) | Echo(receiver=person):
            return ("1", person.bsuid, person.wa_id)
        case DeliveryStatus(wamid=wamid, digest=digest):
            return ("2", wamid, digest)
        case notice:
            return ("3", notice.digest)


def _store(update: Update, delivery: InboundDelivery, now: datetime) -> bool:
    ours = _is_ours(update)
    match update.item:
        case Inbound() as message:
            return _store_message(message, delivery, now, ours=ours)
        case Echo() as echo if ours and not echo.group and echo.receiver:
            return statuses.store_echo(echo, contacts.conversation_of(echo.receiver, now), now)
        case DeliveryStatus() as status:
            return statuses.store_status(status, delivery, now, ours=ours)
        case Echo(raw=raw):
            return _store_notice(
                OtherUpdate("smb_message_echoes", payloads.digest_of(raw), raw), delivery, now
            )
        case OtherUpdate() as notice:
            return _store_notice(notice, delivery, now)


def _is_ours(update: Update) -> bool:
    """Whether this is for our number: what is for another one is kept, but neither answered nor obeyed."""
    same_account = update.waba_id in ("", settings.WHATSAPP_WABA_ID) or not settings.WHATSAPP_WABA_ID
    return same_account and update.phone_number_id == settings.WHATSAPP_PHONE_NUMBER_ID


def _store_message(message: Inbound, delivery: InboundDelivery, now: datetime, *, ours: bool) -> bool:
    known = Message.objects.filter(wamid=message.wamid).first()
    if known and not _is_ghost_of(known, message):
        return False  # before its sender is looked up: an old number may be somebody else's by now
    conversation = _conversation_of(message, now) if ours and not message.group else None
    content = {
        "conversation": conversation,
        "delivery": delivery,
        "kind": message.kind[:64],
        "text": message.text,
        "reply_to": message.reply_to,
        "payload": message.raw,
        "state": Message.State.NEW if conversation else Message.State.IGNORED,
        "outcome": "" if conversation else _why_ignored(message, ours=ours),
    }
    times = {"sent_at": min(message.sent_at or now, now), "received_at": delivery.received_at}
    row, created = Message.objects.get_or_create(wamid=message.wamid, defaults=content | times)
    if not created and not _is_ghost_of(row, message):
        return False
    # Whoever else brings the real message at this moment waits here, and then finds the ghost gone.
    if not created and not Message.objects.filter(pk=row.pk, kind=row.kind).update(**content):
        return False
    if message.media and conversation:
        _expect_media(row, message.kind, message.media, now)
    return True


def _conversation_of(message: Inbound, now: datetime) -> Conversation | None:
    if message.kind == "system":
        return contacts.follow_change(message, now)
    if not message.sender:
        return None
    return contacts.conversation_of(message.sender, now, said_at=message.sent_at)


def _is_ghost_of(row: Message, message: Inbound) -> bool:
    """Whether the stored row only stood in for this message: 131060 came first under its wamid."""
    stood_in = row.kind == "unsupported" and payloads.has_error(row.payload, UNAVAILABLE)
    return stood_in and message.kind != "unsupported"


def _why_ignored(message: Inbound, *, ours: bool) -> str:
    return "other number" if not ours else "group" if message.group else "no sender"


def _expect_media(row: Message, kind: str, media: MediaRef, now: datetime) -> None:
    Media.objects.create(
        message=row,
        media_id=media.media_id,
        kind=kind,
        mime_type=media.mime_type,
        sha256=media.sha256,
        next_attempt_at=now,
    )


def _store_notice(notice: OtherUpdate, delivery: InboundDelivery, now: datetime) -> bool:
    # A bare null of the body is kept as what it is: as a plain None it would be no value at all.
    payload = Value(notice.raw, JSONField())
    content = {"delivery": delivery, "field": notice.field, "payload": payload, "received_at": now}
    _, created = models.UnhandledUpdate.objects.get_or_create(
        digest=notice.digest, defaults=content | {"error": notice.error}
    )
    return created
