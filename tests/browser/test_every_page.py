"""Every page, opened once and looked at in both themes, wide, narrow and at 400 %: for accessibility, and for the look.

What is looked at: tests/accessibility.py. Which sizes and radii there are: docs/gorunus.md.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.accessibility import PAGES, UNMET, LookedAt
from tests.browser.citizen import Citizen
from tests.browser.conftest import A_DANGER, NARROW, PATIENCE_MS, WIDE, slow_down
from tests.browser.office import keep, sign_in
from tests.chaos.instance import Instance

pytestmark = pytest.mark.browser

AXE = Path(__file__).with_name("vendor") / "axe.min.js"
LOOKING = Path(__file__).with_name("looking.js")
ZOOMED = (320, 256)  # 1280 by 1024 at 400 %
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SIZES = ["12px", "14px", "16px", "20px", "28px", "56px"]
TELEPHONE = "/emulator/"  # looks like a telephone, which has sizes of its own
HEIGHTS = [24, 32, 48]  # pixels: a sign in a line, a control on the desk, one on a telephone
SETTLES_MS = 4_000
MOST_STEPS = 25  # of the Tab key on one page


@pytest.fixture(scope="module")
def windows(browser: Browser, line: Instance) -> Iterator[dict[bool, Page]]:
    """A window of a member of staff and one of a stranger, for all pages after each other."""
    opened = {}
    for staff in (False, True):
        context = browser.new_context(
            viewport={"width": WIDE[0], "height": WIDE[1]}, locale="tr-TR", reduced_motion="reduce"
        )
        context.on("page", slow_down)
        opened[staff] = context.new_page()
        opened[staff].set_default_timeout(PATIENCE_MS)
    sign_in(opened[True], line, "admin", "/admin/hesabim/")
    _furnish(line)
    yield opened
    for each in opened.values():
        each.context.close()


def _furnish(line: Instance) -> None:
    """A ticket, and figures for the public page, so that there is something to look at."""
    asking = Citizen(line)
    asking.say("text", text="Köşk mahallesinde yolda büyük çukur var")
    asking.hears()
    counts = {"opened": 120, "resolved": 90, "open": 30}
    figures = {
        **counts,
        "first": "2026-09-01",
        "last": "2026-11-30",
        "within_target": 0.8,
        "median_hours": 9.5,
        "months": [{"name": f"{month} 2026", **counts} for month in ("Ekim", "Kasım")],
        "departments": [{"name": "Fen İşleri Müdürlüğü", "within_target": 0.8, **counts}],
        "subjects": [{"name": "Yolda çukur", "within_target": None, **counts}],
        "neighbourhoods": {"alpaslan": {"open": 9, "resolved": 30}, "kosk": {"open": None, "resolved": 8}},
        "released": [],
    }
    line.rows(
        "INSERT INTO tickets_publicfigures (id, figures, made_at)"
        f" VALUES (1, '{json.dumps(figures)}', now()) ON CONFLICT (id) DO NOTHING RETURNING id"
    )


@pytest.mark.parametrize("looked_at", PAGES, ids=lambda each: each.name)
def test_a_page_is_for_everybody(windows: dict[bool, Page], line: Instance, looked_at: LookedAt) -> None:
    page = windows[looked_at.staff]
    _open(page, line, looked_at)
    found: dict[str, list[Any]] = {
        "axe": [],
        "contrast": [],
        "reflow": [],
        "motion": [],
        "keyboard": [],
        "foreign": [],
    }
    for script in (AXE, LOOKING):
        page.evaluate(script.read_text("utf-8"))  # injected past the page's own policy
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.evaluate("(dark) => document.documentElement.classList.toggle('dark', dark)", theme == "dark")
        for width, height in (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": height})
            if looked_at.picture:
                keep(page, f"gorunus-{looked_at.picture}-{theme}", WIDE[0])
            for rule, nodes in _axe(page, contrast_alone=theme == "dark"):
                found["contrast" if rule == "color-contrast" else "axe"].append((theme, width, rule, nodes))
    sizes = page.evaluate("(written) => everyPage.sizes(written)", SIZES)
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    heights = (
        []
        if looked_at.path == TELEPHONE
        else page.evaluate("(written) => everyPage.heights(written)", HEIGHTS)
    )
    found["motion"] += page.evaluate("everyPage.moves()")
    found["foreign"] += page.evaluate("everyPage.foreign()")
    page.set_viewport_size({"width": ZOOMED[0], "height": ZOOMED[1]})
    _in_time(page, "!everyPage.wider().length")  # charts are drawn anew
    found["reflow"] += page.evaluate("everyPage.wider()")
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    found["keyboard"] += _by_keyboard(page)
    assert (sizes, heights) == ([], []), "sizes that docs/gorunus.md has not"
    unmet = {check for name, check in UNMET if name == looked_at.name}
    assert {check: problems for check, problems in found.items() if problems and check not in unmet} == {}
    assert {check for check in unmet if not found[check]} == set(), "is met by now"


def test_an_open_talk_fits_its_column_and_keeps_the_written_heights(page: Page, line: Instance) -> None:
    asking = Citizen(line)
    asking.say("text", text="Köşk mahallesinde yolda büyük çukur var")
    asking.hears()
    asking.say("text", text="temsilci ile görüşmek istiyorum")
    asking.hears(2)
    [(talk,)] = line.rows("SELECT max(id) FROM tickets_handover WHERE ended_at IS NULL")
    sign_in(page, line, "supervisor", f"/admin/bekleyenler/{talk}/")
    expect(page.locator("#reply-form [data-send]")).to_be_visible()
    page.evaluate(LOOKING.read_text("utf-8"))
    for width, height in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("(written) => everyPage.heights(written)", HEIGHTS) == []
        cut = "(each) => each.scrollWidth > each.clientWidth"
        assert not page.locator("#reply-form").evaluate(cut), width


def test_a_step_that_is_higher_than_its_words_need_is_found(page: Page, line: Instance) -> None:
    """The census passes over rows of steps whose words wrap, and over no other."""
    asking = Citizen(line)
    asking.say("text", text="Köşk mahallesinde yolda büyük çukur var")
    asking.hears()
    [(key,)] = line.rows("SELECT max(id) FROM tickets_ticket")
    sign_in(page, line, "supervisor", f"/admin/tickets/ticket/{key}/change/")
    page.locator("#moves .step button").first.wait_for()
    page.evaluate(LOOKING.read_text("utf-8"))
    heights = "(written) => everyPage.heights(written)"
    assert page.evaluate(heights, HEIGHTS) == []
    widen = (
        "(min) => document.querySelectorAll('#moves button').forEach((each) => (each.style.minHeight = min))"
    )
    page.evaluate(widen, "56px")
    assert page.evaluate(heights, HEIGHTS) != []
    page.evaluate(widen, "40px")
    assert page.evaluate(heights, HEIGHTS) != []


def _open(page: Page, line: Instance, looked_at: LookedAt) -> None:
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    [(code,)] = line.rows(f"SELECT max(public_code) FROM tickets_ticket WHERE NOT {A_DANGER}")
    page.goto(line.url + looked_at.path.format(code=code))
    if looked_at.first:
        address = page.locator(looked_at.first).first.get_attribute("href")
        page.goto(line.url + str(address))
    page.wait_for_load_state("load")
    page.locator("h1, main").first.wait_for()
    page.evaluate("document.fonts.ready.then(() => null)")


def _axe(page: Page, *, contrast_alone: bool) -> list[tuple[str, list[str]]]:
    only: Any = ["color-contrast"] if contrast_alone else {"type": "tag", "values": RULES}
    found: list[tuple[str, list[str]]] = page.evaluate(
        "(only) => axe.run({ runOnly: only, resultTypes: ['violations'] }).then(({ violations }) => violations.map("
        "({ id, nodes }) => [id, nodes.slice(0, 5).map((node) => node.html.slice(0, 200))]))",
        only,
    )
    return [(rule, nodes) for rule, nodes in found]


def _by_keyboard(page: Page) -> list[str]:
    """What goes wrong while one steps through the page by Tab."""
    page.evaluate("document.activeElement?.blur(); window.scrollTo(0, 0)")
    problems: list[str] = []
    before = None
    for step in range(MOST_STEPS):
        page.keyboard.press("Tab")
        _in_time(page, "everyPage.isFine()" if step else "everyPage.focus() && everyPage.isFine()")
        at = page.evaluate("everyPage.focus()")
        if at and at["number"] == before and page.evaluate("everyPage.stops()") == 1:
            return problems  # from the only link around to itself
        if at is None:  # the end of the page
            reached = step or not page.evaluate("everyPage.canBeReached()")
            return problems if reached else ["the keyboard reaches nothing"]
        if at["number"] == before and not at["has_parts"]:
            return [*problems, f"the focus does not move on: {at['html']}"]
        if not at["shown"]:
            problems.append(f"one does not see where the focus is: {at['html']}")
        if not at["free"]:
            problems.append(f"upon the focus at {at['where']} lies {at['upon']}: {at['html']}")
        before = at["number"]
    return problems


def _in_time(page: Page, condition: str) -> None:
    """Waits a little until that holds; whether it does is for whoever looks next. `wait_for_function` would need what
    the page's policy forbids.
    """
    until = monotonic() + SETTLES_MS / 1000
    while not page.evaluate(condition) and monotonic() < until:
        page.wait_for_timeout(200)
