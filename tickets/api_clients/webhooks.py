"""News of tickets for departments' own systems: signed, delivered again with growing pauses until they arrive.

A call is a row, written in one transaction with the entry of the timeline that it tells. It says which ticket changed
and how, in codes alone; who wants words reads the ticket by the API, as far as their key allows. Signed as the
Standard Webhooks specification has it (standardwebhooks.com). Only hosts that the operator listed are ever called, so
that nobody can have our machine call its neighbours.

An address that does not answer is called again after growing pauses, with whatever waits for it, and given up in the
end; an answer that refuses one call for what it says keeps that one waiting, and what came after it of the same ticket:
of one ticket an address hears everything in the order in which it happened.
"""

import hmac
import json
import logging
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from secrets import token_hex
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from departments.common.cache import RevalidatedCache
from departments.common.database_errors import is_database_fault
from departments.common.encryption import UnreadableSecretError
from departments.common.http_deadline import post_json
from departments.common.leases import beyond
from departments.common.row_by_row import each_row
from departments.models import RowWork
from tickets.api_clients.models.clients import Webhook, WebhookCall
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent

log = logging.getLogger(__name__)

TIMEOUT = (3, 7)  # seconds to connect, and between two bytes of the answer
CALL_SECONDS = 10  # of one call as a whole, however slowly its answer comes
AT_ONCE = 16  # addresses called at once; a late answer holds one of them
FOR_QUICK = 4  # of them for those that answered within SLOW_SECONDS last time, however many are slow
SLOW_SECONDS = 1.0
WORK_FOR = timedelta(seconds=5)  # then whatever else waits for the process has its turn
TASK_SECONDS = 35  # hard limit of one task: a name that is looked up for ever is no call yet
LEASE = beyond(TASK_SECONDS)  # a worker that died with a call in hand costs this
LONGEST_TRANSACTION = timedelta(minutes=1)  # from the moment of an entry until others see it
KEPT = timedelta(days=30)
PAUSES = tuple(timedelta(seconds=each) for each in (10, 60, 300, 1800, 7200, 21600, 43200, 86400))
REFUSES_THE_CALL = (400, 413, 422)  # what is said there, whoever says it: no other call need wait
GONE = 410
EVERY_DEPARTMENT = "*"  # no department's code
State = WebhookCall.State

_seconds: dict[int, float] = {}  # how long the last call of each address took, as this process knows it

_QUEUE = """
INSERT INTO tickets_webhookcall (webhook_id, event_id, state, attempts, due_at, error)
SELECT hook.id, event.id, 'waiting', 0, event.at, ''
FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[]) AS event (id, at, department)
JOIN tickets_webhook hook ON hook.active AND hook.given_up_at IS NULL
LEFT JOIN departments_department department ON department.id = hook.department_id
WHERE hook.department_id IS NULL OR hook.department_id = %s OR department.code = event.department
ORDER BY event.id, hook.id
"""


# What still waits of the same ticket for the same address: it is told first.
_EARLIER = WebhookCall.objects.filter(
    webhook=OuterRef("webhook"),
    event__ticket=OuterRef("event__ticket"),
    event__lt=OuterRef("event"),
    state=State.WAITING,
)

_SINCE = """
INSERT INTO tickets_webhookcall AS call (webhook_id, event_id, state, attempts, due_at, error)
SELECT hook.id, event.id, 'waiting', 0, greatest(%(now)s, event.undo_until), ''
FROM tickets_webhook hook
JOIN tickets_ticketevent event ON event.at >= %(since)s
JOIN tickets_ticket ticket ON ticket.id = event.ticket_id AND NOT ticket.restricted
LEFT JOIN departments_department department ON department.id = hook.department_id
WHERE hook.id = %(hook)s AND (
    hook.department_id IS NULL OR hook.department_id = ticket.department_id
    OR department.code = event.data ->> 'from_department'
)
ORDER BY event.id
ON CONFLICT (webhook_id, event_id)
"""
_REPLAY = f"{_SINCE} DO UPDATE SET state = 'waiting', attempts = 0, due_at = excluded.due_at, error = ''"
_MISSED = f"{_SINCE} DO NOTHING"


class AddressRefusedError(Exception):
    """The address may not be called; `str()` says in Turkish why."""


@dataclass(frozen=True)
class PartnerDeliveryFailure:
    """Why a call failed, and whether the fault is the call's own, so that no other need wait for it."""

    error: str
    of_the_call: bool = False
    gone: bool = False


@dataclass(frozen=True)
class _Outcome:
    """What came of a call, and how long it took."""

    failure: PartnerDeliveryFailure | None
    seconds: float


