"""A danger to life in a ticket: told of, claimed, released.

What is ticked off meanwhile: checklist.py; for whom and how often it rings: ringing.py.
"""

from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import TextChoices

from departments.danger_reader.kinds import kinds
from tickets.casework.router_corrections import forget_corrections
from tickets.casework.writing import append_event, locked_ticket, save, unversioned_lock
from tickets.danger.alert_history import danger_notifications
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor, parties, refresh_permissions, require_staff
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed

LEGAL_GROUND = "hayatın korunması, KVKK m. 5/2-b"


def report_danger(*, ticket: Ticket, kind: str, now: datetime, restricted: bool) -> Ticket:
    """The citizen tells of another danger, or of a worse form of it: the ticket is of the kind that comes first, and is
    handled by the strictest of all that were named."""
    with unversioned_lock(ticket) as row:
        told, known = kinds()[kind], kinds().get(row.danger)
        if restricted and not row.restricted:
            row.restricted = True
            forget_corrections(row)
        row.danger_unsure = False
        if known is None or told.rank < known.rank:
            row.danger, row.urgent_reason = told.key, told.name
        noted = row.events.filter(kind=TicketEvent.Kind.NOTE, data__also=told.key)
        if told.key != (known.key if known else "") and not noted.exists():
            note, data = f"Vatandaş şunu da bildirdi: {told.name}", {"also": told.key}
            append_event(row, TicketEvent.Kind.NOTE, actor=Actor.system(), now=now, note=note, data=data)
        save(row, now)
    return row


class News(TextChoices):
    """What a citizen says became of a danger."""

    FOUND = "found", "bulunduğunu yazdı"
    WOKE = "woke", "uyandığını yazdı"
    TAKEN_BACK = "taken_back", "yanlışlık, şaka ya da iptal yazdı"
    IN_HAND = "in_hand", "112’yi aradığını ya da ekiplerin geldiğini yazdı"
    DIED = "died", "birinin öldüğünü yazdı: ona bir görevli yazsın"
    OVER = "over", "tehlikenin geçtiğini ya da kendisinin önlem aldığını yazdı"


def note_news(*, ticket: Ticket, news: News, now: datetime) -> None:
    """Notes on the ticket what its citizen says became of the danger; it ends nothing."""
    with unversioned_lock(ticket) as row:
        note = f"Vatandaş {news.label}."
        data = {"news": news.value}
        append_event(row, TicketEvent.Kind.NOTE, actor=Actor.system(), now=now, note=note, data=data)
        save(row, now)


def note_copied(*, ticket: Ticket, actor: Actor, now: datetime) -> TicketEvent:
    """Notes that number, place and words were taken for 112, and on what ground. Raises NotAllowed."""
    with unversioned_lock(ticket) as row:
        require_staff(parties(actor, row.department.code if row.department else None))
        note = f"112 için bilgi kopyalandı. Dayanak: {LEGAL_GROUND}."
        return append_event(
            row, TicketEvent.Kind.NOTE, actor=actor, now=now, note=note, data={"for_112": True}
        )


def acknowledge(*, ticket: Ticket, actor: Actor, now: datetime) -> Ticket:
    """Somebody takes the danger on: it rings for nobody any more. Claiming what one has already changes nothing.

    Raises NotAllowed, and NoSuchTransition where there is nothing to claim or somebody else has; its words say who.
    """
    with locked_ticket(ticket, now) as row:
        if not danger_notifications(row).filter(user=actor.user).exists():
            require_staff(parties(actor, row.department.code if row.department else None))
        if not (row.urgent or row.is_danger):
            raise NoSuchTransition("Bu başvuru için üstlenilecek acil bildirim yok.")
        if row.claimed_by is not None and row.claimed_by != actor.user:
            raise NoSuchTransition(
                f"{name_of(row.claimed_by)} sizden {_ago(row.claimed_at, now)} önce üstlendi."
            )
        if row.claimed_by is None:
            row.claimed_by, row.claimed_at = actor.user, now
            if actor.user is not None:
                refresh_permissions(actor.user)
            _acknowledge(row, now)
            append_event(row, TicketEvent.Kind.CLAIMED, actor=actor, now=now, announce=True)
        danger_notifications(row).filter(user=actor.user, seen_at=None).update(seen_at=now)
    return row


def release(*, ticket: Ticket, actor: Actor, now: datetime, reason: str) -> Ticket:
    """Whoever claimed the danger, or a supervisor, lets it go: it rings anew, as if it had just come.

    Raises NoSuchTransition where nobody has claimed it, NotAllowed, MissingFields without a reason.
    """
    if not reason.strip():
        raise MissingFields({"reason": "Neden bıraktığınızı yazın."})
    with locked_ticket(ticket, now) as row:
        if row.claimed_by is None:
            raise NoSuchTransition("Bu acil bildirimi kimse üstlenmemiş.")
        if row.claimed_by != actor.user and not actor.sees_everything:
            raise NotAllowed(
                f"Bu acil bildirimi {name_of(row.claimed_by)} üstlendi; yalnızca o ya da bir sorumlu bırakabilir."
            )
        row.claimed_by = row.claimed_at = None
        _acknowledge(row, now)
        append_event(row, TicketEvent.Kind.RELEASED, actor=actor, now=now, note=reason.strip())
    return row


def release_own(*, ticket: Ticket, actor: Actor, now: datetime, reason: str) -> Ticket:
    """Lets the danger go if the actor has it still. Raises NoSuchTransition where somebody else has, or nobody."""
    with unversioned_lock(ticket) as row:
        if row.claimed_by is not None and row.claimed_by != actor.user:
            raise NoSuchTransition(
                f"Acil bildirim artık {name_of(row.claimed_by)} adlı görevlide; onda kaldı."
            )
        return release(ticket=row, actor=actor, now=now, reason=reason)


def reclaim(*, ticket: Ticket, claimer: User, actor: Actor, now: datetime) -> Ticket:
    """The danger is again with whoever had claimed it before the actor let it go, and rings no more. Raises
    NoSuchTransition where somebody else has claimed it by now.
    """
    with locked_ticket(ticket, now) as row:
        if row.claimed_by not in (None, claimer):
            raise NoSuchTransition(f"{name_of(row.claimed_by)} sizden sonra üstlendi; onda kaldı.")
        row.claimed_by, row.claimed_at = claimer, now
        _acknowledge(row, now)
        data = {"acts": [str(TicketEvent.Kind.RELEASED.label)]}
        append_event(row, TicketEvent.Kind.WITHDRAWN, actor=actor, now=now, data=data)
    return row


def name_of(user: User) -> str:
    return user.get_full_name() or user.get_username()


def _acknowledge(ticket: Ticket, now: datetime) -> None:
    danger_notifications(ticket).filter(acknowledged_at=None).update(acknowledged_at=now)


def _ago(at: datetime | None, now: datetime) -> str:
    seconds = max(int((now - at).total_seconds()), 0) if at else 0
    return f"{seconds} sn" if seconds < 60 else f"{seconds // 60} dk"
