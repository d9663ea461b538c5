"""Telling staff: rows first, in the transaction of what they are about; mail and messages carry them later."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Case, Q, QuerySet, When

from departments.common.bulk_insert import insert
from departments.models import Department, Membership, Role
from departments.working_time.duty import on_any_duty
from departments.working_time.entered_hours import calendar_of
from tickets.notifications.models import Notification, NotificationPreference
from tickets.record.models.breaches import Breach
from tickets.record.models.ticket import Ticket
from tickets.record.models.waiting_conversations import WaitingConversation
from tickets.record.permissions import seen_by
from tickets.record.undo_window import undo_until
from tickets.record.workflow import MissingFields

WORTH_TELLING = timedelta(days=1)
# What is mailed to whoever has never chosen.
MAILED_BY_DEFAULT = (
    Notification.Kind.DANGER,
    Notification.Kind.DEADLINE,
    Notification.Kind.WAITING,
    Notification.Kind.DATA,
)
CREW_HOURS = 8  # of work for which a notice waits for somebody off duty: Friday evening's is told on Monday
# The keys of `heads_of`, written out: every report passes here, and composing it costs more than it takes.
_HEADS = """
SELECT DISTINCT head.user_id FROM departments_membership head JOIN auth_user ON auth_user.id = head.user_id
WHERE head.role = 'head' AND head.department_id = %s AND auth_user.is_active
"""
# A danger, or a drill, that nobody has claimed.
UNCLAIMED = Q(
    kind=Notification.Kind.DANGER,
    acknowledged_at__isnull=True,
    ticket__claimed_by__isnull=True,
    drill__claimed_by__isnull=True,
)


def notify_of_work(ticket: Ticket, now: datetime, *, assignee: User | None = None) -> None:
    """The heads of the department that got the ticket, or the one it was given to, hear of it; of a restricted one
    nobody. What can still be taken back they hear of when it cannot any more.
    """
    if ticket.restricted:
        return
    _notify(Notification.Kind.WORK, ticket, now, [assignee.pk] if assignee else _head_keys(ticket.department))


def notify_of_addition(ticket: Ticket, now: datetime) -> None:
    """Whoever the ticket was given to, else the heads of its department, hear that the citizen told more of it; of a
    restricted one nobody.
    """
    if not ticket.restricted:
        people = [ticket.assignee_id] if ticket.assignee_id else _head_keys(ticket.department)
        _notify(Notification.Kind.ADDED, ticket, now, people)


def notify_of_talk(handover: WaitingConversation, now: datetime, *, assignee: User) -> None:
    """Whoever is given the talk of somebody who waits hears of it, when it cannot be taken back any more."""
    at = undo_until() or now
    Notification.objects.create(user=assignee, kind=Notification.Kind.WORK, handover=handover, at=at)


def notify_of_breach(breach: Breach, now: datetime) -> None:
    """The heads of the department; where nobody heads it, the supervisors of the line. What they were told before of
    the same clock is over.

    Of a restricted ticket nobody: whoever is on duty for it hears of the danger itself.
    """
    if breach.ticket.restricted:
        return
    warned = Notification.objects.filter(
        breach__ticket=breach.ticket, breach__clock=breach.clock, seen_at=None
    )
    warned.update(seen_at=now)
    users, at = heads_of(breach.department) or staff(Role.SUPERVISOR), undo_until() or now
    Notification.objects.bulk_create(
        Notification(user=user, kind=Notification.Kind.DEADLINE, ticket=breach.ticket, breach=breach, at=at)
        for user in users
    )


def notify_of_lost_file(
    *, user: User, now: datetime, ticket: Ticket | None = None, handover: WaitingConversation | None = None
) -> None:
    """Whoever wrote a reply about the ticket, or in the talk, hears that it left without its file."""
    Notification.objects.create(
        user=user, kind=Notification.Kind.FILELESS, ticket=ticket, handover=handover, at=now
    )


def see_notifications(*, user: User, now: datetime, only: Iterable[int] | None = None) -> int:
    """Marks as seen what the user was told, or those of it with the keys `only`; a danger stays until somebody claims
    it. Returns how many.
    """
    rows = Notification.objects.filter(user=user, seen_at__isnull=True).exclude(UNCLAIMED)
    return (rows if only is None else rows.filter(pk__in=only)).update(seen_at=now)


def choose_means(
    *, user: User, by_mail: list[Notification.Kind], by_message: list[Notification.Kind], phone: str
) -> NotificationPreference:
    """Keeps by what means the user hears of what; `phone` is in E.164 and needed for messages (else Missing)."""
    if by_message and not phone:
        raise MissingFields({"phone": "WhatsApp bildirimi için telefon numaranızı yazın."})
    wish, _ = NotificationPreference.objects.update_or_create(
        user=user, defaults={"by_mail": by_mail, "by_message": by_message, "phone": phone}
    )
    return wish


def still_theirs(rows: QuerySet[Notification], user: User) -> QuerySet[Notification]:
    """Of a user's notifications those that they may read now: a ticket may have gone to another department since, or
    become restricted, and a talk to somebody else. A danger stays with whoever was told of it, as they may claim it,
    unless it is restricted.
    """
    given_on = Q(kind=Notification.Kind.WORK, handover__isnull=False) & ~Q(handover__assignee=user)
    snoozed = Q(snooze__ticket=None) | seen_by(user, "snooze__ticket")
    seen = Q(ticket=None) & snoozed | Q(ticket__isnull=False) & seen_by(user, "ticket")
    return rows.filter(seen | Q(kind=Notification.Kind.DANGER, ticket__restricted=False)).exclude(given_on)


def is_visible_to_recipient(notification: Notification) -> bool:
    """Whether its user may read it now."""
    return still_theirs(Notification.objects.filter(pk=notification.pk), notification.user).exists()


def to_mail(now: datetime) -> QuerySet[Notification]:
    """The notifications of the last day still to be mailed to those who want that and have an address; danger first,
    then the oldest."""
    never_chose = Q(user__notification_preference__isnull=True, kind__in=MAILED_BY_DEFAULT)
    waiting = _recent(now).filter(never_chose | _wished("by_mail"), mailed_at__isnull=True)
    return waiting.exclude(user__email="")


def due_for_whatsapp(now: datetime) -> QuerySet[Notification]:
    """The notifications of the last day still to be sent to the telephones of those who want that; danger first, then
    the oldest. None where the installation sends staff no messages."""
    if not settings.STAFF_NOTICES_BY_WHATSAPP:
        return Notification.objects.none()
    # The few people first, at each wake-up of the outbox: nobody else's notifications are read then.
    people = NotificationPreference.objects.exclude(phone="").exclude(by_message=[])
    waiting = _recent(now).filter(user__in=people.values("user"), messaged_at__isnull=True)
    return waiting.filter(_wished("by_message")).select_related("user__notification_preference")


def mark_sent_by_whatsapp(*, notifications: Iterable[Notification], now: datetime) -> None:
    """A channel has taken these over."""
    Notification.objects.filter(pk__in=[each.pk for each in notifications]).update(messaged_at=now)


def _recent(now: datetime) -> QuerySet[Notification]:
    waited = Q(at__gt=_crews_hear_since(now), user__in=_crews()) & ~Q(kind=Notification.Kind.DANGER)
    recent = Notification.objects.filter(
        Q(at__gt=now - WORTH_TELLING) | waited, at__lte=now, user__is_active=True
    )
    recent = recent.exclude(kind=Notification.Kind.DANGER, acknowledged_at__isnull=False)  # claimed meanwhile
    recent = recent.exclude(~Q(kind=Notification.Kind.DANGER), user__in=_off_duty_crews(now))
    danger_first = Case(When(kind=Notification.Kind.DANGER, then=0), default=1)
    return recent.select_related("user", "ticket__category", "breach__ticket", "drill").order_by(
        danger_first, "at", "id"
    )


def is_off_duty_crew(user: User, now: datetime) -> bool:
    """Whether the user works outdoors and nothing else, the office is shut and they are on no shift."""
    return _off_duty_crews(now).filter(pk=user.pk).exists()


def _off_duty_crews(now: datetime) -> QuerySet[User]:
    """The crews while their office is shut and they are on no shift: what can wait for the morning is not rung into
    their night. It stands in the panel meanwhile.
    """
    if calendar_of(None).add_hours(now, 0) <= now:
        return User.objects.none()
    return _crews().exclude(pk__in=on_any_duty(now).values("pk"))


def _crews() -> QuerySet[User]:
    """Those who work outdoors and nothing else."""
    others = Membership.objects.exclude(role=Role.CREW).values("user")
    return User.objects.filter(memberships__role=Role.CREW).exclude(pk__in=others)


def _crews_hear_since(now: datetime) -> datetime:
    """Since when notices may have waited for crews off duty."""
    since, calendar = now - WORTH_TELLING, calendar_of(None)
    while calendar.hours_between(since, now) < CREW_HOURS:
        since -= WORTH_TELLING
    return since


def _wished(means: str) -> Q:
    wish = Q()
    for kind in Notification.Kind:
        wish |= Q(kind=kind, **{f"user__notification_preference__{means}__contains": [kind]})
    return wish


def _notify(kind: Notification.Kind, ticket: Ticket, now: datetime, people: Iterable[int]) -> None:
    at = undo_until() or now
    insert([Notification(user_id=key, kind=kind, ticket=ticket, at=at) for key in people])


def _head_keys(department: Department | None) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_HEADS, [department.pk if department else None])
        return [key for (key,) in cursor]


def heads_of(department: Department | None) -> QuerySet[User]:
    """Those of that very department: who heads another and works in this one is none."""
    return User.objects.filter(
        is_active=True, memberships__role=Role.HEAD, memberships__department=department
    ).distinct()


def staff(role: Role) -> QuerySet[User]:
    return User.objects.filter(is_active=True, memberships__role=role).distinct()
