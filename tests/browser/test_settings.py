"""The administrator at work: people, sentences, files, sign-ins. With PICTURES=1 pages become pictures of the guide."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.citizen import Citizen
from tests.browser.conftest import WIDE
from tests.browser.office import keep, sign_in
from tests.browser.test_access import expect_accessible
from tests.chaos.instance import Instance, wait_for

pytestmark = pytest.mark.browser
HELLO = "/admin/whatsapp/textoverride/soz/tr/sentences.hello/"
PAGES = (
    "/admin/whatsapp/textoverride/",
    "/admin/whatsapp/textoverride/sablonlar/",
    "/admin/whatsapp/bulletin/",
    "/admin/yonlendirmeler/",
    "/admin/kilavuz/operator/",
    "/admin/auth/user/",
    "/admin/auth/user/add/",
    "/admin/departments/routingrule/add/",
    "/admin/departments/dutyshift/add/",
    "/admin/departments/category/",
    "/admin/departments/agency/import/",
    "/admin/departments/signin/",
    "/admin/admin/logentry/",
    "/admin/tickets/citizen/",
    "/admin/tickets/ticketevent/",
)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_and_fits_1280_pixels(page: Page, line: Instance, path: str) -> None:
    sign_in(page, line, "admin", path)
    expect_accessible(page, path)
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDE[0]


def test_a_page_without_keys_and_nothing_to_take_back_has_no_empty_bar_at_its_foot(
    page: Page, line: Instance
) -> None:
    sign_in(page, line, "admin", "/admin/raporlar/")
    bar = page.locator("#act-bar")
    assert bar.evaluate("bar => bar.offsetHeight") == 0
    page.evaluate("document.getElementById('act-said').textContent = 'Yapıldı.'")
    assert bar.evaluate("bar => bar.offsetHeight") == 40


def test_a_page_with_keys_keeps_its_bar(page: Page, line: Instance) -> None:
    sign_in(page, line, "admin", "/admin/tickets/ticket/")
    assert page.locator("#act-bar").evaluate("bar => bar.offsetHeight") == 40


def test_a_rewritten_sentence_is_previewed_said_to_a_citizen_and_taken_back(
    page: Page, line: Instance
) -> None:
    sign_in(page, line, "admin", HELLO)
    text, preview = page.get_by_role("textbox"), page.locator("#preview")
    text.fill("x" * 501)
    expect(page.locator("#count")).to_contain_text("1 birim fazla")
    page.get_by_role("button", name="Kaydet").click()
    expect(page.get_by_role("alert")).to_contain_text("en çok 500")
    text.fill("Merhaba, hoş geldiniz.\nSorunu yazar mısınız?")
    expect(preview).to_have_text("Merhaba, hoş geldiniz.\nSorunu yazar mısınız?")
    page.get_by_role("button", name="Kaydet").click()
    page.get_by_role("button", name="Özgün metne dön").wait_for()
    expect_accessible(page, "sentence")
    keep(page, "cumle")
    citizen = Citizen(line)
    page.wait_for_timeout(6000)  # other processes look every five seconds
    citizen.say("text", text="merhaba")
    said = "whatsapp_outbox WHERE text LIKE '%Merhaba, hoş geldiniz.%Sorunu yazar mısınız?%'"
    wait_for(lambda: line.count(said))
    page.get_by_role("button", name="Özgün metne dön").click()
    expect(text).to_have_value(re.compile("burası Melikgazi Çözüm Hattı"))


def test_a_person_gets_a_role_and_opens_what_goes_with_it(page: Page, line: Instance) -> None:
    sign_in(page, line, "admin", "/admin/auth/user/add/")
    page.locator("[name=username]").fill("zeynep")
    for name in ("password1", "password2"):
        page.locator(f"[name={name}]").fill(line.variables["DEMO_PASSWORD"])
    page.locator("[name=first_name]").fill("Zeynep")
    page.locator("[name=last_name]").fill("Arslan")
    page.get_by_role("button", name="Kaydet", exact=True).click()
    page.get_by_role("link", name="zeynep").first.click()
    page.get_by_role("link", name="Görevlendirme ekle", exact=False).click()
    page.locator("[name=memberships-0-role]").select_option("operator")
    keep(page, "kisi")
    page.get_by_role("button", name="Kaydet", exact=True).click()
    page.wait_for_url("**/admin/auth/user/*")
    page.context.clear_cookies()
    sign_in(page, line, "zeynep", "/admin/yeni/", to="/admin/giris/ilk-parola/")
    expect_accessible(page, "first password")
    for name in ("new_password1", "new_password2"):
        page.locator(f"[name={name}]").fill("incir-vapur-lamba-4")
    page.get_by_role("button", name="Parolamı kaydet").click()
    expect(page.get_by_label("Ne anlatıyor?")).to_be_visible()
    assert page.goto(f"{line.url}/admin/auth/user/").status == 403  # type: ignore[union-attr]


def test_a_file_is_previewed_before_it_changes_anything(page: Page, line: Instance, tmp_path: Path) -> None:
    file = tmp_path / "cevaplar.csv"
    header = "başlık;metin;konu;durum;kullanımda;dil;durumu değiştir;gerekçe;kurum;iç not"
    file.write_text(f"{header}\nTeşekkür;Teşekkür ederiz {{ad}}.;;;evet;Türkçe;;;;\n", "utf-8")
    count = "tickets_cannedanswer WHERE title = 'Teşekkür'"
    sign_in(page, line, "supervisor", "/admin/tickets/cannedanswer/import/")
    page.locator("input[type=file]").set_input_files(file)
    page.locator("select[name=format]").select_option("csv")
    page.get_by_role("button", name="Gönder").click()
    expect(page.get_by_text("Teşekkür ederiz {ad}.", exact=True)).to_be_visible()
    assert line.count(count) == 0
    expect_accessible(page, "preview of an import")
    page.get_by_role("button", name="Al", exact=True).click()
    wait_for(lambda: line.count(count) == 1)


def test_the_door_shuts_says_so_and_is_opened_by_the_administrator(page: Page, line: Instance) -> None:
    for _ in range(6):
        page.goto(f"{line.url}/admin/login/")
        page.locator("[name=username]").fill("dpo")
        page.locator("[name=password]").fill("yanlış")
        page.keyboard.press("Enter")
        page.get_by_role("alert").or_(page.locator(".errornote, [class*=red]")).first.wait_for()
    expect(page.get_by_text("Çok fazla yanlış deneme yapıldı.")).to_be_visible()
    expect_accessible(page, "shut door")
    sign_in(page, line, "admin", "/admin/departments/signin/?q=dpo")
    page.locator("tbody input[type=checkbox]").first.check()
    page.locator("select[name=action]").select_option("free")
    page.get_by_role("button", name="Çalıştır").or_(page.locator("button[name=index]")).first.click()
    expect(page.get_by_text("Yeniden girebilir: dpo")).to_be_visible()
    page.context.clear_cookies()
    sign_in(page, line, "dpo", "/admin/")


def test_the_question_mark_of_a_page_leads_to_what_explains_it(page: Page, line: Instance) -> None:
    sign_in(page, line, "operator", "/admin/yonlendirmeler/")
    page.get_by_role("link", name="Kılavuz").click()
    expect(page.get_by_role("heading", name="Başka kurumun işi")).to_be_in_viewport()
    expect(page.locator("article img").first).to_be_visible()


def test_the_area_of_a_rule_is_drawn_and_kept(page: Page, line: Instance) -> None:
    sign_in(page, line, "admin", "/admin/departments/routingrule/add/")
    field, map_ = page.locator("#id_area"), page.locator("#area-map")
    map_.wait_for()
    map_.evaluate("map => map.scrollIntoView({block: 'center'})")
    for x, y in ((150, 60), (400, 60), (400, 200)):
        map_.click(position={"x": x, "y": y})
    expect(field).to_have_value(re.compile('^{"type":"Polygon"'))
    page.get_by_role("button", name="Son köşeyi sil").click()
    expect(field).to_have_value("")
    map_.press("Enter")
    expect(field).to_have_value(re.compile('^{"type":"Polygon"'))
    drawn = field.input_value()
    page.get_by_label("Ad", exact=False).first.fill("Merkez")
    page.locator("#id_triage").check(force=True)
    page.get_by_role("button", name="Kaydet", exact=True).click()
    page.locator("#result_list").get_by_role("link", name="Merkez", exact=True).click()
    expect(page.locator("#area-note")).to_contain_text("Alan çizildi")
    assert json.loads(field.input_value()) == json.loads(drawn)
