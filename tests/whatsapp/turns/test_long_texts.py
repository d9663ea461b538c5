"""A text of any length and shape is stored whole and answered, and stops nobody for long."""

from datetime import timedelta
from time import process_time

import pytest
from django.utils import timezone

from departments.routing.route import Suggestion, route
from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.wire import AYSE, VELI
from tickets.casework.descriptions import describe
from tickets.record.permissions import Actor
from whatsapp.models import Conversation, InboundDelivery
from whatsapp.turns import problems, runner

pytestmark = pytest.mark.django_db

LONGEST = 65_536  # letters; WhatsApp itself lets 4,096 through
# Seconds of processor time for all that comes of the longest; one letter so often had cost 52.
MOST_SECONDS = 5.0
SHAPES = {
    "one letter": "a",
    "words": "çöp ",
    "digits": "1",
    "numbers": "12 ",
    "spaces": "a          ",
    "lines": "yol\n",
    "marks": "?",
    "ticket numbers": "MG-2026-000001 ",
    "half ticket numbers": "MG-2026-",
    "streets": "sokak no ",
    "mahalleler": "Alpaslan mahallesi ",
    "dangers": "yangın var ",
    "questions": "ne zaman mı ",
    "faces": "🔥",
    "Arabic": "القمامة ",
    "diacritics": "a\u0301\u0301\u0301",
    "links": "https://a.b/c ",
    "coordinates": "38.7 35.5 ",
}


@pytest.mark.parametrize("letters", [LONGEST // 8, pytest.param(LONGEST, marks=pytest.mark.long)])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_text_of_any_shape_is_stored_whole_and_answered_soon(line: Line, shape: str, letters: int):
    piece = SHAPES[shape]
    text = (piece * (letters // len(piece) + 1))[:letters]
    begin = process_time()
    line.hear(wire.text(AYSE, text))
    line.later(minutes=20)
    assert process_time() - begin < MOST_SECONDS * letters / LONGEST + 0.5
    assert line.message().text == text
    assert line.meta.texts()


def test_the_ticket_of_a_long_text_holds_all_of_it(line: Line):
    """Its middle is read by nobody but for danger, and put back where it is kept."""
    text = "Alpaslan mahallesinde yolda büyük çukur var. " + "arabamız zarar gördü. " * 500 + "Lütfen bakın."
    line.hear(wire.text(AYSE, text))
    line.later(minutes=1)
    assert line.ticket().description == text


def test_a_report_of_many_sentences_is_routed_so_often_and_no_oftener(
    line: Line, monkeypatch: pytest.MonkeyPatch
):
    read: list[str] = []

    def noted(text: str) -> Suggestion:
        read.append(text)
        return route(text)

    monkeypatch.setattr(problems, "route", noted)
    line.hear(wire.text(AYSE, "Alpaslan mahallesinde çöp kutusu dolmuş. " * 80))
    line.later(minutes=1)
    assert line.ticket().description
    assert 1 < len(read) <= problems.MOST_PARTS


def test_a_danger_in_the_middle_of_a_long_text_is_heard(line: Line):
    told = "Alpaslan mahallesinde evde yangın çıktı, çocuklar içeride, imdat. "
    line.hear(wire.text(AYSE, " . " * 2000 + told + " . " * 1000))
    assert "112" in line.meta.texts()[0]
    assert line.ticket().danger == "fire"


def test_nobody_waits_behind_texts_without_end(line: Line):
    """Deliveries and turns alike: who wrote first and much is heard after who wrote what a message can hold."""
    line.arrives(wire.text(VELI, "yolda çukur var, kimse gelmedi. " * 1000), by=VELI)
    line.arrives(wire.text(AYSE, "merhaba"))
    (first,) = InboundDelivery.objects.claim(line.now, limit=1, size=1, lease=timedelta(seconds=1))
    assert b"merhaba" in bytes(first.body)
    line.now += timedelta(minutes=1)
    line.ingest_all()
    order = [each.conversation for each in runner.claim_due(line.now)[0]]
    assert [Conversation.objects.get(pk=key).citizen.name for key in order] == [AYSE.name, VELI.name]


def test_a_draft_that_grows_and_grows_is_opened_as_it_is(line: Line):
    """Each turn thinks about all of a draft: without an end the thousandth message would cost a thousand times more."""
    words = "yolda çukur var, kimse gelmedi, arabamız zarar gördü. " * 75
    for _ in range(5):
        line.hear(wire.text(AYSE, words))
    assert "Yeri neresi?" in line.meta.texts()[-1]  # though nobody came to rest
    line.hear(wire.text(AYSE, words))
    assert line.ticket().description.count("kimse gelmedi") == 6 * 75


def test_of_a_description_without_end_further_words_stand_in_the_timeline_alone(line: Line):
    line.hear(wire.text(AYSE, "Alpaslan mahallesinde yolda çukur var"))
    line.later(minutes=1)
    for _ in range(14):
        describe(
            ticket=line.ticket(),
            actor=Actor.citizen(),
            now=timezone.now(),
            text="arabamız zarar gördü. " * 180,
        )
    assert line.ticket().events.filter(kind="described").count() == 14
    assert len(line.ticket().description) < 45_000
