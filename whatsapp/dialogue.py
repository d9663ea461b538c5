"""One turn with one citizen: what was heard, what the conversation says to it, and the doing of it.

State, tickets and outbox rows of a turn are one transaction under the conversation's lock: a crash undoes all
of it and the turn is taken again, so a message leads to its ticket and its answer once.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from departments.models import Category, PlaceNeed
from departments.places import Point
from departments.routing import Suggestion, route
from tickets.models import Ticket
from whatsapp import commands, doing, outbox, payloads, texts, trail
from whatsapp import conversation as talk
from whatsapp.models import Conversation, Delivery, Identity, Message, Outbox

log = logging.getLogger(__name__)

ATTEMPTS = 3
RETRY_PAUSE = timedelta(seconds=2)
# A received row that cannot be taken in must not keep a citizen waiting for ever.
WAIT_FOR_UNREAD = talk.SETTLE_AT_MOST


def work(clock: Callable[[], datetime]) -> datetime | None:
    """Takes every turn that is due, and returns when the next one will be."""
    while sum(take_turn(pk, clock()) for pk in _due(clock())):
        pass
    waking = Conversation.objects.filter(wake_at__isnull=False).order_by("wake_at")
    return waking.values_list("wake_at", flat=True).first()


def take_turn(pk: int, now: datetime) -> bool:
    """One message or one wake-up of a conversation; False when nothing is due or somebody else holds it."""
    with transaction.atomic():
        rows = Conversation.objects.select_for_update(skip_locked=True, no_key=True)
        conversation = rows.filter(pk=pk).first()
        if conversation is None:
            return False
        # Asked before the messages are: what is taken in between the two is then among them.
        wakes = _wakes(conversation, now)
        new = conversation.messages.filter(state=Message.State.NEW).order_by("sent_at", "id")
        # Locked against the inbox, which may just be putting the real message in the place of its ghost.
        message = new.select_for_update(no_key=True).first()
        if not wakes and (message is None or conversation.failures):
            return False
        if message:  # heard, whatever comes of it: the window to answer is open
            last = conversation.last_inbound_at
            conversation.last_inbound_at = max(last or message.sent_at, message.sent_at)
        about = {"message": message.pk, "delivery": message.delivery_id} if message else {}
        with trail.about(conversation=pk, **about):
            _take_turn(conversation, message, now)
    return True


def _take_turn(conversation: Conversation, message: Message | None, now: datetime) -> None:
    try:
        with transaction.atomic():
            _turn(conversation, message, now)
    except Exception as error:
        log.exception(
            "turn failed"
        )  # written without the error's own text, which may hold the citizen's words
        _count_failure(conversation, message, now, error)
    else:
        log.info("turn taken")


def _count_failure(
    conversation: Conversation, message: Message | None, now: datetime, error: Exception
) -> None:
    """Tries again a little later; at the third time parks what it was about, shows staff and tells the citizen."""
    conversation.refresh_from_db(fields=["state", "failures"])  # the failed turn may have changed them here
    conversation.failures += 1
    conversation.wake_at = now + RETRY_PAUSE
    if conversation.failures >= ATTEMPTS:
        state = talk.load(conversation.state)
        stuck = [message.pk] if message else list(state.draft.messages) if state.draft else []
        reason = f"{type(error).__name__}: {error}"[:1000]
        Message.objects.filter(pk__in=stuck).update(state=Message.State.PARKED, error=reason)
        conversation.state = talk.dump(replace(state, draft=state.draft if message else None, greet_at=None))
        conversation.failures = 0
        outbox.put(conversation=conversation, words=texts.say("parked"), now=now)
    conversation.save()


def _due(now: datetime) -> list[int]:
    new = Message.objects.filter(state=Message.State.NEW, conversation__failures=0)
    woken = Conversation.objects.filter(wake_at__lte=now)
    return list(new.values_list("conversation_id", flat=True).union(woken.values_list("pk", flat=True)))


def _wakes(conversation: Conversation, now: datetime) -> bool:
    """Whether it is time, and nothing that this citizen sent before is still unread."""
    at = conversation.wake_at
    if at is None or now < at:
        return False
    return now >= at + WAIT_FOR_UNREAD or not _has_unread(conversation)


def _has_unread(conversation: Conversation) -> bool:
    names = Identity.objects.filter(citizen_id=conversation.citizen_id, retired_at=None)
    return Delivery.objects.unread_with(names.values_list("value", flat=True))


def _turn(conversation: Conversation, message: Message | None, now: datetime) -> None:
    state = talk.load(conversation.state)
    event = _heard(message) if message else talk.Woke()
    words, place = talk.words(state, event)
    suggestion = _suggestion(conversation, words, place, now) if words or place else None
    turn = talk.advance(state, event, now, _facts(event, words, suggestion))
    state = turn.state
    for effect in turn.effects:
        state = doing.carry_out(effect, conversation, state, suggestion, now)
    conversation.state, conversation.wake_at, conversation.failures = talk.dump(state), turn.wake_at, 0
    if message:
        message.state, message.outcome = Message.State.HANDLED, turn.outcome
        message.error = ""
        message.save(update_fields=["state", "outcome", "error"])
    conversation.save()


def _suggestion(
    conversation: Conversation, words: str, place: tuple[float, float] | None, now: datetime
) -> Suggestion:
    earlier = Ticket.objects.filter(citizen=conversation.citizen_id).count()
    return route(words, Point(*place) if place else None, at=now, earlier_tickets=earlier)


def _heard(message: Message) -> talk.Heard:
    answered = Outbox.objects.filter(wamid=message.reply_to, conversation=message.conversation).first()
    return talk.Heard(
        message=message.pk,
        kind=message.kind,
        text=message.text,
        place=payloads.place_of(message.payload) if message.kind == "location" else None,
        about=answered.ticket_id if answered and message.reply_to else None,
    )


def _facts(event: talk.Event, words: str, suggestion: Suggestion | None) -> talk.Facts:
    own = event.text if isinstance(event, talk.Heard) else ""
    facts = talk.Facts(
        settle=timedelta(seconds=settings.WHATSAPP_SETTLE_SECONDS),
        draft_timeout=timedelta(seconds=settings.WHATSAPP_DRAFT_TIMEOUT),
        command=commands.command_of(own),
        chatter=commands.is_chatter(own),
        notice_version=texts.NOTICE_VERSION,
        place_required=True,
    )
    if suggestion is None:
        return facts
    category = Category.objects.get(code=suggestion.category)
    return replace(
        facts,
        danger=suggestion.jurisdiction if suggestion.urgent else "",
        category=suggestion.category,
        sure=suggestion.sure,
        # A voice note has no words to tell by whether it needs a place: then it does.
        place_required=not words or (category.place == PlaceNeed.REQUIRED and category.agency_id is None),
        place_known=suggestion.neighbourhood is not None,
    )
