"""T.C. identity numbers in what people write: found by their checksum and hidden (KVKK art. 4). Pure."""

import re

LENGTH = 11
MASK = "•" * LENGTH
# Eleven digits, in any script and grouped in any way, that are no part of a longer number or of +90 ….
_ELEVEN = re.compile(r"(?<![\d+])(?=(\d(?:[ \u00a0-]?\d){10})(?!\d))")


def is_identity_number(digits: str) -> bool:
    """Whether these are the digits of a T.C. identity number; none begins with 0, as telephone numbers here do."""
    if len(digits) != LENGTH or not digits.isdecimal():
        return False
    numbers = [int(digit) for digit in digits]
    odd, even = sum(numbers[0:9:2]), sum(numbers[1:8:2])
    tenth, eleventh = (7 * odd - even) % 10, sum(numbers[:10]) % 10
    return numbers[0] != 0 and numbers[9:] == [tenth, eleventh]


def masked(text: str) -> str:
    """The text with MASK in place of every T.C. identity number."""
    shown, end = [], 0
    for found in _ELEVEN.finditer(text):
        written = found[1]
        if found.start() < end or not is_identity_number(re.sub(r"\D", "", written)):
            continue
        shown += [text[end : found.start()], MASK]
        end = found.start() + len(written)
    return "".join((*shown, text[end:]))


def is_masked(text: str) -> bool:
    """Whether a T.C. identity number was hidden in the text."""
    return MASK in text
