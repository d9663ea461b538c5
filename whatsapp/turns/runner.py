"""Runs turns: one message or one timer of a conversation, what the engine decides on it, and its effects.

State, tickets and outbox rows of a turn are one transaction under the conversation's lock: a crash undoes all
of it and the turn is taken again, so a message leads to its ticket and its answer once.
"""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from operator import itemgetter
from time import monotonic, thread_time
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Count, F

from departments.common import cache
from departments.common.database_errors import is_database_fault
from tickets.casework.awaiting_staff import request_staff
from tickets.models import Citizen, WaitingConversation
from whatsapp import log_fields, wakeup
from whatsapp.conversation import engine, steps, time_limits, types
from whatsapp.conversation import state as talk_state
from whatsapp.conversation.effects import Warn
from whatsapp.conversation.state import State
from whatsapp.conversations.models.conversations import Conversation
from whatsapp.conversations.models.messages import Message
from whatsapp.handover import begin_and_end
from whatsapp.outbox import enqueue
from whatsapp.texts import privacy_notices, render
from whatsapp.turns import allowance, context, effects, events, retry, suggestions, typing_indicator

log = logging.getLogger(__name__)

# A received row that cannot be taken in must not keep a citizen waiting for ever.
WAIT_FOR_UNREAD = time_limits.SETTLE_AT_MOST
BATCH = 20  # conversations claimed by one statement
LONG = 16 * 1024  # bytes of a text, more than a message can hold
# What of a batch is not begun by then is let go for whoever looks next: danger may be waiting behind it.
BATCH_SECONDS = 1.0
LEASE = timedelta(seconds=15)  # a worker that died with a conversation in hand costs this

