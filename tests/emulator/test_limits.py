"""Meta's limits: a message at the limit is accepted, one step beyond it is refused."""

from typing import Any

import pytest

from whatsapp.emulator.errors import GraphError
from whatsapp.emulator.limits import check_address, check_message, units

Json = dict[str, Any]


def text(length: int) -> Json:
    return {"type": "text", "text": {"body": "x" * length}}


def interactive(kind: str, action: Json, **parts: Any) -> Json:
    return {
        "type": "interactive",
        "interactive": {"type": kind, "body": {"text": "x"}, "action": action, **parts},
    }


def buttons(*replies: tuple[str, str], **parts: Any) -> Json:
    shown = [{"type": "reply", "reply": {"id": key, "title": title}} for key, title in replies]
    return interactive("button", {"buttons": shown}, **parts)


def numbered_buttons(count: int) -> Json:
    return buttons(*((f"id{number}", f"Düğme {number}") for number in range(count)))


def menu(
    rows: list[Json], *, sections: int = 1, button: str = "Seç", title: str = "Bölüm", **parts: Any
) -> Json:
    """The rows are dealt out to the sections in turn."""
    dealt = [{"title": title, "rows": rows[number::sections]} for number in range(sections)]
    return interactive("list", {"button": button, "sections": dealt}, **parts)


def rows(count: int, **fields: Any) -> list[Json]:
    return [{"id": f"r{number}", "title": f"Satır {number}", **fields} for number in range(count)]


def media(kind: str, **fields: Any) -> Json:
    return {"type": kind, kind: {"id": "1", **fields}}


def location(latitude: object, longitude: object) -> Json:
    return {"type": "location", "location": {"latitude": latitude, "longitude": longitude}}


def link_button(title: str, url: str = "https://www.melikgazi.bel.tr") -> Json:
    return interactive("cta_url", {"name": "cta_url", "parameters": {"display_text": title, "url": url}})


def contacts(**name: str) -> Json:
    return {"type": "contacts", "contacts": [{"name": {"formatted_name": "Ali Veli", **name}}]}


