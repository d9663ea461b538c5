"""One invented message goes the whole way of the line, and nothing of it stays: body, delivery, turns, ticket, answer.

All of it is one transaction, which is rolled back: no row is left, no worker woken, nothing sent and nobody told. Only
sequences move on. So it can be done beside a line that is in use; who opens a ticket meanwhile waits for its end.
"""

import json
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from typing_extensions import override

from departments.models import Neighbourhood
from tickets.models import Ticket
from whatsapp.models import Conversation, InboundDelivery, Message, Outbox, UnhandledUpdate
from whatsapp.turns import runner
from whatsapp.turns.runner import TurnLease
from whatsapp.webhook import ingest

TEXT = "Deneme iletisi: kaldırımda büyük bir çukur var"
TURNS = 12  # more than the two messages and the timers of a report have
_LOGGERS = ("whatsapp", "tickets", "departments")  # which would tell of a message that nobody sent


class TrialMessageError(Exception):
    """The message did not come through; `str()` says where and why, in Turkish."""


def send() -> None:
    """Returns once the message has become a ticket and an answer waited to be sent. TrialMessageError where not."""
    with _overheard() as heard, transaction.atomic():
        try:
            now = timezone.now()
            talk = _take_in(now)
            _take_turns(talk, now, heard)
        except TrialMessageError:
            raise
        except Exception as error:
            raise TrialMessageError(_first_line(f"{type(error).__name__}: {error}")) from error
        finally:
            transaction.set_rollback(True)


def _take_in(now: datetime) -> Conversation:
    """The conversation of the message, whose delivery was stored and read."""
    delivery = InboundDelivery.objects.keep(_body(now), now)
    ingest.ingest_claimed([delivery], now)
    message = Message.objects.select_related("conversation").filter(delivery=delivery).first()
    if message is None or message.conversation is None:
        delivery.refresh_from_db()
        parked = UnhandledUpdate.objects.filter(delivery=delivery).first()
        reason = message.outcome if message else delivery.error or (parked.error if parked else "")
        raise TrialMessageError(f"gelen ileti yazılamadı ({_first_line(reason)})")
    return message.conversation


def _take_turns(talk: Conversation, now: datetime, heard: "_Overheard") -> None:
    """The turns of the messages, then those of the timers, each at its time, until there is a ticket."""
    for _ in range(TURNS):
        until = now + runner.LEASE
        Conversation.objects.filter(pk=talk.pk).update(claimed_until=until, failures=1)
        runner.process_turn(TurnLease(talk.pk, 1, until), now)
        if heard.reasons:
            raise TrialMessageError(f"ileti okunamadı ({_first_line(heard.reasons[0])})")
        if Ticket.objects.filter(citizen=talk.citizen_id).exists():
            break
        talk.refresh_from_db()
        if not Message.objects.filter(conversation=talk, state=Message.State.NEW).exists():
            now = max(now, talk.wake_at or now + timedelta(minutes=1))
    else:
        raise TrialMessageError("iletiden başvuru açılmadı")
    if not Outbox.objects.filter(conversation=talk, state__in=Outbox.PENDING).exists():
        raise TrialMessageError("başvuru açıldı, vatandaşa giden cevap yazılmadı")


def _body(now: datetime) -> bytes:
    """A webhook body of somebody with an identity that nobody has: what is wrong, and where, in a mahalle of ours."""
    place = Neighbourhood.objects.order_by("pk").first()
    if place is None:
        raise TrialMessageError("mahalleler yüklenmemiş: manage.py load_base")
    bsuid = f"TR.{secrets.token_hex(16)}"
    common = {"from_user_id": bsuid, "timestamp": str(int(now.timestamp()))}
    messages = [
        common | {"id": f"wamid.{secrets.token_hex(16)}", "type": kind, kind: content}
        for kind, content in (
            ("text", {"body": TEXT}),
            ("location", {"latitude": place.lat, "longitude": place.lon}),
        )
    ]
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"phone_number_id": settings.WHATSAPP_PHONE_NUMBER_ID},
        "contacts": [{"profile": {"name": "Deneme"}, "user_id": bsuid}],
        "messages": messages,
    }
    changes = [{"field": "messages", "value": value}]
    entry = [{"id": settings.WHATSAPP_WABA_ID, "changes": changes}]
    return json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()


class _Overheard(logging.Handler):
    """What the line logs as failed, by the errors themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.reasons: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and (error := record.exc_info[1]):
            self.reasons.append(f"{type(error).__name__}: {error}")


@contextmanager
def _overheard() -> Iterator[_Overheard]:
    """Has the line's loggers speak to us alone."""
    heard = _Overheard()
    before = [(log, log.handlers, log.propagate) for log in map(logging.getLogger, _LOGGERS)]
    try:
        for log, _, _ in before:
            log.handlers, log.propagate = [heard], False
        yield heard
    finally:
        for log, handlers, propagates in before:
            log.handlers, log.propagate = handlers, propagates


def _first_line(reason: str) -> str:
    return reason.partition("\n")[0]
