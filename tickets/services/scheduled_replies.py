"""Replies that are to be sent later: kept as rows, sent when due, and their authors told of those that were not."""

import logging
from collections.abc import Callable
from datetime import datetime, time, timedelta

from django.db import OperationalError, transaction
from django.db.models import Q

from departments.models import Role
from departments.working_time.entered_hours import calendar_of
from departments.working_time.working_hours import ISTANBUL
from tickets import ports
from tickets.dangers import OPEN_DANGER
from tickets.models import Handover, Notification, ScheduledReply, Ticket
from tickets.permissions import Actor, actor_of, visible_to
from tickets.services._ticket_rows import locked_ticket
from tickets.services._undo_window import undo_until
from tickets.services.drafts import forget_draft
from tickets.services.notifications import staff
from tickets.services.replies import reachable, send_as_written
from tickets.services.words import checked_text
from tickets.workflow import ActorKind, MissingFields, MoveError, NoSuchMove, NotAllowed

log = logging.getLogger(__name__)
State = ScheduledReply.State
AT_MOST = timedelta(days=30)
SET = 50  # due replies of one look
AFTER_OPENING = timedelta(minutes=15)
# After a minute, 4, 16 and 64; then it is left unsent.
PAUSE = timedelta(minutes=1)
ATTEMPTS = 5
_ENDED = "Başvuru bu arada sonuçlandı."
_DANGER = "Bu arada can güvenliği ya da gizlilik söz konusu oldu: önce okuyun."
_ANSWERED = "Bu arada bir görevli vatandaşa yazdı: önce okuyun."
_WROTE = "Vatandaş bu arada yazdı: önce okuyun."
_FAILED = "Sistemde bir hata oldu. Metni şimdi yazıp gönderin."
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
                due_at=max(due_at, undo_until() or due_at),
                whatever_comes=whatever_comes,
                in_danger=_in_danger(row),
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
    """Sends the replies that are due, each in a transaction of its own. What another worker has in hand is its.

    One that fails for no reason of its own holds up none of the others: it is tried again after growing pauses, and
    then left unsent.
    """
    now = clock()
    free = Q(next_attempt_at=None) | Q(next_attempt_at__lte=now)
    due = ScheduledReply.objects.filter(free, state=State.WAITING, due_at__lte=now).order_by("due_at", "pk")
    for key, citizen in list(due.values_list("pk", "ticket__citizen")[:SET]):
        try:
            _work(key, citizen, _send, clock())
        except OperationalError:
            raise  # the database is ill: that says nothing about the reply
        except Exception:
            log.exception("scheduled reply not sent")
            _work(key, citizen, _count_failure, clock())


def _work(
    key: int, citizen: int | None, step: Callable[[ScheduledReply, datetime], None], now: datetime
) -> None:
    with transaction.atomic():
        ports.channel().lock([citizen] if citizen else [])
        rows = ScheduledReply.objects.select_for_update(skip_locked=True, of=("self",))
        row = rows.select_related("ticket", "author").filter(pk=key, state=State.WAITING).first()
        if row is not None:
            step(row, now)


def _send(row: ScheduledReply, now: datetime) -> None:
    if reason := _reason_against(row, now):
        _leave(row, reason, now)
        return
    try:
        with transaction.atomic():
            actor = actor_of(row.author)
            if not visible_to(actor).filter(pk=row.ticket_id).exists():
                raise NotAllowed("Yazan kişi bu başvuruyu artık göremiyor.")
            row.event = send_as_written(
                ticket=row.ticket, actor=actor, now=now, text=row.text, written_at=row.created_at
            )
    except MoveError as refusal:
        _leave(row, str(refusal), now)
        return
    row.text = ""  # it stands in the timeline now
    _end(row, State.SENT, now)


def _count_failure(row: ScheduledReply, now: datetime) -> None:
    row.attempts += 1
    row.next_attempt_at = now + PAUSE * 4 ** (row.attempts - 1)
    row.save(update_fields=["attempts", "next_attempt_at"])
    if row.attempts >= ATTEMPTS:
        _leave(row, _FAILED, now)


def _reason_against(row: ScheduledReply, now: datetime) -> str:
    """Why it is not sent: what has happened since it was written, or that free text does not arrive any more."""
    ticket = row.ticket
    if ticket.outcome_at is not None and ticket.outcome_at > row.created_at:
        return _ENDED
    if not row.in_danger and _in_danger(ticket):
        return _DANGER
    if _somebody_wrote(row):
        return _ANSWERED
    talk = ports.channel().talk(ticket.citizen) if ticket.citizen else None
    if talk is None:
        return ""  # send_as_written() says it
    if not row.whatever_comes and talk.heard_at is not None and talk.heard_at > row.created_at:
        return _WROTE
    return "" if talk.is_open(now) else _SHUT


def _in_danger(ticket: Ticket) -> bool:
    """Whether the ticket is restricted, or its citizen told of a danger that is still open."""
    return ticket.restricted or Ticket.objects.filter(OPEN_DANGER, citizen=ticket.citizen_id).exists()


def _somebody_wrote(row: ScheduledReply) -> bool:
    """Whether staff have written to the citizen since, other than by replies that had waited for their time, too."""
    others = ScheduledReply.objects.filter(ticket__citizen=row.ticket.citizen_id, state=State.SENT)
    told = row.ticket.events.filter(announce=True, actor_kind=ActorKind.STAFF, at__gt=row.created_at)
    if told.exclude(public_text="").exclude(pk__in=others.exclude(event=None).values("event")).exists():
        return True
    answered = Handover.objects.filter(
        Q(ticket=None) | Q(ticket=row.ticket_id),
        citizen=row.ticket.citizen_id,
        end=Handover.End.ANSWERED,
        ended_at__gt=row.created_at,
    )
    return answered.exclude(ended_at__in=others.values("ended_at")).exists()


def _leave(row: ScheduledReply, reason: str, now: datetime) -> None:
    """Its author is told, and the supervisors: the author may have left."""
    row.reason = reason[:300]
    _end(row, State.UNSENT, now)
    people = {row.author, *staff(Role.SUPERVISOR)} if row.author.is_active else {*staff(Role.SUPERVISOR)}
    Notification.objects.bulk_create(
        Notification(user=user, kind=Notification.Kind.UNSENT, ticket=row.ticket, at=now)
        for user in sorted(people, key=lambda each: each.pk)
    )


def _end(row: ScheduledReply, state: ScheduledReply.State, now: datetime) -> None:
    row.state, row.ended_at = state, now
    row.save(update_fields=["state", "ended_at", "reason", "text", "event"])
