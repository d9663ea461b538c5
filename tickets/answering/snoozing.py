"""What a clerk puts off: a ticket or a waiting conversation comes back at its time, or as soon as the citizen writes.

Which times are offered: tickets/answering/snooze_times.py.
Whoever puts a waiting conversation off has it from then on: nobody waits in the hands of nobody.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from departments.common.row_by_row import each_row
from departments.models import RowWork
from tickets.casework.writing import GONE
from tickets.notifications.models import Notification
from tickets.record import channel
from tickets.record.models.snoozes import Snooze
from tickets.record.models.ticket import OPEN_DANGER, Ticket, is_open_danger
from tickets.record.models.waiting_conversations import WaitingConversation
from tickets.record.permissions import Actor, parties, require_staff, visible_handovers, visible_to
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed

LONGEST = timedelta(days=90)


def snooze(*, of: Ticket | WaitingConversation, actor: Actor, now: datetime, until: datetime) -> Snooze:
    """Puts it off until then; what was put off already gets the new time, and is the actor's.

    Raises MissingFields for a time that is past or too far, NotAllowed, NoSuchTransition for a conversation that ended
    and for a danger that is open.
    """
    if until <= now:
        raise MissingFields(
            {"until": "Geçmiş bir zaman. Bugün içinde ilerideki bir saati ya da sonraki bir günü seçin."}
        )
    if until > now + LONGEST:
        raise MissingFields({"until": f"En çok {LONGEST.days} gün ertelenir. Daha yakın bir gün seçin."})
    if actor.user is None:
        raise NotAllowed("Ertelemeyi bir görevli yapar.")
    with transaction.atomic():
        about = _held(of, actor)
        if _is_of_danger(about):
            raise NoSuchTransition("Tehlike ertelenmez. Üstlenin, bitince başvuruyu sonuçlandırın.")
        if isinstance(about, WaitingConversation):
            about.assignee, about.assigned_at = actor.user, now
            about.save(update_fields=["assignee", "assigned_at"])
        _of(about).update(ended_at=now)
        subject = {"handover": about} if isinstance(about, WaitingConversation) else {"ticket": about}
        return Snooze.objects.create(user=actor.user, at=now, until=until, **subject)


def wake(*, of: Ticket | WaitingConversation, actor: Actor, now: datetime) -> bool:
    """What was put off is dealt with, or not to be put off any more; returns whether it was. Raises NotAllowed."""
    with transaction.atomic():
        return bool(_of(_held(of, actor)).update(ended_at=now))


def end_due_snoozes(*, now: datetime) -> int:
    """What was put off until now comes back, and whoever put it off is told; returns how many.

    What the citizen brought back, whoever put it off is told too; what is settled meanwhile is over.
    """
    over = Q(ticket__outcome__isnull=False, written=False) | Q(handover__ended_at__isnull=False)
    back = Q(back_at=None, until__lte=now) | Q(back_at__isnull=False, notifications=None)
    count = 0

    def look(key: int) -> None:
        nonlocal count
        row = Snooze.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=key, ended_at=None)
        if row.filter(over).update(ended_at=now):
            return
        row.filter(back_at=None).update(back_at=now)
        for untold in row.filter(notifications=None):
            Notification.objects.create(
                user_id=untold.user_id, kind=Notification.Kind.WAITING, snooze=untold, at=now
            )
            count += 1

    due = Snooze.objects.filter(over | back, ended_at=None).values_list("pk", flat=True).distinct()
    each_row(RowWork.SNOOZES, due, look, now=now)
    return count


def _held(of: Ticket | WaitingConversation, actor: Actor) -> Ticket | WaitingConversation:
    """The row as it stands, locked."""
    if isinstance(of, WaitingConversation):
        channel.channel().lock([of.citizen_id])
        rows = visible_handovers(actor).select_for_update(no_key=True, of=("self",))
        handover = rows.filter(pk=of.pk).first()
        if handover is None:
            raise NotAllowed("Bu görüşmede yetkiniz yok.")
        if handover.ended_at is not None:
            raise NoSuchTransition(f"Bu görüşme artık beklemiyor ({handover.get_end_display().lower()}).")
        return handover
    ticket = visible_to(actor).filter(pk=of.pk).select_related("department").first()
    if ticket is None:
        raise NotAllowed("Bu başvuruda yetkiniz yok.")
    require_staff(parties(actor, ticket.department.code if ticket.department else None))
    locked = Ticket.objects.select_for_update(no_key=True).filter(pk=ticket.pk).first()
    if locked is None:
        raise NoSuchTransition(GONE)
    return locked


def _is_of_danger(about: Ticket | WaitingConversation) -> bool:
    """Whether it is an open danger, or the talk with somebody who told of one."""
    if isinstance(about, Ticket):
        return is_open_danger(about)
    return Ticket.objects.filter(OPEN_DANGER, citizen=about.citizen_id).exists()


def _of(about: Ticket | WaitingConversation) -> QuerySet[Snooze]:
    rows = Snooze.objects.filter(ended_at=None)
    return (
        rows.filter(handover=about) if isinstance(about, WaitingConversation) else rows.filter(ticket=about)
    )
