import pytest

from departments.base_data.boundary_files import import_neighbourhoods
from departments.base_data.loading import DataError
from departments.models import Neighbourhood
from departments.places.points import Point, locate

pytestmark = pytest.mark.usefixtures("base")


def ring(lon: float, lat: float, half: float = 0.01) -> list[list[float]]:
    return [
        [lon - half, lat - half],
        [lon + half, lat - half],
        [lon + half, lat + half],
        [lon - half, lat + half],
        [lon - half, lat - half],
    ]


ALPASLAN = {"type": "Polygon", "coordinates": [ring(35.5198, 38.7266)]}
BOW_TIE = {
    "type": "Polygon",
    "coordinates": [[[35.5, 38.7], [35.52, 38.72], [35.52, 38.7], [35.5, 38.72], [35.5, 38.7]]],
}


def collection(*features: tuple[object, object]) -> dict[str, object]:
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"name": name}, "geometry": geometry}
            for name, geometry in features
        ],
    }


@pytest.mark.parametrize("name", ["Alpaslan", "ALPASLAN MAHALLESİ", "alparslan"])
def test_a_boundary_is_taken_over_however_the_name_is_spelt(name):
    assert import_neighbourhoods(collection((name, ALPASLAN))) == 1
    assert Neighbourhood.objects.get(code="alpaslan").boundary == ALPASLAN


def test_a_boundary_is_used_at_once():
    assert locate(Point(38.7266, 35.5198)).approximate
    import_neighbourhoods(collection(("Alpaslan", ALPASLAN)))
    assert not locate(Point(38.7266, 35.5198)).approximate


def test_importing_twice_touches_nothing_the_second_time():
    import_neighbourhoods(collection(("Alpaslan", ALPASLAN)))
    before = Neighbourhood.objects.get(code="alpaslan").updated_at
    import_neighbourhoods(collection(("Alpaslan", ALPASLAN)))
    assert Neighbourhood.objects.get(code="alpaslan").updated_at == before


@pytest.mark.parametrize(
    ("name", "geometry", "message"),
    [
        ("Nişantaşı", ALPASLAN, r"2\. öğe: bilinmeyen mahalle: Nişantaşı"),
        (None, ALPASLAN, r"2\. öğe: “properties.name” eksik"),
        ("Alpaslan", ALPASLAN, r"2\. öğe \(Alpaslan\): mahalle ikinci kez"),
        ("Köşk", None, r"2\. öğe \(Köşk\): geometri Polygon"),
        ("Köşk", {"type": "Point", "coordinates": [35.5, 38.7]}, r"\(Köşk\): geometri Polygon"),
        ("Köşk", {"type": "Polygon", "coordinates": []}, r"\(Köşk\): geometri boş"),
        ("Köşk", {"type": "Polygon"}, r"\(Köşk\): geometri okunamadı"),
        ("Köşk", {"type": "Polygon", "coordinates": [[[35.5, "x"]]]}, r"\(Köşk\): geometri okunamadı"),
        ("Köşk", BOW_TIE, r"\(Köşk\): sınır geçersiz"),
        ("Köşk", {"type": "Polygon", "coordinates": [ring(38.72, 35.52)]}, r"\(Köşk\): sınır, .* km uzakta"),
        ("Köşk", {"type": "Polygon", "coordinates": [ring(4e6, 7e5, 100)]}, r"\(Köşk\): koordinatlar"),
    ],
    ids=[
        "unknown",
        "nameless",
        "twice",
        "none",
        "point",
        "empty",
        "no ring",
        "words",
        "bow tie",
        "swapped",
        "metres",
    ],
)
def test_a_bad_feature_is_named_and_changes_nothing(name, geometry, message):
    with pytest.raises(DataError, match=message):
        import_neighbourhoods(collection(("Alpaslan", ALPASLAN), (name, geometry)))
    assert not Neighbourhood.objects.filter(boundary__isnull=False).exists()


@pytest.mark.parametrize("content", [None, [], {}, {"features": {}}, {"features": ["x"]}])
def test_a_file_of_another_shape_is_refused(content):
    with pytest.raises(DataError):
        import_neighbourhoods(content)
