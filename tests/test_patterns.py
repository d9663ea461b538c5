"""No pattern of the project takes much more than twice as long for a text twice as long, whatever is in it."""

import re
from itertools import chain
from time import process_time
from typing import Any

import pytest

from tests.patterns import near_matches, patterns, unread_calls

pytestmark = pytest.mark.slow

PARTS = 8  # of the patterns, so that their tests run beside one another
LETTERS = 4_096  # the longest message that WhatsApp sends
# Where a pattern may begin, go on and fail, again and again.
PIECES = (
    *(
        "a",
        "A",
        " ",
        "\n",
        "1",
        "0",
        "-",
        ".",
        "'",
        "?",
        "!",
        ":",
        "/",
        "\u0627",
        "\u064b",
        "😀",
        "_",
        "(",
        "[",
        "*",
        "<",
    ),
    *(
        "{",
        "@",
        "a ",
        "1 ",
        "a1",
        "1a",
        "a.",
        "a b ",
        "- ",
        ". ",
        "no ",
        "no: ",
        "mg",
        "mg-2026-",
        "m g ",
        "0532 ",
    ),
    *(
        "90 532 ",
        "12345678901 ",
        "tr12 ",
        "basvuru ",
        "basvuru no ",
        "basvurum ",
        "talebim 1",
        "ne ",
        "nerede ",
    ),
    *(
        "mahallesi ",
        "sokak ",
        "sok no ",
        "cad ",
        "apt ",
        "kapi no ",
        "http://a",
        "www.",
        "geo:",
        "a@a.",
        "x@",
        "y.a",
    ),
    *(
        "y a ",
        "yangin var ",
        "cocuk ",
        "ic ",
        "icinde ",
        "kimse ",
        "mi ",
        "musun ",
        "&lt;",
        "<b>",
        "{{",
        "}}",
        "data:",
    ),
    *("a=b&", "'a", "\u200b", "\u202e", "\x00", "é", "\u0131", "\u0130"),
)
TIMES = 4  # as long is the second text
MARGIN = 8  # times as long it may take: what is linear takes 4, what is quadratic 16
SOON = 0.002  # seconds of processor time; below it nothing is compared
# Of either text, in turns: the least of them counts, since a busy machine only makes them longer.
READINGS = 6
ENDS = ("", "\u2603")


def seconds(pattern: re.Pattern[Any], text: str) -> float:
    said = text.encode() if isinstance(pattern.pattern, bytes) else text
    begin = process_time()
    pattern.fullmatch(said)
    for _ in pattern.finditer(said):
        pass
    return process_time() - begin


def is_linear(pattern: re.Pattern[str], piece: str, end: str = "") -> bool:
    """Whether TIMES as many of the piece take at most MARGIN times as long, of few of them first: what grows without
    bounds is told by those.
    """
    return all(_is_linear(pattern, piece, end, letters) for letters in (LETTERS // 16, LETTERS // 4, LETTERS))


def _is_linear(pattern: re.Pattern[str], piece: str, end: str, letters: int) -> bool:
    """For a longer text of so many letters; one reading that shows it is enough."""
    many = max(letters // len(piece) // TIMES, 1)
    text, longer = piece * many + end, piece * many * TIMES + end
    once = more = float("inf")
    for _ in range(READINGS):
        more = min(more, seconds(pattern, longer))
        if more < SOON:
            return True
        once = min(once, seconds(pattern, text))
        if more <= MARGIN * once:
            return True
    return False


@pytest.mark.parametrize("piece", PIECES, ids=repr)
def test_every_pattern_is_linear(piece: str) -> None:
    slow = [name for name, pattern in patterns() for end in ENDS if not is_linear(pattern, piece, end)]
    assert not slow


@pytest.mark.parametrize("part", range(PARTS))
def test_a_pattern_is_linear_in_what_it_nearly_matches(part: int) -> None:
    slow = {
        (name, piece)
        for name, pattern in patterns()[part::PARTS]
        for piece in near_matches(pattern)
        if not is_linear(pattern, piece, ENDS[-1])
    }
    assert not slow


def test_every_call_of_re_is_read() -> None:
    assert not unread_calls()


@pytest.mark.parametrize(
    "slow",
    [r"(?:ax?)+b", r"\s*<", r"(?:selam\w* )+x", r"(?:yok|hayir)(?: ya| yok)* o$", r"durum\w* ne", rb"\s*<"],
)
def test_what_is_quadratic_is_told(slow: str) -> None:
    pattern = re.compile(slow)
    pieces = chain(PIECES, near_matches(pattern))
    assert not all(is_linear(pattern, piece, end) for piece in pieces for end in ENDS)
