from math import nan

import numpy as np
import pytest

from departments.common import cache
from departments.models import Agency, Artery, Neighbourhood
from departments.places.points import JUST_OUTSIDE_M, Point, containing, distance_km, locate, to_border_m

pytestmark = pytest.mark.usefixtures("base")

IN_ALPASLAN = Point(38.726572, 35.519847)
ANKARA = Point(39.92, 32.85)


def square(lat: float, lon: float, half: float = 0.01) -> dict[str, object]:
    west, east, south, north = lon - half, lon + half, lat - half, lat + half
    return {
        "type": "Polygon",
        "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
    }


def give_boundary(neighbourhood: Neighbourhood, *, half: float = 0.01) -> None:
    neighbourhood.boundary = square(neighbourhood.lat, neighbourhood.lon, half)
    neighbourhood.save()


@pytest.mark.parametrize(("lat", "lon"), [(91, 0), (-91, 0), (0, 181), (0, -181), (nan, 0), (0, nan)])
def test_a_point_off_the_earth_is_refused(lat, lon):
    with pytest.raises(ValueError, match="not a place on earth"):
        Point(lat, lon)


def test_distances_are_kilometres():
    assert distance_km(Point(38.72, 35.48), Point(38.73, 35.48)) == pytest.approx(1.11, abs=0.01)
    assert distance_km(Point(38.72, 35.48), Point(38.72, 35.49)) == pytest.approx(0.87, abs=0.01)


def test_without_boundaries_the_nearest_centroid_is_approximate():
    located = locate(IN_ALPASLAN)
    assert str(located.neighbourhood) == "Alpaslan"
    assert (located.approximate, located.inside) == (True, None)


def test_without_boundaries_a_far_point_is_outside():
    located = locate(ANKARA)
    assert (located.neighbourhood, located.approximate, located.inside) == (None, False, False)


def test_a_boundary_that_contains_the_point_decides():
    give_boundary(Neighbourhood.objects.get(code="alpaslan"))
    cache.refresh()
    located = locate(Point(IN_ALPASLAN.lat + 0.005, IN_ALPASLAN.lon))
    assert str(located.neighbourhood) == "Alpaslan"
    assert (located.approximate, located.inside) == (False, True)


def test_a_boundary_outweighs_a_nearer_centroid():
    wide, near = Neighbourhood.objects.get(code="alpaslan"), Neighbourhood.objects.get(code="kosk")
    give_boundary(wide, half=0.2)
    cache.refresh()
    assert locate(Point(near.lat, near.lon)).neighbourhood == wide


def test_with_some_boundaries_missing_a_point_in_none_is_approximate():
    give_boundary(Neighbourhood.objects.get(code="alpaslan"))
    cache.refresh()
    hisarcik = Neighbourhood.objects.get(code="hisarcik")
    located = locate(Point(hisarcik.lat, hisarcik.lon))
    assert (located.neighbourhood, located.approximate) == (hisarcik, True)


def test_with_all_boundaries_a_point_in_none_is_outside():
    Neighbourhood.objects.exclude(code="alpaslan").delete()
    give_boundary(Neighbourhood.objects.get())
    cache.refresh()
    located = locate(Point(IN_ALPASLAN.lat + 0.02, IN_ALPASLAN.lon))
    assert (located.neighbourhood, located.approximate, located.inside) == (None, False, False)


def test_a_common_border_belongs_to_the_same_mahalle_every_time():
    Neighbourhood.objects.exclude(code__in=["alpaslan", "kosk"]).delete()
    for neighbourhood in Neighbourhood.objects.all():
        neighbourhood.boundary = square(38.7, 35.5)
        neighbourhood.save()
    cache.refresh()
    assert {locate(Point(38.71, 35.5)).neighbourhood for _ in range(3)} == {
        Neighbourhood.objects.get(code="alpaslan")
    }


