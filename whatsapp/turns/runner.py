"""One turn with one citizen: what was heard, what the conversation says to it, and the doing of it.

State, tickets and outbox rows of a turn are one transaction under the conversation's lock: a crash undoes all
of it and the turn is taken again, so a message leads to its ticket and its answer once.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import OperationalError, transaction

from departments.places.points import Point
from departments.routing.route import Suggestion, route
from tickets.models import Ticket
from whatsapp import log_fields
from whatsapp.conversation import engine, report
from whatsapp.conversation import state as talk_state
from whatsapp.conversation import types as talk
from whatsapp.handover import state as handover
from whatsapp.models import Conversation, Identity, InboundDelivery, Message
from whatsapp.outbox import enqueue
from whatsapp.texts import render
from whatsapp.turns import context, effects

log = logging.getLogger(__name__)

ATTEMPTS = 3
# A database that is ill for a while says nothing about what was said: eight tries take some eight minutes.
PATIENT_ATTEMPTS = 8
RETRY_PAUSE = timedelta(seconds=2)
# A received row that cannot be taken in must not keep a citizen waiting for ever.
WAIT_FOR_UNREAD = report.SETTLE_AT_MOST


def run_due(clock: Callable[[], datetime], is_over: Callable[[], bool] = lambda: False) -> datetime | None:
    """Takes every turn that is due until `is_over`, and returns when the next one will be."""
    while sum(process_turn(pk, clock()) for pk in _due(clock()) if not is_over()):
        pass
    waking = Conversation.objects.filter(wake_at__isnull=False).order_by("wake_at")
    return waking.values_list("wake_at", flat=True).first()


def process_turn(pk: int, now: datetime) -> bool:
    """One message or one wake-up of a conversation; False when nothing is due or somebody else holds it."""
    with transaction.atomic():
        rows = Conversation.objects.select_for_update(skip_locked=True, no_key=True)
        row = rows.filter(pk=pk).first()
        if row is None:
            return False
        # Asked before the messages are: what is taken in between the two is then among them.
        wakes = _wakes(row, now)
        new = row.messages.filter(state=Message.State.NEW).order_by("sent_at", "id")
        # Locked against the inbox, which may just be putting the real message in the place of its ghost.
        message = new.select_for_update(no_key=True).first()
        if not wakes and (message is None or row.failures):
            return False
        if message:  # heard, whatever comes of it: the window to answer is open
            last = row.last_inbound_at
            row.last_inbound_at = max(last or message.sent_at, message.sent_at)
        about = {"message": message.pk, "delivery": message.delivery_id} if message else {}
        with log_fields.bind(conversation=pk, **about):
            _process(row, message, now)
    return True


def _process(row: Conversation, message: Message | None, now: datetime) -> None:
    try:
        with transaction.atomic():
            _turn(row, message, now)
    except Exception as error:
        log.exception(
            "turn failed"
        )  # written without the error's own text, which may hold the citizen's words
        _count_failure(row, message, now, error)
    else:
        log.info("turn taken")


def _count_failure(row: Conversation, message: Message | None, now: datetime, error: Exception) -> None:
    """Tries again after doubling pauses; in the end parks what it was about, for staff to see, and tells the citizen
    unless a person has the talk."""
    heard_at = row.last_inbound_at
    row.refresh_from_db()  # the failed turn may have changed anything here
    row.last_inbound_at = heard_at
    row.wake_at = now + RETRY_PAUSE * 2**row.failures
    row.failures += 1
    if row.failures >= (PATIENT_ATTEMPTS if isinstance(error, OperationalError) else ATTEMPTS):
        state = talk_state.load(row.state)
        stuck = [message.pk] if message else list(state.draft.messages) if state.draft else []
        reason = f"{type(error).__name__}: {error}"[:1000]
        Message.objects.filter(pk__in=stuck).update(state=Message.State.PARKED, error=reason)
        rest = replace(state, draft=state.draft if message else None, reply="", reply_at=None, expect=None)
        row.state = talk_state.dump(rest)
        row.failures = 0
        if not (row.blocked or handover.is_silent(row, now)):
            enqueue.put(conversation=row, words=render.say("parked", row.language or "tr"), now=now)
    row.save()


def _due(now: datetime) -> list[int]:
    new = Message.objects.filter(state=Message.State.NEW, conversation__failures=0)
    woken = Conversation.objects.filter(wake_at__lte=now)
    return list(new.values_list("conversation_id", flat=True).union(woken.values_list("pk", flat=True)))


def _wakes(row: Conversation, now: datetime) -> bool:
    """Whether it is time, and nothing that this citizen sent before is still unread."""
    at = row.wake_at
    if at is None or now < at:
        return False
    return now >= at + WAIT_FOR_UNREAD or not _has_unread(row)


def _has_unread(row: Conversation) -> bool:
    names = Identity.objects.filter(citizen_id=row.citizen_id, retired_at=None)
    return InboundDelivery.objects.unread_with(names.values_list("value", flat=True))


def _turn(row: Conversation, message: Message | None, now: datetime) -> None:
    state = talk_state.load(row.state)
    event = context.build_event(message) if message else talk.TimerFired()
    words, place = talk.words(state, event)
    suggestion = (
        _suggestion(row, words, talk.subject_text(state, event), place, now) if words or place else None
    )
    facts = context.build_context(row, state, event, suggestion, now)
    turn = engine.advance(state, event, now, facts)
    state = turn.state
    for effect in turn.effects:
        state = effects.apply(effect, row, state, suggestion, now)
    row.state, row.wake_at = talk_state.dump(state), turn.wake_at
    row.failures = 0
    if message:
        message.state, message.outcome = Message.State.HANDLED, turn.outcome
        message.error = ""
        message.save(update_fields=["state", "outcome", "error"])
    row.save()


def _suggestion(
    row: Conversation, words: str, matter: str, place: tuple[float, float] | None, now: datetime
) -> Suggestion:
    """Of what it is about alone, but placed by all words: a Çiçek Sokak has nothing to do with flowers."""
    earlier = Ticket.objects.filter(citizen=row.citizen_id).count()
    point = Point(*place) if place else None
    about = route(matter, point, at=now, earlier_tickets=earlier)
    if matter == words:
        return about
    where = route(words, point)
    return replace(about, neighbourhood=where.neighbourhood, neighbourhood_name=where.neighbourhood_name)
