import pytest
from hypothesis import given
from hypothesis import strategies as st

from departments.text.folding import fold, sort_key


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("İSTASYON", "istasyon"),
        ("ISPARTA", "isparta"),
        ("ılık", "ilik"),
        ("Çöp, ŞURADA!  ğüö", "cop surada guo"),
        ("Köşk mh.'da", "kosk mh da"),
        ("yağmur_ızgarası", "yagmur izgarasi"),
        ("", ""),
    ],
)
def test_folds_case_diacritics_and_punctuation(written, folded):
    assert fold(written) == folded


def test_spells_composed_and_decomposed_letters_alike():
    assert fold("c\u0327o\u0308p") == fold("çöp")


@given(st.text())
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


def test_sorts_as_the_turkish_alphabet_does():
    names = [
        "Cami",
        "Çağ",
        "Dere",
        "Gar",
        "Ğar",
        "Irmak",
        "İldem",
        "Ok",
        "Öz",
        "Selim",
        "Şeker",
        "Un",
        "Ün",
        "Zümrüt",
    ]
    names_by_byte = sorted(names)
    assert names_by_byte != names
    assert sorted(names_by_byte, key=sort_key) == names


def test_sorts_without_regard_to_case():
    assert sort_key("ŞIRINTEPE") == sort_key("şırıntepe")


@given(st.text("aIıİiçÇğĞöÖşŞüÜâÎû’'._ -09ßéж"))
def test_the_letters_of_turkish_fold_as_those_of_any_script_do(text):
    assert fold(text) == fold(f"{text} \u0430").removesuffix("\u0430").strip()
