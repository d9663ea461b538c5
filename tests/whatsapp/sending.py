"""Words put into the outbox by hand, for somebody who wrote a while ago."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from tests.whatsapp.line import Line
from tests.whatsapp.wire import AYSE, Person
from whatsapp.graph.webhook_payloads import Sender
from whatsapp.models import ChannelState, Conversation, Outbox
from whatsapp.number import pace
from whatsapp.outbox import enqueue
from whatsapp.texts import render
from whatsapp.webhook.contacts import Directory


def conversation_with(person: Person, now: datetime) -> Conversation:
    """The conversation with a person, as if they had just written."""
    sender = Sender(bsuid=person.bsuid, wa_id=person.phone)
    with transaction.atomic():
        directory = Directory([sender], now)
        citizen = directory.contact_of(sender).citizen
        directory.save()
    return Conversation.objects.get(citizen=citizen)


def talk_with(line: Line, person: Person = AYSE, *, hours_ago: float = 0) -> Conversation:
    """The conversation with a person who wrote last some hours ago."""
    talk = conversation_with(person, line.now)
    talk.last_inbound_at = line.now - timedelta(hours=hours_ago)
    talk.save()
    return talk


def say(line: Line, *words: str, to: Conversation | None = None) -> Outbox:
    """Queues these words and returns the last row."""
    talk = to or talk_with(line)
    rows = [
        enqueue.enqueue_message(conversation=talk, words=render.plain(each), now=line.now) for each in words
    ]
    return rows[-1]


def reached_by(line: Line, talk: Conversation) -> dict[str, str]:
    """By which name a message leaves that is said to this person now."""
    say(line, "Merhaba", to=talk)
    line.send_all()
    return {name: line.meta.sent[-1][name] for name in ("to", "recipient") if name in line.meta.sent[-1]}


def fixed(now: datetime) -> Callable[[], datetime]:
    return lambda: now


def fresh(row: Outbox) -> Outbox:
    row.refresh_from_db()
    return row


def channel() -> ChannelState:
    return pace.current()
