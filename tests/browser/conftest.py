"""A line for the browser tests of each file, and Chromium in front of its telephone page.

What one file leaves on its line nobody else meets: which file comes after which differs from run to run.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.citizen import Citizen
from tests.browser.telephone import Telephone
from tests.chaos.instance import Instance

PATIENCE_MS = 20_000  # for whatever a test waits to see: a busy machine is no error of the page
expect.set_options(timeout=PATIENCE_MS)
SLOWED = os.environ.get("SLOWED")
WIDE, NARROW = (1280, 800), (390, 844)
ARGUMENTS = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What fails in a browser is tried once more, and the summary names it: on two cores that others use, too, a page
    may be late for reasons that lie in neither the page nor the test. What fails twice has failed; when slowed, what
    fails once.
    """
    for item in items:
        if item.get_closest_marker("browser") and not SLOWED:
            item.add_marker(pytest.mark.flaky(reruns=1))


def slow_down(page: Page) -> None:
    """With SLOWED=6 in the environment the page has a sixth of the processor, and its requests take 150 ms more: what a
    test reads before it is there fails now, not on a busy day.
    """
    if SLOWED:
        browser = page.context.new_cdp_session(page)
        browser.send("Emulation.setCPUThrottlingRate", {"rate": float(SLOWED)})
        browser.send("Network.enable")
        no_limit = {"downloadThroughput": -1, "uploadThroughput": -1}
        browser.send("Network.emulateNetworkConditions", {"offline": False, "latency": 150, **no_limit})


@dataclass(frozen=True)
class Started:
    """The line and the seconds that its first start took."""

    line: Instance
    took: float


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    began = time.monotonic()
    running = Instance(
        tmp_path_factory.mktemp("browser") / "data", WHATSAPP_SETTLE_SECONDS="3", PUBLIC_PAGE="on"
    )
    yield Started(running, time.monotonic() - began)
    assert running.stop() == 0


@pytest.fixture(scope="module")
def line(started: Started) -> Instance:
    return started.line


CLAIMED_YESTERDAY = (
    "SET claimed_by_id = (SELECT min(id) FROM auth_user WHERE username = 'admin'),"
    " claimed_at = now() - interval '1 day' WHERE claimed_by_id IS NULL"
)
A_DANGER = "(urgent OR danger <> '' OR danger_unsure OR restricted)"
SENT_ON = (
    "SET status = 'ASSIGNED', assignee_id = NULL,"
    " department_id = coalesce(department_id, (SELECT min(id) FROM departments_department))"
    " WHERE outcome IS NULL AND (status IN ('NEW', 'REVIEW') OR assignee_id IS NOT NULL)"
)
LEFT = (
    "UPDATE tickets_handover SET ended_at = now(), \"end\" = 'closed' WHERE ended_at IS NULL RETURNING id",
    f"UPDATE tickets_ticket {CLAIMED_YESTERDAY} AND {A_DANGER} RETURNING id",
    f"UPDATE tickets_drill {CLAIMED_YESTERDAY} RETURNING id",
    f"UPDATE tickets_ticket {SENT_ON} RETURNING id",
    "UPDATE tickets_snooze SET ended_at = now() WHERE ended_at IS NULL RETURNING id",
    "UPDATE tickets_callback SET ended_at = now() WHERE ended_at IS NULL RETURNING id",
    "UPDATE tickets_notification SET seen_at = now() WHERE seen_at IS NULL RETURNING id",
    "UPDATE tickets_notification SET acknowledged_at = now() WHERE acknowledged_at IS NULL RETURNING id",
)


@pytest.fixture(autouse=True)
def nobody_is_left(request: pytest.FixtureRequest) -> None:
    """Each test starts with nobody waiting, no ticket to send on and no danger ringing, whatever the one before, or its
    own first try, has left on the line that they share.
    """
    if "line" in request.fixturenames:
        running: Instance = request.getfixturevalue("line")
        for statement in LEFT:
            running.rows(statement)


# Not for the whole session: as long as Playwright's loop runs, Django refuses queries in this thread.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, line: Instance, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A fresh browser window (NARROW by parameter). No test may ask another host or leave an error behind."""
    width, height = getattr(request, "param", WIDE)
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="tr-TR", permissions=["microphone"]
    )
    context.on("page", slow_down)
    window = context.new_page()
    window.set_default_timeout(PATIENCE_MS)
    hosts: set[str] = set()
    errors: list[str] = []
    context.on("request", lambda sent: hosts.add(urlsplit(sent.url).netloc))
    window.on("pageerror", lambda error: errors.append(str(error)))
    yield window
    context.close()
    hosts.discard("")  # blob: has no host
    assert (hosts, errors) == ({urlsplit(line.url).netloc}, [])


@pytest.fixture
def telephone(page: Page, line: Instance) -> Telephone:
    """The page, opened, with the telephone of somebody new on it."""
    opened = Telephone(page, line)
    opened.open()
    opened.add_person()
    return opened


@pytest.fixture
def citizen(line: Instance) -> Citizen:
    """Somebody whose pothole has just become a ticket."""
    asking = Citizen(line)
    asking.say("text", text="Köşk mahallesinde yolda büyük çukur var")
    asking.hears()
    return asking


@pytest.fixture
def ticket(line: Instance, citizen: Citizen) -> int:
    """The key of the newest ticket."""
    [(key,)] = line.rows("SELECT max(id) FROM tickets_ticket")
    return int(key)