# Of what is due the oldest, danger before everything else: what tells of it, then what somebody in it adds. Messages
# longer than any can be, and turns of who has had their share of the workers' time (allowance.py), go last and one at a
# time, so that nobody waits behind texts without end. One that was begun before and did not end well is taken alone,
# since it may have taken its worker down: no neighbour goes along. The timer of a danger does not wait for deliveries
# that nobody has read yet: what they hold joins the ticket. (They are counted, not looked for: whoever wants only one
# row is given a walk through all deliveries there ever were.)
_CLAIM = """
WITH told AS (
    SELECT talk.id, talk.failures, true AS urgent, false AS long, message.received_at AS since
    FROM whatsapp_message message JOIN whatsapp_conversation talk ON talk.id = message.conversation_id
    WHERE message.state = 'new' AND message.danger
        AND (talk.claimed_until <= %(now)s OR (talk.claimed_until IS NULL AND talk.failures = 0))
    ORDER BY message.id LIMIT %(most)s
    FOR NO KEY UPDATE OF talk SKIP LOCKED
), endangered AS (
    SELECT talk.id, talk.failures, true AS urgent, false AS long, least(talk.wake_at, %(now)s) AS since
    FROM whatsapp_conversation talk
    WHERE talk.state ? 'danger'
        AND (talk.claimed_until IS NULL OR talk.claimed_until <= %(now)s) AND (
        talk.wake_at <= %(now)s OR talk.failures = 0 AND EXISTS (
            SELECT FROM whatsapp_message message WHERE message.conversation_id = talk.id AND message.state = 'new'))
    ORDER BY talk.id LIMIT %(most)s
    FOR NO KEY UPDATE SKIP LOCKED
), inbound AS (
    SELECT talk.id, talk.failures, false AS urgent, false AS long, message.received_at AS since
    FROM whatsapp_message message JOIN whatsapp_conversation talk ON talk.id = message.conversation_id
    WHERE message.state = 'new' AND octet_length(message.text) <= %(long)s
        AND (talk.spent_until IS NULL OR talk.spent_until <= %(behind_from)s)
        AND (talk.claimed_until <= %(now)s OR (talk.claimed_until IS NULL AND talk.failures = 0))
    ORDER BY message.id LIMIT %(most)s
    FOR NO KEY UPDATE OF talk SKIP LOCKED
), endless AS (
    SELECT talk.id, talk.failures, false AS urgent, true AS long, message.received_at AS since
    FROM whatsapp_message message JOIN whatsapp_conversation talk ON talk.id = message.conversation_id
    WHERE message.state = 'new'
        AND (octet_length(message.text) > %(long)s OR talk.spent_until > %(behind_from)s)
        AND (talk.claimed_until <= %(now)s OR (talk.claimed_until IS NULL AND talk.failures = 0))
        AND (SELECT count(*) FROM inbound) < %(most)s
    ORDER BY message.id LIMIT 1
    FOR NO KEY UPDATE OF talk SKIP LOCKED
), woken AS (
    SELECT talk.id, talk.failures, false AS urgent, coalesce(talk.spent_until > %(behind_from)s, false) AS long,
        talk.wake_at AS since
    FROM whatsapp_conversation talk
    WHERE talk.wake_at <= %(now)s AND (talk.claimed_until IS NULL OR talk.claimed_until <= %(now)s)
        AND (talk.wake_at <= %(unread_until)s OR 0 = (
            SELECT count(*) FROM whatsapp_inbounddelivery delivery
            WHERE delivery.state = 'new' AND delivery.names && ARRAY(
                SELECT value FROM whatsapp_identity
                WHERE citizen_id = talk.citizen_id AND retired_at IS NULL)))
    ORDER BY talk.wake_at LIMIT %(most)s
    FOR NO KEY UPDATE SKIP LOCKED
), oldest AS (
    SELECT * FROM told UNION ALL SELECT * FROM endangered UNION ALL SELECT * FROM inbound
    UNION ALL SELECT * FROM endless UNION ALL SELECT * FROM woken
    ORDER BY urgent DESC, long, since, id LIMIT %(most)s
), first AS (
    SELECT id, failures FROM oldest ORDER BY urgent DESC, long, since, id LIMIT 1
), claimed AS (
    UPDATE whatsapp_conversation SET failures = failures + 1, claimed_until = %(until)s
    WHERE id IN (
        SELECT oldest.id FROM oldest, first
        WHERE oldest.id = first.id OR (oldest.failures = 0 AND first.failures = 0))
    RETURNING id, failures
)
SELECT claimed.id, claimed.failures, min(oldest.since), NOT bool_or(oldest.urgent), bool_and(oldest.long)
FROM claimed JOIN oldest USING (id) GROUP BY claimed.id, claimed.failures
UNION ALL (
    SELECT 0, 0, wake_at, true, true FROM whatsapp_conversation
    WHERE wake_at IS NOT NULL AND claimed_until IS NULL
    ORDER BY wake_at LIMIT 1
)
"""

# Written out, here and below, since composing them anew for every turn cost more than the database takes for them.
_LOCK = """SELECT * FROM whatsapp_conversation WHERE id = %s AND claimed_until = %s FOR NO KEY UPDATE"""
# A statement of its own, begun once the lock is there: what was committed while it was waited for is seen. Messages and
# files are locked before all that comes after them (docs/failures-and-locks.md): the next message also against
# the inbox, which may just be putting the real one in the place of its ghost.
_LOAD = """
SELECT message.*, message.id IS NOT NULL AS waits, citizen.name AS citizen_name, citizen.phone AS citizen_phone,
    citizen.created_at AS citizen_created_at, citizen.forgotten_at AS citizen_forgotten_at,
    EXISTS (SELECT FROM tickets_ticket WHERE citizen_id = citizen.id) AS any_ticket,
    (SELECT value FROM departments_referencerevision) AS revision,
    (SELECT count(*) FROM (
        SELECT FROM whatsapp_message WHERE id = ANY(%(drafted)s::bigint[]) ORDER BY id FOR NO KEY UPDATE
    ) AS drafted) AS locked_messages,
    (SELECT count(*) FROM (
        SELECT FROM whatsapp_media WHERE message_id = ANY(%(drafted)s::bigint[] || message.id)
        ORDER BY id FOR NO KEY UPDATE
    ) AS file) AS locked_files
FROM tickets_citizen citizen LEFT JOIN LATERAL (
    SELECT * FROM whatsapp_message WHERE conversation_id = %(conversation)s AND state = 'new'
    ORDER BY sent_at, id LIMIT 2 FOR NO KEY UPDATE
) AS message ON true
WHERE citizen.id = %(citizen)s
"""
# All that a turn may change of the two rows, and the message that is to be shown as read.
_WRITE = """
WITH heard AS (
    UPDATE whatsapp_message SET state = 'handled', outcome = %(outcome)s, error = '' WHERE id = %(message)s
), read AS (
    INSERT INTO whatsapp_readreceipt (conversation_id, wamid, typing, taken_at)
    SELECT conversation_id, wamid, %(typing)s, %(now)s FROM whatsapp_message WHERE id = %(read)s
    ON CONFLICT (conversation_id) DO UPDATE
    SET wamid = excluded.wamid, typing = excluded.typing, taken_at = excluded.taken_at
)
UPDATE whatsapp_conversation SET state = %(state)s::jsonb, wake_at = %(wake_at)s,
    last_inbound_at = %(last_inbound_at)s, failures = %(failures)s, claimed_until = %(claimed_until)s,
    language = %(language)s, muted = %(muted)s, silent_until = %(silent_until)s, spent_until = %(spent_until)s
WHERE id = %(conversation)s
"""
_CITIZEN = ("name", "phone", "created_at", "forgotten_at")


