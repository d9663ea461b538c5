import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from typing_extensions import override

from departments.base_data.boundary_files import import_neighbourhoods
from departments.base_data.loading import load_base_data
from departments.common import cache
from departments.danger_reader.reader import Reading
from departments.models import Agency, Artery, Category, Department, GreyZone
from departments.organisation.agency_codes import OURS
from departments.places.points import Point
from departments.routing import route as routing
from departments.routing.active_model import active_model
from departments.routing.route import route
from departments.text.vocabulary import tokens

pytestmark = pytest.mark.usefixtures("base")


@pytest.mark.parametrize(
    ("text", "category", "department"),
    [
        ("Alpaslan mah. okulun önünde yolda çukur var", "yol_cukur", "FEN"),
        ("sokağımız toprak yol, asfalt ne zaman dökülecek", "yol_yapim", "FEN"),
        ("KALDIRIM TAŞLARI KIRILMIŞ", "kaldirim", "FEN"),
        ("çöpler üç gündür alınmıyor", "cop_toplama", "TEMIZLIK"),
        ("konteynerin kapağı kırık", "konteyner", "TEMIZLIK"),
        ("salıncağın zinciri kopmuş", "park_oyun", "PARK"),
        ("parkta lamba yanmıyor", "park_aydinlatma", "PARK"),
        ("sokak lambası yanmıyor", "d_sokak_lambasi", "ILETISIM"),
        ("başıboş köpekler çocuklara saldırıyor", "basibos_kopek", "VETERINER"),
        ("komşu kaçak kat çıkıyor", "kacak_yapi", "IMAR"),
        ("emlak vergisi borcumu nasıl öderim", "vergi_borc", "MALI"),
        ("nikah için gün almak istiyorum", "etkinlik_salon", "KULTUR"),
        ("taziye çadırı istiyoruz", "taziye", "DESTEK"),
        ("sularımız kesik", "d_su", "ILETISIM"),
        ("şu çukuru kapatın", "yol_cukur", "FEN"),
        ("selamün aleyküm", "selam", "ILETISIM"),
        ("merhaba, yolda büyük bir çukur var, iyi günler", "yol_cukur", "FEN"),
        ("Allah razı olsun, elinize sağlık", "tesekkur", "ILETISIM"),
        ("çukuru kapatırsanız seviniriz, teşekkürler", "yol_cukur", "FEN"),
        ("başvurum ne oldu", "durum_sorgu", "ILETISIM"),
        ("hâlâ incelemede görünüyor, iki hafta oldu", "durum_sorgu", "ILETISIM"),
    ],
)
def test_finds_the_subject(text, category, department):
    suggestion = route(text)
    assert (suggestion.category, suggestion.department) == (category, department)


PASSING = (
    "Sokağımızın başında kocaman bir çukur var, arabalar içine düşüyor, asfalt da çökmüş durumda. Bakın Talas'ta "
    "böyle bir çukur bir gün bile beklemiyor, hemen yama yapıyorlar, biz burada iki aydır bekliyoruz"
)


def test_a_district_named_in_passing_says_nothing_and_a_clerk_looks_first():
    suggestion = route(PASSING)
    assert (suggestion.department, suggestion.jurisdiction, suggestion.sure) == ("FEN", OURS, False)


def test_a_district_that_somebody_lives_in_is_the_place():
    text = (
        "Kocasinan'da oturuyoruz, evin önündeki asfalt delik deşik oldu, kaç yıldır bir el atan yok, her gün "
        "lastik patlatıyoruz, siz komşu belediye olarak gelip bir yama yapsanız ne olur diye yazıyorum"
    )
    assert route(text).jurisdiction == "diger"


def test_a_district_named_in_few_words_is_the_place():
    assert route("Talas'ta sokaklar hep çukur").jurisdiction != OURS


@pytest.mark.parametrize(
    ("text", "jurisdiction"),
    [
        ("sular kesik", "kaski"),
        ("elektrikler kesildi", "kcetas"),
        ("gaz kokusu var", "kayserigaz"),
        ("otobüs gelmiyor", "buyuksehir"),
        ("hırsız girdi", "emniyet"),
        ("apartmanda yangın var", "itfaiye"),
        ("aile hekimi yerinde yok", "diger"),
        ("çöpler alınmadı", "melikgazi"),
    ],
)
def test_names_whose_job_it_is(text, jurisdiction):
    assert route(text).jurisdiction == jurisdiction


@pytest.mark.parametrize(
    ("text", "level", "kind"),
    [
        ("binada gaz kokusu var", "life", "gas_in"),
        ("ev yanıyor", "life", "fire"),
        ("yangın büyüyor", "life", "fire"),
        ("köpek kızımı ısırdı", "life", "bite"),
        ("elektrik kablosu koptu yerde duruyor", "life", "wire"),
        ("kavşaktaki trafik ışığı yanmıyor", "work", "traffic_light"),
    ],
)
def test_says_what_a_message_tells_of(text, level, kind):
    suggestion = route(text)
    assert (suggestion.level, suggestion.danger, suggestion.urgent) == (level, kind, True)


