from datetime import date
from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError

from departments.base_data.loading import DataError, import_taxonomy, load_base_data
from departments.models import Agency, Category, Department, Neighbourhood
from departments.text.vocabulary import vocabulary

pytestmark = pytest.mark.usefixtures("base")


def taxonomy(**changes: object) -> dict[str, object]:
    category = {
        "code": "yol_cukur",
        "name": "Çukur",
        "group": "Yol ve Kaldırım",
        "department": "FEN",
        "jurisdiction": "melikgazi",
        "first_h": 2,
        "sla_days": 3,
        "place": "required",
    }
    return {"departments": [{"code": "FEN", "name": "Fen"}], "categories": [category | changes]}


@pytest.mark.slow
def test_base_data_is_complete():
    assert Department.objects.count() == 14
    assert Category.objects.filter(parent__isnull=False).count() == 72
    assert Neighbourhood.objects.count() == 61
    assert set(Agency.objects.values_list("code", flat=True)) == {
        "kaski", "kcetas", "kayserigaz", "buyuksehir", "itfaiye", "emniyet", "diger",
    }  # fmt: skip


def test_base_data_marks_the_categories_with_special_personal_data():
    restricted = Category.objects.filter(restricted=True).values_list("code", flat=True)
    assert set(restricted) == {"personel_sikayet", "sosyal_yardim", "engelli_yasli"}


def test_every_category_that_is_a_subject_has_a_public_name_in_three_languages():
    unnamed = {"durum_sorgu", "genel_bilgi", "selam", "tesekkur", "ilgisiz", "d_diger_kurum"}
    for category in Category.objects.filter(parent__isnull=False):
        names = [category.public_name_in(language) for language in ("tr", "en", "ar")]
        assert all(names) if category.code not in unnamed else not any(names), category.code


def test_thresholds_differ_by_department_and_those_of_staff_stay():
    migration = import_module("departments.migrations.0022_sure_from_by_department")
    new = dict(Category.objects.filter(sure_from__gt=0).values_list("code", "sure_from"))
    assert (new["taziye"], new["park_oyun"], new["yol_cukur"], new["d_su"]) == (0.95, 0.65, 0.75, 0.75)
    Category.objects.update(sure_from=migration.DEFAULT)
    Category.objects.filter(code="taziye").update(sure_from=0.8)
    migration.choose_thresholds(apps, None)
    assert dict(Category.objects.values_list("code", "sure_from")) == new | {"taziye": 0.8}


def test_an_installation_that_runs_gets_the_names_and_keeps_what_staff_wrote():
    migration = import_module("departments.migrations.0013_public_names_filled")
    Category.objects.filter(code="d_su").update(public_name="")
    Category.objects.filter(code="cop_toplama").update(public_name="Atık")
    Agency.objects.filter(code="kaski").update(text=migration.EARLIER["kaski"])
    Agency.objects.filter(code="kcetas").update(text="Elektrik bizim değil.")
    migration.fill(apps, None)
    names = dict(Category.objects.values_list("code", "public_name"))
    texts = dict(Agency.objects.values_list("code", "text"))
    assert (names["d_su"], names["cop_toplama"]) == ("Su", "Atık")
    assert "KASKİ’nin" in texts["kaski"]
    assert texts["kcetas"] == "Elektrik bizim değil."


def test_a_number_that_nobody_confirmed_is_not_told():
    agency = Agency(name="KASKİ", phone="0352 000 00 00", whatsapp="0535 000 00 00", text="KASKİ bakar.")
    assert (agency.told, agency.told_phone) == ("KASKİ bakar.", "")
    agency.numbers_confirmed_on = date(2026, 11, 1)
    assert agency.told == "KASKİ bakar. Telefon: 0352 000 00 00. WhatsApp: 0535 000 00 00."


def test_a_number_that_the_whole_country_knows_is_told_once():
    assert Agency(phone="185", text="KASKİ bakar.").told == "KASKİ bakar. Telefon: 185."
    assert Agency(phone="185", text="KASKİ bakar: 185.").told == "KASKİ bakar: 185."


