import time
import tomllib
from pathlib import Path

import pytest

from departments.models import Neighbourhood
from departments.places.names import NAMES_AR, mahalle_named_in
from departments.text.vocabulary import tokens
from departments.training.router_corpus import corpus

pytestmark = pytest.mark.usefixtures("base")

WRITTEN = [
    (None if name.strip() == "-" else name.strip(), text.strip())
    for line in Path(__file__).with_name("mahalleler.txt").read_text(encoding="utf-8").splitlines()
    if "|" in line
    for name, text in [line.split("|", 1)]
]


def found_in(text: str) -> str | None:
    found = mahalle_named_in(tokens(text))
    return found.name if found else None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Alpaslan mah. okulun önünde çukur var", "Alpaslan"),
        ("alpaslanda çukur var", "Alpaslan"),
        ("Erenköyünde sular akmıyor", "Erenköy"),
        ("Gürpınarının sokakları karanlık", "Gürpınar"),
        ("Yeniköyün yolu", "Yeniköy"),
        ("aydınlık evlere çöp kamyonu gelmiyor", "Aydınlıkevler"),
        ("bizim aydınlık evlere çöp kamyonu gelmiyor", None),
        ("30 Ağustosta çöpler alınmadı", None),
        ("ALPASLAN MAHALLESİ'nde çukur", "Alpaslan"),
        ("alparslan mh çöpler", "Alpaslan"),
        ("köşk mh.", "Köşk"),
        ("Köşk'te sular akmıyor", "Köşk"),
        ("Gesi'deki yol", "Gesi"),
        ("Gesi Fatih mahallesinde", "Gesi Fatih"),
        ("mahallemiz İldem Cumhuriyet mah", "İldem Cumhuriyet"),
        ("Yıldırımbeyazıt'ın ana caddesi", "Yıldırım Beyazıt"),
        ("Yıldırım Beyazıttan yazıyorum", "Yıldırım Beyazıt"),
        ("Hisarcık yolu bozuk", "Hisarcık"),
        ("Hisarcık caddesi bozuk", None),
        ("Mimarsinan Şirintepe'de yol çamur", "Şirintepe"),
        ("Gesi'nin sokakları karanlık", "Gesi"),
        ("Gesi sokak karanlık", None),
        ("tacetinveli mah. çöp", "Tacettinveli"),
        ("tacetinveli çöp", None),
        ("erkilet mah. çöp", None),
        ("19 mayıs", "19 Mayıs"),
        ("düğün 19 mayıs", None),
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
        ("gülüğün arka sokağı", "Gülük"),
        ("Köşke giden yolda çukur", "Köşk"),
        ("yeşilyurda otobüs", "Yeşilyurt"),
        ("sanayi kavşağından Gesi'ye dönen şerit", None),
        ("Germir'den Köşk'e taşındım, çöp ne gün", "Köşk"),
        ("yaz başı Esenyurt'a gelmiş ilaçlama, bize gelmedi", None),
        ("Becen'den kalktım geldim, konser yokmuş", None),
        ("Danişmentin parkı", "Danişmentgazi"),
        ("Demokrasiye inanıyoruz", None),
        ("esen tepede su yok", "Esentepe"),
        ("koca tepede oturuyorum", "Kocatepe"),
        ("koca tepede ağaç var", None),
        ("otuz ağustosta oturuyoruz", "30 Ağustos"),
        ("30 ağustosta nikah var mı", None),
        ("Gesi'nin Fatih'inde su yok", "Gesi Fatih"),
        ("kılıcaslanda lamba yanmıyor", "Kılıçaslan"),
        ("tavlısun yolunda kaza", "Tavlusun"),
        ("Kültepe'de kazı var", None),
        ("Emekliyim, Sakarya. Çöp alınmıyor.", "Sakarya"),
        ("Köşk, fırının yanı, çöp yığını", "Köşk"),
        ("ben aradım, Fatih, hatırladınız mı", None),
        ("Germir'den Köşk'e taşındık", "Köşk"),
        ("Kocatepe'de oturduk, şimdi Selimiye'deyiz", "Selimiye"),
        ("Vekse'den gelen otobüs gecikti", None),
        ("Danişmentgazi yönüne giden araç", None),
        ("Gesi'ye kadar yürüdük", None),
        ("Gesi tarafından duman geliyor, Germir'deyiz", "Germir"),
        ("Erenköy'deki ablam", None),
        ("eşim Ağırnaslı", None),
        ("Konya Selçuklu'da", None),
        ("Talas'ın Bahçelievler'inde", None),
        ("Esenyurttan (İstanbul) geldik", None),
        ("Kocatepe Camii'nden kalkacak cenaze", None),
        ("kocatepe camisinin arkası karanlık", "Kocatepe"),
        ("köpekler Anbar sanayide geziyor", "Anbar"),
        ("Gesi sanayisindeki atölye", "Gesi"),
        ("Esentepe değil", None),
        ("there is a hole near Hunat", "Hunat"),
        ("we live in Köşk", "Köşk"),
        ("stray dogs in the Fatih neighbourhood", "Fatih"),
        ("the bus to Gesi is late", None),
        ("نسكن في كازم كارابكير", "Kazımkarabekir"),
        ("القمامة بحي گولوك", "Gülük"),
        ("ساكنين بكوشك", "Köşk"),
        ("احنا باسنيورت ماكو ماي", "Esenyurt"),
        ("شيرينتبه محلسي", "Şirintepe"),
        ("انبار البضاعة محترق", None),
        ("بقولك الزبالة كثيرة", None),
        ("gesimahallesinde su yok", "Gesi"),
        ("Fatihmah 1203 sok çöp", "Fatih"),
        ("bizim turanmahallesinin yolu", "Turan"),
        ("sokak köpekleri çoğaldı Köşk 'te", "Köşk"),
        ("sakarya semtinde lamba yanmıyor", "Sakarya"),
        ("selçuklu taraflarında su kesik", "Selçuklu"),
        ("dün gece hürriyet bölgesinde kavga çıktı", "Hürriyet"),
        ("biz fatihliyiz, yolumuz yok", "Fatih"),
        ("biz sakaryalıyız, buraya yeni geldik", None),
        ("çöpler alınmadı cumhuriyet 1203. sokak", "Cumhuriyet"),
        ("çöpler alınmadı cumhuriyet 29 ekimde", None),
        ("benim adım fatih 1203 sokakta çöp var", None),
        ("Melikgazi Köşk, lambalar yanmıyor", "Köşk"),
        ("melikgazi cumhuriyet meydanı kirli", None),
        ("osman kavunuc mahallesi karanlık", "Osman Kavuncu"),
        ("büyük bürngüzde vidanjör lazım", "Büyük Bürüngüz"),
        ("danişmet gazi mah çukur", "Danişmentgazi"),
        ("18 mayısta nikahımız var", None),
        ("koca tepdede ağaç var", None),
        ("alp aslanda çukur var", "Alpaslan"),
        ("B. Bürüngüz köyünde su yok", "Büyük Bürüngüz"),
        ("Bürüngüz'deki kadınlar kurs istiyor", None),
        ("K.Karabekir mah. çukur", "Kazımkarabekir"),
        ("yolda çukur var", None),
        ("", None),
    ],
)
def test_finds_the_mahalle_that_is_meant(text, name):
    assert found_in(text) == name


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


