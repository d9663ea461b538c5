"""A text costs what its length has it, whatever its letters become when they are folded."""

import ast
import unicodedata
from pathlib import Path
from time import process_time

import pytest

from departments.danger_reader.reader import read
from departments.danger_reader.tokenizer import words_of
from departments.routing.route import route
from departments.text.excerpt import LONGEST, excerpt
from departments.text.folding import MOST_OF_ONE, fold, normalized
from tests.patterns import PACKAGES
from whatsapp.faq import matching

pytestmark = pytest.mark.slow

SENTENCE = "\ufdfa"  # "may God bless him and grant him peace", one letter
ORDINARY = "Alpaslan mahallesinde yolda büyük bir çukur var, arabamız zarar gördü, kimse gelmedi. "
# Each becomes something else: a sentence, a word, several letters, several numbers, marks, nothing.
SHAPES = (
    *(
        SENTENCE,
        "\ufdfb ",
        "\ufdf2",
        "\u3300",
        "\u247c",
        "\u00bd",
        "\ufb03",
        "\u00df",
        "\u0390",
        "\U0001d160",
    ),
    *(
        "\u0301\u0316",
        "a\u0316\u0301",
        "e\u0301\u0316\u0327\u0302",
        "\u200d",
        "a\u200d",
        "\u1e9e",
        "\u0f77",
        "각",
    ),
)
TIMES = 6  # as much as an ordinary text of its length one may take, and
SOON = 0.02  # seconds of processor time below which nothing is compared
READINGS = 3


def seconds(function, text: str) -> float:
    best = []
    for _ in range(READINGS):
        read.cache_clear()
        begin = process_time()
        function(text)
        best.append(process_time() - begin)
    return min(best)


def test_no_letter_folds_to_more_than_a_few() -> None:
    assert fold(SENTENCE) == ""
    longest = max((chr(point) for point in range(0x80, 0x30000)), key=lambda letter: len(fold(letter)))
    assert len(fold(longest)) <= MOST_OF_ONE


def test_a_sign_that_is_a_sentence_leaves_the_words_around_it() -> None:
    assert fold(f"Hz. Muhammed{SENTENCE}Caddesi") == "hz muhammed caddesi"
    assert words_of(f"yangın{SENTENCE}var") == ["yangin", "var"]


def test_few_marks_are_normalised_as_unicode_has_it() -> None:
    text = "e\u0301\u0327 i\u0307 \u0627\u0654 u\u0308\u0302\u0323"
    assert normalized("NFC", text) == unicodedata.normalize("NFC", text)


def test_a_row_of_marks_costs_no_square() -> None:
    text = "a" + "\u0301\u0316" * 500_000
    assert len(normalized("NFKD", text)) < 20  # unbounded it took hours


@pytest.mark.parametrize("shape", SHAPES, ids=ascii)
def test_an_excerpt_is_bounded_after_folding(shape: str) -> None:
    text = (shape * LONGEST)[: 4 * LONGEST]
    assert len(fold(excerpt(text))) <= LONGEST


def test_an_excerpt_keeps_what_fits() -> None:
    text = ("çukur " * LONGEST)[:LONGEST]
    assert excerpt(text) == text


@pytest.mark.parametrize("letters", [4_096, 65_536])
@pytest.mark.parametrize("shape", SHAPES, ids=ascii)
@pytest.mark.usefixtures("base")
def test_a_text_of_any_letters_costs_little_more_than_words(shape: str, letters: int) -> None:
    ordinary, text = ((each * letters)[:letters] for each in (ORDINARY, shape))
    for function in (fold, read, route, matching.answer_to):
        assert seconds(function, text) <= max(TIMES * seconds(function, ordinary), SOON * letters / 4_096)


def test_all_normalising_goes_through_one_function() -> None:
    calls = [
        path.name
        for package in PACKAGES
        for path in Path(package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "unicodedata.normalize"
    ]
    assert set(calls) == {"folding.py"}