WHERE = {"name": "send_location"}
AT_THE_LIMIT = {
    "text of 4096": text(4096),
    "text of 2048 emoji": {"type": "text", "text": {"body": "😀" * 2048}},
    "callback data of 512": text(1) | {"biz_opaque_callback_data": "x" * 512},
    "caption of 1024": media("image", caption="x" * 1024),
    "link to a file": {"type": "document", "document": {"link": "https://e.org/a.pdf", "filename": "a.pdf"}},
    "button body of 1024": buttons(("a", "Evet"), body={"text": "x" * 1024}),
    "footer of 60": buttons(("a", "Evet"), footer={"text": "x" * 60}),
    "header of 60": buttons(("a", "Evet"), header={"type": "text", "text": "x" * 60}),
    "picture header": buttons(("a", "Evet"), header={"type": "image", "image": {"id": "1"}}),
    "3 buttons": numbered_buttons(3),
    "button title of 20": buttons(("a", "x" * 20)),
    "button title of 10 emoji": buttons(("a", "😀" * 10)),
    "button id of 256": buttons(("x" * 256, "Evet")),
    "list body of 4096": menu(rows(1), body={"text": "x" * 4096}),
    "list button of 20": menu(rows(1), button="x" * 20),
    "10 rows in all": menu(rows(10), sections=3),
    "10 sections": menu(rows(10), sections=10),
    "section title of 24": menu(rows(2), sections=2, title="x" * 24),
    "row title of 24": menu(rows(1, title="x" * 24)),
    "row description of 72": menu(rows(1, description="x" * 72)),
    "row id of 200": menu(rows(1, id="x" * 200)),
    "location request of 1024": interactive("location_request_message", WHERE, body={"text": "x" * 1024}),
    "contact request": interactive("request_contact_info", {"name": "request_contact_info"}),
    "link button of 20": link_button("x" * 20),
    "the poles": location(90, "-180"),
    "contact with a first name": contacts(first_name="Ali"),
    "removed reaction": {"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": ""}},
    "reply": text(1) | {"context": {"message_id": "wamid.x"}},
}
BEYOND = {
    "text of 4097": (100, text(4097)),
    "empty text": (100, text(0)),
    "text of 2049 emoji": (100, {"type": "text", "text": {"body": "😀" * 2049}}),
    "callback data of 513": (131009, text(1) | {"biz_opaque_callback_data": "x" * 513}),
    "group recipient": (131009, text(1) | {"recipient_type": "group"}),
    "no content": (131008, {"type": "text"}),
    "unknown type": (131009, {"type": "hologram", "hologram": {}}),
    "reply to nothing": (131008, text(1) | {"context": {}}),
    "caption of 1025": (100, media("image", caption="x" * 1025)),
    "caption on a sound": (100, media("audio", caption="x")),
    "caption on a sticker": (100, media("sticker", caption="x")),
    "id and link at once": (100, media("image", link="https://e.org/a.jpg")),
    "neither id nor link": (100, {"type": "image", "image": {}}),
    "link that is none": (100, {"type": "image", "image": {"link": "file:///etc/passwd"}}),
    "button body of 1025": (131009, buttons(("a", "Evet"), body={"text": "x" * 1025})),
    "no body": (131008, buttons(("a", "Evet"), body=None)),
    "footer of 61": (131009, buttons(("a", "Evet"), footer={"text": "x" * 61})),
    "header of 61": (131009, buttons(("a", "Evet"), header={"type": "text", "text": "x" * 61})),
    "sound header": (131009, buttons(("a", "Evet"), header={"type": "audio", "audio": {"id": "1"}})),
    "4 buttons": (131009, numbered_buttons(4)),
    "no button": (131008, numbered_buttons(0)),
    "button title of 21": (131009, buttons(("a", "x" * 21))),
    "button title of 11 emoji": (131009, buttons(("a", "😀" * 11))),
    "two buttons of one title": (131009, buttons(("a", "Evet"), ("b", "Evet"))),
    "two buttons of one id": (131009, buttons(("a", "Evet"), ("a", "Hayır"))),
    "button id of 257": (131009, buttons(("x" * 257, "Evet"))),
    "list body of 4097": (131009, menu(rows(1), body={"text": "x" * 4097})),
    "list button of 21": (131009, menu(rows(1), button="x" * 21)),
    "list with a picture header": (
        131009,
        menu(rows(1), header={"type": "image", "image": {"id": "1"}}),
    ),
    "11 rows in all": (131009, menu(rows(11), sections=3)),
    "11 sections": (131009, menu(rows(11), sections=11)),
    "section title of 25": (131009, menu(rows(2), sections=2, title="x" * 25)),
    "row title of 25": (131009, menu(rows(1, title="x" * 25))),
    "row description of 73": (131009, menu(rows(1, description="x" * 73))),
    "row id of 201": (131009, menu(rows(1, id="x" * 201))),
    "two rows of one id": (131009, menu(rows(2, id="a"))),
    "location request of 1025": (
        131009,
        interactive("location_request_message", WHERE, body={"text": "x" * 1025}),
    ),
    "location request with a footer": (
        131009,
        interactive("location_request_message", WHERE, footer={"text": "x"}),
    ),
    "location request of another name": (
        131009,
        interactive("location_request_message", {"name": "request_contact_info"}),
    ),
    "link button of 21": (131009, link_button("x" * 21)),
    "link button without a link": (131009, link_button("Aç", "javascript:alert(1)")),
    "beyond the pole": (131009, location(90.01, 0)),
    "nowhere": (131009, location("nan", 0)),
    "half a place": (131008, {"type": "location", "location": {"latitude": 38.7}}),
    "words for a place": (131009, location("kuzey", 0)),
    "contact of one name": (131009, contacts()),
    "no contact": (131008, {"type": "contacts", "contacts": []}),
    "reaction without an emoji": (131008, {"type": "reaction", "reaction": {"message_id": "wamid.x"}}),
    "unknown interactive": (131009, interactive("hologram", {})),
    "template without a name": (131008, {"type": "template", "template": {"language": {"code": "tr"}}}),
    "template without a language": (131008, {"type": "template", "template": {"name": "x"}}),
}


@pytest.mark.parametrize("message", AT_THE_LIMIT.values(), ids=AT_THE_LIMIT.keys())
def test_a_message_at_the_limit_passes(message: Json) -> None:
    check_message(message)


@pytest.mark.parametrize(("code", "message"), BEYOND.values(), ids=BEYOND.keys())
def test_a_message_beyond_the_limit_is_refused(code: int, message: Json) -> None:
    with pytest.raises(GraphError) as refusal:
        check_message(message)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "address", [{"to": "+90 532 111 22 33"}, {"to": "5321112233"}, {"recipient": "TR.1234567890"}]
)
def test_a_number_or_a_user_id_is_an_address(address: Json) -> None:
    check_address(address)


@pytest.mark.parametrize(
    ("code", "address"),
    [
        (131008, {}),
        (100, {"to": "TR.1234567890"}),
        (100, {"to": 905321112233}),
        (100, {"to": ""}),
        (100, {"recipient": "905321112233"}),
        (100, {"recipient": "TR."}),
        (100, {"recipient": "TR." + "1" * 129}),
    ],
)
def test_anything_else_is_no_address(code: int, address: Json) -> None:
    with pytest.raises(GraphError) as refusal:
        check_address(address)
    assert refusal.value.code == code


def test_an_emoji_counts_as_two() -> None:
    assert [units("ğ"), units("😀"), units("👨‍👩‍👧")] == [1, 2, 8]