def test_every_mahalle_is_found_by_its_name_in_arabic_letters():
    names = tomllib.loads(NAMES_AR.read_text(encoding="utf-8"))
    places = {place.code: place for place in Neighbourhood.objects.all()}
    assert set(names) == set(places)
    wrong = [
        (code, text)
        for code, spellings in names.items()
        for name in spellings
        for text in (f"الزبالة كثيرة بحي {name}", f"{name} محلسي الشارع مظلم")
        if mahalle_named_in(tokens(text)) != places[code]
    ]
    assert wrong == []


def test_nearly_every_mahalle_that_people_write_is_found():
    named = [(name, text) for name, text in WRITTEN if name]
    missed = [(name, text) for name, text in named if found_in(text) != name]
    assert {name for name, _ in named} == set(Neighbourhood.objects.values_list("name", flat=True))
    assert len(missed) <= 0.01 * len(named), missed


def test_few_mahalleler_are_invented_where_a_name_means_something_else():
    misleading = [text for name, text in WRITTEN if not name]
    invented = [text for text in misleading if found_in(text)]
    assert len(misleading) > 100
    assert len(invented) <= 0.05 * len(misleading), invented


def test_the_mahalle_that_people_name_every_day_is_found():
    named = [(each.mahalle, each.text) for each in corpus() if each.mahalle]
    missed = [(name, text) for name, text in named if found_in(text) != name]
    assert len(missed) <= 0.04 * len(named), missed


def test_a_text_full_of_names_is_read_at_once():
    message = tokens("gesi xx esentxpe mah " * 3200)
    started = time.process_time()
    mahalle_named_in(message)
    assert time.process_time() - started < 0.5


def test_hardly_a_mahalle_is_invented_in_what_people_write_every_day():
    unnamed = [each.text for each in corpus() if not each.mahalle]
    invented = [text for text in unnamed if found_in(text)]
    assert len(invented) <= 0.005 * len(unnamed), invented
