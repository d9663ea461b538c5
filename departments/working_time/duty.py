"""Who is on duty at a moment, and when nobody is."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from departments.models import Department, DutyShift
from departments.working_time.working_hours import ISTANBUL

WEEKS_SHOWN = 3


def on_duty(
    now: datetime, department: Department | None = None, *, codes: Collection[str] = ()
) -> QuerySet[User]:
    """Users on duty at `now` for all departments, for that one, or for those with these codes."""
    here = Q(duty_shifts__department__isnull=True) | Q(duty_shifts__department=department)
    if codes:
        here |= Q(duty_shifts__department__code__in=codes)
    return _on_shift(now, here)


def on_any_duty(now: datetime) -> QuerySet[User]:
    """Users on duty at `now`, for whatever department."""
    return _on_shift(now, Q())


def _on_shift(now: datetime, here: Q) -> QuerySet[User]:
    return User.objects.filter(
        here, is_active=True, duty_shifts__starts_at__lte=now, duty_shifts__ends_at__gt=now
    ).distinct()


def shifts_of(user: User | int, now: datetime) -> QuerySet[DutyShift]:
    """The shifts in which a user (or whoever has that key) is on duty at `now`; one without a department is for all."""
    return DutyShift.objects.filter(user=user, starts_at__lte=now, ends_at__gt=now)


def may_not_hear(since: datetime, until: datetime) -> list[tuple[User, str]]:
    """Who is on the roster between the two moments and may hear of nothing, each with the reason in words."""
    on_roster = User.objects.filter(duty_shifts__starts_at__lt=until, duty_shifts__ends_at__gt=since)
    people = [(user, _why_unreachable(user)) for user in on_roster.distinct().order_by("username")]
    return [(user, why) for user, why in people if why]


def _why_unreachable(user: User) -> str:
    if not user.is_active:
        return "hesabı kapalı"
    if not user.has_usable_password() and not settings.OIDC_ISSUER:
        return "parolası yok"
    return "" if user.last_login else "hiç giriş yapmadı"


def hours_without_duty(since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """The stretches between the two moments in which nobody is on duty for all departments, in their order."""
    shifts = DutyShift.objects.filter(
        department=None, user__is_active=True, starts_at__lt=until, ends_at__gt=since
    )
    gaps, covered = [], since
    for starts, ends in shifts.order_by("starts_at").values_list("starts_at", "ends_at"):
        if starts > covered:
            gaps.append((covered, starts))
        covered = max(covered, ends)
    if covered < until:
        gaps.append((covered, until))
    return gaps


@dataclass(frozen=True)
class DutyOfDay:
    """The part of a shift that lies on one day; `until` is "24.00" where it goes on into the next."""

    since: str
    until: str
    shift: DutyShift


def duty_weeks(today: date) -> list[list[tuple[date, list[DutyOfDay]]]]:
    """The roster as a calendar: this week and the two after it, each of seven days from Monday on."""
    monday = today - timedelta(days=today.weekday())
    days = [monday + timedelta(days=each) for each in range(7 * WEEKS_SHOWN)]
    shifts = list(
        DutyShift.objects.filter(
            starts_at__lt=_midnight(days[-1] + timedelta(days=1)), ends_at__gt=_midnight(monday)
        )
        .select_related("user", "department")
        .order_by("starts_at", "pk")
    )
    entries = [(day, _of_day(shifts, day)) for day in days]
    return [entries[first : first + 7] for first in range(0, len(entries), 7)]


def _of_day(shifts: list[DutyShift], day: date) -> list[DutyOfDay]:
    begins, ends = _midnight(day), _midnight(day + timedelta(days=1))
    return [
        DutyOfDay(
            f"{max(shift.starts_at, begins).astimezone(ISTANBUL):%H.%M}",
            "24.00" if shift.ends_at >= ends else f"{shift.ends_at.astimezone(ISTANBUL):%H.%M}",
            shift,
        )
        for shift in shifts
        if shift.starts_at < ends and shift.ends_at > begins
    ]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ISTANBUL)
