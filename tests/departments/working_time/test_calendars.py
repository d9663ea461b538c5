"""The calendar of each department, from the hours and special days that staff entered."""

from datetime import date, datetime, time

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client

from departments.common import cache
from departments.models import Category, Department, SpecialDay, TargetVersion, WorkingHours
from departments.working_time.entered_hours import calendar_of, in_words
from departments.working_time.working_hours import ISTANBUL, STANDARD

pytestmark = pytest.mark.usefixtures("base")

TUESDAY = date(2026, 11, 24)


def works(department: Department | None, hour: int, day: date = TUESDAY) -> bool:
    cache.refresh()
    calendar = calendar_of(department.pk if department else None)
    return calendar.is_working_time(datetime.combine(day, time(hour), ISTANBUL))


def give_hours(department: Department | None, opens: int, closes: int) -> None:
    WorkingHours.objects.create(
        department=department, weekday=TUESDAY.weekday(), opens=time(opens), closes=time(closes)
    )


@pytest.fixture
def zabita(base) -> Department:
    return Department.objects.get(code="ZABITA")


@pytest.fixture
def fen(base) -> Department:
    return Department.objects.get(code="FEN")


def test_a_department_works_office_hours_until_others_are_entered(zabita):
    assert calendar_of(zabita.pk) == calendar_of(None) == STANDARD


def test_hours_of_a_department_are_its_own(zabita, fen):
    give_hours(zabita, 18, 22)
    assert works(zabita, 20)
    assert not works(zabita, 10)
    assert not works(fen, 20)
    assert works(fen, 10)


def test_hours_of_the_municipality_hold_for_departments_without_any(zabita, fen):
    give_hours(zabita, 18, 22)
    give_hours(None, 6, 8)
    assert [works(each, 7) for each in (None, fen, zabita)] == [True, True, False]


def test_hours_that_overlap_count_once(zabita):
    for opens, closes in ((8, 12), (11, 14), (14, 16)):
        give_hours(zabita, opens, closes)
    cache.refresh()
    midnight = datetime.combine(TUESDAY, time(0), ISTANBUL)
    assert calendar_of(zabita.pk).hours_between(midnight, midnight.replace(hour=23)) == 8


def test_a_free_day_of_the_municipality_is_free_for_all_but_who_have_that_day_of_their_own(zabita, fen):
    SpecialDay.objects.create(day=TUESDAY, name="İdari izin")
    SpecialDay.objects.create(department=zabita, day=TUESDAY, name="Nöbet", opens=time(9), closes=time(12))
    assert [works(each, 10) for each in (None, fen, zabita)] == [False, False, True]


def test_a_day_is_entered_once(zabita):
    SpecialDay.objects.create(day=TUESDAY, name="İdari izin")
    with pytest.raises(ValidationError, match="zaten girilmiş"):
        SpecialDay(day=TUESDAY, name="İdari izin").full_clean()


@pytest.mark.parametrize(("opens", "closes"), [(time(9), None), (None, time(9)), (time(10), time(9))])
def test_half_a_pair_of_hours_or_a_reversed_one_is_refused(opens, closes):
    with pytest.raises(IntegrityError, match="special_day_closed_or_open"):
        SpecialDay.objects.create(day=TUESDAY, name="x", opens=opens, closes=closes)


def test_asking_again_costs_no_query(django_assert_num_queries):
    calendar_of(None)
    with django_assert_num_queries(0):
        calendar_of(None)


def test_a_changed_target_becomes_a_new_version_and_the_old_one_stays():
    category = Category.objects.get(code="yol_cukur")
    before = category.current_target()
    category.resolution_days = 9
    category.save()
    assert before is not None
    assert TargetVersion.objects.filter(pk=before.pk, resolution_days=5).exists()
    current = category.current_target()
    assert current is not None
    assert (current.first_action_hours, current.resolution_days) == (24, 9)


def test_other_changes_of_a_category_make_no_version():
    category = Category.objects.get(code="yol_cukur")
    category.name = "Çukur"
    category.save()
    assert category.targets.count() == 1


def test_the_hours_that_hold_where_nothing_is_entered_are_said_in_words() -> None:
    cache.refresh()
    assert in_words(calendar_of(None)) == "pazartesi–cuma 08.30–12.00 ve 13.00–17.30; cumartesi–pazar kapalı"
    give_hours(None, 9, 13)
    cache.refresh()
    assert in_words(calendar_of(None)) == "pazartesi kapalı; salı 09.00–13.00; çarşamba–pazar kapalı"


def test_the_list_of_hours_says_what_holds(admin_client: Client, zabita: Department) -> None:
    address = "/admin/departments/workinghours/"
    cache.refresh()
    page = admin_client.get(address).content.decode()
    assert "pazartesi–cuma 08.30–12.00 ve 13.00–17.30" in page
    assert "bilinen mesai" in page
    give_hours(zabita, 8, 23)
    assert f"Kendi saatleri olanlar: {zabita.name}." in admin_client.get(address).content.decode()
