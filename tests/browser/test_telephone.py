"""Talking: everything that a telephone can send, and everything that a line can send to it."""

import io
from typing import Any

import pytest
import requests
from PIL import Image
from playwright.sync_api import FilePayload, Route, expect

from tests.browser.clerk import move
from tests.browser.telephone import Telephone
from tests.timeouts import PATIENCE

pytestmark = pytest.mark.browser


def test_a_message_and_its_answer_appear_without_a_reload(telephone: Telephone) -> None:
    telephone.write("durum")
    expect(telephone.front.locator(".theirs")).to_contain_text("Bu hattan yaptığınız bir başvuru yok")


def test_what_others_do_appears_without_a_reload(telephone: Telephone) -> None:
    telephone.line.emulator.say(telephone.person["id"], "text", text="Başka yerden yazıldı")
    telephone.bubble("Başka yerden yazıldı").wait_for()


def test_a_line_that_was_read_on_the_telephone_hears_of_it(telephone: Telephone) -> None:
    telephone.write("durum")
    ticks = telephone.front.locator(".theirs .ticks.seen")
    expect(ticks).to_have_attribute("aria-label", "hatta bildirilen: okundu")


def test_the_first_scene_ends_with_one_ticket_for_photo_words_and_place(telephone: Telephone) -> None:
    play(telephone, "1. Fotoğraf")
    for step in (1, 2, 3):
        telephone.front.get_by_text(f"adım {step}/4").wait_for()
        telephone.button("Benim yerime yap").click()
    telephone.front.get_by_text("tamamlandı ✓").wait_for()
    answers = telephone.front.locator(".theirs")
    expect(answers).to_have_count(1)
    expect(answers).to_contain_text("no: MG-")


def test_the_second_scene_is_played_by_hand_with_the_map(telephone: Telephone) -> None:
    play(telephone, "2. Eksik konum")
    telephone.write("Kaldırım taşları kırılmış, yürünmüyor")
    telephone.front.get_by_role("button", name="Konum gönder").click()
    dialog = telephone.page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Mahalleye git").select_option(label="Köşk")
    dialog.get_by_role("button", name="Bu konumu gönder").click()
    telephone.front.get_by_text("tamamlandı ✓").wait_for()
    place = telephone.sent("location")["location"]
    assert (round(place["latitude"], 2), round(place["longitude"], 2)) == (38.71, 35.52)


def test_the_third_scene_ends_with_stars(telephone: Telephone) -> None:
    play(telephone, "3. Durum")
    telephone.button("Benim yerime yap").click()
    telephone.front.get_by_text("adım 3/6").wait_for()
    telephone.button("Benim yerime yap").click()
    telephone.front.get_by_text("adım 4/6").wait_for()
    confirmation = telephone.front.locator(".theirs", has_text="no: MG-").first.inner_text()
    move(
        telephone.line,
        confirmation.partition("no: ")[2].split()[0],
        "RESOLVED",
        answer="Konteyner boşaltıldı.",
    )
    telephone.front.get_by_text("adım 5/6").wait_for()
    telephone.button("Benim yerime yap").click()
    telephone.front.get_by_text("adım 6/6").wait_for()
    telephone.front.get_by_role("button", name="Puan verin").click()
    telephone.page.get_by_role("dialog").get_by_role("button", name="★★★ Orta", exact=True).click()
    telephone.front.get_by_text("tamamlandı ✓").wait_for()
    assert telephone.sent("interactive")["interactive"]["list_reply"]["title"] == "★★★ Orta"


def test_chosen_photos_are_sent_as_an_album_under_one_caption(telephone: Telephone) -> None:
    with telephone.page.expect_file_chooser() as chooser:
        telephone.attach("Birden çok seçilebilir")
    chooser.value.set_files([picture("1.jpg"), picture("2.jpg")])
    telephone.page.get_by_role("textbox", name="Açıklama").fill("iki çukur")
    telephone.button("Gönder").last.click()
    expect(telephone.front.locator(".mine img")).to_have_count(2)
    telephone.bubble("iki çukur").wait_for()
    assert telephone.sent("image")["image"]["mime_type"] == "image/jpeg"


def test_a_recording_is_sent_as_a_voice_note(telephone: Telephone) -> None:
    telephone.front.get_by_role("button", name="Ses kaydet").click()
    telephone.front.get_by_text("Kaydediliyor").wait_for()
    telephone.page.wait_for_timeout(500)
    telephone.front.get_by_role("button", name="Kaydı bitir ve gönder").click()
    telephone.front.locator(".mine audio").wait_for()
    assert telephone.sent("audio")["audio"]["voice"] is True


def test_a_recording_that_was_cancelled_is_not_sent(telephone: Telephone) -> None:
    telephone.front.get_by_role("button", name="Ses kaydet").click()
    telephone.front.get_by_role("button", name="Vazgeç").click()
    telephone.write("Kayıt yerine yazı")
    expect(telephone.front.locator(".mine")).to_have_count(1)