class TurnLease(NamedTuple):
    """A conversation that this worker has in hand, at which attempt of its turn, and until when."""

    conversation: int
    attempt: int
    until: datetime


def run_due(clock: Callable[[], datetime], is_over: Callable[[], bool] = lambda: False) -> datetime | None:
    """Takes the turns that are due until `is_over`, and returns when to look again; None where nothing is open.

    1. The oldest conversations that are due are claimed and their attempts counted, in one statement that commits.
    2. Every message, or else the timer, is one transaction: row locked, loaded, decided, written.
    3. A turn that fails is undone, let rest and taken again; the third failure parks what it was about. A turn whose
       worker died is found when its lease ends, and is counted all the same.
    """
    while not is_over():
        claims, next_due = claim_due(clock(), _batch.most)
        if not claims:
            return next_due
        _batch.follow(len(claims), take_batch(claims, clock))
    return clock()


class _Batch:
    """How many conversations this process claims at once: no more than it began of the last ones within BATCH_SECONDS.

    On an overloaded machine a turn may outlast the lease. Those claimed with it would be taken by another worker and
    counted as if theirs had died.
    """

    def __init__(self) -> None:
        self.most = BATCH

    def follow(self, claimed: int, begun: int) -> None:
        """So many were claimed, of which so many begun."""
        # At least one: a process that stood still before its first turn goes on.
        self.most = max(begun, 1) if begun < claimed else min(2 * self.most, BATCH)


_batch = _Batch()


def claim_due(now: datetime, most: int = BATCH) -> tuple[list[TurnLease], datetime | None]:
    """What is claimed, danger and then the oldest first, and when the first of all that sleep wakes."""
    until = now + LEASE
    given: dict[str, datetime | int] = {
        "now": now,
        "until": until,
        "unread_until": now - WAIT_FOR_UNREAD,
        "most": most,
        "long": LONG,
        "behind_from": allowance.behind_from(now),
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, given)
        rows = sorted(cursor.fetchall(), key=itemgetter(3, 4, 2, 0))
    claims = [TurnLease(pk, attempt, until) for pk, attempt, *_ in rows if pk]
    return claims, next((wake_at for pk, _, wake_at, *_ in rows if not pk), None)


def waiting_behind(now: datetime) -> int:
    """How many conversations have a message that waits behind everybody's."""
    spent = Message.objects.filter(state=Message.State.NEW, danger=False)
    spent = spent.filter(conversation__spent_until__gt=allowance.behind_from(now))
    return spent.aggregate(many=Count("conversation", distinct=True))["many"] or 0


