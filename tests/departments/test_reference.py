"""Rows of reference data, by code and by key, without a query."""

from typing import Any

import pytest

from departments import reference
from departments.common import cache
from departments.models import Agency, Category, Department, Neighbourhood

pytestmark = pytest.mark.usefixtures("base")


def test_rows_are_found_by_code_and_by_key_without_a_query(django_assert_num_queries: Any) -> None:
    fen, water = Department.objects.get(code="FEN"), Agency.objects.get(code="kaski")
    pothole, gesi = Category.objects.get(code="yol_cukur"), Neighbourhood.objects.get(code="gesi")
    reference.category("")
    with django_assert_num_queries(0):
        assert (reference.department("FEN"), reference.agency("kaski")) == (fen, water)
        assert (reference.category("yol_cukur"), reference.category_by_id(pothole.pk)) == (pothole, pothole)
        assert (reference.neighbourhood("gesi"), reference.neighbourhood_by_id(gesi.pk)) == (gesi, gesi)


def test_a_category_has_its_department_its_agency_and_its_parent_beside_it(
    django_assert_num_queries: Any,
) -> None:
    reference.category("")
    with django_assert_num_queries(0):
        water = reference.category("d_su")
        assert water
        assert water.department
        assert water.agency
        assert water.parent
        assert (water.department.code, water.agency.code) == ("ILETISIM", "kaski")


BY_CODE = (reference.category, reference.department, reference.agency, reference.neighbourhood)
BY_ID = (
    reference.category_by_id,
    reference.neighbourhood_by_id,
)


@pytest.mark.parametrize("code", ["", "yok", None])
def test_a_code_that_nobody_has_is_none(code: str | None) -> None:
    assert [find(code) for find in BY_CODE] == [None] * 4


@pytest.mark.parametrize("pk", [0, None])
def test_a_key_that_nobody_has_is_none(pk: int | None) -> None:
    assert [find(pk) for find in BY_ID] == [None] * len(BY_ID)


def test_what_is_out_of_use_is_found_since_tickets_point_at_it() -> None:
    Department.objects.filter(code="FEN").update(active=False)
    cache.refresh()
    fen = reference.department("FEN")
    assert fen
    assert not fen.active


def test_the_target_of_every_category_is_the_one_that_the_tables_name(django_assert_num_queries: Any) -> None:
    category = Category.objects.get(code="yol_cukur")
    category.resolution_days += 1
    category.save()
    cache.refresh()
    named = {each: each.current_target() for each in Category.objects.all()}
    assert {each: reference.current_target(each) for each in named} == named
    with django_assert_num_queries(0):
        target = reference.current_target(category)
        assert target
        assert target.resolution_days == category.resolution_days


def test_a_category_without_a_target_has_none() -> None:
    assert reference.current_target(Category(code="yeni")) is None


def test_everything_is_loaded_in_six_statements(django_assert_num_queries: Any) -> None:
    Department.objects.filter(code="FEN").update(note="yeni")
    cache.refresh()
    with django_assert_num_queries(6):  # the revision and five tables
        reference.category("yol_cukur")