def queue(events: Sequence[TicketEvent], ticket: Ticket) -> None:
    """Writes the calls that tell these entries: to their ticket's department, and to the one that it was taken from.
    They are due when the entries cannot be taken back any more.

    Of a restricted ticket no other system hears anything.
    """
    if ticket.restricted:
        return
    told = [(event.pk, event.undo_until or event.at, event.data.get("from_department")) for event in events]
    if not _subscribed.get() & {EVERY_DEPARTMENT, ticket.department_id, *(before for *_, before in told)}:
        return
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE, [*(list(column) for column in zip(*told, strict=True)), ticket.department_id])


def check_address(url: str) -> None:
    """Raises AddressRefusedError unless it is https on a listed host (plain http on a listed one of this machine)."""
    parts = urlsplit(url)
    if not {parts.hostname, parts.netloc} & set(settings.WEBHOOK_HOSTS):
        raise AddressRefusedError("Bu sunucu WEBHOOK_HOSTS listesinde yok. Sistem yöneticisine ekletin.")
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.username is not None or parts.scheme not in (("http", "https") if local else ("https",)):
        raise AddressRefusedError("Adres https:// ile başlamalı ve kullanıcı adı taşımamalı.")


def work(clock: Callable[[], datetime]) -> None:
    """Makes the calls that are due, for some seconds: several addresses at once, one call of each at a time."""
    _give_up_the_deadly(clock())
    with ThreadPoolExecutor(AT_ONCE, "webhook") as threads:
        _Deliveries(clock, threads).work()


class _Deliveries:
    """Calls on their way. This thread alone asks the database; the others make the calls.

    An address that answers late holds one thread. At the end of the run its last answer is waited for, and the other
    addresses are called meanwhile.
    """

    def __init__(self, clock: Callable[[], datetime], threads: ThreadPoolExecutor) -> None:
        self._clock, self._threads = clock, threads
        self._until = clock() + WORK_FOR
        self._ready = _addresses(clock())
        self._calls: dict[Future[_Outcome], WebhookCall] = {}
        self._begun_in_time: set[Future[_Outcome]] = set()

    def work(self) -> None:
        while True:
            while (address := self._next()) is not None:
                self._ready.remove(address)
                self._alone(address, self._begin)
            if not self._calls:
                return
            for answered in wait(self._calls, return_when=FIRST_COMPLETED).done:
                call, outcome = self._calls.pop(answered), answered.result()
                self._begun_in_time.discard(answered)
                self._ready.append(call.webhook_id)
                _seconds[call.webhook_id] = outcome.seconds
                self._alone(call.webhook_id, partial(self._record, call, outcome.failure))

    def _next(self) -> int | None:
        """The address to call next. Those that answered late last time leave some threads to the others."""
        now = self._clock()
        # A name that is looked up without end keeps the others no longer than a call may last.
        if now >= self._until and (
            not self._begun_in_time or now >= self._until + timedelta(seconds=CALL_SECONDS)
        ):
            return None
        free = AT_ONCE - len(self._calls)
        slow = sum(_is_slow(call.webhook_id) for call in self._calls.values())
        free_for_slow = min(free, AT_ONCE - FOR_QUICK - slow)
        return next((each for each in self._ready if (free_for_slow if _is_slow(each) else free) > 0), None)

    def _alone(self, address: int, step: Callable[[int], object]) -> None:
        """What fails there concerns this address alone; what was claimed is called again when its lease ends."""
        each_row(RowWork.PARTNERS, [address], step, now=self._clock(), are_all=False, in_transaction=False)

    def _begin(self, address: int) -> None:
        now = self._clock()
        call = _claim(address, now)
        if call is None:
            return
        try:
            with transaction.atomic():
                said = _said(call.event)
        except Exception as error:
            if is_database_fault(error):
                raise
            log.exception("webhook %s: a call could not be made", address)
            self._record(call, PartnerDeliveryFailure(type(error).__name__, of_the_call=True), address)
            return
        post = partial(_post, call.webhook, f"evt_{call.event_id}", said, now)
        made = self._threads.submit(_timed, post, address)
        self._calls[made] = call
        if now < self._until:
            self._begun_in_time.add(made)

    def _record(self, call: WebhookCall, failure: PartnerDeliveryFailure | None, _address: int) -> None:
        now = self._clock()
        with transaction.atomic():
            if failure:
                _failed(call, failure, now)
                return
            WebhookCall.objects.filter(pk=call.pk).update(state=State.DELIVERED, error="")
            _answers(Webhook.objects.filter(pk=call.webhook_id, failures__gt=0), now)


