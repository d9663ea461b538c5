"""Every style sheet keeps to the written sizes, distances and radii: docs/gorunus.md."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHEETS = sorted(
    path
    for app in ("melikgazi", "departments", "tickets", "whatsapp")
    for path in (ROOT / app).rglob("static/**/*.css")
    if "vendor" not in path.parts
)
SIZES = {".75rem", ".875rem", "1rem", "1.25rem", "1.75rem", "3.5rem", "inherit", "0"}
STEPS = {4, 8, 12, 16, 24, 32}  # pixels
HAIRS = {0, 1, 2}  # pixels: a line's width, what makes round things sit right
FREE = re.compile(r"auto|inherit|var\(--s-[1-6]\)|max\(.*\)|calc\(.*\)|env\(.*\)|\d+vh")
DISTANCES = "padding|margin|gap|row-gap|column-gap"
COLOUR = re.compile(r"#[0-9a-f]{6}\b", re.IGNORECASE)
RADII = {"0", "6px", "50%", "999px", "inherit"}
# The telephone of the trial looks like a telephone: its bubbles and its frame are rounder.
ROUNDER = "emulator"
# One colour for what is dangerous or late, whatever Tailwind calls red.
OTHER_REDS = re.compile(r"#(?:991b1b|b91c1c|dc2626|ef4444|f87171|a61b1b)\b", re.IGNORECASE)


def declared(sheet: Path, name: str) -> list[str]:
    return [value.strip() for value in re.findall(rf"[\s;{{]{name}: ?([^;}}]+)", sheet.read_text("utf-8"))]


def pixels(word: str) -> float:
    number = float(re.sub(r"rem|px", "", word.lstrip("-")))
    return number * 16 if word.endswith("rem") else number


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: str(sheet.relative_to(ROOT)))
def test_a_style_sheet_uses_only_what_is_written(sheet: Path) -> None:
    sizes = {value.removesuffix(" !important") for value in declared(sheet, "font-size")}
    assert {value for value in sizes - SIZES if not re.fullmatch(r"var\(--t-[1-6]\)", value)} == set()
    if ROUNDER not in sheet.parts:
        corners = {corner for value in declared(sheet, "border-radius") for corner in value.split()}
        assert corners - RADII - {"var(--radius)"} == set()
        assert OTHER_REDS.findall(sheet.read_text("utf-8")) == []


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: str(sheet.relative_to(ROOT)))
def test_distances_are_steps_of_the_written_scale(sheet: Path) -> None:
    if ROUNDER in sheet.parts:
        return
    values = declared(sheet, rf"(?:{DISTANCES})(?:-\w+)*")
    words = {word for value in values for word in value.removesuffix(" !important").split(" ")}
    off = {word for word in words if not FREE.fullmatch(word) and pixels(word) not in STEPS | HAIRS}
    assert off == set()


def test_colours_are_those_that_are_written() -> None:
    """In style sheets and scripts: of the tokens, or of docs/gorunus.md. Unfold has its own greys and blues."""
    tokens = (ROOT / "melikgazi/static/melikgazi/tokens.css").read_text("utf-8")
    written = {*COLOUR.findall(tokens), *COLOUR.findall((ROOT / "docs/gorunus.md").read_text("utf-8"))}
    scripts = [path for path in ROOT.glob("*/static/**/*.js") if "vendor" not in path.parts]
    off = {
        f"{path.relative_to(ROOT)}: {colour}"
        for path in [*SHEETS, *scripts]
        if ROUNDER not in path.parts
        for colour in set(COLOUR.findall(path.read_text("utf-8"))) - written
    }
    assert off == set()


def test_the_dark_theme_is_the_same_whoever_asks_for_it() -> None:
    """By the system, by the attribute, by unfold's class: CSS has no way to say the block once."""
    tokens = (ROOT / "melikgazi/static/melikgazi/tokens.css").read_text("utf-8")
    system, chosen = (
        re.findall(r"(--[\w-]+|color-scheme): ?([^;]+);", block)
        for block in re.findall(r"\{\s*(color-scheme: dark;[^}]*)\}", tokens)
    )
    assert dict(system) == dict(chosen)
    light = tokens.partition("@media")[0]
    assert {name for name, _ in chosen} <= {*re.findall(r"--[\w-]+", light), "color-scheme"}


def test_the_written_sizes_are_those_of_the_tokens() -> None:
    tokens = (ROOT / "melikgazi/static/melikgazi/tokens.css").read_text("utf-8")
    sizes = set(re.findall(r"--t-[1-6]: 0?([\d.]+rem)", tokens))
    assert sizes == {size for size in SIZES if size.endswith("rem")}
    written = (ROOT / "docs/gorunus.md").read_text("utf-8")
    assert {size for size in sizes if f"({size})" not in written} == set()


def test_pages_without_the_back_offices_frame_load_the_tokens() -> None:
    """Without them a page has no colour, no size and no dark theme at all."""
    whole = [
        page
        for app in ("melikgazi", "departments", "tickets", "whatsapp")
        for page in (ROOT / app).rglob("templates/**/*.html")
        if "stylesheet" in (text := page.read_text("utf-8")) and text.lstrip().lower().find("<!doctype") >= 0
    ]
    assert whole
    bare = {page.name for page in whole if "melikgazi/tokens.css" not in page.read_text("utf-8")}
    assert bare == set()
