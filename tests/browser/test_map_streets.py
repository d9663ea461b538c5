"""Streets from a file of the installation's own, under the maps of the desk."""

import gzip
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.citizen import Citizen
from tests.browser.office import sign_in
from tests.browser.telephone import Telephone
from tests.chaos.instance import Instance
from tests.pmtiles import WATER, write
from tests.timeouts import PATIENCE

pytestmark = pytest.mark.browser

MOST_BYTES = 1_200_000  # of a first visit, compressed

# The colours of the map's first drawn tile in a column, from a quarter down to three quarters.
COLOURS = """(box) => {
  const tile = box.querySelector("canvas.leaflet-tile-loaded");
  const column = tile.getContext("2d").getImageData(tile.width / 4, tile.height / 4, 1, tile.height / 2).data;
  const found = [];
  for (let at = 0; at < column.length; at += 4) found.push([...column.slice(at, at + 3)]);
  return found;
}"""


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """A line of its own, with a map file."""
    folder = tmp_path_factory.mktemp("streets")
    file = write(folder / "sokaklar.pmtiles")
    running = Instance(folder / "data", WHATSAPP_SETTLE_SECONDS="3", MAP_FILE=str(file))
    yield running
    assert running.stop() == 0


def drawn(page: Page, box: str) -> list[list[int]]:
    """Waits until there is water on that map, and returns the colours of a column."""
    found = page.locator(box)
    found.locator("canvas.leaflet-tile-loaded").first.wait_for(state="attached")
    expect(found.locator(".leaflet-control-attribution")).to_contain_text("© OpenStreetMap")
    colours: list[list[int]] = found.evaluate(COLOURS)
    assert colours[0] == list(WATER)
    return colours


def test_the_panel_draws_streets_and_its_first_visit_stays_small(page: Page, line: Instance) -> None:
    sign_in(page, line, "supervisor", "/admin/")
    assert any(colour != list(WATER) for colour in drawn(page, "#map"))  # a road
    loaded = page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    files = {url for url in loaded if "/static/" in url}
    assert any("protomaps-leaflet" in url for url in files)
    sizes = [len(gzip.compress(requests.get(url, timeout=PATIENCE).content)) for url in files]
    assert sum(sizes) < MOST_BYTES


def test_a_new_request_and_a_ticket_have_the_same_streets(page: Page, line: Instance) -> None:
    sign_in(page, line, "supervisor", "/admin/yeni/")
    drawn(page, "#intake-map")
    asking = Citizen(line)
    asking.say("text", text="Köşk mahallesinde yolda büyük çukur var")
    asking.hears()
    [(key,)] = line.rows("SELECT max(id) FROM tickets_ticket")
    page.goto(f"{line.url}/admin/tickets/ticket/{key}/change/")
    page.locator("#map.leaflet-container").scroll_into_view_if_needed()
    drawn(page, "#map")
    [(number,)] = line.rows(f"SELECT number FROM tickets_ticket WHERE id = {key}")
    page.goto(f"{line.url}/admin/saha/{number}/")
    page.locator("#map.leaflet-container").scroll_into_view_if_needed()
    drawn(page, "#map")


def test_a_citizen_who_chooses_a_place_has_them_too(telephone: Telephone) -> None:
    telephone.attach("Konum")
    drawn(telephone.page, ".map")
