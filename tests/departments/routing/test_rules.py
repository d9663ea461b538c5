from datetime import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from departments.common import cache
from departments.models import Category, Department, Neighbourhood, RoutingRule
from departments.places.points import Point
from departments.routing.route import mahalle_of, route
from departments.working_time.working_hours import ISTANBUL

pytestmark = pytest.mark.usefixtures("base")

HERE = Point(38.7266, 35.5198)
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[35.5, 38.7], [35.54, 38.7], [35.54, 38.74], [35.5, 38.74], [35.5, 38.7]]],
}


def rule(name: str = "kural", position: int = 1, to: str = "PARK", **conditions) -> RoutingRule:
    row = RoutingRule.objects.create(
        name=name, position=position, department=Department.objects.get(code=to), **conditions
    )
    cache.refresh()
    return row


def category(code: str) -> Category:
    return Category.objects.get(code=code)


def at(hour: int) -> datetime:
    return datetime(2026, 11, 23, hour, tzinfo=ISTANBUL)


def test_a_rule_beats_the_model_and_is_certain():
    rule(words="çukur")
    suggestion = route("yolda çukur var")
    assert (suggestion.department, suggestion.confidence, suggestion.rule) == ("PARK", 1.0, "kural")
    assert suggestion.reasons[0] == "kural: kural"


def test_a_rule_gives_a_category_with_its_department_and_jurisdiction():
    RoutingRule.objects.create(name="su", position=1, words="havuz başı", category=category("d_su"))
    cache.refresh()
    suggestion = route("havuz başındaki çukur")
    assert (suggestion.category, suggestion.department, suggestion.jurisdiction) == (
        "d_su",
        "ILETISIM",
        "kaski",
    )


def test_a_rule_may_ask_for_a_person_and_leave_the_rest_to_the_model():
    RoutingRule.objects.create(name="bak", position=1, words="çukur", triage=True)
    cache.refresh()
    suggestion = route("yolda çukur var")
    assert (suggestion.category, suggestion.sure) == ("yol_cukur", False)


def test_the_first_rule_by_position_decides():
    rule("sonraki", position=2, to="ZABITA", words="çukur")
    rule("ilk", position=1, words="çukur")
    assert route("yolda çukur var").rule == "ilk"


def test_a_rule_out_of_use_decides_nothing():
    rule(words="çukur", active=False)
    assert route("yolda çukur var").department == "FEN"


def test_the_chosen_department_is_offered_first_and_once():
    rule(words="çukur")
    offered = [each.department for each in route("yolda çukur var").alternatives]
    assert offered[0] == "PARK"
    assert len(set(offered)) == 3


@pytest.mark.parametrize(
    ("words", "text", "holds"),
    [
        ("ÇUKUR", "yolda cukurlar", True),
        ("derin çukur", "derin bir çukur", True),
        ("kasis\nçukur", "yolda çukur", True),
        ("yol!", "yolda çukur", False),
        ("kasis", "yolda çukur", False),
    ],
)
def test_words_are_roots_and_phrases_however_they_are_spelt(words, text, holds):
    rule(words=words)
    assert bool(route(text).rule) is holds


def test_a_condition_on_the_models_category():
    rule(given=category("yol_cukur"))
    assert route("yolda çukur var").rule
    assert not route("çöpler alınmadı").rule


def test_a_condition_on_the_mahalle():
    rule().neighbourhoods.add(Neighbourhood.objects.get(code="germir"))
    cache.refresh()
    assert route("Germir'de çukur").rule
    assert not route("Gesi'de çukur").rule


def test_a_condition_on_an_area_needs_a_point():
    rule(area=SQUARE)
    assert route("çukur", HERE).rule
    assert not route("çukur", Point(38.8, 35.52)).rule
    assert not route("çukur").rule


@pytest.mark.parametrize(
    ("hours", "hour", "holds"),
    [((8, 17), 8, True), ((8, 17), 17, False), ((22, 6), 23, True), ((22, 6), 5, True), ((22, 6), 12, False)],
)
def test_a_condition_on_the_hour_may_go_past_midnight(hours, hour, holds):
    rule(from_hour=hours[0], to_hour=hours[1])
    assert bool(route("çukur", at=at(hour)).rule) is holds


def test_a_condition_on_earlier_tickets():
    rule(earlier_tickets=3)
    assert route("çukur", earlier_tickets=3).rule
    assert not route("çukur", earlier_tickets=2).rule


def test_every_condition_must_hold():
    rule(words="çukur", earlier_tickets=3)
    assert not route("çukur", earlier_tickets=1).rule


def test_a_rule_must_do_something():
    with pytest.raises(IntegrityError), transaction.atomic():
        RoutingRule.objects.create(name="boş", position=1, words="çukur")


def test_one_end_of_the_hours_is_refused():
    with pytest.raises(IntegrityError), transaction.atomic():
        rule(from_hour=8)


@pytest.mark.parametrize("area", [{}, [], "x", {"type": "Point", "coordinates": [35, 38]}])
def test_an_area_that_is_no_polygon_is_refused(area):
    with pytest.raises(ValidationError, match="çokgeni"):
        RoutingRule(name="x", position=1, triage=True, area=area).clean()


def test_a_new_rule_holds_for_words_that_were_routed_before():
    assert not route("yolda çukur var").rule
    rule(words="çukur")
    assert route("yolda çukur var").rule


def test_the_hour_of_a_rule_holds_for_words_that_were_routed_at_another():
    rule(words="çukur", from_hour=8, to_hour=12)
    assert [bool(route("çukur", at=at(hour)).rule) for hour in (7, 8, 11, 12)] == [False, True, True, False]


@pytest.mark.parametrize("point", [None, HERE])
def test_the_mahalle_alone_is_the_one_that_routing_suggests(point: Point | None):
    for text in ("Alpaslan mahallesinde yolda çukur var", "yolda çukur var"):
        alone = mahalle_of(text, point)
        assert (alone.code if alone else None) == route(text, point).neighbourhood