def test_without_any_mahalle_nothing_is_known():
    Neighbourhood.objects.all().delete()
    cache.refresh()
    located = locate(IN_ALPASLAN)
    assert (located.neighbourhood, located.inside) == (None, None)


def test_asking_again_costs_no_query(django_assert_num_queries):
    locate(IN_ALPASLAN)
    with django_assert_num_queries(0):
        locate(IN_ALPASLAN)


def test_another_process_s_change_is_seen_within_seconds(monkeypatch):
    locate(IN_ALPASLAN)
    Neighbourhood.objects.get(code="alpaslan").delete()
    monkeypatch.setattr(cache, "monotonic", lambda: float("inf"))
    assert str(locate(IN_ALPASLAN).neighbourhood) != "Alpaslan"


def only_alpaslan() -> Neighbourhood:
    """A district of one square mahalle of about 2.2 by 1.7 km."""
    Neighbourhood.objects.exclude(code="alpaslan").delete()
    give_boundary(Neighbourhood.objects.get())
    cache.refresh()
    return Neighbourhood.objects.get()


@pytest.mark.parametrize(
    ("north", "inside", "border_m"), [(0.005, True, 556), (0.011, False, 111), (0.03, False, 2224)]
)
def test_the_distance_to_the_border_is_told_on_both_sides_of_it(north, inside, border_m):
    alpaslan = only_alpaslan()
    point = Point(alpaslan.lat + north, alpaslan.lon)
    located = locate(point)
    assert located.inside is inside
    assert to_border_m(point) == pytest.approx(border_m, abs=1)


@pytest.mark.parametrize(("metres", "given"), [(JUST_OUTSIDE_M - 5, True), (JUST_OUTSIDE_M + 5, False)])
def test_just_outside_the_nearest_mahalle_is_given_as_approximate(metres, given):
    alpaslan = only_alpaslan()
    located = locate(Point(alpaslan.lat + 0.01 + metres / 111_200, alpaslan.lon))
    assert (located.neighbourhood, located.approximate, located.inside) == (
        (alpaslan, True, False) if given else (None, False, False)
    )


def test_a_border_between_two_mahalleler_is_no_border_of_the_district():
    Neighbourhood.objects.exclude(code__in=["alpaslan", "kosk"]).delete()
    gap = 0.00001  # about a metre
    for code, lon in (("alpaslan", 35.51), ("kosk", 35.53 + gap)):
        neighbourhood = Neighbourhood.objects.get(code=code)
        neighbourhood.boundary = square(38.7, lon)
        neighbourhood.save()
    cache.refresh()
    assert to_border_m(Point(38.7, 35.5199)) == pytest.approx(0.01 * 111_200, rel=0.01)


def test_without_boundaries_nobody_knows_how_far_the_border_is():
    assert to_border_m(IN_ALPASLAN) is None


@pytest.mark.parametrize(("metres", "on_it"), [(0, True), (14, True), (16, False)])
def test_a_point_on_an_artery_is_told_to_be_on_it(metres, on_it):
    artery = Artery.objects.create(
        name="Sivas Bulvarı",
        agency=Agency.objects.get(code="buyuksehir"),
        width_m=30,
        lines={"type": "MultiLineString", "coordinates": [[[35.4, 38.72], [35.6, 38.72]]]},
    )
    cache.refresh()
    assert locate(Point(38.72 + metres / 111_200, 35.5)).artery == (artery if on_it else None)


def test_many_points_are_told_as_each_of_them_is():
    for code in ("alpaslan", "kosk", "hisarcik"):
        give_boundary(Neighbourhood.objects.get(code=code))
    cache.refresh()
    rng = np.random.default_rng(1)
    lats, lons = rng.uniform(38.6, 38.8, 500), rng.uniform(35.4, 35.6, 500)
    one_by_one = [locate(Point(lat, lon)) for lat, lon in zip(lats, lons, strict=True)]
    assert containing(lats, lons) == [None if each.approximate else each.neighbourhood for each in one_by_one]
    assert any(containing(lats, lons))
