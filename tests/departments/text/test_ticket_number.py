"""Ticket numbers in what people write."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from departments.text.ticket_number import citation_of, citations_in, lone_serial, stored, without

NUMBER = "MG-2026-000214"


def read(text: str) -> list[str]:
    return [str(each) for each in citations_in(text)]


@pytest.mark.parametrize(
    "text",
    [
        "MG-2026-000214",
        "mg-2026-000214",
        "Mg 2026 000214",
        "MG2026000214",
        "MG–2026–000214",
        "MG\u22122026\u2212000214",
        "MG\u20112026\u2011000214",
        "MG/2026/000214",
        "MG_2026_000214",
        "MG.2026.000214",
        "m.g.2026.214",
        "mg 2026 214",
        "mg2026/214",
        "MG 2026 000 214",
        "MG-2O26-OOO2l4",
        "MG-2026-0002I4",
        "ＭＧ－２０２６－０００２１４",
        "MG-٢٠٢٦-٠٠٠٢١٤",
        "\u2067MG-2026-000214\u2069",
        "2026-000214",
        "MG no: 2026-000214",
        "MG-2026-000214'ü soruyorum",
        "MG-2026-000214lü olan",
        "no:MG2026000214.",
        "*MG-2026-000214*",
        "Başvuru no: 2026/214",
        "MG-2026-000214 0532 123 45 67",
    ],
)
def test_a_whole_number_is_read_however_it_is_spelt(text: str):
    assert read(text) == [NUMBER]


@pytest.mark.parametrize(
    "text",
    [
        "214 nolu başvurum ne oldu",
        "214 no'lu şikâyetim",
        "214 numaralı şikayetimi iptal edin",
        "214 SAYILI TALEBİM",
        "başvuru no 214",
        "Başvuru No: 214",
        "başvuru no: *214*",
        "başvuru numaram 000214",
        "numarası 214 olan başvurum",
        "başvurum 214 ne oldu",
        "kaydım 214",
        "2️⃣1️⃣4️⃣ nolu başvurum",
        "my request 214",
        "request number 214",
        "my complaint number is 214",
        "طلبي رقم ٢١٤",
        "رقم الطلب 214",
        "شكواي ٢١٤",
        "MG-214",
        "MG 000214",
        "#214 kapandı mı",
    ],
)
def test_a_serial_is_read_where_the_words_say_what_it_is(text: str):
    assert read(text) == ["214"]


@pytest.mark.parametrize(
    "text",
    [
        "no 214",
        "214",
        "214 nolu sokak",
        "214 nolu sokakta şikayetim var",
        "214. sokak",
        "214 nolu otobüs",
        "214 nolu hat",
        "214 numaralı daire",
        "214 nolu okul",
        "5021 sokak no 12",
        "şikayetim no 12 daire 5 için",
        "şikayetim 214. sokakta",
        "0532 123 45 67",
        "başvuru numaram 0532 123 45 67",
        "kayıtlı numaram 532 123 45 67",
        "0352 222 33 44 numaralı şikayet hattı",
        "153 numaralı şikayet hattı",
        "12.11.2026",
        "başvurum 12.11.2026 tarihli",
        "2026-11-24",
        "talebim 214 gündür bekliyor",
        "talebim 2025 yılından beri bekliyor",
        "my request 2 weeks ago",
        "başvuru 214 kişi yaptı",
        "38 ABC 214",
        "38 MG 2145",
        "500 mg 2500 tablet",
        "MG 4 marka araç",
        "mg 2026-11-24",
        "TC 12345678901",
        "CİMER başvuru no 12345",
        "CİMER'e yaptığım 2026/4512 nolu başvurum",
        "icra 2026/123456",
        "kargo takip no 12345",
        "شارع رقم 214",
        "",
    ],
)
def test_other_numbers_are_no_ticket_s(text: str):
    assert read(text) == []


def test_what_another_office_was_sent_is_still_ours():
    assert read("KASKİ'ye yönlendirilen 214 nolu başvurum") == ["214"]


def test_several_are_read_in_their_order():
    assert read("başvuru no 7 ve mg 2026 3, ayrıca 2025-000009") == ["7", "MG-2026-000003", "MG-2025-000009"]


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("ah şu MG–2O26–214'ü", "MG–2O26–214"),
        ("şikâyetim: no 214", ""),
        ("٢١٤ nolu başvurum", "٢١٤"),
    ],
)
def test_where_it_stands_is_known(text: str, cited: str):
    assert "".join(text[each.start : each.end] for each in citations_in(text)) == cited


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Başvuru no: MG-2026-000214 ne oldu", "ne oldu"),
        ("MG-2026-000214'ün durumu", "durumu"),
        ("214 nolu başvurumu iptal edin", "iptal edin"),
        ("iptal mg 2026 214", "iptal"),
        ("durum", "durum"),
    ],
)
def test_without_it_and_its_own_words_the_rest_is_left(text: str, rest: str):
    assert without(text, citations_in(text)).strip() == rest


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (" mg 2026 214 ", NUMBER),
        ("Başvuru no: MG-2026-000214.", NUMBER),
        ("başvuru no 214", "214"),
        ("MG-2026-000214 çukur", None),
        ("214", None),
    ],
)
def test_a_text_that_is_nothing_else_is_known(text: str, number: str | None):
    found = citation_of(text)
    assert (str(found) if found else None) == number


@pytest.mark.parametrize(
    ("text", "as_stored"), [("mg2026214", NUMBER), ("başvuru no 214", "başvuru no 214"), ("TEST-5", "TEST-5")]
)
def test_only_a_whole_number_is_brought_to_the_form_it_is_stored_in(text: str, as_stored: str):
    assert stored(text) == as_stored


@pytest.mark.parametrize(
    ("text", "serial"),
    [("iptal 214", 214), ("214'ü", 214), ("2l4", 214), ("2 ve 3", None), ("05321234567", None), ("", None)],
)
def test_the_only_number_of_a_text_may_be_a_serial(text: str, serial: int | None):
    found = lone_serial(text)
    assert (found.serial if found else None) == serial


# --- any disguise --------------------------------------------------------------------------------------------
YEARS = st.integers(2000, 2099)
SERIALS = st.integers(1, 999_999)
GAPS = st.sampled_from(["", " ", "-", "–", "—", "\u2212", "\u2011", ".", "/", "_", " - ", "\u00a0"])
MARKS = st.sampled_from(["MG", "mg", "Mg", "ＭＧ", "m.g"])
DIGITS = st.sampled_from(["0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "０１２３４５６７８９"])
BEFORE = st.sampled_from(
    ["", "durum ", "no:", "(", "başvuru no ", "numaram ", "şu ", "my request ", "طلبي رقم "]
)
AFTER = st.sampled_from(
    ["", "'ü soruyorum", ".", ")", " ne oldu", " nolu başvurum", "?", "\nteşekkürler", " 3 gündür"]
)


@given(st.data(), YEARS, SERIALS, MARKS, DIGITS, GAPS, GAPS, BEFORE, AFTER)
def test_any_disguise_of_a_number_reads_back_as_the_number(
    data: st.DataObject,
    year: int,
    serial: int,
    mark: str,
    digits: str,
    first: str,
    second: str,
    before: str,
    after: str,
):
    padded = data.draw(st.booleans())
    if not second:
        padded = True  # "20262" would be anybody's guess
    year_digits, serial_digits = str(year), f"{serial:06d}" if padded else str(serial)
    by_letters = padded or any(digit > "1" for digit in serial_digits)  # "l" alone is a letter
    if by_letters:
        digits = data.draw(st.sampled_from([digits, "O123456789", "ol23456789", "OI23456789"]))
    table = str.maketrans("0123456789", digits)
    text = (
        f"{before}{mark}{first}{year_digits.translate(table)}{second}{serial_digits.translate(table)}{after}"
    )
    assert read(text) == [f"MG-{year}-{serial:06d}"]


ORDINARY = st.one_of(
    st.integers(500, 599).map(lambda operator: f"0{operator} 123 45 67"),
    st.integers(1, 9999).map("{} nolu sokak".format),
    st.integers(1, 9999).map("{}. sokak".format),
    st.integers(1, 999).map("no {}".format),
    st.integers(1, 999).map("No: {} daire 4".format),
    st.integers(1, 999).map("{} nolu otobüs".format),
    st.integers(1, 999).map("{} gündür".format),
    st.integers(1, 99).map("38 ABC {:03d}".format),
    st.integers(100, 999).map("saat {}".format),
    st.integers(1, 99999).map("{} lira".format),
    st.dates().map("{:%d.%m.%Y}".format),
    st.dates().map(str),
    st.times().map("{:%H:%M}".format),
    st.integers(10**10, 10**11 - 1).map("TC {}".format),
)
WORDS = st.sampled_from(
    ["çukur var", "şikayetim var", "başvurmuştum", "otobüs durağı", "please", "طلب", "mg", "iptal"]
)


@given(st.lists(ORDINARY | WORDS, max_size=8).map(" , ".join))
def test_a_text_with_ordinary_numbers_never_cites(text: str):
    assert read(text) == []


@given(st.text(st.sampled_from("MmGg0O1lI٢2-–. /'ünolubaşvurmtke\u200f\ufe0f\u20e3\u0130ﷺ"), max_size=60))
def test_what_is_found_stands_in_the_text_in_order(text: str):
    end = 0
    for each in citations_in(text):
        assert end <= each.start < each.end <= len(text)
        assert each.cut[0] <= each.start < each.end <= each.cut[1]
        end = each.end


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "mg ",
        "mg 2026 ",
        "başvuru no ",
        "214 nolu ",
        " ",
        "O",
        "şikayet ",
        "m.g.",
        "no ",
        "#",
        "ı1",
        "2026-",
    ],
)
def test_a_long_text_is_read_in_proportion_to_its_length(piece: str):
    started = time.process_time()
    citations_in(piece * 20_000 + "1")
    assert time.process_time() - started < 5  # seconds; what grows with the square takes minutes
