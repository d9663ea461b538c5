"""The duty roster: who is on duty at a moment, and how the next week is filled."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from departments.models import Department, DutyShift, Role
from departments.staff.role_permissions import give_role
from departments.working_time.duty import hours_without_duty, on_any_duty, on_duty
from departments.working_time.duty_calendar import duty_weeks
from departments.working_time.working_hours import ISTANBUL

SHIFTS = "/admin/departments/dutyshift/"
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


def test_those_of_other_departments_are_asked_for_by_their_codes(shift: DutyShift) -> None:
    shift.department = Department.objects.get(code="FEN")
    shift.save()
    assert list(on_duty(FRIDAY_EVENING, codes=["FEN", "PARK"])) == [shift.user]
    assert not on_duty(FRIDAY_EVENING, codes=["PARK"])
    assert list(on_any_duty(FRIDAY_EVENING)) == [shift.user]


def test_the_hours_without_anybody_on_duty_are_those_between_the_shifts(shift: DutyShift) -> None:
    hour = timedelta(hours=1)
    since, until = FRIDAY_EVENING - 5 * hour, MONDAY_MORNING + 24 * hour
    shifts = (
        (FRIDAY_EVENING - 9 * hour, FRIDAY_EVENING - 4 * hour),  # began before
        (FRIDAY_EVENING + hour, FRIDAY_EVENING + 2 * hour),  # inside the weekend
        (MONDAY_MORNING, MONDAY_MORNING + 3 * hour),  # right after it
    )
    for starts, ends in shifts:
        DutyShift.objects.create(user=shift.user, starts_at=starts, ends_at=ends)
    assert hours_without_duty(since, until) == [
        (FRIDAY_EVENING - 4 * hour, FRIDAY_EVENING),
        (MONDAY_MORNING + 3 * hour, until),
    ]


def test_duty_for_one_department_and_of_who_has_left_leaves_hours_without_anybody(shift: DutyShift) -> None:
    week = (FRIDAY_EVENING, MONDAY_MORNING)
    assert hours_without_duty(*week) == []
    shift.department = Department.objects.get(code="FEN")
    shift.save()
    assert hours_without_duty(*week) == [week]
    DutyShift.objects.update(department=None)
    User.objects.update(is_active=False)
    assert hours_without_duty(*week) == [week]


def test_the_list_of_shifts_says_which_hours_of_the_next_week_have_nobody(shift: DutyShift) -> None:
    User.objects.create_superuser("yonetici")
    client = Client()
    client.force_login(User.objects.get(username="yonetici"))
    now = timezone.now()
    DutyShift.objects.update(starts_at=now - timedelta(hours=1), ends_at=now + timedelta(days=3))
    page = client.get(SHIFTS).content.decode()
    assert "nöbetçisi olmayan saatler" in page
    assert f"{timezone.localtime(now + timedelta(days=3)):%d.%m.%Y %H.%M} –" in page
    DutyShift.objects.update(ends_at=now + timedelta(days=8))
    assert "her saatinde" in client.get(SHIFTS).content.decode()


def test_the_list_of_shifts_names_those_who_may_hear_of_nothing(shift: DutyShift) -> None:
    boss = User.objects.create_superuser("yonetici")
    client = Client()
    client.force_login(boss)
    now = timezone.now()
    DutyShift.objects.update(starts_at=now - timedelta(hours=1), ends_at=now + timedelta(days=8))
    warnings: dict[str, dict[str, Any]] = {
        "Ayşe Yılmaz (parolası yok)": {"first_name": "Ayşe", "last_name": "Yılmaz"},
        "nobetci (hiç giriş yapmadı)": {"first_name": "", "last_name": "", "password": make_password("x")},
        "nobetci (hesabı kapalı)": {"is_active": False},
    }
    for warning, facts in warnings.items():
        User.objects.filter(pk=shift.user_id).update(**facts)
        assert warning in client.get(SHIFTS).content.decode()
    User.objects.filter(pk=shift.user_id).update(is_active=True, last_login=now)
    assert "duymayabilecekler" not in client.get(SHIFTS).content.decode()


def test_the_list_of_shifts_shows_the_name_and_the_roles_of_each(shift: DutyShift) -> None:
    boss = User.objects.create_superuser("yonetici")
    User.objects.filter(pk=shift.user_id).update(first_name="Ayşe", last_name="Yılmaz")
    give_role(shift.user, Role.OPERATOR)
    client = Client()
    client.force_login(boss)
    page = client.get(SHIFTS).content.decode()
    assert re.search(rf"Ayşe Yılmaz</td>\s*<td[^>]*>\s*{Role.OPERATOR.label}", page)


def test_the_form_of_a_shift_says_that_it_opens_the_hidden_requests(db: None) -> None:
    boss = User.objects.create_superuser("yonetici")
    client = Client()
    client.force_login(boss)
    assert "gizli olanlarını da okur" in client.get(f"{SHIFTS}add/").content.decode()


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
            SHIFTS,
            {"action": "repeat_next_week", "_selected_action": [shift.pk]},
        )
        assert page.status_code == 302
    starts = DutyShift.objects.order_by("starts_at").values_list("starts_at", flat=True)
    assert list(starts) == [FRIDAY_EVENING, FRIDAY_EVENING + timedelta(days=7)]


def test_the_roster_is_a_calendar_of_weeks_from_monday_on(shift: DutyShift) -> None:
    weeks = duty_weeks(FRIDAY_EVENING.date())
    assert [[day.weekday() for day, _ in week] for week in weeks] == [list(range(7))] * 3
    days = [
        (f"{day:%d.%m}", [(each.since, each.until) for each in duties])
        for week in weeks
        for day, duties in week
    ]
    assert {day: duties for day, duties in days if duties} == {
        "27.11": [("17.30", "24.00")],
        "28.11": [("00.00", "24.00")],
        "29.11": [("00.00", "24.00")],
        "30.11": [("00.00", "08.30")],
    }


def test_the_page_of_the_roster_shows_its_weeks(shift: DutyShift, admin_client: Client) -> None:
    DutyShift.objects.update(starts_at=timezone.now(), ends_at=timezone.now() + timedelta(hours=1))
    page = admin_client.get(SHIFTS).content.decode()
    assert "(bu hafta)" in page
    assert re.search(rf'{SHIFTS}{shift.pk}/change/"><span>[0-9.]+–[0-9.]+</span> nobetci', page)
