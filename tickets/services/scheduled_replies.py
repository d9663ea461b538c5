"""Replies that are to be sent later: kept as rows, sent when due, and their authors told of those that were not."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

from django.db import transaction

from departments.working_time.entered_hours import calendar_of
from departments.working_time.working_hours import ISTANBUL
from tickets import ports
from tickets.models import Notification, ScheduledReply, Ticket
from tickets.permissions import Actor, actor_of, visible_to
from tickets.services._held_news import held_until
from tickets.services._ticket_rows import locked_ticket
from tickets.services.drafts import forget_draft
from tickets.services.replies import reachable, reply
from tickets.services.words import checked_text
from tickets.workflow import MissingFields, MoveError, NoSuchMove, NotAllowed

State = ScheduledReply.State
AT_MOST = timedelta(days=30)
SET = 50  # due replies of one look
AFTER_OPENING = timedelta(minutes=15)
_WROTE = "Vatandaş bu arada yazdı: önce okuyun."
_SHUT = "24 saatlik serbest yazma süresi doldu."


def times_offered(now: datetime) -> list[datetime]:
    """Moments in working hours that a clerk is likely to want: in an hour, this afternoon, the next mornings."""
    calendar = calendar_of(None)
    local = now.astimezone(ISTANBUL)
    soon = _quarter(local + timedelta(hours=1))
    afternoon = datetime.combine(local.date(), time(16), ISTANBUL)
    offered = {each for each in (soon, afternoon) if each > local and calendar.is_working_time(each)}
    at = local if not calendar.is_working_time(local) else _midnight_after(local)
    for _ in range(2):
        opening = calendar.add_hours(at, 0)
        offered.add(opening + AFTER_OPENING)
        at = _midnight_after(opening)
    return sorted(offered)


def _midnight_after(at: datetime) -> datetime:
    return datetime.combine(at.date() + timedelta(days=1), time(), ISTANBUL)


def _quarter(at: datetime) -> datetime:
    """The next whole quarter of an hour."""
    whole = at.replace(second=0, microsecond=0)
    return whole + timedelta(minutes=-whole.minute % 15)


def schedule_reply(
    *,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    text: str,
    due_at: datetime,
    whatever_comes: bool = False,
    version: int | None = None,
) -> ScheduledReply:
    """Keeps a reply to be sent at that time.

    Raises StaleVersion, NotAllowed, NoSuchMove for a citizen whom no channel reaches, MissingFields where there is no
    text or too much, or no time at which it could be sent.
    """
    said = checked_text(text)
    with transaction.atomic():
        ports.channel().lock([ticket.citizen_id] if ticket.citizen_id else [])
        with locked_ticket(ticket, now, version=version) as row:
            citizen = reachable(row, actor)
            _check_time(due_at, now, ports.channel().talk(citizen), whatever_comes=whatever_comes)
            assert actor.user is not None  # noqa: S101 - whoever may reply is somebody
            forget_draft(user=actor.user, citizen=citizen)
            return ScheduledReply.objects.create(
                ticket=row,
                author=actor.user,
                text=said,
                due_at=max(due_at, held_until() or due_at),
                whatever_comes=whatever_comes,
                created_at=now,
            )


def _check_time(due_at: datetime, now: datetime, talk: ports.Talk | None, *, whatever_comes: bool) -> None:
    if not now < due_at <= now + AT_MOST:
        raise MissingFields({"due_at": f"Gelecekte, en çok {AT_MOST.days} gün sonra bir saat seçin."})
    if talk and not talk.is_open(due_at) and not whatever_comes:
        raise MissingFields(
            {
                "due_at": "O saatte 24 saatlik serbest yazma süresi dolmuş olur. Daha erken bir saat seçin, "
                "ya da vatandaş yeniden yazarsa gitmesi için “vatandaş yazsa da gönder”i işaretleyin."
            }
        )


def cancel_reply(*, ticket: Ticket, actor: Actor, now: datetime, scheduled: int) -> ScheduledReply:
    """Takes a reply back that waits for its time; anybody may who may write to the citizen.

    Raises NotAllowed, NoSuchMove where it does not wait any more.
    """
    with transaction.atomic():
        ports.channel().lock([ticket.citizen_id] if ticket.citizen_id else [])
        with locked_ticket(ticket, now) as row:
            reachable(row, actor)
            waiting = row.scheduled_replies.select_for_update().filter(pk=scheduled, state=State.WAITING)
            found = waiting.first()
            if found is None:
                raise NoSuchMove("Bu cevap artık beklemiyor: gönderildi ya da vazgeçildi.")
            _end(found, State.CANCELLED, now)
    return found


def send_scheduled(clock: Callable[[], datetime]) -> None:
    """Sends the replies that are due, each in a transaction of its own. What another worker has in hand is its."""
    now = clock()
    due = ScheduledReply.objects.filter(state=State.WAITING, due_at__lte=now).order_by("due_at", "pk")
    for key, citizen in list(due.values_list("pk", "ticket__citizen")[:SET]):
        with transaction.atomic():
            ports.channel().lock([citizen] if citizen else [])
            rows = ScheduledReply.objects.select_for_update(skip_locked=True, of=("self",))
            row = rows.select_related("ticket", "author").filter(pk=key, state=State.WAITING).first()
            if row is not None:
                _send(row, clock())


def _send(row: ScheduledReply, now: datetime) -> None:
    if reason := _reason_against(row, now):
        _leave(row, reason, now)
        return
    try:
        with transaction.atomic():
            actor = actor_of(row.author)
            if not visible_to(actor).filter(pk=row.ticket_id).exists():
                raise NotAllowed("Yazan kişi bu başvuruyu artık göremiyor.")
            row.event = reply(ticket=row.ticket, actor=actor, now=now, text=row.text)
    except MoveError as refusal:
        _leave(row, str(refusal), now)
        return
    row.text = ""  # it stands in the timeline now
    _end(row, State.SENT, now)


def _reason_against(row: ScheduledReply, now: datetime) -> str:
    talk = ports.channel().talk(row.ticket.citizen) if row.ticket.citizen else None
    if talk is None:
        return ""  # reply() says it
    if not row.whatever_comes and talk.heard_at is not None and talk.heard_at > row.created_at:
        return _WROTE
    return "" if talk.is_open(now) else _SHUT


def _leave(row: ScheduledReply, reason: str, now: datetime) -> None:
    row.reason = reason[:300]
    _end(row, State.UNSENT, now)
    Notification.objects.create(user=row.author, kind=Notification.Kind.UNSENT, ticket=row.ticket, at=now)


def _end(row: ScheduledReply, state: ScheduledReply.State, now: datetime) -> None:
    row.state, row.ended_at = state, now
    row.save(update_fields=["state", "ended_at", "reason", "text", "event"])
