"""What is learned from the desk each night, as the next suggestion has it."""

import pytest

from departments.common import cache
from departments.models import Category, Department, OutsideShare
from departments.routing.route import route
from departments.routing.traffic import MOST_FREQUENT, OUTSIDE_SHARE, RAREST, Traffic

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


def test_what_a_department_is_asked_more_often_here_is_likelier_and_what_seldom_less() -> None:
    text = "parkın kaldırımında araba duruyor, yol kapalı"

    def share(department: str) -> float:
        return sum(each.confidence for each in route(text).alternatives if each.department == department)

    before = share("PARK")
    OutsideShare.objects.create(share=OUTSIDE_SHARE, tickets=1000, tickets_by_body={"PARK": 900, "FEN": 100})
    cache.refresh()
    assert share("PARK") > before
    OutsideShare.objects.create(share=OUTSIDE_SHARE, tickets=1000, tickets_by_body={"FEN": 1000})
    cache.refresh()
    assert share("PARK") < before


def test_what_the_front_desk_answers_is_no_less_likely_because_it_seldom_becomes_a_ticket() -> None:
    text = "bilgi almak istiyorum, ofisiniz nerede"
    before = route(text)
    OutsideShare.objects.create(share=OUTSIDE_SHARE, tickets=1000, tickets_by_body={"FEN": 1000})
    cache.refresh()
    after = route(text)
    assert (after.department, after.category) == ("ILETISIM", before.category)
    assert after.confidence >= before.confidence


@pytest.mark.parametrize(
    ("tickets", "times"),
    [
        ({}, (1.0, 1.0)),  # nothing counted
        ({"FEN": 25, "PARK": 75}, (1.0, 1.0)),  # as the corpus has it
        ({"FEN": 200}, ((200 + 50) / 400 / 0.25, 150 / 400 / 0.75)),
        ({"FEN": 10**6}, (MOST_FREQUENT, RAREST)),
        ({"FEN": 200, "kaski": 900}, ((200 + 50) / 400 / 0.25, 150 / 400 / 0.75)),  # others' apart
    ],
)
def test_shares_follow_slowly_and_within_bounds(tickets, times) -> None:
    learned = {"FEN": 10, "PARK": 30, "RUHSAT": 0}
    found = Traffic(tickets=tickets).among(learned)
    assert (found["FEN"], found["PARK"]) == pytest.approx(times)
    assert "RUHSAT" not in found
