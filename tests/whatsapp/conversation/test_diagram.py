"""docs/conversation.md and docs/whatsapp-templates.md say what the code does."""

from pathlib import Path
from typing import get_args

from tests.whatsapp import diagram
from tickets.record.workflow import TRANSITIONS
from whatsapp.conversation import effects
from whatsapp.texts import template_parameters
from whatsapp.texts.template_parameters import NAMES

DOCS = Path(__file__).parents[3] / "docs"


def test_the_diagram_is_what_the_conversation_does():
    document = (DOCS / "conversation.md").read_text(encoding="utf-8")
    assert "\n".join(diagram.lines()) in document


def test_every_place_a_talk_can_stand_is_reached():
    reached = {end for _, end in diagram.edges()}
    assert reached == set(diagram.NAMES)


def test_every_effect_is_described():
    document = (DOCS / "conversation.md").read_text(encoding="utf-8")
    assert all(f"`{effect.__name__}`" in document for effect in get_args(effects.Effect))


def test_every_template_is_listed_as_meta_is_to_approve_it():
    document = (DOCS / "whatsapp-templates.md").read_text(encoding="utf-8")
    for template in template_parameters.TEMPLATES:
        section = document.partition(f"## {template['name']} ({template['language']})\n")[2].partition(
            "\n## "
        )[0]
        parts = {part["type"]: part for part in template["components"]}
        assert all(line in section for line in parts["BODY"]["text"].split("\n"))
        assert ("Header: image" in section) == ("HEADER" in parts)
        titles = [button["text"] for button in parts.get("BUTTONS", {}).get("buttons", ())]
        assert [line[2:] for line in section.splitlines() if line.startswith("- ")] == titles


def test_every_move_that_is_news_has_a_template_of_its_own():
    announced = {to for moves in TRANSITIONS.values() for to, move in moves.items() if move.announced}
    assert announced == set(NAMES) - {""}


def test_no_other_template_is_listed():
    document = (DOCS / "whatsapp-templates.md").read_text(encoding="utf-8")
    assert document.count("\n## ") == len(template_parameters.TEMPLATES)
