"""A clerk at the door: connects a telephone, signs in with its code, and loses nothing when the session ends."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.citizen import Citizen
from tests.browser.conftest import NARROW, WIDE
from tests.browser.office import keep, sign_in
from tests.browser.test_access import expect_accessible
from tests.chaos.instance import Instance
from tests.melikgazi import provider as providers
from tests.melikgazi.authenticator import code_for
from tests.melikgazi.provider import Provider

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore"),
]  # the provider uses what is out of date
WORDS = "Köşk mahallesinde üç gündür çöp alınmıyor, koku var."


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with providers.running() as running:
        yield running


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Instance]:
    """A line on which whoever sees personal data must have a second factor, as in production, with single sign-on."""
    running = Instance(
        tmp_path_factory.mktemp("guarded") / "data",
        SECOND_FACTOR="required",
        OIDC_ISSUER=provider.issuer,
        OIDC_CLIENT_ID="hat",
        OIDC_CLIENT_SECRET="gizli",
        OIDC_CLAIM="preferred_username",
        OIDC_SECOND_FACTOR="mfa",
    )
    yield running
    assert running.stop() == 0


@pytest.fixture
def desk(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = getattr(request, "param", WIDE)
    context = browser.new_context(viewport={"width": width, "height": height}, locale="tr-TR")
    yield context.new_page()
    context.close()


def expect_no_scrolling(page: Page) -> None:
    size = page.viewport_size
    assert size is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def enrol(page: Page, line: Instance, username: str) -> tuple[str, list[str]]:
    """Connects a telephone with the key that the page tells; the key and the recovery codes.

    Whatever a first try of the same test has connected is gone: what fails is tried again on the same line.
    """
    its = f"user_id = (SELECT id FROM auth_user WHERE username = '{username}') RETURNING id"
    for table in ("departments_recoverycode", "otp_totp_totpdevice"):
        line.rows(f"DELETE FROM {table} WHERE {its}")
    sign_in(page, line, username, "/admin/", to="/admin/giris/telefon/")
    page.get_by_text("Resmi okutamıyorum").click()
    key = page.locator("details code").inner_text()
    expect_accessible(page, "telephone")
    expect_no_scrolling(page)
    keep(page, "telefon", WIDE[0])
    page.get_by_label("Uygulamanın gösterdiği 6 rakam").fill(code_for(key))
    page.get_by_role("button", name="Telefonu bağla").click()
    codes = page.locator(".codes code")
    expect(codes).to_have_count(10)
    expect_accessible(page, "recovery codes")
    return key, codes.all_inner_texts()


@pytest.mark.parametrize(("desk", "who"), [(WIDE, "operator"), (NARROW, "crew_fen")], indirect=["desk"])
def test_a_clerk_connects_a_telephone_and_then_signs_in_with_its_code(
    desk: Page, guarded: Instance, who: str
) -> None:
    key, recovery = enrol(desk, guarded, who)
    desk.get_by_role("link", name="Sakladım, devam").click()
    desk.wait_for_url(re.compile("/admin/(bekleyenler/|saha/)?$"))
    desk.context.clear_cookies(name="sessionid")
    sign_in(desk, guarded, who, "/admin/hesabim/", to="/admin/giris/kod/")
    expect_accessible(desk, "code")
    desk.get_by_label("Kod").fill(code_for(key, steps_ahead=1))  # the one shown has been used
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="Oturumlarım")).to_be_visible()
    expect_accessible(desk, "account")
    expect_no_scrolling(desk)
    desk.context.clear_cookies(name="sessionid")
    sign_in(desk, guarded, who, "/admin/hesabim/", to="/admin/giris/kod/")
    desk.get_by_label("Kod").fill(recovery[0])
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("geriye 9 kod kaldı")).to_be_visible()


def test_a_clerk_who_is_stopped_at_the_code_reaches_nothing_else(desk: Page, guarded: Instance) -> None:
    enrol(desk, guarded, "head_fen")
    desk.context.clear_cookies(name="sessionid")
    sign_in(desk, guarded, "head_fen", "/admin/", to="/admin/giris/kod/")
    for path in ("/admin/saha/", "/admin/tickets/ticket/"):
        desk.goto(guarded.url + path)
        desk.wait_for_url(re.compile("/admin/giris/kod/"))
    assert desk.request.get(f"{guarded.url}/api/v1/tickets/").status == 401


def test_a_clerk_signs_in_and_out_at_the_provider(desk: Page, guarded: Instance, provider: Provider) -> None:
    provider.know("7", preferred_username="supervisor", amr=["pwd", "mfa"])
    line = guarded.variables["PUBLIC_URL"]  # where the provider sends people back to
    desk.goto(f"{line}/admin/login/?next=/admin/hesabim/")
    expect_accessible(desk, "sign-in with a provider")
    desk.get_by_role("link", name="Kurum hesabı ile gir").click()
    desk.locator("input[name=sub]").fill("7")
    desk.locator("input[name=sub]").press("Enter")
    expect(desk.get_by_role("heading", name="Oturumlarım")).to_be_visible()
    desk.locator("#logout-form").evaluate("form => form.requestSubmit()")
    desk.wait_for_url(re.compile(re.escape(f"{provider.issuer}/oauth2/end_session")))
    desk.goto(f"{line}/admin/hesabim/")
    desk.wait_for_url(re.compile("/admin/login/"))


def test_what_the_desk_asks_by_itself_says_so(page: Page, line: Instance) -> None:
    sign_in(page, line, "operator", "/admin/tickets/ticket/")
    with page.expect_request("**/tickets/ticket/?*live*") as asked:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))")
    assert asked.value.headers["x-background"] == "1"
    with page.expect_request("**/bildirimler/durum/**") as asked:
        page.reload()
    assert asked.value.headers["x-background"] == "1"


def test_whoever_types_is_kept_signed_in_and_told_when_the_session_has_ended(
    page: Page, line: Instance
) -> None:
    page.clock.install()
    sign_in(page, line, "operator", "/admin/yeni/")
    description = page.get_by_label("Ne anlatıyor?")
    for ended in (False, True):
        page.clock.fast_forward("06:00")
        with page.expect_response("**/hesabim/burada/") as answer:
            description.press("a")
        assert answer.value.status == (403 if ended else 204)
        page.context.clear_cookies(name="sessionid")
    expect(page.get_by_text("Oturumunuz kapandı.")).to_be_visible()
    expect_accessible(page, "session ended")


def test_what_was_typed_when_the_session_ended_is_there_after_signing_in(page: Page, line: Instance) -> None:
    sign_in(page, line, "operator", "/admin/yeni/")
    description = page.get_by_label("Ne anlatıyor?")
    description.fill(WORDS)
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Başvuruyu aç").click()
    page.wait_for_url(re.compile("/admin/login/"))
    page.locator("[name=username]").fill("operator")
    page.locator("[name=password]").fill(line.variables["DEMO_PASSWORD"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{line.url}/admin/yeni/")
    expect(description).to_have_value(WORDS)


def test_a_reply_that_was_sent_too_late_stands_in_its_ticket_after_signing_in(
    page: Page, line: Instance
) -> None:
    citizen = Citizen(line)
    citizen.say("text", text="Köşk mahallesinde yolda büyük çukur var")
    citizen.hears()
    [(key,)] = line.rows("SELECT max(id) FROM tickets_ticket")
    ticket = f"/admin/tickets/ticket/{key}/change/"
    sign_in(page, line, "operator", ticket)
    page.locator("#reply").fill("Ekibimiz yarın sabah geliyor.")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Gönder", exact=False).click()
    page.wait_for_url(re.compile("/admin/login/"))
    page.locator("[name=username]").fill("operator")
    page.locator("[name=password]").fill(line.variables["DEMO_PASSWORD"])
    page.keyboard.press("Enter")
    page.wait_for_url(line.url + ticket)
    expect(page.locator("#reply")).to_have_value("Ekibimiz yarın sabah geliyor.")


def test_what_has_arrived_is_no_draft_any_more(page: Page, line: Instance) -> None:
    sign_in(page, line, "operator", "/admin/yeni/")
    page.get_by_label("Ne anlatıyor?").fill(WORDS)
    page.get_by_label("Mahalle", exact=True).select_option(index=1)
    page.get_by_role("button", name="Başvuruyu aç").click()
    page.wait_for_url(re.compile("/admin/tickets/ticket/"))
    page.goto(f"{line.url}/admin/yeni/")
    expect(page.get_by_label("Ne anlatıyor?")).to_have_value("")


def test_whoever_signs_out_leaves_nothing_in_the_browser(page: Page, line: Instance) -> None:
    sign_in(page, line, "operator", "/admin/tickets/ticket/?q=yilmaz")
    page.evaluate("localStorage.setItem('job', 'yarım kalan iş')")
    page.evaluate("sessionStorage.setItem('draft:1:2', 'yarım kalan cevap')")
    page.goto(f"{line.url}/admin/tickets/ticket/?q=yilmaz")
    page.evaluate("document.querySelector(\"form[action$='/logout/']\").requestSubmit()")
    page.wait_for_url(lambda address: "q=yilmaz" not in address)
    assert page.evaluate("[sessionStorage.length, localStorage.getItem('job')]") == [0, None]
