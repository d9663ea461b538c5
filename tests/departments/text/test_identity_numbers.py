"""T.C. identity numbers: which they are, and that nothing of them is left."""

import pytest

from departments.text.identity_numbers import MASK, is_identity_number, is_masked, masked

VALID = "10000000146"


def test_the_checksum_tells_an_identity_number() -> None:
    assert is_identity_number(VALID)
    assert not is_identity_number("10000000147")
    assert not is_identity_number("1000000014")


@pytest.mark.parametrize(
    "written",
    [VALID, "100 000 001 46", "100-000-001-46", "1 0 0 0 0 0 0 0 1 4 6", "١٠٠٠٠٠٠٠١٤٦"],
)
def test_is_hidden_however_it_is_written(written: str) -> None:
    assert masked(f"TC: {written}, Alpaslan") == f"TC: {MASK}, Alpaslan"


def test_every_one_of_a_text_is_hidden() -> None:
    assert masked(f"12 {VALID}\n{VALID}") == f"12 {MASK}\n{MASK}"


@pytest.mark.parametrize(
    "text",
    [
        "0532 123 45 67",
        "05321234567",
        "+90 532 123 45 67",
        "MG-2026-000001",
        "TR33 0006 1005 1978 6457 8413 26",
        f"1{VALID}",
        f"{VALID}0",
        "38.7205, 35.4910",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert masked(text) == text


def test_no_telephone_number_as_people_write_it_is_hidden() -> None:
    numbers = [f"05{number:09d}" for number in range(0, 10**9, 999_983)]
    assert [number for number in numbers if masked(number) != number] == []


def test_a_text_tells_that_something_was_hidden_in_it() -> None:
    assert is_masked(masked(VALID))
    assert not is_masked("çukur var")
