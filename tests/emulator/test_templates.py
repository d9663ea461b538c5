"""Templates: found by name and language, filled with exactly the parameters they have."""

from typing import Any

import pytest

from whatsapp.emulator.errors import GraphError
from whatsapp.emulator.templates import check_definition, fill, find

Json = dict[str, Any]


def definition(*components: Json, body: str = "{{1}} numaralı başvurunuz {{2}}.", **fields: Any) -> Json:
    return {
        "name": "durum",
        "language": "tr",
        "status": "APPROVED",
        "category": "UTILITY",
        "components": [{"type": "BODY", "text": body}, *components],
        **fields,
    }


def given(*texts: str, kind: str = "body", **more: Any) -> Json:
    return {"type": kind, "parameters": [{"type": "text", "text": text} for text in texts], **more}


def filled(template: Json, *components: Json) -> Json:
    return fill(template, {"components": list(components)})


def code_of(template: Json, *components: Json) -> int:
    with pytest.raises(GraphError) as refusal:
        filled(template, *components)
    return refusal.value.code


def test_parameters_stand_where_they_belong() -> None:
    assert filled(definition(), given("MG-1", "çözüldü"))["text"] == "MG-1 numaralı başvurunuz çözüldü."


def test_named_parameters_may_come_in_any_order() -> None:
    template = definition(body="{{no}}: {{durum}}")
    parameters = [
        {"type": "text", "parameter_name": "durum", "text": "çözüldü"},
        {"type": "text", "parameter_name": "no", "text": "MG-1"},
    ]
    assert filled(template, {"type": "body", "parameters": parameters})["text"] == "MG-1: çözüldü"


def test_a_parameter_of_another_name_is_refused() -> None:
    parameters = [{"type": "text", "parameter_name": "ad", "text": "x"}]
    assert code_of(definition(body="{{no}}"), {"type": "body", "parameters": parameters}) == 132012


@pytest.mark.parametrize("texts", [(), ("MG-1",), ("MG-1", "çözüldü", "fazla")])
def test_another_number_of_parameters_is_refused(texts: tuple[str, ...]) -> None:
    assert code_of(definition(), given(*texts)) == 132000


def test_a_parameter_of_another_kind_is_refused() -> None:
    picture = {"type": "body", "parameters": [{"type": "image", "image": {"id": "1"}}]}
    assert code_of(definition(body="{{1}}"), picture) == 132012


@pytest.mark.parametrize("text", ["iki\nsatır", "sek\tme", "beş     boşluk"])
def test_a_parameter_with_line_breaks_tabs_or_wide_gaps_is_refused(text: str) -> None:
    assert code_of(definition(body="{{1}}"), given(text)) == 100


def test_a_body_of_1024_with_its_parameters_passes() -> None:
    assert len(filled(definition(body="{{1}}."), given("x" * 1023))["text"]) == 1024


def test_a_body_of_1025_with_its_parameters_is_refused() -> None:
    assert code_of(definition(body="{{1}}."), given("x" * 1024)) == 132005


def test_a_component_the_template_does_not_have_is_refused() -> None:
    assert code_of(definition(body="x"), given("y", kind="footer")) == 132012


def test_a_media_header_wants_its_kind_of_media() -> None:
    template = definition({"type": "HEADER", "format": "IMAGE"}, body="x")
    picture = {"type": "header", "parameters": [{"type": "image", "image": {"id": "1"}}]}
    assert filled(template, picture)["text"] == "x"
    assert code_of(template) == 132000
    assert code_of(template, given("y", kind="header")) == 132012


def test_header_and_footer_are_seen_around_the_body() -> None:
    template = definition(
        {"type": "HEADER", "format": "TEXT", "text": "Sayın {{1}}"},
        {"type": "FOOTER", "text": "Melikgazi"},
        body="x",
    )
    assert filled(template, given("Ayşe", kind="header"))["text"] == "Sayın Ayşe\nx\nMelikgazi"


def test_a_quick_reply_carries_the_payload_it_was_sent_with() -> None:
    template = definition({"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Evet"}]}, body="x")
    button = {"type": "button", "sub_type": "quick_reply", "index": "0"}
    payload = button | {"parameters": [{"type": "payload", "payload": "solved:1"}]}
    assert filled(template, payload)["options"] == [{"kind": "button", "id": "solved:1", "title": "Evet"}]
    assert filled(template)["options"] == [{"kind": "button", "id": "Evet", "title": "Evet"}]


def test_a_link_button_wants_the_end_of_its_link() -> None:
    button = {"type": "URL", "text": "Aç", "url": "https://e.org/{{1}}"}
    template = definition({"type": "BUTTONS", "buttons": [button]}, body="x")
    assert filled(template, given("MG-1", kind="button", index=0))["options"][0]["id"] == "https://e.org/MG-1"
    assert code_of(template) == 132000


def test_a_template_is_found_by_name_and_language() -> None:
    known = [definition(language="en"), definition()]
    assert find(known, "durum", "tr") is known[1]


@pytest.mark.parametrize(
    ("code", "name", "language", "status"),
    [
        (132001, "baska", "tr", "APPROVED"),
        (132001, "durum", "en", "APPROVED"),
        (132001, "durum", "tr", "PENDING"),
        (132001, "durum", "tr", "REJECTED"),
        (132015, "durum", "tr", "PAUSED"),
        (132016, "durum", "tr", "DISABLED"),
    ],
)
def test_only_an_approved_template_can_be_sent(code: int, name: str, language: str, status: str) -> None:
    with pytest.raises(GraphError) as refusal:
        find([definition(status=status)], name, language)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "wrong",
    [{"name": "Büyük Harf"}, {"language": ""}, {"category": "NEWS"}, {"components": []}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_definition_without_its_parts_is_refused(wrong: Json) -> None:
    with pytest.raises(GraphError):
        check_definition(definition() | wrong)


def test_a_definition_may_have_a_body_of_1024_and_no_more() -> None:
    check_definition(definition(body="x" * 1024))
    with pytest.raises(GraphError):
        check_definition(definition(body="x" * 1025))
