"""Who is on duty at a moment, and when nobody is."""

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from departments.organisation.models.departments import Department, DutyShift


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
