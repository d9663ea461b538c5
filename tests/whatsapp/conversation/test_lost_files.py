"""Files that could not be had: told once, of what is worth it, and to whom."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.talk import DANGER, PLACED, START, Talk
from tests.whatsapp.wire import AYSE
from tickets.models import Ticket
from whatsapp.conversation.effects import NoteLost
from whatsapp.conversation.state import State, ToldDanger, dump, load, with_lost_file
from whatsapp.conversation.types import LostFile, TicketView
from whatsapp.models import Conversation, Media
from whatsapp.texts.catalog import TABLES

REPORT = "Alpaslan mahallesi, yolda büyük çukur var, asfalt bozuk"
TICKET = TicketView(7, "MG-2026-000007", "ASSIGNED", "yol_cukur")
PHOTO = LostFile("image", 7)


def lost(*files: LostFile, **facts: Any) -> Talk:
    """A talk at rest whose timer fires when these files are to be told of."""
    talk = Talk(replace(PLACED, lost=files, own=(TICKET,), **facts))
    talk.state = load(with_lost_file(dump(talk.state), 1, START))
    talk.wake_at = START + timedelta(seconds=10)
    return talk


@pytest.mark.parametrize(
    ("files", "key"),
    [
        ([PHOTO], "lost_photo"),
        ([PHOTO, PHOTO, PHOTO], "lost_photos"),
        ([LostFile("audio", 7)], "lost_voice"),
        ([LostFile("document", 7)], "lost_file"),
        ([PHOTO, LostFile("document", 7)], "lost_file"),
    ],
)
def test_one_sentence_says_what_could_not_be_opened(files: list[LostFile], key: str):
    talk = lost(*files)
    talk.wake()
    assert talk.said() == [key]
    assert key in TABLES["tr"].sentences


def test_it_is_told_once():
    talk = lost(PHOTO)
    talk.wake()
    assert talk.wake_at is None
    assert talk.state.lost == ()


def test_it_waits_until_a_report_is_gathered():
    talk = Talk(PLACED)
    talk.hear("image")
    talk.state = load(with_lost_file(dump(talk.state), 99, START - timedelta(minutes=1)))
    talk.hear(text="Yolda çukur var")
    assert talk.wake_at
    assert talk.wake_at > talk.now


def test_what_is_not_worth_a_word_is_forgotten():
    talk = lost()
    talk.wake()
    assert talk.said() == []
    assert talk.state.lost == ()


@pytest.mark.parametrize("facts", [{"staffed": True}, {}], ids=["staff wrote", "a person was asked for"])
def test_while_a_person_has_the_talk_staff_hear_it(facts: dict[str, Any]):
    talk = lost(PHOTO, silent_until=START + timedelta(hours=4), **facts)
    talk.wake()
    assert talk.said() == []
    assert talk.effects == [NoteLost(7)]


def test_nobody_hears_of_somebody_who_is_blocked():
    talk = lost(PHOTO, blocked=True)
    talk.wake()
    assert talk.effects == []


def test_in_danger_nothing_is_said():
    talk = lost(PHOTO)
    talk.facts = replace(talk.facts, own=(TICKET, DANGER))
    talk.state = replace(talk.state, danger=ToldDanger("violence", "tr", START, ticket=9, restricted=True))
    talk.wake()
    assert talk.said() == []


def test_what_is_sent_again_a_day_later_joins_the_ticket():
    talk = lost(PHOTO)
    talk.wake()
    talk.now += timedelta(hours=23)
    talk.hear("image")
    assert talk.state.draft
    assert talk.state.draft.to
    assert talk.state.draft.to.ticket == 7


def test_what_is_written_then_is_a_new_report():
    talk = lost(PHOTO)
    talk.wake()
    talk.now += timedelta(hours=23)
    talk.hear(text="Park lambası yanmıyor")
    assert talk.state.draft
    assert talk.state.draft.to is None


def test_the_state_is_kept_between_turns():
    state = load(with_lost_file(with_lost_file({}, 1, START), 2, START))
    assert state == State(lost=(1, 2), lost_at=START)
    assert load(dump(state)) == state


# --- on rows -------------------------------------------------------------------------------------------------
def test_a_straggler_of_an_album_is_not_told_again(line: Line):
    line.meta.files["m1"] = b"<html>"
    line.hear(wire.text(AYSE, REPORT), wire.photo(AYSE, "m1"), wire.photo(AYSE, "m2"))
    line.later(minutes=1)
    line.meta.files["m2"] = b"<html>"
    line.later(hours=2)
    assert [text for text in line.meta.texts() if "açılamadı" in text] == [
        "Gönderdiğiniz fotoğraf açılamadı, yeniden gönderir misiniz?"
    ]
    assert Conversation.objects.get().state.get("lost") is None


def test_of_a_restricted_ticket_nothing_is_said(line: Line):
    line.hear(wire.text(AYSE, REPORT), wire.photo(AYSE, "m1"))
    line.later(minutes=1)
    Ticket.objects.update(restricted=True)
    line.meta.files["m1"] = b"<html>"
    line.later(hours=1)
    assert Media.objects.get().state == "refused"
    assert len(line.meta.sent) == 1


def test_a_sticker_is_not_missed(line: Line):
    line.meta.files["m1"] = b"<html>"
    line.hear(wire.message(AYSE, "sticker", {"id": "m1", "mime_type": "image/webp"}))
    line.later(minutes=1)
    assert Media.objects.get().state == "refused"
    assert len(line.meta.sent) == 1
