"""Who is on duty at a moment."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from departments.models import Department, DutyShift


def on_duty(now: datetime, department: Department | None) -> QuerySet[User]:
    """Users on duty at `now` for all departments, or for that one."""
    here = Q(duty_shifts__department__isnull=True) | Q(duty_shifts__department=department)
    return User.objects.filter(
        here, is_active=True, duty_shifts__starts_at__lte=now, duty_shifts__ends_at__gt=now
    ).distinct()


def duties_of(user: User, now: datetime) -> frozenset[int | None]:
    """The keys of the departments for which somebody is on duty at `now`, None among them for all departments."""
    shifts = DutyShift.objects.filter(user=user, starts_at__lte=now, ends_at__gt=now)
    return frozenset(shifts.values_list("department", flat=True))
