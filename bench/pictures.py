"""bin/pictures: takes the pictures of the README from a line with a month of invented tickets, into docs/pictures/."""

import io
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.chaos.instance import ROOT, Instance, wait_for

PICTURES = ROOT / "docs" / "pictures"
WIDTH, HEIGHT, TALL = 1280, 800, 1150
SEEN, DRAWN = "(each) => each.loading !== 'lazy'", "(each) => each.decode().catch(() => null)"
COLOURS = 255  # a picture of a page needs no more, and is a third as large


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # the line is ended with us
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="melikgazi-pictures-") as directory:
        line = Instance(Path(directory) / "data", "--demo", WHATSAPP_SETTLE_SECONDS="2")
        try:
            with sync_playwright() as playwright:
                chromium = playwright.chromium.launch(
                    executable_path="/usr/bin/chromium", args=["--no-sandbox"]
                )
                page = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="tr-TR")
                for name, show in SHOWN.items():
                    show(page, line)
                    page.evaluate(f"Promise.all([...document.images].filter({SEEN}).map({DRAWN}))")
                    keep(name, page.screenshot())
                chromium.close()
        finally:
            line.stop()


def _home(page: Page, line: Instance) -> None:
    page.goto(line.url)


def _telephone(page: Page, line: Instance) -> None:
    """Somebody has sent photo, words and place, and got one answer with a number."""
    page.set_viewport_size({"width": WIDTH, "height": TALL})  # the whole talk
    page.goto(f"{line.url}/emulator/")
    page.get_by_role("button", name="Ayşe Yılmaz olarak başla").click()
    page.get_by_role("button", name="1. Fotoğraf").click()
    for step in (1, 2, 3):
        page.get_by_text(f"adım {step}/4").wait_for()
        page.get_by_role("button", name="Benim yerime yap").click()
    page.get_by_text("tamamlandı ✓").wait_for()
    page.get_by_role("button", name="Sahneyi bitir").click()
    page.locator(".theirs", has_text="no: MG-").wait_for()


def _queue(page: Page, line: Instance) -> None:
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    page.goto(f"{line.url}/admin/")
    page.locator("input[name=username]").fill("supervisor")
    page.locator("input[name=password]").fill(line.variables["DEMO_PASSWORD"])
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "login" not in url)
    page.goto(f"{line.url}/admin/tickets/ticket/")


def _ticket(page: Page, line: Instance) -> None:
    """The ticket that was reported on the telephone a moment ago, once its photo is there."""
    newest = "SELECT id FROM tickets_ticket ORDER BY created_at DESC LIMIT 1"
    stored = f"tickets_attachment WHERE state = 'stored' AND ticket_id = ({newest})"
    wait_for(lambda: line.count(stored))
    [(key,)] = line.rows(newest)
    page.goto(f"{line.url}/admin/tickets/ticket/{key}/change/")


SHOWN: dict[str, Callable[[Page, Instance], None]] = {
    "home": _home,
    "telephone": _telephone,
    "queue": _queue,
    "ticket": _ticket,
}


def keep(name: str, png: bytes) -> None:
    """Into docs/pictures/, as small as a picture of a page can be."""
    picture = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    file = PICTURES / f"{name}.png"
    picture.save(file, optimize=True)
    print(f"{file.relative_to(ROOT)}  {file.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
