"""No pattern of the project takes much more than twice as long for a text twice as long, whatever is in it."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from time import process_time
from types import ModuleType
from typing import Any

import pytest

PACKAGES = ("departments", "melikgazi", "tickets", "whatsapp")
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
SOON = 0.004  # seconds of processor time; below it nothing is compared
READINGS = (
    6  # of either text, in turns: the least of them counts, since a busy machine only makes them longer
)


@cache
def patterns() -> dict[str, re.Pattern[str]]:
    """Every compiled pattern that a module of the project holds, also within its tables and tuples."""
    found: dict[str, re.Pattern[str]] = {}
    for name in PACKAGES:
        for module in _modules(name):
            for attribute, value in vars(module).items():
                for pattern in _within(value):
                    if isinstance(pattern.pattern, str):
                        found.setdefault(pattern.pattern, pattern)
                        _NAMES.setdefault(pattern.pattern, f"{module.__name__}.{attribute}")
    return found


_NAMES: dict[str, str] = {}


def _modules(name: str) -> Iterator[ModuleType]:
    package = importlib.import_module(name)
    yield package
    for each in pkgutil.walk_packages(package.__path__, f"{name}."):
        if ".migrations." not in each.name:
            yield importlib.import_module(each.name)


def _within(value: Any, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 3 and isinstance(value, dict):
        for each in value.values():
            yield from _within(each, depth + 1)
    elif depth < 3 and isinstance(value, list | tuple | frozenset | set):
        for each in value:
            yield from _within(each, depth + 1)


def seconds(pattern: re.Pattern[str], text: str) -> float:
    begin = process_time()
    pattern.fullmatch(text)
    for _ in pattern.finditer(text):
        pass
    return process_time() - begin


def is_linear(pattern: re.Pattern[str], text: str, longer: str) -> bool:
    """Whether the longer text takes at most MARGIN times as long; one reading that shows it is enough."""
    once, more = seconds(pattern, text), 0.0
    if once < SOON:
        return True
    for _ in range(READINGS):
        reading = seconds(pattern, longer)
        more = min(more, reading) if more else reading
        if more <= MARGIN * once:
            return True
        once = min(once, seconds(pattern, text))
    return False


@pytest.mark.parametrize("piece", PIECES, ids=repr)
def test_every_pattern_is_linear(piece: str) -> None:
    text = piece * (LETTERS // len(piece))
    slow = [
        (_NAMES[said], end)
        for said, pattern in patterns().items()
        for end in ("", "\u2603")
        if not is_linear(pattern, text + end, text * TIMES + end)
    ]
    assert not slow


def test_what_is_quadratic_is_told() -> None:
    text = "a" * 700
    assert not is_linear(re.compile(r"(?:ax?)+b"), text, text * TIMES)
