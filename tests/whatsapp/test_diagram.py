"""docs/conversation.md and docs/whatsapp-templates.md say what the code does."""

from pathlib import Path
from typing import get_args

from tests.whatsapp import diagram
from whatsapp import texts, turns

DOCS = Path(__file__).parents[2] / "docs"


def test_the_diagram_is_what_the_conversation_does():
    document = (DOCS / "conversation.md").read_text(encoding="utf-8")
    assert "\n".join(diagram.lines()) in document


def test_every_place_a_talk_can_stand_is_reached():
    reached = {end for _, end in diagram.edges()}
    assert reached == set(diagram.NAMES)


def test_every_effect_is_described():
    document = (DOCS / "conversation.md").read_text(encoding="utf-8")
    assert all(f"`{effect.__name__}`" in document for effect in get_args(turns.Effect))


def test_every_template_is_listed_as_meta_is_to_approve_it():
    document = (DOCS / "whatsapp-templates.md").read_text(encoding="utf-8")
    for template in texts.TEMPLATES:
        section = document.partition(f"## {template['name']} ({template['language']})\n")[2].partition(
            "\n## "
        )[0]
        body, *rest = template["components"]
        buttons = [button["text"] for part in rest for button in part["buttons"]]
        assert all(line in section for line in body["text"].split("\n"))
        assert all(f"- {title}" in section for title in buttons)


def test_no_other_template_is_listed():
    document = (DOCS / "whatsapp-templates.md").read_text(encoding="utf-8")
    assert document.count("\n## ") == len(texts.TEMPLATES)