def take_batch(claims: Sequence[TurnLease], clock: Callable[[], datetime]) -> int:
    """Takes the turns of what is claimed, one conversation after the other, for BATCH_SECONDS; releases the rest.

    Returns of how many it took turns.
    """
    until = monotonic() + BATCH_SECONDS
    for place, claim in enumerate(claims):
        if monotonic() >= until:
            _release(claims[place:])
            return place
        following: TurnLease | None = claim
        while following:
            following = process_turn(following, clock(), goes_on=monotonic() < until)
    return len(claims)


def _release(claims: Sequence[TurnLease]) -> None:
    """Nothing was begun of these: they are due as before."""
    keys = [claim.conversation for claim in claims]
    mine = Conversation.objects.filter(pk__in=keys, claimed_until=claims[0].until)
    mine.update(failures=F("failures") - 1, claimed_until=None)


def process_turn(claim: TurnLease, now: datetime, *, goes_on: bool = False) -> TurnLease | None:
    """One message of a claimed conversation, or its timer.

    With `goes_on` the conversation stays claimed while more messages wait: the claim of the next turn is returned, and
    counted already.
    """
    message, began = None, thread_time()
    with log_fields.bind(conversation=claim.conversation):
        try:
            with transaction.atomic():
                typing = None
                row = _locked(claim)
                if row is None:
                    return None
                message, more = _load(row)
                _open_window(row, message)
                if claim.attempt > retry.ATTEMPTS:
                    log.error("parked: %s workers died of it", retry.ATTEMPTS)
                    _park(row, message, "its workers died", now)
                elif message or (row.wake_at and row.wake_at <= now):
                    row.answering = (
                        message.pk if message else max(talk_state.drafted(row.state), default=None)
                    )
                    with log_fields.bind(**_about(message)):
                        typing = _turn(row, message, now)
                        log.info("turn taken")
                row.spent_until = allowance.after(row.spent_until, thread_time() - began, now)
                behind = allowance.is_behind(row.spent_until, now)
                following = _conclude(row, claim, more=more and goes_on and not behind)
                _write(row, message, now, typing)
        except Exception as error:
            with log_fields.bind(**_about(message)):
                # written without the error's own text, which may hold the citizen's words
                log.exception("turn failed")
            _fail(claim, message, now, error, thread_time() - began)
            return None
    return following


def _about(message: Message | None) -> dict[str, int | None]:
    return {"message": message.pk, "delivery": message.delivery_id} if message else {}


def _locked(claim: TurnLease) -> Conversation | None:
    """The conversation's row; None where the claim ran out and somebody else has it."""
    return next(iter(Conversation.objects.raw(_LOCK, [claim.conversation, claim.until])), None)


def _load(row: Conversation) -> tuple[Message | None, bool]:
    """Adds the citizen to a locked conversation; returns the oldest message that waits, and whether it is not the only
    one.
    """
    drafted = talk_state.drafted(row.state)
    given = {"conversation": row.pk, "citizen": row.citizen_id, "drafted": drafted}
    messages = list(Message.objects.raw(_LOAD, given))
    found = vars(messages[0])
    row.has_tickets = found["any_ticket"]
    cache.set_known_revision(found["revision"])  # an edit in the admin holds at the next turn
    known = [found[f"citizen_{column}"] for column in _CITIZEN]
    row.citizen = Citizen.from_db(row._state.db, ("id", *_CITIZEN), [row.citizen_id, *known])
    return messages[0] if found["waits"] else None, len(messages) > 1


def _open_window(row: Conversation, message: Message | None) -> None:
    """The 24-hour window is open even if the turn fails."""
    if message:
        row.last_inbound_at = max(row.last_inbound_at or message.sent_at, message.sent_at)


def _conclude(row: Conversation, claim: TurnLease, *, more: bool) -> TurnLease | None:
    """Ends a turn; the one that follows at once is counted by the same commit."""
    following = claim._replace(attempt=1) if more else None
    row.failures, row.claimed_until = (1, claim.until) if following else (0, None)
    return following


