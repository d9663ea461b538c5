"""The panel with 10,000 open tickets on its map: how long until it has been painted for somebody who opens it for the
first time, everything from loopback, and what the map's data weigh.

The map is painted in the first frame after its clusters were drawn; Chromium is a new one for each visit, so nothing
lies in its store.
"""

import gzip
import statistics
from pathlib import Path
from typing import Any

from bench import office

PLACES = 10_000
VISITS = 9
MOST_MS = 1_500
PANEL, DATA = "/admin/", "/admin/harita/"
WINDOW = {"width": 1280, "height": 800}

# The moments of one visit in milliseconds since it began; a frame is on the screen when the next one is asked for.
_WATCH = """
window.moments = {};
new MutationObserver((_, observer) => {
  if (!document.getElementById("map-note")?.textContent) return;
  observer.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => (window.moments.map = performance.now())));
}).observe(document, { subtree: true, childList: true, characterData: true });
"""
_MOMENTS = """() => {
  const moment = (name) => performance.getEntriesByName(name)[0]?.startTime;
  const asked = performance.getEntriesByType("resource").find(({ name }) => name.includes("harita"));
  return {
    first_paint: moment("first-contentful-paint"), map: window.moments.map,
    page: performance.getEntriesByType("navigation")[0].responseEnd,
    asked: asked.startTime, answered: asked.responseEnd,
  };
}"""
_COPIES = """
INSERT INTO tickets_ticket ({columns})
SELECT {columns_of_copy}
FROM generate_series(1, %(count)s) AS n,
     LATERAL (SELECT id FROM tickets_ticket WHERE outcome IS NULL AND NOT restricted AND danger = '' AND n > 0
              ORDER BY random() LIMIT 1) AS chosen
     JOIN tickets_ticket AS original ON original.id = chosen.id,
     LATERAL (SELECT lat, lon FROM departments_neighbourhood WHERE n > 0 ORDER BY random() LIMIT 1) AS place,
     LATERAL jsonb_populate_record(original, jsonb_build_object(
         'id', (SELECT max(id) FROM tickets_ticket) + n,
         'number', 'B-' || n,
         'public_code', NULL,
         'lat', place.lat + (random() + random() - 1) * 0.008,
         'lon', place.lon + (random() + random() - 1) * 0.01
     )) AS copy
"""


def run(directory: Path) -> dict[str, object]:
    """Milliseconds since the visit began, median and slowest: page, data asked for and answered, map painted."""
    office.prepare(2_000)
    _fill()
    size, zipped = _weight()
    cookie = _session()
    with office.serving(directory) as (_, port):
        visits = _visits(f"http://127.0.0.1:{port}", cookie)
    painted = [each["map"] for each in visits]
    return {
        "places": PLACES,
        **{f"{name}_ms": round(statistics.median(each[name] for each in visits)) for name in visits[0]},
        "map_slowest_ms": round(max(painted)),
        "over": statistics.median(painted) > MOST_MS,
        "data_kb": size // 1000,
        "data_gzip_kb": zipped // 1000,
    }


def _fill() -> None:
    from django.db import connection

    from tickets.models import Ticket

    names = [str(field.column) for field in Ticket._meta.concrete_fields if not field.generated]
    copied = ", ".join(f"copy.{name}" for name in names)
    statement = _COPIES.replace("{columns}", ", ".join(names)).replace("{columns_of_copy}", copied)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"count": PLACES})
        cursor.execute("VACUUM ANALYZE tickets_ticket")


def _signed_in() -> Any:
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client()
    client.force_login(User.objects.get(username="supervisor"))
    return client


def _weight() -> tuple[int, int]:
    """Bytes of the map's data, and compressed."""
    body = _signed_in().get(DATA).content
    return len(body), len(gzip.compress(body))


def _session() -> dict[str, str]:
    from django.conf import settings

    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": _signed_in().cookies[name].value}


def _visits(url: str, cookie: dict[str, str]) -> list[dict[str, Any]]:
    from playwright.sync_api import sync_playwright

    found = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for number in range(VISITS + 1):
            context = chromium.new_context(viewport=WINDOW, locale="tr-TR")  # type: ignore[arg-type]
            context.add_cookies([{**cookie, "url": url}])  # type: ignore[typeddict-item]
            page = context.new_page()
            page.add_init_script(_WATCH)
            page.goto(url + PANEL)
            while not page.evaluate("window.moments.map"):
                page.wait_for_timeout(50)
            if number:  # the first one warms the server up
                found.append(page.evaluate(_MOMENTS))
            context.close()
        chromium.close()
    return found
