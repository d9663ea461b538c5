"""What Meta says became of a message of ours: matched by its wamid or by our own callback data, forward only."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from departments.common.bulk_insert import insert_new
from whatsapp import wakeup
from whatsapp.conversations.models.erased import ERASED, ErasedUpdate, erased_wamid
from whatsapp.graph.errors import ErrorAction, action_for
from whatsapp.graph.webhook_payloads import DeliveryStatus
from whatsapp.number import pace
from whatsapp.outbox.claim import ClaimedMessage
from whatsapp.outbox.models.outbox import Outbox, StatusUpdate

State = Outbox.State
_RANK = {State.QUEUED: 0, State.SENDING: 0, State.SENT: 1, State.DELIVERED: 2, State.READ: 3}
_REACHED = {"sent": State.SENT, "delivered": State.DELIVERED, "read": State.READ, "played": State.READ}
# What a status may change of a message, and what has to be known of it for that.
_CHANGING = ("state", "wamid", "sent_at", "as_template", "not_before", "error_code", "error")
# Written out, with arrays: a place for each value of a batch makes a new statement of every batch.
_EARLIER = """
SELECT * FROM whatsapp_statusupdate WHERE digest = ANY(%s) OR (wamid = ANY(%s) AND NOT settled) ORDER BY id
"""
_OURS = """
SELECT id, template, state, wamid, sent_at, as_template, not_before, error_code, error
FROM whatsapp_outbox WHERE wamid = ANY(%s) OR id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
"""


class OutdatedError(Exception):
    """Another worker has changed what was decided on: the transaction has to be rolled back and done again."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A status as a delivery brought it; one that is not `ours` is for another number: kept, not obeyed."""

    status: DeliveryStatus
    delivery_id: int
    ours: bool


def callback_of(row: Outbox | ClaimedMessage) -> str:
    """What Meta brings back in every status of this message; words and the template in their place differ."""
    return f"outbox:{row.pk}{':template' if row.as_template else ''}"


def store_statuses(
    arrived: Sequence[Arrived], now: datetime, *, known: Iterable[str] = ()
) -> tuple[list[bool], set[int]]:
    """Stores each status once and applies it; one whose message is not known yet waits for it.

    `known` are the wamids of messages that have just become known: what waited for them is applied too. Returns for
    each status whether it is new, and the deliveries with statuses of erased messages. Call it inside a transaction.
    Raises OutdatedError where another worker was faster.
    """
    wamids = {each.status.wamid for each in arrived if each.ours}.union(known)
    if not (arrived or wamids):
        return [], set()
    digests = [each.status.digest for each in arrived]
    earlier = list(StatusUpdate.objects.raw(_EARLIER, [digests, list(wamids)]))
    stored = {update.digest for update in earlier}
    created, fresh = [], []
    for each in arrived:
        created.append(each.status.digest not in stored)
        if created[-1]:
            stored.add(each.status.digest)
            fresh.append(_update_of(each, now))
    waiting = [update for update in earlier if not update.settled and update.wamid in wamids]
    erased = _apply_all(waiting, fresh)
    created = [new and each.status.digest not in erased for each, new in zip(arrived, created, strict=True)]
    return created, {each.delivery_id for each in arrived if each.status.digest in erased}


def apply_pending_statuses(wamids: Iterable[str]) -> None:
    """Applies the statuses of these messages that came before their wamids were known. Call it inside a transaction."""
    _apply_all(list(StatusUpdate.objects.filter(wamid__in=list(wamids), settled=False).order_by("id")))


def _update_of(arrived: Arrived, now: datetime) -> StatusUpdate:
    status = arrived.status
    return StatusUpdate(
        digest=status.digest,
        delivery_id=arrived.delivery_id,
        wamid=status.wamid,
        callback=status.callback,
        status=status.status[:32],
        at=status.at or now,
        received_at=now,
        payload=status.raw,
        settled=not arrived.ours,
    )


def _apply_all(waiting: Sequence[StatusUpdate], fresh: Sequence[StatusUpdate] = ()) -> set[str]:
    """Moves the messages that these statuses are of, and saves both; `fresh` ones are not stored yet.

    Messages first, the channel last, each kind of row in the order of its keys: workers cannot wait in a circle.
    Returns the digests of those that were erased, or whose message was: they are not stored.
    """
    stopped, erased = _move_messages([update for update in (*waiting, *fresh) if not update.settled])
    erased |= ErasedUpdate.objects.among(update.digest for update in fresh if update.outbox is None)
    stored = [update for update in fresh if update.digest not in erased]
    if not insert_new(sorted(stored, key=lambda update: update.digest)):
        raise OutdatedError
    if settled := [update for update in waiting if update.settled]:
        StatusUpdate.objects.bulk_update(settled, ["outbox", "settled"])
    if stopped:
        pace.stop(*stopped)
    return erased