def test_an_answer_quotes_what_it_answers(telephone: Telephone) -> None:
    says(telephone, "Hangi sokak?")
    telephone.options("Hangi sokak?").get_by_role("button", name="Yanıtla").click()
    telephone.write("Çiçek sokak")
    expect(telephone.bubble("Çiçek sokak").locator("blockquote")).to_have_text("Hangi sokak?")
    assert telephone.sent("text")["context"]["id"]


def test_writing_on_while_a_message_is_under_way_loses_nothing(telephone: Telephone) -> None:
    under_way: list[Route] = []

    def hold(route: Route) -> None:
        under_way.append(route)

    telephone.page.route("**/messages", hold)
    field = telephone.front.get_by_role("textbox", name="Mesaj")
    with telephone.page.expect_request("**/messages"):
        field.fill("Birinci")
        field.press("Enter")
    field.fill("İkinci")
    under_way[0].continue_()
    telephone.bubble("Birinci").wait_for()
    expect(field).to_have_value("İkinci")


def test_what_could_not_be_sent_is_there_to_be_sent_again(telephone: Telephone) -> None:
    says(telephone, "Hangi sokak?")
    telephone.options("Hangi sokak?").get_by_role("button", name="Yanıtla").click()
    telephone.page.route("**/messages", lambda route: route.abort(), times=1)
    field = telephone.front.get_by_role("textbox", name="Mesaj")
    field.fill("Çiçek sokak")
    field.press("Enter")
    expect(telephone.page.locator("#toast")).not_to_be_empty()
    expect(field).to_have_value("Çiçek sokak")
    expect(telephone.front.get_by_text("Yanıt: Hangi sokak?")).to_be_visible()
    field.press("Enter")
    expect(telephone.bubble("Çiçek sokak").locator("blockquote")).to_have_text("Hangi sokak?")


def test_a_tap_counts_though_its_message_changes_under_the_finger(telephone: Telephone) -> None:
    telephone.write("Merhaba")
    page, message = telephone.page, telephone.sent("text")
    telephone.bubble("Merhaba").get_by_role("button", name="Mesaj seçenekleri").hover()
    page.mouse.down()
    with page.expect_response(lambda answer: message["id"] in answer.text() and "🙏" in answer.text()):
        send(telephone, type="reaction", reaction={"message_id": message["id"], "emoji": "🙏"})
    page.mouse.up()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(telephone.bubble("Merhaba").locator(".reactions")).to_contain_text("🙏")


def test_an_own_message_can_be_changed_and_taken_back(telephone: Telephone) -> None:
    telephone.write("çukru")
    telephone.options("çukru").get_by_role("button", name="Düzenle").click()
    telephone.write("çukur")
    expect(telephone.bubble("çukur")).to_contain_text("düzenlendi")
    telephone.options("çukur").get_by_role("button", name="Herkesten sil").click()
    telephone.bubble("Bu mesajı sildiniz").wait_for()
    expect(telephone.front.locator(".mine")).to_have_count(1)


def test_a_reaction_is_shown_and_can_be_removed(telephone: Telephone) -> None:
    says(telephone, "Talebiniz çözüldü.")
    telephone.options("Talebiniz çözüldü.").get_by_role("button", name="Tepki: 👍").click()
    reactions = telephone.bubble("Talebiniz çözüldü.").locator(".reactions")
    expect(reactions).to_contain_text("👍")
    telephone.options("Talebiniz çözüldü.").get_by_role("button", name="Tepkiyi kaldır").click()
    expect(reactions).to_have_count(0)


def test_a_number_that_is_asked_for_is_shared_with_one_tap(telephone: Telephone) -> None:
    action = {"name": "request_contact_info"}
    interactive = {"type": "request_contact_info", "body": {"text": "Numaranız?"}, "action": action}
    send(telephone, type="interactive", interactive=interactive)
    telephone.front.get_by_role("button", name="Numaramı paylaş").click()
    assert telephone.sent("contacts")["contacts"][0]["origin"] == "contact_request"


