"""What the bytes of a webhook say: every kind of the contract, and anything else without an exception."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.whatsapp import wire
from tests.whatsapp.wire import AYSE, VELI
from whatsapp.graph.webhook_payloads import (
    DeliveryStatus,
    Echo,
    Inbound,
    MediaRef,
    OtherUpdate,
    Sender,
    UnreadableError,
    choice_of,
    has_error,
    parse,
    place_of,
)


def items(*values: dict[str, Any], field: str = "messages") -> list[Any]:
    return [update.item for update in parse(wire.dump(wire.envelope(*values, field=field)))]


def item(raw: dict[str, Any], by: wire.Person | None = AYSE) -> Any:
    (only,) = items(wire.value(by, messages=[raw]))
    return only


# --- messages ------------------------------------------------------------------------------------------------
def test_a_text_is_read_with_its_sender_time_and_body():
    heard = item(wire.text(AYSE, "Yolda çukur var", at=1795500000, id="wamid.A"))
    assert isinstance(heard, Inbound)
    assert (heard.wamid, heard.kind, heard.text) == ("wamid.A", "text", "Yolda çukur var")
    assert heard.sent_at is not None
    assert heard.sent_at.timestamp() == 1795500000
    assert heard.sender == Sender(bsuid=AYSE.bsuid, wa_id=AYSE.phone, name=AYSE.name)


@pytest.mark.parametrize("kind", ["image", "video", "audio", "document", "sticker"])
def test_a_file_is_read_with_its_id_type_and_caption(kind: str):
    content = {"id": "42", "mime_type": "x/y", "sha256": "abc", "caption": "işte", "filename": "a.pdf"}
    heard = item(wire.message(AYSE, kind, content))
    assert (heard.media, heard.text) == (MediaRef("42", "x/y", "abc"), "işte")


@pytest.mark.parametrize(
    ("kind", "content", "text"),
    [
        ("button", {"payload": "P", "text": "Evet"}, "Evet"),
        ("interactive", {"type": "button_reply", "button_reply": {"id": "P", "title": "Evet"}}, "Evet"),
        ("interactive", {"type": "list_reply", "list_reply": {"id": "P", "title": "5 yıldız"}}, "5 yıldız"),
        ("interactive", {"type": "nfm_reply", "nfm_reply": {"response_json": "{}"}}, ""),
        ("reaction", {"message_id": "wamid.B", "emoji": "👍"}, ""),
        ("reaction", {"message_id": "wamid.B"}, ""),
        ("contacts", [{"phones": [{"phone": "1"}]}], ""),
        ("order", {"catalog_id": "1", "text": "iki tane"}, "iki tane"),
        ("edit", {"original_message_id": "w", "message": {"type": "text", "text": {"body": "yeni"}}}, "yeni"),
        ("revoke", {"original_message_id": "wamid.B"}, ""),
        ("system", {"body": "A changed", "type": "user_changed_number"}, "A changed"),
        ("request_welcome", None, ""),
        ("a_kind_of_2031", {"x": 1}, ""),
    ],
)
def test_every_other_kind_is_read_with_what_a_person_would_see(kind: str, content: Any, text: str):
    heard = item(wire.message(AYSE, kind, content))
    assert (heard.kind, heard.text, heard.media) == (kind, text, None)


def test_a_message_without_a_type_is_of_unknown_kind():
    assert item({"id": "wamid.A", "from": AYSE.phone}).kind == "unknown"


@pytest.mark.parametrize(
    "raw",
    [
        {"type": "button", "button": {"payload": "yes"}},
        {"type": "interactive", "interactive": {"list_reply": {"id": "yes"}}},
        {"type": "interactive", "interactive": {"button_reply": {"id": "yes"}}},
    ],
)
def test_a_tapped_button_gives_its_id(raw: dict[str, Any]):
    assert choice_of(raw) == "yes"


def test_an_interactive_message_may_hold_errors_instead_of_its_object():
    heard = item(wire.message(AYSE, "interactive", None, errors=[{"code": 131051}]))
    assert (heard.text, choice_of(heard.raw)) == ("", "")


def test_an_answer_names_the_message_it_answers():
    heard = item(wire.text(AYSE, "evet", context={"from": "90", "id": "wamid.OUT1"}))
    assert heard.reply_to == "wamid.OUT1"


def test_a_group_message_is_known_as_one():
    assert item(wire.text(AYSE, "selam", group_id="G")).group


@pytest.mark.parametrize("code", [131060, "131060"], ids=["number", "text"])
def test_an_error_code_is_found_as_number_or_text(code: int | str):
    assert has_error({"errors": [{"code": code}]}, 131060)
    assert not has_error({"errors": [{"code": code}]}, 131051)


@pytest.mark.parametrize(
    ("lat", "lon", "place"),
    [
        (38.72, 35.49, (38.72, 35.49)),
        ("38.72", "35.49", (38.72, 35.49)),
        (91, 35, None),
        (38, -181, None),
        ("kuzey", 35, None),
        (None, 35, None),
        (10**400, 35, None),
    ],
)
def test_a_pin_is_a_place_on_earth_or_none(lat: Any, lon: Any, place: tuple[float, float] | None):
    assert place_of({"location": {"latitude": lat, "longitude": lon}}) == place


# --- senders -------------------------------------------------------------------------------------------------
def test_a_username_only_sender_has_no_number():
    assert item(wire.text(VELI, "selam"), by=VELI).sender == Sender(bsuid=VELI.bsuid, name=VELI.name)


def test_a_bsuid_where_the_number_belongs_is_taken_for_what_it_is():
    raw = {"id": "w", "type": "text", "from": "TR.1A2b3C"}
    assert item(raw, by=None).sender == Sender(bsuid="TR.1A2b3C")


def test_a_message_without_from_borrows_the_only_contact():
    assert item({"id": "w", "type": "text"}).sender.wa_id == AYSE.phone


def test_a_message_without_from_borrows_nobody_where_there_is_a_choice():
    value = wire.value(
        None, contacts=[AYSE.contact(), VELI.contact()], messages=[{"id": "w", "type": "text"}]
    )
    assert not items(value)[0].sender


def test_a_message_without_contacts_keeps_its_sender_without_a_name():
    assert item(wire.text(AYSE, "x"), by=None).sender == Sender(bsuid=AYSE.bsuid, wa_id=AYSE.phone)


def test_the_name_is_taken_from_the_contact_of_that_sender_only():
    contacts = [VELI.contact(), AYSE.contact()]
    value = wire.value(None, contacts=contacts, messages=[wire.text(AYSE, "a"), wire.text(VELI, "b")])
    assert [heard.sender.name for heard in items(value)] == [AYSE.name, VELI.name]


def test_a_contact_gives_the_sender_the_name_it_did_not_bring():
    raw = {"id": "w", "type": "text", "from": AYSE.phone}
    assert item(raw).sender.bsuid == AYSE.bsuid


def test_a_name_longer_than_any_of_metas_is_none():
    raw = {"id": "w", "type": "text", "from": "9" * 3000}
    assert not item(raw, by=None).sender


# --- everything else -----------------------------------------------------------------------------------------
def test_a_status_is_read_with_its_callback():
    (told,) = items(
        wire.value(statuses=[wire.status("wamid.OUT1", "read", biz_opaque_callback_data="outbox:1")])
    )
    assert isinstance(told, DeliveryStatus)
    assert (told.wamid, told.status, told.callback) == ("wamid.OUT1", "read", "outbox:1")


def test_equal_statuses_have_one_digest_and_different_ones_two():
    sent, again, read = (wire.status("w", state) for state in ("sent", "sent", "read"))
    one, two, three = items(wire.value(statuses=[sent, again, read]))
    assert one.digest == two.digest != three.digest


def test_what_staff_sent_from_the_phone_is_an_echo_to_its_receiver():
    raw = {"id": "w", "to": AYSE.phone, "type": "text", "text": {"body": "Geliyoruz"}, "timestamp": "1"}
    (echo,) = items(wire.value(message_echoes=[raw]), field="smb_message_echoes")
    assert isinstance(echo, Echo)
    assert (echo.receiver.wa_id, echo.text) == (AYSE.phone, "Geliyoruz")


def test_an_account_event_is_a_notice_under_its_field():
    (notice,) = items({"event": "DISABLED_UPDATE"}, field="account_update")
    assert (notice.field, notice.error) == ("account_update", "")


def test_an_account_event_without_a_field_is_a_notice_too():
    body = {"entry": [{"id": "1", "changes": [{"value": {"event": "X"}}]}]}
    assert isinstance(parse(json.dumps(body).encode())[0].item, OtherUpdate)


def test_the_same_account_event_on_two_days_is_two():
    entry = {"id": "1", "changes": [{"field": "account_update", "value": {"event": "X"}}]}
    one, two = (parse(json.dumps({"entry": [entry | {"time": time}]}).encode())[0].item for time in (1, 2))
    assert isinstance(one, OtherUpdate)
    assert isinstance(two, OtherUpdate)
    assert one.digest != two.digest


def test_errors_beside_messages_are_notices():
    value = wire.value(AYSE, messages=[wire.text(AYSE, "a")], errors=[{"code": 130429}])
    assert [type(each) for each in items(value)] == [Inbound, OtherUpdate]


def test_a_batch_is_read_whole_and_in_order():
    values = [
        wire.value(AYSE, messages=[wire.text(AYSE, "1"), wire.text(AYSE, "2")]),
        wire.value(AYSE, messages=[wire.text(AYSE, "3")]),
    ]
    body = wire.envelope(*values)
    body["entry"] += wire.envelope(wire.value(AYSE, messages=[wire.text(AYSE, "4")]))["entry"]
    assert [
        update.item.text for update in parse(wire.dump(body)) if isinstance(update.item, Inbound)
    ] == list("1234")


def test_each_update_knows_the_number_and_account_it_is_for():
    (update,) = parse(wire.said(wire.text(AYSE, "a")))
    assert (update.phone_number_id, update.waba_id) == (wire.PHONE_NUMBER_ID, wire.WABA_ID)


@pytest.mark.parametrize("bad", [None, 7, "x", [], {}, {"type": "text"}, {"id": {}}, {"id": "9" * 3000}])
def test_a_bad_entry_becomes_a_notice_beside_its_neighbours(bad: Any):
    first, second = items(wire.value(AYSE, messages=[bad, wire.text(AYSE, "a")]))
    assert isinstance(first, OtherUpdate)
    assert first.error
    assert isinstance(second, Inbound)


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"[]", b"7", b'{"entry": {}}', b"{}", b"[" * 100_000], ids=lambda body: body[:9]
)
def test_what_is_no_envelope_is_unreadable(body: bytes):
    with pytest.raises(UnreadableError):
        parse(body)


@pytest.mark.parametrize("escape", ["\\u0000", "\\ud83d", "\\udca9"])
def test_what_the_database_cannot_hold_is_replaced(escape: str):
    body = wire.said(wire.text(AYSE, "a@b")).replace(b"@", escape.encode())
    (update,) = parse(body)
    assert isinstance(update.item, Inbound)
    assert update.item.text == "a\N{REPLACEMENT CHARACTER}b"


def test_a_whole_emoji_is_kept():
    assert item(wire.text(AYSE, "tamam 👍")).text == "tamam 👍"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
NAMES = ["id", "type", "from", "from_user_id", "timestamp", "text", "context", "errors", "edit", "group_id"]
PART = JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, JSON))
VALUE = JSON | st.fixed_dictionaries(
    {},
    optional={
        key: JSON | st.lists(PART, max_size=2) for key in ("messages", "statuses", "contacts", "errors")
    },
)
CHANGE = JSON | st.fixed_dictionaries({}, optional={"field": JSON, "value": VALUE})
ENTRY = JSON | st.fixed_dictionaries(
    {}, optional={"id": JSON, "changes": JSON | st.lists(CHANGE, max_size=2)}
)
BODY = JSON | st.fixed_dictionaries({"entry": JSON | st.lists(ENTRY, max_size=2)})


@given(BODY.map(json.dumps).map(str.encode) | st.binary())
@example(b'{"entry": ' + b"[" * 600 + b"]" * 600 + b"}")
def test_no_body_raises_anything_but_unreadable(body: bytes):
    try:
        updates = parse(body)
    except UnreadableError:
        return
    for update in updates:
        json.dumps(update.item.raw)


@given(BODY)
def test_no_update_of_a_readable_body_holds_what_the_database_cannot(body: Any):
    try:
        updates = parse(json.dumps(body).encode())
    except UnreadableError:
        return
    for update in updates:
        stored = json.dumps(update.item.raw, ensure_ascii=False, allow_nan=False)
        stored.encode()
        assert "\\u0000" not in stored
