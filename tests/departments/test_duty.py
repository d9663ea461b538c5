"""The duty roster: who is on duty at a moment, and how the next week is filled."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import Client

from departments.models import Department, DutyShift, Role
from departments.organisation.admin_permissions import give_role
from departments.working_hours import ISTANBUL
from departments.working_time.duty import on_duty

pytestmark = pytest.mark.usefixtures("base")

FRIDAY_EVENING = datetime(2026, 11, 27, 17, 30, tzinfo=ISTANBUL)
MONDAY_MORNING = datetime(2026, 11, 30, 8, 30, tzinfo=ISTANBUL)


@pytest.fixture
def shift(db: None) -> DutyShift:
    """A weekend."""
    user = User.objects.create_user("nobetci", is_staff=True)
    return DutyShift.objects.create(user=user, starts_at=FRIDAY_EVENING, ends_at=MONDAY_MORNING)


@pytest.mark.parametrize(
    ("at", "there"),
    [
        (FRIDAY_EVENING - timedelta(minutes=1), False),
        (FRIDAY_EVENING, True),
        (datetime(2026, 11, 29, 3, 0, tzinfo=ISTANBUL), True),
        (MONDAY_MORNING - timedelta(minutes=1), True),
        (MONDAY_MORNING, False),
    ],
)
def test_a_weekend_is_one_row_from_its_first_to_its_last_minute(
    shift: DutyShift, at: datetime, there: bool
) -> None:
    assert (shift.user in on_duty(at, None)) is there


def test_who_is_on_duty_for_one_department_is_not_for_another(shift: DutyShift) -> None:
    fen, park = (Department.objects.get(code=code) for code in ("FEN", "PARK"))
    shift.department = fen
    shift.save()
    assert list(on_duty(FRIDAY_EVENING, fen)) == [shift.user]
    assert not on_duty(FRIDAY_EVENING, park)
    assert not on_duty(FRIDAY_EVENING, None)


def test_a_duty_that_ends_before_it_starts_is_refused(shift: DutyShift) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        DutyShift.objects.create(user=shift.user, starts_at=MONDAY_MORNING, ends_at=FRIDAY_EVENING)


def test_a_supervisor_fills_the_next_week_with_this_one_and_doing_it_again_adds_nothing(
    shift: DutyShift,
) -> None:
    boss = User.objects.create_user("sorumlu", is_staff=True)
    give_role(boss, Role.SUPERVISOR)
    client = Client()
    client.force_login(boss)
    for _ in range(2):
        page = client.post(
            "/admin/departments/dutyshift/",
            {"action": "repeat_next_week", "_selected_action": [shift.pk]},
        )
        assert page.status_code == 302
    starts = DutyShift.objects.order_by("starts_at").values_list("starts_at", flat=True)
    assert list(starts) == [FRIDAY_EVENING, FRIDAY_EVENING + timedelta(days=7)]