@pytest.mark.parametrize(
    ("likely", "urgency", "urgent"),
    [(0.6, -0.2, True), (0.6, -0.8, False), (0.01, 0.3, False), (0.01, 0.9, True), (0.0, 0.2, False)],
)
def test_urgent_work_is_told_by_the_router_and_the_reader_of_danger_together(
    monkeypatch, likely, urgency, urgent
):
    model = active_model()
    told = model.read(tokens("yolda su var"), cites_ticket=False)._replace(urgency=urgency)
    monkeypatch.setattr(type(model), "read", lambda *_given, **_more: told)
    monkeypatch.setattr(routing, "read", lambda _text: Reading("none", alarm=likely))
    assert route("yolda su var").urgent == urgent


def test_says_which_words_make_a_message_urgent():
    assert "gaz" in route("binada gaz kokusu var").urgent_reason


@pytest.mark.parametrize(
    "text",
    [
        "sokak lambası gündüz yanıyor",
        "konteynerin kapağı kırık",
        "sivrisinek çok, ilaçlama yapılsın",
        "arsaya tel çekilsin, köpekler giriyor",
        "kentsel dönüşümde binamız ne zaman yıkılacak",
        "yanmış otomobil iskeleti duruyor",
        "yangın merdiveni oldu bize depo",
        "selam",
        "",
    ],
)
def test_leaves_calm_what_is_not_dangerous(text):
    suggestion = route(text)
    assert (suggestion.urgent, suggestion.urgent_reason) == (False, "")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("konteyner istiyoruz", "talep"),
        ("çöpler hâlâ alınmadı, rezalet", "sikayet"),
        ("parka kitaplık konulsa iyi olur, önerim bu", "oneri"),
        ("otobüs durağına raf koysanız kitap bıraksak", "oneri"),
        ("asfalt bozuk arabamız kırıldı, gereken yapılsın, ne zaman gelecekler bekliyoruz", "sikayet"),
        ("kaçak kat çıkıyorlar", "ihbar"),
        ("merhaba", "selam"),
        ("teşekkürler", "tesekkur"),
        ("başvurum ne durumda", "durum_sorgu"),
        ("mesai saatleriniz nedir", "diger"),
    ],
)
def test_names_the_kind(text, kind):
    assert route(text).kind == kind


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("MG-2026-003318 numaralı başvurum", "MG-2026-003318"),
        ("mg2026000987 ne durumda", "mg2026000987"),
        ("MG 2026 1145?", "MG 2026 1145"),
        ("2026/5521 sonuç?", "2026/5521"),
        ("takip no 774120 kapandı mı", "774120"),
        ("başvuru numaram: 774120", "774120"),
        ("774120 nolu başvurum", "774120"),
        ("#774120", "774120"),
        ("kapı no 1234", None),
        ("telefonum 05321234567", None),
        ("2026 yılında asfalt yapılacaktı", None),
        ("ada 1234 parsel 5", None),
    ],
)
def test_cites_a_ticket_number_exactly_as_it_stands(text, number):
    assert route(text).ticket_no == number


@pytest.mark.parametrize("number", ["MG-2026-000214", "mg 2026 214", "MG–2O26–OOO214", "214 nolu başvurum"])
@pytest.mark.parametrize(
    "text", ["yolda büyük çukur var, asfalt bozuk", "sokak lambası yanmıyor", "başıboş köpekler saldırıyor"]
)
def test_a_cited_number_does_not_change_the_subject(number, text):
    assert route(f"{number}: {text}").category == route(text).category


def test_a_cited_number_makes_it_a_question_for_the_status():
    suggestion = route("MG-2026-003318")
    assert (suggestion.category, suggestion.kind) == ("durum_sorgu", "durum_sorgu")


@pytest.mark.parametrize("text", ["", "   ", "…!", "👍", "qwxz"])
def test_nothing_to_go_by_goes_to_the_front_desk_without_confidence(text):
    suggestion = route(text)
    assert (suggestion.department, suggestion.category, suggestion.confidence) == (
        "ILETISIM",
        "genel_bilgi",
        0.0,
    )
    assert not suggestion.sure


@pytest.mark.parametrize("text", ["yolda çukur var, çöpler alınmadı, parkta salıncak kırık", "çukur", ""])
def test_offers_three_departments_the_chosen_one_first(text):
    suggestion = route(text)
    offered = [each.department for each in suggestion.alternatives]
    assert len(set(offered)) == 3
    assert offered[0] == suggestion.department
    confidences = [each.confidence for each in suggestion.alternatives]
    assert confidences == sorted(confidences, reverse=True)


def test_is_not_sure_of_a_message_it_knows_one_word_of():
    alone, strange = route("çukur"), route("çukur qwxzt wqrtz xxqwp zzwqx")
    assert strange.category == alone.category
    assert not strange.sure


