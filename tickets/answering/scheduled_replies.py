"""Replies that are to be sent later, or with a file that is still looked at: kept as rows, sent when due, and their
authors told of those that were not. Those to somebody without a ticket: conversation_replies.py.
"""

import logging
from collections.abc import Callable
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from departments.common.database_errors import is_database_fault
from departments.common.row_by_row import each_row
from departments.models import Role, RowWork
from departments.working_time.entered_hours import calendar_of
from departments.working_time.working_hours import ISTANBUL
from tickets.answering.drafts import forget_draft
from tickets.answering.models.replies import ScheduledReply
from tickets.answering.replies import reachable, say_in_talk, send_as_written
from tickets.answering.reply_lengths import checked_text
from tickets.casework.awaiting_staff import request_staff
from tickets.casework.writing import locked_ticket
from tickets.notifications.models import Notification
from tickets.notifications.notifications import notify_of_lost_file, staff
from tickets.record import channel
from tickets.record.models.attachments import Attachment
from tickets.record.models.ticket import OPEN_DANGER, Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.models.waiting_conversations import WaitingConversation
from tickets.record.permissions import Actor, actor_of, visible_handovers, visible_to
from tickets.record.undo_window import undo_until
from tickets.record.workflow import ActorKind, MissingFields, NoSuchTransition, NotAllowed, TransitionError

log = logging.getLogger(__name__)
State = ScheduledReply.State
AT_MOST = timedelta(days=30)
SET = 50  # due replies of one look
AFTER_OPENING = timedelta(minutes=15)
# After a minute, 4, 16 and 64; then it is left unsent.
PAUSE = timedelta(minutes=1)
ATTEMPTS = 5
# A reply whose file is still looked at waits for it so long, and then goes without.
PATIENT = timedelta(minutes=10)
LOOK_AGAIN = timedelta(seconds=2)
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

    Raises StaleVersion, NotAllowed, NoSuchTransition for a citizen whom no channel reaches, MissingFields where there
    is no text or too much, or no time at which it could be sent.
    """
    said = checked_text(text)
    with transaction.atomic():
        channel.channel().lock([ticket.citizen_id] if ticket.citizen_id else [])
        with locked_ticket(ticket, now, version=version) as row:
            citizen = reachable(row, actor)
            check_time(due_at, now, channel.channel().talk(citizen), whatever_comes=whatever_comes)
            reply = ScheduledReply(ticket=row, text=said, due_at=due_at, whatever_comes=whatever_comes)
            return keep(reply, actor, now)


def keep(reply: ScheduledReply, actor: Actor, now: datetime) -> ScheduledReply:
    """Keeps what the actor wrote until it is due; it is no draft any more."""
    assert actor.user is not None  # noqa: S101 - whoever may reply is somebody
    if reply.citizen is not None:
        forget_draft(user=actor.user, citizen=reply.citizen)
    reply.author, reply.created_at = actor.user, now
    reply.due_at = max(reply.due_at, undo_until() or reply.due_at)
    reply.in_danger = _in_danger(reply)
    reply.save()
    return reply


def check_time(due_at: datetime, now: datetime, talk: channel.Talk | None, *, whatever_comes: bool) -> None:
    """Raises MissingFields where a reply cannot be sent at that time."""
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

    Raises NotAllowed, NoSuchTransition where it does not wait any more.
    """
    with transaction.atomic():
        channel.channel().lock([ticket.citizen_id] if ticket.citizen_id else [])
        with locked_ticket(ticket, now) as row:
            reachable(row, actor)
            return cancel(row.scheduled_replies.filter(pk=scheduled), now)


def cancel(rows: QuerySet[ScheduledReply], now: datetime) -> ScheduledReply:
    """Calls off the reply that is among these rows. Raises NoSuchTransition where it does not wait any more."""
    found = rows.select_for_update(of=("self",)).filter(state=State.WAITING).first()
    if found is None:
        raise NoSuchTransition("Bu cevap artık beklemiyor: gönderildi ya da vazgeçildi.")
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
    whose = Coalesce("ticket__citizen", "handover__citizen")
    people = dict(due.values_list("pk", whose))

    def look(key: int) -> None:
        try:
            _work(key, people[key], _send, clock())
        except Exception as error:
            if is_database_fault(error):  # says nothing about the reply
                raise
            log.exception("scheduled reply not sent")
            _work(key, people[key], _count_failure, clock())

    each_row(RowWork.SCHEDULED, people, look, now=now, most=SET)


def _work(
    key: int, citizen: int | None, step: Callable[[ScheduledReply, datetime], None], now: datetime
) -> None:
    with transaction.atomic():
        channel.channel().lock([citizen] if citizen else [])
        rows = ScheduledReply.objects.select_for_update(skip_locked=True, of=("self",))
        related = ("ticket", "handover__citizen", "author", "file")
        row = rows.select_related(*related).filter(pk=key, state=State.WAITING).first()
        if row is not None:
            step(row, now)


