"""What routing costs grows with a text no faster than the text, whatever is in it."""

from time import process_time

import pytest

from bench.hostile_bodies import SHAPES
from departments.routing.route import route

pytestmark = pytest.mark.usefixtures("base")

LETTERS = 4_096  # of the longest message that WhatsApp lets through
TIMES = 4  # as short is the first text
MARGIN = 8  # times as long the second may take: what is linear takes 4, what is quadratic 16
SOON = 0.004  # seconds of processor time; below it nothing is compared
READINGS = 6  # the least of them counts: a busy machine only makes them longer


def seconds(text: str) -> float:
    begin = process_time()
    route(text)
    return process_time() - begin


@pytest.mark.parametrize("shape", SHAPES, ids=repr)
def test_a_text_of_any_shape_takes_no_longer_than_its_length_has_it(shape: str) -> None:
    longer = (shape * LETTERS)[:LETTERS]
    short = longer[: LETTERS // TIMES]
    route(short)  # tables, model and words are read once
    route(longer)
    once, more = (min(seconds(text) for _ in range(READINGS)) for text in (short, longer))
    assert more <= max(MARGIN * once, SOON)
