import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from departments.base_data.loading import DataError
from departments.base_data.main_road_files import import_arteries
from departments.models import Artery
from departments.places.points import Point, distance_km, locate, roads_about

pytestmark = pytest.mark.usefixtures("base")

LINE = {"type": "LineString", "coordinates": [[35.4, 38.72], [35.6, 38.72]]}
OTHER = {"type": "MultiLineString", "coordinates": [[[35.5, 38.7], [35.5, 38.75]]]}


def collection(*features: tuple[object, object]) -> dict[str, object]:
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": properties, "geometry": geometry}
            for properties, geometry in features
        ],
    }


def test_an_artery_is_taken_over_and_used_at_once():
    assert import_arteries(collection(({"name": "Sivas Bulvarı"}, LINE))) == 1
    artery = Artery.objects.get()
    assert (artery.name, artery.agency.code, artery.width_m) == ("Sivas Bulvarı", "buyuksehir", 30)
    assert locate(Point(38.72, 35.5)).artery == artery


def test_pieces_of_one_name_are_one_artery():
    road = {"name": "Sivas Bulvarı", "width_m": 40}
    assert import_arteries(collection((road, LINE), ({"name": "Sivas Bulvarı"}, OTHER))) == 1
    artery = Artery.objects.get()
    assert artery.width_m == 40
    assert len(artery.lines["coordinates"]) == 2


def test_importing_twice_touches_nothing_the_second_time():
    content = collection(({"name": "Sivas Bulvarı"}, LINE))
    import_arteries(content)
    before = Artery.objects.get().updated_at
    import_arteries(content)
    assert Artery.objects.get().updated_at == before


def test_an_artery_that_the_file_does_not_name_stays():
    import_arteries(collection(({"name": "Sivas Bulvarı"}, LINE)))
    import_arteries(collection(({"name": "Talas Bulvarı"}, OTHER)))
    assert Artery.objects.count() == 2


def test_a_map_gets_the_roads_about_its_middle_cut_off_and_the_nearest_first():
    middle = Point(38.721, 35.505)
    import_arteries(
        collection(
            ({"name": "Talas Bulvarı"}, OTHER),
            ({"name": "Sivas Bulvarı"}, LINE),
            ({"name": "Uzak Yol"}, {"type": "LineString", "coordinates": [[35.4, 38.8], [35.6, 38.8]]}),
        )
    )
    sivas, talas = roads_about(middle, 1000)
    assert (sivas.artery.name, talas.artery.name) == ("Sivas Bulvarı", "Talas Bulvarı")
    assert sivas.metres == pytest.approx(111, abs=2)
    [line] = sivas.lines
    assert [round(lat, 3) for lat, _ in line] == [38.72, 38.72]
    assert distance_km(Point(*line[0]), Point(*line[-1])) == pytest.approx(2.0, abs=0.02)


def test_a_bend_of_many_points_is_drawn_with_few():
    bend = [[35.5 + n / 20_000, 38.72 + ((n - 100) / 20_000) ** 2] for n in range(200)]
    import_arteries(collection(({"name": "Sivas Bulvarı"}, {"type": "LineString", "coordinates": bend})))
    [road] = roads_about(Point(38.72, 35.505), 1000)
    assert sum(map(len, road.lines)) < 20


@pytest.mark.parametrize(
    ("properties", "geometry", "message"),
    [
        ({}, LINE, r"2\. öğe: “properties.name” eksik"),
        ({"name": "A", "agency": "nasa"}, LINE, r"2\. öğe \(A\): kurum bilinmiyor: nasa"),
        ({"name": "A", "width_m": "geniş"}, LINE, "“width_m” sayı"),
        ({"name": "A", "width_m": 0}, LINE, "A: .*1"),
        ({"name": "A"}, None, "LineString"),
        ({"name": "A"}, {"type": "Polygon", "coordinates": []}, "LineString"),
        ({"name": "A"}, {"type": "LineString"}, "geometri okunamadı"),
        ({"name": "A"}, {"type": "LineString", "coordinates": [[38.72, 35.4], [38.72, 35.6]]}, "km uzakta"),
        ({"name": "A"}, {"type": "LineString", "coordinates": [[4e6, 7e5], [4e6, 8e5]]}, "okunamadı"),
    ],
    ids=["nameless", "agency", "width", "narrow", "none", "polygon", "no line", "swapped", "metres"],
)
def test_a_bad_feature_is_named_and_changes_nothing(properties, geometry, message):
    with pytest.raises(DataError, match=message):
        import_arteries(collection(({"name": "Sivas Bulvarı"}, LINE), (properties, geometry)))
    assert not Artery.objects.exists()


@pytest.mark.parametrize("content", [None, [], {}, {"features": {}}, {"features": ["x"]}])
def test_a_file_of_another_shape_is_refused(content):
    with pytest.raises(DataError):
        import_arteries(content)


def test_the_command_says_what_it_did_or_why_not(tmp_path, capsys):
    file = tmp_path / "arteries.geojson"
    file.write_text(json.dumps(collection(({"name": "Sivas Bulvarı"}, LINE))), encoding="utf-8")
    call_command("import_arteries", file)
    assert capsys.readouterr().out == "Ana arterler güncellendi.\n"
    with pytest.raises(CommandError, match="okunamadı"):
        call_command("import_arteries", tmp_path / "missing.geojson")