def _write(row: Conversation, message: Message | None, now: datetime, typing: bool | None = None) -> None:
    """Writes the conversation and, where it was heard, the message; `typing` as typing_indicator.py has it."""
    heard = message is not None and message.state == Message.State.HANDLED
    names = ("wake_at", "last_inbound_at", "failures", "claimed_until", "language", "muted", "spent_until")
    values = {name: getattr(row, name) for name in (*names, "silent_until")} | {
        "conversation": row.pk,
        "state": json.dumps(row.state),
        "message": message.pk if message and heard else None,
        "outcome": message.outcome if message else "",
        "read": message.pk if message and typing is not None else None,
        "typing": bool(typing),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, values)
    if values["read"]:
        wakeup.wake(wakeup.OUTBOX)


def _fail(claim: TurnLease, message: Message | None, now: datetime, error: Exception, seconds: float) -> None:
    """Lets the turn, which cost so many seconds, rest before it is tried again, or parks what it was about; what it did
    is undone already.

    Where even that fails for a reason that lies in the rows, the lease lets it rest: it is claimed alone after that,
    and keeps nobody else waiting.
    """
    try:
        with transaction.atomic():
            _rest(claim, message, now, error, seconds)
    except Exception as another:
        if is_database_fault(another):
            raise
        log.exception("neither taken nor parked")


def _rest(claim: TurnLease, message: Message | None, now: datetime, error: Exception, seconds: float) -> None:
    row = _locked(claim)
    if row is None:
        return
    row.spent_until = allowance.after(row.spent_until, seconds, now)
    _load(row)
    _open_window(row, message)
    row.claimed_until = None
    row.wake_at = now + retry.pause_after(claim.attempt)
    if is_database_fault(error):
        row.failures, row.wake_at = max(claim.attempt - 1, 1), now + retry.DATABASE_PAUSE
    elif claim.attempt >= retry.ATTEMPTS:
        _park(row, message, f"{type(error).__name__}: {error}"[:1000], now)
        row.failures = 0
    _write(row, None, now)


def _park(row: Conversation, message: Message | None, reason: str, now: datetime) -> None:
    """Sets the message aside, or what the timer was for, for staff to see; tells the citizen unless a person has the
    talk.
    """
    state = _readable(row)
    stuck = [message.pk] if message else talk_state.drafted(row.state)
    reason = reason.replace("\0", "")  # which PostgreSQL keeps in no text
    Message.objects.filter(pk__in=stuck).update(state=Message.State.PARKED, error=reason)
    rest = replace(state, reply="", reply_at=None, expect=None)
    if message is None:
        rest = talk_state.without_timers(state, now)
    row.state, row.wake_at = talk_state.dump(rest), steps.step(rest).wake_at
    if row.blocked:
        return
    unread = WaitingConversation.Reason.UNREAD
    request_staff(citizen=row.citizen, reason=unread, now=now, words=message.text if message else "")
    if not begin_and_end.is_silent(row, now):
        enqueue.enqueue_message(conversation=row, words=render.say("parked", row.language or "tr"), now=now)


def _readable(row: Conversation) -> State:
    """The state of the talk, or of one that has not begun where nobody can read it: that may be what failed."""
    try:
        return talk_state.load(row.state)
    except Exception:
        log.exception("the state of a talk that cannot be read is let go")
        return State()


def _turn(row: Conversation, message: Message | None, now: datetime) -> bool | None:
    """Takes the turn, and returns what `typing_after` says of it."""
    state = talk_state.load(row.state)
    before = state.notice
    event = events.build_event(message, state) if message else types.TimerFired()
    suggestion = suggestions.suggestion_for(row, state, event, now)
    turn_context = context.build_context(row, state, event, suggestion, now)
    turn = engine.advance(state, event, now, turn_context)
    if message:
        message.state, message.outcome = Message.State.HANDLED, turn.outcome
    state = turn.state
    for effect in turn.effects:
        state = effects.apply(effect, row, state, suggestion, now)
    if any(isinstance(effect, Warn) for effect in turn.effects):
        enqueue.prioritise_conversation([row.pk])
    if turn.state.notice not in ("", before):
        privacy_notices.record(row, turn.state.notice, now)
    kept = suggestions.kept_with(row, state)
    row.state, row.wake_at = talk_state.dump(state) | kept, turn.wake_at
    return typing_indicator.typing_after(turn, message, turn_context, now) if message else None
