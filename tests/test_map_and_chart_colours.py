"""The colours that stand in one chart or on the map are told apart by everybody: docs/gorunus.md.

Seen as by people without red, green or blue cones (the matrices of Machado, Oliveira and Fernandes, 2009, for the whole
lack of one), and measured in CIE Lab, where 2.3 is the least that anybody notices.
"""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

Numbers = npt.NDArray[np.float64]
TICKETS = Path(__file__).parents[1] / "tickets/desk/static/tickets"
FAR_ENOUGH = 15.0  # in Lab; the nearest two today are 16 apart
SIGHTS = {
    "all cones": np.eye(3),
    "no red cones": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "no green cones": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "no blue cones": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])


def named_colours(*, dark: bool) -> dict[str, str]:
    """The colours by their names in map_and_chart_colours.js."""
    text = (TICKETS / "map_and_chart_colours.js").read_text("utf-8")
    both = re.findall(r'(\w+) = chosen\("(#\w{6})", "(#\w{6})"\)', text)
    return {name: night if dark else day for name, day, night in both}


def together(*, dark: bool) -> dict[str, list[str]]:
    """Which colours stand in one drawing."""
    named = named_colours(dark=dark)
    stars = re.search(r"STARS = \[(.*)\]", (TICKETS / "reports.js").read_text("utf-8"))
    clocks = re.search(r"CLOCKS = \{(.*)\}", (TICKETS / "map_and_chart_colours.js").read_text("utf-8"))
    assert stars
    assert clocks
    second = re.findall(r"#\w{6}", stars[1])[0 if dark else 1]
    return {
        "map": sorted({*re.findall(r"#\w{6}", clocks[1])}),
        "clocks": [named[name] for name in ("BLUE", "SOON", "LATE", "GREY")],
        "course": [named[name] for name in ("SKY", "INK", "PALE")],
        "stars": [named["LATE"], second, *(named[name] for name in ("PALE", "SKY", "BLUE"))],
    }


def lab(colour: str, sight: Numbers) -> Numbers:
    shown = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    light = np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)
    x, y, z = (np.cbrt(each) for each in XYZ @ np.clip(sight @ light, 0, 1) / WHITE)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_two_colours_of_one_drawing_look_alike_to_anybody(dark: bool, sight: str) -> None:
    for drawing, colours in together(dark=dark).items():
        for one, other in combinations(colours, 2):
            apart = np.linalg.norm(lab(one, SIGHTS[sight]) - lab(other, SIGHTS[sight]))
            assert apart >= FAR_ENOUGH, (drawing, one, other)
