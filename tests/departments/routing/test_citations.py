import pytest

from departments.routing.citations import cited_number_in

CITED = [
    ("MG-2026-000184 ne oldu", "MG-2026-000184"),
    ("mg-2026-000391 bi bakıver", "mg-2026-000391"),
    ("Mg 2026 000391 kapandı mı", "Mg 2026 000391"),
    ("MG2026000184 numaralı başvurum", "MG2026000184"),
    ("mg 2026 123 durumu", "mg 2026 123"),
    ("MG–2026–000184'e cevap yok", "MG–2026–000184"),
    ("MG/2026/000184", "MG/2026/000184"),
    ("MG_2026_000184", "MG_2026_000184"),
    ("MG.2026.000184", "MG.2026.000184"),
    ("mg 2026/184 hâlâ açık", "mg 2026/184"),
    ("MG 2026 000 184 ne aşamada", "MG 2026 000 184"),
    ("m g 2026 000184", "m g 2026 000184"),
    ("MG- 2026 - 000184 için", "MG- 2026 - 000184"),
    ("numara MG-2026-1000184", "MG-2026-1000184"),
    ("MG no 2026-000184", "MG no 2026-000184"),
    ("(MG-2026-000184)", "MG-2026-000184"),
    ("MG-2026-000184’ün durumu", "MG-2026-000184"),
    ("MG-000184 ne oldu", "MG-000184"),
    ("mg4512 bitmedi", "mg4512"),
    ("başvuru no 2026/4512", "2026/4512"),
    ("başvuru no 2026-000184", "2026-000184"),
    ("2026-000184 ne durumda", "2026-000184"),
    ("#4512 kapandı mı", "4512"),
    ("Başvuru No: 123456", "123456"),
    ("başvuru numaram 123456 ne oldu", "123456"),
    ("takip numarası 88421", "88421"),
    ("takip kodum: 88421", "88421"),
    ("kaydım 4512 idi", "4512"),
    ("talep no 4512", "4512"),
    ("şikayet no: 4512 cevap gelmedi", "4512"),
    ("dilekçe sayısı 77123", "77123"),
    ("4512 nolu başvurum", "4512"),
    ("4512 no'lu şikayetim ne oldu", "4512"),
    ("4512 numaralı talebim", "4512"),
    ("77123 sayılı dilekçem", "77123"),
    ("basvuru nr 4512", "4512"),
    ("ilk numara MG-2026-000660 ikincisi MG-2026-000718", "MG-2026-000660"),
]
NOT_CITED = [
    "0532 123 45 67 numaramdan arayın",
    "kayıtlı numaram 05321234567",
    "başvuru için telefonum 05321234567",
    "TC kimlik no 12345678901",
    "başvuru yapan kişinin TC'si 12345678901",
    "başvuru tarihi 12.11.2026",
    "12/11/2026 günü yazmıştım",
    "2026/11 ayı aidatı",
    "talebim 2025 yılından beri bekliyor",
    "başvuru 2026 da yapıldı",
    "38 ABC 1234 plakalı araç",
    "5021 sokak no 12",
    "1234. sokakta çukur",
    "kapı numarası 1453",
    "ilaç 500 mg 20 tablet",
    "kargo takip no 123456789012",
    "ada 2026 parsel 15",
    "1500 lira borç çıkmış",
    "saat 2030 da geldiler",
    "mgm hava durumu",
    "sayaç no 44512",
    "yolda çukur var",
    "",
]


@pytest.mark.parametrize(("text", "number"), CITED)
def test_a_ticket_s_number_is_given_as_it_stands(text, number):
    assert cited_number_in(text) == number
    assert number in text


@pytest.mark.parametrize("text", NOT_CITED)
def test_other_numbers_are_no_ticket_s(text):
    assert cited_number_in(text) is None
