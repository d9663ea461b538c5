"""What is learned from the desk each night, as the next suggestion has it."""

import pytest

from departments import cache
from departments.models import Category, Department, OutsideShare
from departments.routing.route import route

pytestmark = pytest.mark.usefixtures("base")


def test_a_department_s_offset_is_added_to_the_thresholds_of_its_categories() -> None:
    Department.objects.filter(code="FEN").update(sure_offset=0.1)
    cache.refresh()
    assert route("yolda çukur var").sure_from == pytest.approx(0.85)


def test_what_staff_want_to_see_first_stays_so_whatever_is_learned() -> None:
    Category.objects.filter(code="yol_cukur").update(sure_from=1.0)
    Department.objects.filter(code="FEN").update(sure_offset=-0.1)
    cache.refresh()
    assert route("yolda çukur var").sure_from == 1.0


def test_a_larger_share_makes_other_bodies_likelier() -> None:
    text = "Apartmanın önüne park ediyorlar, polis gelsin"
    before = route(text).confidence
    OutsideShare.objects.create(share=0.08, tickets=1000)
    cache.refresh()
    fewer = route(text).confidence
    OutsideShare.objects.create(share=0.45, tickets=1000)
    cache.refresh()
    assert fewer < before <= route(text).confidence


def test_where_another_body_may_well_be_meant_a_clerk_looks_first() -> None:
    sure, unclear = route("parkta salıncak kırık"), route("yolda çukur var, KASKİ borusu patlamış")
    assert (sure.triage, sure.sure) == (False, True)
    assert not (unclear.jurisdiction == "melikgazi" and unclear.sure)