def try_again(calls: "QuerySet[WebhookCall]", now: datetime) -> int:
    """Has calls that did not arrive made anew and at once, to addresses that were given up, too; returns how many."""
    undelivered = calls.exclude(state=State.DELIVERED)
    with transaction.atomic():
        _answers(Webhook.objects.filter(pk__in=list(undelivered.values_list("webhook", flat=True))), now)
        return undelivered.update(state=State.WAITING, attempts=0, due_at=now)


def resume(hook: Webhook, now: datetime) -> int:
    """Has an address called again that was given up: with what waited then, and with what was queued for nobody since,
    in order; returns how many entries that are.
    """
    with transaction.atomic():
        missed = _answers(Webhook.objects.filter(pk=hook.pk), now)
        # What was tried more often has a fault of its own.
        waited = hook.calls.filter(state=State.GIVEN_UP, attempts__lte=len(PAUSES))
        return missed + waited.update(state=State.WAITING, attempts=0, due_at=now)


def replay(hook: Webhook, since: datetime, now: datetime) -> int:
    """Has all that happened since then told to this address again, or for the first time, in order; returns how many
    entries that are. Their ids are those of before: a receiver that knows them already does nothing.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        _answers(Webhook.objects.filter(pk=hook.pk), now)
        cursor.execute(_REPLAY, {"hook": hook.pk, "since": since, "now": now})
        return int(cursor.rowcount)


def send_trial(hook: Webhook, now: datetime) -> str:
    """Calls the address at once with what tells of no ticket, signed as any; returns in Turkish what came of it."""
    said = {"type": "ticket.test", "timestamp": _moment(now), "data": {"webhook": hook.name}}
    failure = _failure_of(lambda: _post(hook, f"test_{token_hex(8)}", said, now), hook.pk)
    if failure is None:
        return "Deneme bildirimi ulaştı: adres alındığını bildirdi (2xx)."
    return f"Deneme bildirimi ulaşmadı: {failure.error}"


def forget(now: datetime) -> None:
    """Deletes the calls of a month ago that are over."""
    WebhookCall.objects.exclude(state=State.WAITING).filter(due_at__lt=now - KEPT).delete()


def _give_up_the_deadly(now: datetime) -> None:
    """A call whose last attempt nobody lived to record ended its worker, as often as there are attempts."""
    deadly = WebhookCall.objects.filter(state=State.WAITING, due_at__lte=now, attempts__gt=len(PAUSES))
    deadly.update(state=State.GIVEN_UP, error="Denemeler yarıda kaldı")


def _addresses(now: datetime) -> list[int]:
    """The addresses for which a call is due, those first that have waited longest."""
    free = Webhook.objects.filter(Q(next_at__isnull=True) | Q(next_at__lte=now), active=True)
    due = WebhookCall.objects.filter(webhook=OuterRef("pk"), state=State.WAITING, due_at__lte=now)
    first = Subquery(due.order_by("due_at").values("due_at")[:1])
    waiting = free.annotate(first=first).filter(first__isnull=False).order_by("first", "pk")
    return list(waiting.values_list("pk", flat=True))


def _claim(address: int, now: datetime) -> WebhookCall | None:
    """The next call of the address, its attempt counted before it is made; None where it is not to be called now."""
    with transaction.atomic():
        free = Q(webhook__next_at__isnull=True) | Q(webhook__next_at__lte=now)
        due = WebhookCall.objects.filter(free, webhook=address, webhook__active=True)
        due = due.filter(state=State.WAITING, due_at__lte=now)
        due = due.exclude(event__ticket__restricted=True)  # it became that after its entry was written
        due = due.exclude(Exists(_EARLIER))
        held = due.select_for_update(skip_locked=True, no_key=True, of=("self",))
        call = held.select_related("webhook", "event").order_by("due_at", "id").first()
        if call is not None:
            call.attempts, call.due_at = call.attempts + 1, now + LEASE
            call.save(update_fields=["attempts", "due_at"])
    return call


def _timed(post: Callable[[], int], hook: int) -> _Outcome:
    began = monotonic()
    failure = _failure_of(post, hook)
    return _Outcome(failure, monotonic() - began)


def _is_slow(address: int) -> bool:
    return _seconds.get(address, 0.0) > SLOW_SECONDS


def _failure_of(post: Callable[[], int], hook: int) -> PartnerDeliveryFailure | None:
    """Why the delivery failed; None when it arrived. Asks the database nothing."""
    try:
        status = post()
    except (AddressRefusedError, UnreadableSecretError) as error:
        return PartnerDeliveryFailure(str(error))
    except requests.RequestException as error:
        return PartnerDeliveryFailure(type(error).__name__)
    except Exception as error:
        log.exception("webhook %s: a call could not be made", hook)
        return PartnerDeliveryFailure(type(error).__name__, of_the_call=True)
    if 200 <= status < 300:
        return None
    refused = status in REFUSES_THE_CALL
    return PartnerDeliveryFailure(f"HTTP {status}", of_the_call=refused, gone=status == GONE)


def _post(hook: Webhook, known: str, said: dict[str, Any], now: datetime) -> int:
    """The HTTP status of the answer."""
    check_address(hook.url)
    body = json.dumps(said, ensure_ascii=False).encode()
    headers = signed(hook, known, body, now)
    return post_json(hook.url, body, headers, timeout=TIMEOUT, seconds=CALL_SECONDS)


def signed(hook: Webhook, known: str, body: bytes, now: datetime) -> dict[str, str]:
    """The headers by which the receiver knows the call, its age, and that it is ours; the id stays through retries."""
    at = str(int(now.timestamp()))
    digest = hmac.digest(signing_key(hook.secret), f"{known}.{at}.".encode() + body, "sha256")
    return {
        "webhook-id": known,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{b64encode(digest).decode()}",
    }


def signing_key(secret: str) -> bytes:
    """The bytes behind `whsec_…`. ValueError for what is no base64."""
    return b64decode(secret.removeprefix("whsec_"), validate=True)


def _said(event: TicketEvent) -> dict[str, Any]:
    ticket = event.ticket
    return {
        "type": f"ticket.{event.kind}",
        "timestamp": _moment(event.at),
        "data": {
            "event": event.pk,
            "number": ticket.number,
            "url": f"{settings.PUBLIC_URL}/api/v1/tickets/{ticket.number}/",
            "from_status": event.from_status or None,
            "to_status": event.to_status or None,
            "department": ticket.department.code if ticket.department else None,
            "category": ticket.category.code if ticket.category else None,
            "neighbourhood": ticket.neighbourhood.code if ticket.neighbourhood else None,
            "priority": ticket.priority,
            "urgent": ticket.urgent,
        },
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _failed(call: WebhookCall, failure: PartnerDeliveryFailure, now: datetime) -> None:
    log.warning("webhook %s failed: %s", call.webhook_id, failure.error)
    WebhookCall.objects.filter(pk=call.pk).update(due_at=now, error=failure.error[:200])
    if not failure.of_the_call:
        _address_later(call.webhook_id, now, gone=failure.gone)
    _call_later(call, now, pause=failure.of_the_call)


def _call_later(call: WebhookCall, now: datetime, *, pause: bool) -> None:
    """Given up after as many attempts as there are pauses; until then due after the next pause, or with its address."""
    if call.attempts > len(PAUSES):
        WebhookCall.objects.filter(pk=call.pk).update(state=State.GIVEN_UP)
    elif pause:
        WebhookCall.objects.filter(pk=call.pk).update(due_at=now + PAUSES[call.attempts - 1])


def _address_later(hook: int, now: datetime, *, gone: bool) -> None:
    """A growing pause for all that waits for the address; at the end of all pauses it is given up, and that with it."""
    hooks = Webhook.objects.filter(pk=hook)
    hooks.update(failures=F("failures") + 1)
    failures = hooks.values_list("failures", flat=True).get()
    if not gone and failures <= len(PAUSES):
        hooks.update(next_at=now + PAUSES[failures - 1])
        return
    log.error("webhook %s is given up", hook)
    with transaction.atomic():
        hooks.update(given_up_at=now)
        WebhookCall.objects.filter(webhook=hook, state=State.WAITING).update(state=State.GIVEN_UP)


def _load_subscribed() -> frozenset[int | str | None]:
    """The departments whose tickets some address in use hears of, by key and by code; EVERY_DEPARTMENT for all."""
    owners = [hook.department for hook in Webhook.objects.filter(active=True).select_related("department")]
    return frozenset(
        each for owner in owners for each in ((owner.pk, owner.code) if owner else (EVERY_DEPARTMENT,))
    )


_subscribed = RevalidatedCache(_load_subscribed)


def _answers(hooks: "QuerySet[Webhook]", now: datetime) -> int:
    """These addresses are called as if they had never failed to answer. Returns how many entries are queued that were
    for nobody while they were given up.
    """
    missed = 0
    with connection.cursor() as cursor:
        for hook in hooks.filter(given_up_at__isnull=False).select_for_update(no_key=True):
            # Written after it was given up, an entry may be of a moment before.
            since = (hook.given_up_at or now) - LONGEST_TRANSACTION
            cursor.execute(_MISSED, {"hook": hook.pk, "since": since, "now": now})
            missed += cursor.rowcount
    hooks.update(failures=0, next_at=None, given_up_at=None)
    return missed