def _send(row: ScheduledReply, now: datetime) -> None:
    if row.file is not None:
        if row.file.state == Attachment.State.CHECKING and now < row.created_at + PATIENT:
            row.next_attempt_at = now + LOOK_AGAIN
            row.save(update_fields=["next_attempt_at"])
            return
    elif reason := _reason_against(row, now):
        _leave(row, reason, now)
        return
    try:
        with transaction.atomic():
            _say(row, now)
    except TransitionError as refusal:
        _leave(row, str(refusal), now)
        return
    row.text = ""  # it stands in the timeline now
    _end(row, State.SENT, now)


def _say(row: ScheduledReply, now: datetime) -> None:
    actor, handover = actor_of(row.author), row.handover
    if row.ticket is not None:
        if not visible_to(actor).filter(pk=row.ticket.pk).exists():
            raise NotAllowed("Yazan kişi bu başvuruyu artık göremiyor.")
        row.event = send_as_written(
            ticket=row.ticket, actor=actor, now=now, text=row.text, written_at=row.created_at
        )
    elif handover is not None:
        if not visible_handovers(actor).filter(pk=handover.pk).exists():
            raise NotAllowed("Yazan kişi bu görüşmeyi artık göremiyor.")
        is_stored = row.file is not None and row.file.state == Attachment.State.STORED
        say_in_talk(
            citizen=handover.citizen,
            by=row.author,
            now=now,
            text=row.text,
            file=row.file if is_stored else None,
            written_at=row.created_at,
        )
        if row.file is not None and not is_stored:
            notify_of_lost_file(user=row.author, handover=_waits_for_file(handover, now), now=now)


def _waits_for_file(answered: WaitingConversation, now: datetime) -> WaitingConversation:
    """Whoever was to get a file waits on, or again."""
    citizen = answered.citizen
    waiting = WaitingConversation.objects.filter(citizen=citizen, ended_at=None).first()
    return waiting or request_staff(
        citizen=citizen,
        reason=WaitingConversation.Reason(answered.reason),
        words=answered.last_words,
        now=now,
    )


def _count_failure(row: ScheduledReply, now: datetime) -> None:
    row.attempts += 1
    row.next_attempt_at = now + PAUSE * 4 ** (row.attempts - 1)
    row.save(update_fields=["attempts", "next_attempt_at"])
    if row.attempts >= ATTEMPTS:
        _leave(row, _FAILED, now)


def _reason_against(row: ScheduledReply, now: datetime) -> str:
    """Why it is not sent: what has happened since it was written, or that free text does not arrive any more."""
    ended_at = row.ticket.outcome_at if row.ticket else None
    if ended_at is not None and ended_at > row.created_at:
        return _ENDED
    if not row.in_danger and _in_danger(row):
        return _DANGER
    if _somebody_wrote(row):
        return _ANSWERED
    talk = channel.channel().talk(row.citizen) if row.citizen else None
    if talk is None:
        return ""  # whoever sends it says so
    if not row.whatever_comes and talk.heard_at is not None and talk.heard_at > row.created_at:
        return _WROTE
    return "" if talk.is_open(now) else _SHUT


def _in_danger(row: ScheduledReply) -> bool:
    """Whether its ticket is restricted, or the citizen told of a danger that is still open."""
    restricted = row.ticket is not None and row.ticket.restricted
    return restricted or Ticket.objects.filter(OPEN_DANGER, citizen=row.citizen).exists()


def _somebody_wrote(row: ScheduledReply) -> bool:
    """Whether staff have written to the citizen since, other than by replies that had waited for their time, too."""
    others = ScheduledReply.objects.to(row.citizen).filter(state=State.SENT)
    about = TicketEvent.objects.filter(ticket=row.ticket_id) if row.ticket_id else TicketEvent.objects.none()
    told = about.filter(announce=True, actor_kind=ActorKind.STAFF, at__gt=row.created_at)
    if told.exclude(public_text="").exclude(pk__in=others.exclude(event=None).values("event")).exists():
        return True
    answered = WaitingConversation.objects.filter(
        Q(ticket=None) | Q(ticket=row.ticket_id),
        citizen=row.citizen,
        end=WaitingConversation.End.ANSWERED,
        ended_at__gt=row.created_at,
    )
    return answered.exclude(ended_at__in=others.values("ended_at")).exists()


def _leave(row: ScheduledReply, reason: str, now: datetime) -> None:
    """Its author is told, and the supervisors: the author may have left."""
    row.reason = reason[:300]
    _end(row, State.UNSENT, now)
    people = {row.author, *staff(Role.SUPERVISOR)} if row.author.is_active else {*staff(Role.SUPERVISOR)}
    Notification.objects.bulk_create(
        Notification(
            user=user, kind=Notification.Kind.UNSENT, ticket=row.ticket, handover=row.handover, at=now
        )
        for user in sorted(people, key=lambda each: each.pk)
    )


def _end(row: ScheduledReply, state: ScheduledReply.State, now: datetime) -> None:
    row.state, row.ended_at = state, now
    row.save(update_fields=["state", "ended_at", "reason", "text", "event"])