def test_neither_links_nor_numbers_make_it_doubt():
    plain = route("yolda büyük çukur var, asfalt bozuk")
    linked = route(
        "yolda büyük çukur var, asfalt bozuk https://maps.app.goo.gl/abcDEF12 geo:38.7,35.5 38039 4521 7788"
    )
    assert linked.confidence == pytest.approx(plain.confidence, abs=0.05)


def test_is_sure_of_a_plain_case_and_not_of_a_divided_one():
    plain = route("sokağımızdaki çöp konteyneri kırıldı, yeni konteyner istiyoruz")
    divided = route("park karanlık, salıncak kırık, köpekler yatıyor, çöp dolu")
    assert plain.confidence > divided.confidence
    assert (plain.sure, divided.sure) == (True, False)


def test_a_mahalle_in_the_text_outweighs_the_nearest_centroid():
    suggestion = route("Köşk mahallesinde çukur", Point(38.726572, 35.519847))
    assert (suggestion.neighbourhood, suggestion.neighbourhood_name) == ("kosk", "Köşk")


def test_says_where_pin_and_words_disagree():
    suggestion = route("Köşk mahallesinde çukur", Point(38.726572, 35.519847))
    assert "metinde geçen mahalle: Köşk; konum Alpaslan yakınında (yaklaşık)" in suggestion.reasons


def test_the_nearest_centroid_serves_where_the_text_names_none():
    assert route("yolda çukur", Point(38.726572, 35.519847)).neighbourhood == "alpaslan"


def test_a_pin_inside_a_boundary_outweighs_the_text():
    corners = [[35.5, 38.7], [35.54, 38.7], [35.54, 38.74], [35.5, 38.74], [35.5, 38.7]]
    geometry = {"type": "Polygon", "coordinates": [corners]}
    import_neighbourhoods({"features": [{"properties": {"name": "Alpaslan"}, "geometry": geometry}]})
    suggestion = route("Köşk mahallesinde çukur", Point(38.726572, 35.519847))
    assert suggestion.neighbourhood == "alpaslan"
    assert "konum Alpaslan sınırları içinde; metinde Köşk geçiyor" in suggestion.reasons


def test_says_which_words_it_rests_on():
    assert "sözcükler: ÇUKUR" in route("ÇUKUR!").reasons


def test_follows_a_category_that_staff_gave_to_another_department():
    category = Category.objects.get(code="yol_cukur")
    category.department = Department.objects.get(code="PARK")
    category.save()
    cache.refresh()
    assert route("yolda çukur var").department == "PARK"


def test_never_proposes_a_category_out_of_use():
    category = Category.objects.get(code="kumes_ahir")
    category.active = False
    category.save()
    cache.refresh()
    assert route("bahçede kümes var").category != "kumes_ahir"


def test_asking_again_costs_no_query(django_assert_num_queries):
    route("yolda çukur var", Point(38.72, 35.48))
    with django_assert_num_queries(0):
        route("çöp alınmadı", Point(38.72, 35.48))


@pytest.fixture
def bulvar() -> Artery:
    """A boulevard of the Büyükşehir through Alpaslan, from west to east."""
    lines = {"type": "MultiLineString", "coordinates": [[[35.4, 38.7266], [35.6, 38.7266]]]}
    agency = Agency.objects.get(code="buyuksehir")
    artery = Artery.objects.create(name="Sivas Bulvarı", agency=agency, width_m=30, lines=lines)
    cache.refresh()
    return artery


@pytest.mark.parametrize(
    ("text", "lat", "category", "jurisdiction"),
    [
        ("yolda çukur var", 38.7266, "d_anayol", "buyuksehir"),
        ("yolda çukur var", 38.7276, "yol_cukur", "melikgazi"),
        ("çöpler üç gündür alınmıyor", 38.7266, "cop_toplama", "melikgazi"),
    ],
    ids=["on the boulevard", "in a street beside it", "no matter of roads"],
)
def test_damage_on_a_main_road_is_proposed_to_its_agency(bulvar, text, lat, category, jurisdiction):
    suggestion = route(text, Point(lat, 35.5))
    assert (suggestion.category, suggestion.jurisdiction) == (category, jurisdiction)
    assert suggestion.alternatives[0].category == category
    assert any("Sivas Bulvarı" in reason for reason in suggestion.reasons) is (lat == 38.7266)


def test_a_main_road_of_an_agency_that_the_category_has_no_question_about_changes_nothing(bulvar):
    GreyZone.objects.filter(category__code="yol_cukur", agency__code="buyuksehir").delete()
    cache.refresh()
    assert route("yolda çukur var", Point(38.7266, 35.5)).category == "yol_cukur"


class AnyText(TestCase):
    @override
    def setUp(self):
        cache.refresh()
        load_base_data()

    @given(st.text(max_size=300))
    @settings(deadline=None)
    def test_gets_a_whole_suggestion(self, text):
        suggestion = route(text)
        assert 0 <= suggestion.confidence <= 1
        assert len({each.department for each in suggestion.alternatives}) == 3
        assert suggestion.ticket_no is None or suggestion.ticket_no in text
