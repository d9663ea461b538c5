import pytest

from departments.gazetteer import mahalle_named_in
from departments.models import Neighbourhood
from departments.vocabulary import tokens

pytestmark = pytest.mark.usefixtures("base")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Alpaslan mah. okulun önünde çukur var", "Alpaslan"),
        ("alpaslanda çukur var", "Alpaslan"),
        ("ALPASLAN MAHALLESİ'nde çukur", "Alpaslan"),
        ("alparslan mh çöpler", "Alpaslan"),
        ("köşk mh.", "Köşk"),
        ("Köşk'te sular akmıyor", "Köşk"),
        ("Gesi'deki yol", "Gesi"),
        ("Gesi Fatih mahallesinde", "Gesi Fatih"),
        ("mahallemiz İldem Cumhuriyet mah", "İldem Cumhuriyet"),
        ("Yıldırımbeyazıt'ın ana caddesi", "Yıldırım Beyazıt"),
        ("Yıldırım Beyazıttan yazıyorum", "Yıldırım Beyazıt"),
        ("Hisarcık yolu bozuk", None),
        ("Fatih mahallesi Lale sokak", "Fatih"),
        ("Fatih caddesinde çukur", None),
        ("benim adım Fatih", None),
        ("Turan amca çöpü yola atıyor", None),
        ("Cumhuriyet bayramı kutlu olsun", None),
        ("Cumhuriyet caddesi karanlık", None),
        ("kaldırım kırık Cumhuriyet mah", "Cumhuriyet"),
        ("çukur var, Hürriyet", "Hürriyet"),
        ("19 Mayıs etkinliği ne zaman", None),
        ("19 mayıs mahallesi çöp", "19 Mayıs"),
        ("Mimarsinan OSB girişinde", "Mimarsinan OSB"),
        ("Kazım Karabekir mahallesinden", "Kazımkarabekir"),
        ("mahkeme kararı Germir", "Germir"),
        ("yolda çukur var", None),
        ("", None),
    ],
)
def test_finds_the_mahalle_that_is_meant(text, name):
    found = mahalle_named_in(tokens(text))
    assert (found.name if found else None) == name


def test_a_name_called_mahalle_outweighs_another_name():
    found = mahalle_named_in(tokens("Germir yolundan Esentepe mahallesine giderken"))
    assert found is not None
    assert found.name == "Esentepe"


def test_every_mahalle_is_found_by_its_full_name():
    wrong = [
        place.name
        for place in Neighbourhood.objects.all()
        if mahalle_named_in(tokens(f"yolda çukur var {place.full_name}")) != place
    ]
    assert wrong == []