def test_a_template_looks_as_it_was_filled_in(telephone: Telephone) -> None:
    body = {"type": "BODY", "text": "Sayın {{1}}, başvurunuz *çözüldü*."}
    buttons = {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Teşekkürler"}]}
    definition = {"name": "deneme", "language": "tr", "category": "UTILITY", "components": [body, buttons]}
    telephone.line.emulator.add_template(definition)
    filled = [{"type": "body", "parameters": [{"type": "text", "text": "Ayşe"}]}]
    send(
        telephone,
        type="template",
        template={"name": "deneme", "language": {"code": "tr"}, "components": filled},
    )
    expect(telephone.front.locator(".theirs .text")).to_have_text("Sayın Ayşe, başvurunuz çözüldü.")
    expect(telephone.front.locator(".theirs b")).to_have_text("çözüldü")
    telephone.front.get_by_role("button", name="Teşekkürler").click()
    assert telephone.sent("button")["button"]["text"] == "Teşekkürler"


def test_whoever_has_only_a_username_sends_no_number(telephone: Telephone) -> None:
    telephone.add_person(name="Gizli Kişi", username="gizli.kisi")
    telephone.write("selam")
    assert "from" not in telephone.sent("text")


def test_several_citizens_stand_side_by_side_with_chats_of_their_own(telephone: Telephone) -> None:
    telephone.write("Birincinin mesajı")
    telephone.add_person()
    telephone.write("İkincinin mesajı")
    phones = telephone.page.locator(".phone:visible")
    expect(phones).to_have_count(2)
    assert [phone.locator(".mine").count() for phone in phones.all()] == [1, 1]


def test_the_raw_json_of_a_message_is_a_click_away(telephone: Telephone) -> None:
    telephone.write("çukur")
    telephone.bubble("çukur").get_by_role("button", name="Ham JSON").click()
    dialog = telephone.page.get_by_role("dialog")
    expect(dialog.locator("pre").first).to_contain_text('"body": "çukur"')
    expect(dialog.get_by_role("heading", name="Webhook")).to_be_visible()


def test_a_message_that_never_arrived_says_so(telephone: Telephone) -> None:
    # Until cleared: an answer of the line to somebody else may be sent at the same moment.
    telephone.line.emulator.set_fault("failed_status", code=131026)
    says(telephone, "Bunu kimse okumadı")
    expect(telephone.bubble("Bunu kimse okumadı")).to_contain_text("Telefona ulaşmadı (131026)")
    telephone.line.emulator.clear_faults()


def test_unusual_messages_are_sent_from_the_panel(telephone: Telephone) -> None:
    section = telephone.section("Sıra dışı mesajlar")
    section.get_by_role("button", name="Anket").click()
    telephone.bubble("Desteklenmeyen mesaj (131051)").wait_for()
    section.get_by_role("button", name="Hayalet").click()
    telephone.bubble("Köşk mahallesinde yolda çukur var").wait_for()
    expect(telephone.front.get_by_text("Desteklenmeyen mesaj (131060)")).to_have_count(0)


def test_open_telephones_are_there_again_after_a_reload(telephone: Telephone) -> None:
    telephone.write("çukur")
    telephone.page.reload()
    telephone.bubble("çukur").wait_for()


def play(telephone: Telephone, scene: str) -> None:
    telephone.section("Sahneler").get_by_role("button", name=scene).click()
    telephone.front.get_by_text("adım 1/").wait_for()


def says(telephone: Telephone, text: str) -> None:
    """The line says something to the person in front."""
    send(telephone, type="text", text={"body": text})
    telephone.bubble(text).wait_for()


def send(telephone: Telephone, **message: Any) -> None:
    """Sends as the line does, over the Graph API, to the person in front, whose window is opened for it."""
    emulator, person, variables = telephone.line.emulator, telephone.person, telephone.line.variables
    if not person["window_open"]:
        emulator.say(person["id"], "reaction", message_id="wamid.x", emoji="👍")
    url = f"{variables['EMULATOR_URL']}/v23.0/{variables['WHATSAPP_PHONE_NUMBER_ID']}/messages"
    headers = {"Authorization": f"Bearer {variables['WHATSAPP_ACCESS_TOKEN']}"}
    body = {"messaging_product": "whatsapp", "recipient": person["user_id"], **message}
    answer = requests.post(url, json=body, headers=headers, timeout=PATIENCE)
    assert answer.status_code == 200, answer.text


def picture(name: str) -> FilePayload:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), (90, 120, 90)).save(out, "JPEG")
    return FilePayload(name=name, mimeType="image/jpeg", buffer=out.getvalue())


def test_the_button_for_another_citizen_lies_over_no_name(telephone: Telephone) -> None:
    telephone.page.set_viewport_size({"width": 1000, "height": 800})
    names, add = (
        telephone.page.locator("#names").bounding_box(),
        telephone.button("Yeni vatandaş").bounding_box(),
    )
    assert names
    assert add
    assert names["x"] + names["width"] <= add["x"]


def test_the_box_of_the_clock_stands_beside_its_words(telephone: Telephone) -> None:
    telephone.page.locator("#panel summary", has_text="Saat").click()
    label = telephone.page.locator("label.check", has_text="Hattın saati de ilerlesin")
    words, box = label.bounding_box(), label.locator("input").bounding_box()
    assert words
    assert box
    assert box["width"] < 40
    assert (
        words["y"] <= box["y"] < box["y"] + box["height"] <= words["y"] + words["height"] <= words["y"] + 48
    )