def _move_messages(updates: Sequence[StatusUpdate]) -> tuple[tuple[datetime, str] | None, set[str]]:
    """Applies statuses in the order of their times, and marks them as settled.

    Returns when and why to stop, and the digests of those whose message was erased.
    """
    if not updates:
        return None, set()
    messages = _LockedMessages(updates)
    stopped, erased = None, set()
    for update in sorted(updates, key=lambda update: update.at):
        if messages.is_erased(update):
            erased.add(update.digest)
        elif row := messages.find(update):
            stopped = _apply(update, row) or stopped
            messages.index(row)
            update.outbox, update.settled = row, True
    messages.save()
    return stopped, erased


class _LockedMessages:
    """The messages that some statuses may be of, locked in the order of their ids."""

    def __init__(self, updates: Sequence[StatusUpdate]) -> None:
        named = {pk for update in updates if (pk := _named_by(update.callback))}
        wamids = {name for update in updates for name in (update.wamid, erased_wamid(update.wamid))}
        self._by_pk = {row.pk: row for row in Outbox.objects.raw(_OURS, [list(wamids), list(named)])}
        self._by_wamid = {row.wamid: row for row in self._by_pk.values()}
        self._before = {row.pk: _changing(row) for row in self._by_pk.values()}

    def is_erased(self, update: StatusUpdate) -> bool:
        row = self._by_wamid.get(erased_wamid(update.wamid)) or self._by_pk.get(_named_by(update.callback))
        return row is not None and (row.wamid or "").startswith(ERASED)

    def find(self, update: StatusUpdate) -> Outbox | None:
        """By the wamid, else by our callback data, while the message still is what that was sent with."""
        row = self._by_wamid.get(update.wamid)
        if row and row.wamid == update.wamid:
            return row
        row = self._by_pk.get(_named_by(update.callback))
        return row if row and callback_of(row) == update.callback else None

    def index(self, row: Outbox) -> None:
        """Finds the row by the wamid that a status brought."""
        self._by_wamid[row.wamid] = row

    def save(self) -> None:
        """One statement for all rows that changed in the same way."""
        alike: dict[tuple[tuple[str, Any], ...], list[int]] = {}
        for row in self._by_pk.values():
            before = self._before[row.pk]
            change = tuple((name, new) for name, new in _changing(row).items() if new != before[name])
            if change:
                alike.setdefault(change, []).append(row.pk)
        for change, keys in alike.items():
            Outbox.objects.filter(pk__in=keys).update(**dict(change))
        if any(("state", State.QUEUED) in change for change in alike):
            wakeup.wake(wakeup.OUTBOX)


def _changing(row: Outbox) -> Mapping[str, Any]:
    return {name: getattr(row, name) for name in _CHANGING}


def _named_by(callback: str) -> int:
    """The id of the message that a callback names, 0 for none: at most 18 digits, more would not fit the column."""
    named = re.match(r"outbox:([0-9]{1,18})(?::|$)", callback)
    return int(named[1]) if named else 0


def _apply(update: StatusUpdate, row: Outbox) -> tuple[datetime, str] | None:
    """Moves the row; returns when and why the channel has to stop, None where it need not."""
    if row.wamid is None:  # the answer of this send was lost: here it is
        row.wamid, row.sent_at = update.wamid, update.at
    rank = _RANK.get(State(row.state), 0)  # a failed one starts again from the bottom
    reached = _REACHED.get(update.status)
    if update.status == "failed" and rank <= _RANK[State.SENT]:
        return _fail(update, row)
    if reached and _RANK[reached] > max(rank, _RANK[State.SENT] if row.state == State.FAILED else 0):
        row.state = reached
    return None


def _fail(update: StatusUpdate, row: Outbox) -> tuple[datetime, str] | None:
    """Failed for good, unless a shut window was all that was wrong: then the template goes instead."""
    errors = update.payload.get("errors")
    error = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    code = error.get("code")
    row.error_code = code if isinstance(code, int) else None
    row.state, row.error = State.FAILED, str(error.get("title") or "")
    match action_for(row.error_code):
        case ErrorAction.TEMPLATE if row.template and not row.as_template:
            row.state, row.as_template, row.wamid = State.QUEUED, True, None
            row.not_before = update.received_at
        case ErrorAction.STOP_CHANNEL:  # no other message would fare better
            return update.received_at, f"{row.error} (kod {row.error_code})"
        case _:
            pass
    return None