def test_base_data_has_an_agency_for_every_category_that_is_not_ours():
    foreign = Category.objects.filter(code__startswith="d_")
    assert foreign.count() == 13 == Category.objects.filter(agency__isnull=False).count()
    assert not foreign.filter(agency__isnull=True)


def test_loading_again_leaves_what_staff_changed():
    Category.objects.filter(code="yol_cukur").update(first_action_hours=7)
    load_base_data()
    assert Category.objects.get(code="yol_cukur").first_action_hours == 7
    assert Department.objects.count() == 14


def test_loading_brings_back_what_is_missing():
    Category.objects.filter(code="yol_cukur").delete()
    load_base_data()
    assert Category.objects.filter(code="yol_cukur").exists()


def test_the_router_knows_words_for_every_category():
    loaded = set(Category.objects.filter(parent__isnull=False).values_list("code", flat=True))
    assert vocabulary().coded == loaded


def test_import_brings_a_category_to_what_the_file_says():
    import_taxonomy(taxonomy())
    category = Category.objects.get(code="yol_cukur")
    assert (category.name, category.first_action_hours, category.resolution_days) == ("Çukur", 2, 3)
    assert category.department == Department.objects.get(name="Fen")


def test_import_leaves_what_the_file_does_not_say():
    import_taxonomy(taxonomy())
    assert Category.objects.get(code="yol_cukur").radius_m == 50
    assert Category.objects.filter(parent__isnull=False).count() == 72


def test_importing_twice_touches_nothing_the_second_time():
    import_taxonomy(taxonomy())
    before = Category.objects.get(code="yol_cukur").updated_at
    import_taxonomy(taxonomy())
    assert Category.objects.get(code="yol_cukur").updated_at == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"department": "YOK"}, r"1\. kategori \(yol_cukur\): “department” bilinmiyor: YOK"),
        ({"jurisdiction": "tedas"}, r"\(yol_cukur\): “jurisdiction” bilinmiyor: tedas"),
        ({"first_h": None}, r"\(yol_cukur\): “first_h” eksik"),
        ({"first_h": "çok"}, r"\(yol_cukur\): .*çok"),
        ({"place": "belki"}, r"\(yol_cukur\): .*belki"),
        ({"radius_m": 900}, r"\(yol_cukur\): .*250"),
        ({"code": "grup_yol"}, r"\(grup_yol\): .*gruplarındır"),
        ({"code": ""}, r"1\. kategori: “code” eksik"),
    ],
)
def test_a_bad_entry_is_named_and_changes_nothing(changes, message):
    with pytest.raises(DataError, match=message):
        import_taxonomy(taxonomy(**changes))
    assert not Department.objects.filter(name="Fen").exists()


@pytest.mark.parametrize("content", [None, [], {"departments": []}, {"departments": {}, "categories": []}])
def test_a_file_of_another_shape_is_refused(content):
    with pytest.raises(DataError):
        import_taxonomy(content)


def test_a_code_that_comes_twice_is_refused():
    content = taxonomy()
    content["departments"] = [{"code": "FEN", "name": "Fen"}, {"code": "FEN", "name": "Yine"}]
    with pytest.raises(DataError, match=r"2\. müdürlük \(FEN\): kod ikinci kez"):
        import_taxonomy(content)
    assert not Department.objects.filter(name="Fen").exists()


def test_a_category_needs_a_department():
    category = Category(code="x", name="X", parent=Category.objects.get(code="grup_zabita"))
    with pytest.raises(ValidationError, match="müdürlüğü olur"):
        category.full_clean()


def test_a_mahalle_keeps_the_key_by_which_it_sorts():
    ordered = [place.name for place in Neighbourhood.objects.order_by("sort_key")]
    assert ordered.index("Hürriyet") < ordered.index("İldem Cumhuriyet") < ordered.index("Kayabağ")
    assert ordered.index("Selimiye") < ordered.index("Şirintepe") < ordered.index("Tavlusun")
