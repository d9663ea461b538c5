"""The street and the landmark that a text names, as they stand there."""

import re

import pytest

from departments.text.folding import fold
from whatsapp.conversation.addresses import ENDINGS, LANDMARK, landmark_in, street_in


@pytest.mark.parametrize(
    ("text", "street"),
    [
        ("Köşk'te Mehmet Akif sokak 12/4", "Köşk'te Mehmet Akif sokak 12/4"),
        ("gaz kokusu var Burhan sokak 15/7", "Burhan sokak 15/7"),
        ("yangın çıktı acil Gül caddesi no: 8/b", "Gül caddesi no: 8/b"),
        ("bu iş Köşk mahallesi Burhan sokak no 5", "Köşk mahallesi Burhan sokak no 5"),
        ("duman var abi Bahçelievler mah Lale sokak 3/5", "Bahçelievler mah Lale sokak 3/5"),
        ("Köşk mahallesi Barbaros Sokak no 5", "Köşk mahallesi Barbaros Sokak no 5"),
        ("Lale Sokak 3 gündür", "Lale Sokak"),
    ],
)
def test_a_street_comes_with_its_flat_and_without_what_is_no_place(text: str, street: str) -> None:
    assert street_in(text) == street


@pytest.mark.parametrize(
    ("text", "landmark"),
    [
        ("oğlum kayboldu Fuar parkta oynuyordu", "Fuar parkta"),
        ("kızım kayboldu meydan AVM'de", ""),
        ("torunum kayboldu Hunat camisinin yanında", "Hunat camisinin yanında"),
        (
            "kızım kayboldu Cumhuriyet meydanında saat kulesinin orda",
            "Cumhuriyet meydanında saat kulesinin orda",
        ),
        ("az önce parkta oğlum kayboldu", ""),
        ("kızım kayboldu Hilton otelde", "Hilton otelde"),
        ("oğlum okula gitti dönmedi", ""),
        ("kızım pazar günü kayboldu", ""),
    ],
)
def test_where_somebody_was_seen_last_is_in_the_citizens_words(text: str, landmark: str) -> None:
    assert landmark_in(text) == landmark


LANDMARKS = """
forumun kütüphanenin okulumuzun camide havuza bağlar otelden çarşıdayız durağında bahçeyi parktakiler mezarlığı gölet
"""


@pytest.mark.parametrize("word", LANDMARKS.split())
def test_a_landmark_is_one_whatever_its_ending(word: str) -> None:
    assert re.fullmatch(LANDMARK + ENDINGS, fold(word))


@pytest.mark.parametrize("word", ["bağırıyor", "bağladım", "gölge", "parketmiş", "pazartesi", "bag"])
def test_what_only_begins_like_a_landmark_is_none(word: str) -> None:
    assert not re.fullmatch(LANDMARK + ENDINGS, fold(word))
