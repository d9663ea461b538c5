"""What Meta says became of a message of ours: matched by its wamid or by our own callback data, forward only."""

import re
from collections.abc import Iterable
from datetime import datetime

from whatsapp.graph import client
from whatsapp.graph.client import ErrorAction
from whatsapp.graph.payloads import DeliveryStatus, Echo
from whatsapp.handover import state as handover
from whatsapp.models import Conversation, InboundDelivery, Outbox, StatusUpdate
from whatsapp.number import pace
from whatsapp.outbox.claim import Claimed

State = Outbox.State
_RANK = {State.QUEUED: 0, State.SENDING: 0, State.SENT: 1, State.DELIVERED: 2, State.READ: 3}
_REACHED = {"sent": State.SENT, "delivered": State.DELIVERED, "read": State.READ, "played": State.READ}


def callback_of(row: Outbox | Claimed) -> str:
    """What Meta brings back in every status of this message; words and the template in their place differ."""
    return f"outbox:{row.pk}{':template' if row.as_template else ''}"


def store_status(status: DeliveryStatus, delivery: InboundDelivery, now: datetime, *, ours: bool) -> bool:
    """Stores a status once and applies it; one whose message is not known yet waits for `settle`."""
    content = {
        "delivery": delivery,
        "wamid": status.wamid,
        "callback": status.callback,
        "status": status.status[:32],
        "at": status.at or now,
        "received_at": now,
        "payload": status.raw,
        "settled": not ours,
    }
    _, created = StatusUpdate.objects.get_or_create(digest=status.digest, defaults=content)
    if created and ours:
        apply_pending_statuses([status.wamid])
    return created


def apply_pending_statuses(wamids: Iterable[str]) -> None:
    """Applies the statuses of these wamids that could not be applied before."""
    for update in StatusUpdate.objects.filter(wamid__in=wamids, settled=False).order_by("at", "id"):
        _apply(update)


def store_echo(echo: Echo, conversation: Conversation, now: datetime) -> bool:
    """Keeps what staff sent from the telephone app as a message of ours that has left already."""
    content = {
        "conversation": conversation,
        "text": echo.text,
        "payload": echo.raw,
        "origin": Outbox.Origin.PHONE,
        "state": State.SENT,
        "created_at": echo.sent_at or now,
        "not_before": now,
        "sent_at": echo.sent_at or now,
    }
    _, created = Outbox.objects.get_or_create(wamid=echo.wamid, defaults=content)
    if created:
        apply_pending_statuses([echo.wamid])
        handover.staff_wrote(conversation, echo.sent_at or now)
    return created


def _apply(update: StatusUpdate) -> None:
    row = _row_of(update)
    if row is None:
        return
    if row.wamid is None:  # the answer of this send was lost: here it is
        row.wamid, row.sent_at = update.wamid, update.at
    rank = _RANK.get(State(row.state), 0)  # a failed one starts again from the bottom
    reached = _REACHED.get(update.status)
    if update.status == "failed" and rank <= _RANK[State.SENT]:
        _fail(update, row)
    elif reached and _RANK[reached] > max(rank, _RANK[State.SENT] if row.state == State.FAILED else 0):
        row.state = reached
    row.save()
    update.outbox, update.settled = row, True
    update.save(update_fields=["outbox", "settled"])


def _row_of(update: StatusUpdate) -> Outbox | None:
    rows = Outbox.objects.select_for_update(no_key=True)
    if row := rows.filter(wamid=update.wamid).first():
        return row
    # At most 18 digits: more is no id of ours and would not fit the column.
    named = re.match(r"outbox:([0-9]{1,18})(?::|$)", update.callback)
    row = rows.filter(pk=int(named[1])).first() if named else None
    return row if row and callback_of(row) == update.callback else None


def _fail(update: StatusUpdate, row: Outbox) -> None:
    """Failed for good, unless a shut window was all that was wrong: then the template goes instead."""
    errors = update.payload.get("errors")
    error = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    code = error.get("code")
    row.error_code = code if isinstance(code, int) else None
    row.state, row.error = State.FAILED, str(error.get("title") or "")
    match client.action_for(row.error_code):
        case ErrorAction.TEMPLATE if row.template and not row.as_template:
            row.state, row.as_template, row.wamid, row.not_before = (
                State.QUEUED,
                True,
                None,
                update.received_at,
            )
        case ErrorAction.STOP_CHANNEL:  # no other message would fare better
            pace.stop(update.received_at, f"{row.error} (kod {row.error_code})")
        case _:
            pass
