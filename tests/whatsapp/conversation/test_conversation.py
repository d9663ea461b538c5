"""The talk with one citizen, rule by rule, as a pure function of what happened and when."""

from dataclasses import replace
from datetime import timedelta

import pytest

from departments.text.ticket_number import citations_in
from tests.whatsapp.talk import HERE, KNOWN, PLACED, SETTLE, START, TIMEOUT, Talk, after_a_ticket
from whatsapp.conversation.effects import AnswerStatus, AskStaff, Join, OpenTicket, Reopen, Say
from whatsapp.conversation.engine import advance
from whatsapp.conversation.time_limits import FOLLOW_UP, SETTLE_AT_MOST
from whatsapp.conversation.types import InboundMessage, TicketView, TimerFired, words


# --- waiting a moment ----------------------------------------------------------------------------------------
def test_a_message_is_not_answered_before_the_citizen_came_to_rest():
    talk = Talk()
    assert talk.hear(text="Yolda çukur var").effects == ()
    assert talk.wake_at == START + SETTLE


def test_each_further_piece_moves_the_answer_on():
    talk = Talk()
    talk.hear(text="Yolda")
    talk.now += timedelta(seconds=5)
    talk.hear(text="çukur var")
    assert talk.wake_at == START + timedelta(seconds=11)


def test_pieces_without_end_are_answered_after_45_seconds():
    talk = Talk()
    for _ in range(20):
        talk.hear(text="çukur")
        talk.now += timedelta(seconds=4)
    assert talk.wake_at == START + SETTLE_AT_MOST == START + timedelta(seconds=45)


def test_waking_too_early_does_nothing_but_wait_on():
    talk = Talk()
    talk.hear(text="Yolda çukur var")
    turn = advance(talk.state, TimerFired(), START + timedelta(seconds=1), KNOWN)
    assert (turn.effects, turn.wake_at) == ((), START + SETTLE)


# --- asking only for what is missing -------------------------------------------------------------------------
def test_photo_text_and_place_open_a_ticket_without_a_question():
    talk = Talk()
    talk.hear("image")
    talk.hear(text="Yolda çukur var")
    talk.hear("location", place=HERE)
    talk.wake()
    assert talk.effects == [
        OpenTicket((1, 2, 3), "Yolda çukur var", HERE, False, False, False, with_files=(1, 3))
    ]


def test_a_missing_place_is_asked_for():
    talk = Talk()
    talk.hear(text="Yolda çukur var")
    talk.wake()
    assert talk.effects == [Say("ask_place")]


def test_a_mahalle_in_the_text_is_place_enough():
    talk = Talk(PLACED)
    talk.hear(text="Alpaslan'da çukur var")
    talk.wake()
    assert (talk.said(), len(talk.opened())) == ([], 1)


def test_no_place_is_asked_for_where_the_category_needs_none():
    talk = Talk(replace(KNOWN, place_required=False))
    talk.hear(text="Emlak vergisi borcum ne kadar?")
    talk.wake()
    assert not talk.opened()[0].place_missing


@pytest.mark.parametrize(
    ("kind", "question"),
    [("image", "ask_what_photo"), ("document", "ask_what_document"), ("location", "ask_what")],
)
def test_what_comes_without_words_is_acknowledged_and_asked_what_is_wrong(kind: str, question: str):
    talk = Talk()
    talk.hear(kind, place=HERE if kind == "location" else None)
    talk.wake()
    assert talk.said() == [question]


def test_a_voice_note_says_what_is_wrong():
    talk = Talk()
    talk.hear("audio")
    talk.wake()
    assert talk.said() == ["unsure.voice", "ask_place_spoken"]


def test_the_answer_to_a_question_is_taken_at_once():
    talk = Talk()
    talk.hear(text="Yolda çukur var")
    talk.wake()
    turn = talk.hear("location", place=HERE)
    assert isinstance(turn.effects[0], OpenTicket)


def test_an_answer_that_names_no_place_is_asked_about_once_more_and_then_opened():
    talk = Talk()
    talk.hear(text="Yolda çukur var")
    talk.wake()
    talk.hear(text="evin önü")
    talk.wake()
    assert (talk.said(), talk.opened()) == (["ask_place", "ask_place_again"], [])
    talk.hear(text="bilmiyorum")
    assert talk.said() == ["ask_place", "ask_place_again"]
    assert talk.opened()[0].place_missing


def test_both_questions_are_asked_one_after_the_other_where_both_are_missing():
    talk = Talk()
    talk.hear("image")
    talk.wake()
    talk.hear(text="çukur")
    talk.hear("location", place=HERE)
    assert talk.said() == ["ask_what_photo", "ask_place"]
    assert talk.opened()[0] == OpenTicket((1, 2, 3), "çukur", HERE, False, False, False, with_files=(1, 3))


def test_another_photo_is_no_answer_to_where():
    talk = Talk()
    talk.hear(text="Yolda çukur var")
    talk.wake()
    assert talk.hear("image").effects == ()


# --- losing nothing ------------------------------------------------------------------------------------------
def test_a_question_never_answered_becomes_a_ticket_without_a_place():
    talk = Talk()
    talk.hear(text="Yolda çukur var")
    talk.wake()
    talk.wake()
    assert talk.now == START + SETTLE + TIMEOUT
    assert talk.opened() == [OpenTicket((1,), "Yolda çukur var", None, True, False, False)]


def test_a_photo_never_explained_becomes_a_ticket_without_a_description():
    talk = Talk()
    talk.hear("image")
    talk.wake()
    talk.wake()
    assert talk.opened() == [OpenTicket((1,), "", None, True, True, False, with_files=(1,))]


# --- durum, chatter, greeting --------------------------------------------------------------------------------
def test_durum_is_answered_at_once():
    turn = Talk().hear(text="durum", command="status")
    assert (turn.effects, turn.outcome) == ((AnswerStatus(notice=False),), "answered")


def test_durum_in_the_middle_of_a_report_does_not_disturb_it():
    talk = Talk()
    talk.hear(text="Yolda çukur var")
    draft, due = talk.state.draft, talk.wake_at
    talk.hear(text="durum", command="status")
    assert (talk.state.draft, talk.wake_at) == (draft, due)


def test_a_greeting_alone_is_greeted_and_is_no_ticket():
    talk = Talk()
    talk.hear(text="selam", chatter="hello")
    talk.wake()
    assert talk.effects == [Say("hello")]


def test_a_greeting_before_a_report_is_answered_with_it():
    talk = Talk(PLACED)
    talk.hear(text="selam", chatter="hello")
    talk.hear(text="çukur var")
    talk.wake()
    assert (talk.said(), len(talk.opened())) == ([], 1)
    assert talk.wake_at is None


def test_two_greetings_get_one_answer():
    talk = Talk()
    talk.hear(text="selam", chatter="hello")
    talk.hear(text="iyi günler", chatter="hello")
    talk.wake()
    assert (talk.said(), talk.wake_at) == (["hello"], None)


def test_thanks_within_a_report_are_not_part_of_its_words():
    talk = Talk(PLACED)
    talk.hear(text="çukur var")
    talk.hear(text="teşekkürler", chatter="thanks")
    talk.wake()
    assert talk.opened()[0].text == "çukur var"


def test_a_sticker_is_no_ticket():
    talk = Talk()
    talk.hear("sticker")
    talk.wake()
    assert talk.said() == ["hello"]


def test_a_reaction_is_noted_in_silence():
    turn = Talk().hear("reaction")
    assert (turn.effects, turn.wake_at, turn.outcome) == ((), None, "noted")


def test_the_privacy_notice_comes_with_the_first_answer_only():
    talk = Talk(notice="")
    talk.hear(text="çukur var")
    talk.wake()
    talk.hear("location", place=HERE)
    asked, opened = talk.effects
    assert (asked.notice, opened.notice) == (True, False)


def test_a_new_version_of_the_notice_is_given_again():
    talk = Talk(replace(KNOWN, notice_version="2"))
    talk.hear(text="selam", chatter="hello")
    talk.wake()
    assert talk.effects == [Say("hello", notice=True)]


def test_when_the_notice_was_given_is_kept():
    talk = Talk(notice="")
    talk.hear(text="selam", chatter="hello")
    talk.wake()
    given = talk.now
    talk.now += timedelta(hours=1)
    talk.hear(text="durum", command="status")
    assert (talk.state.notice, talk.state.notice_at) == ("1", given)


# --- afterwards ----------------------------------------------------------------------------------------------
def test_what_follows_a_confirmation_joins_its_ticket_without_a_word():
    talk = after_a_ticket()
    talk.hear("image")
    talk.wake()
    assert talk.effects == [Join(7, (2,), "", None)]


def test_what_follows_half_an_hour_later_is_a_new_report():
    talk = after_a_ticket(minutes=31)
    assert talk.now - START > FOLLOW_UP
    assert talk.hear(text="bir de kaldırım").state.draft is not None


def test_another_subject_is_a_new_report():
    talk = after_a_ticket()
    talk.facts = replace(PLACED, category="cop_toplama")
    talk.hear(text="çöp alınmadı")
    talk.wake()
    assert len(talk.opened()) == 1


def test_another_subject_that_the_router_is_not_sure_of_joins():
    talk = after_a_ticket()
    talk.facts = replace(talk.facts, category="genel_bilgi", sure=False)
    talk.hear(text="bir de bu")
    talk.wake()
    assert isinstance(talk.effects[0], Join)


def test_a_reply_to_a_message_about_a_ticket_joins_that_ticket_however_late():
    talk = after_a_ticket(minutes=5000)
    talk.facts = replace(PLACED, own=(TicketView(3, "MG-2026-000003", category="yol_cukur", is_open=True),))
    talk.hear(text="Hâlâ duruyor", about=3)
    talk.wake()
    assert talk.effects == [Join(3, (2,), "Hâlâ duruyor", None), Say("added", number="MG-2026-000003")]


CITED = replace(
    PLACED, cites=citations_in("MG-2026-000003"), own=(TicketView(3, "MG-2026-000003", category="yol_cukur"),)
)


def test_what_cites_an_own_ticket_joins_it_however_late_and_whatever_else_it_tells_of():
    talk = after_a_ticket(minutes=5000)
    talk.facts = replace(CITED, category="cop_toplama")
    talk.hear(text="MG-2026-000003: çöp de duruyor")
    talk.wake()
    assert talk.effects == [
        Join(3, (2,), "MG-2026-000003: çöp de duruyor", None),
        Say("added", number="MG-2026-000003"),
    ]


def test_what_cites_a_ticket_that_is_not_the_citizens_own_is_a_report():
    talk = Talk(replace(CITED, own=()))
    talk.hear(text="MG-2026-000003 gibi bizde de çukur var")
    talk.wake()
    assert len(talk.opened()) == 1


def test_what_cites_an_own_ticket_joins_it_without_a_word_while_the_line_is_silent():
    talk = Talk(replace(CITED, silent_until=START + timedelta(hours=4)))
    talk.hear(text="MG-2026-000003 hâlâ duruyor")
    joined = Join(3, (1,), "MG-2026-000003 hâlâ duruyor", None)
    assert talk.effects == [joined, AskStaff("wrote", "MG-2026-000003 hâlâ duruyor")]


def test_to_cite_the_ticket_answers_whether_it_is_the_same():
    talk = after_a_ticket()
    talk.facts = replace(talk.facts, category="genel_bilgi", sure=False, guess=True)
    talk.hear(text="toprak")
    talk.wake()
    assert talk.said() == ["ask_same"]
    own = TicketView(7, "MG-2026-000007")
    talk.facts = replace(talk.facts, own=(own,), cites=citations_in(own.number))
    talk.hear(text="MG-2026-000007 ile ilgili yazdım")
    assert talk.said() == ["ask_same", "added"]


def test_a_serial_is_that_of_the_newest_own_ticket():
    own = (TicketView(9, "MG-2026-000003"), TicketView(3, "MG-2025-000003"))
    cited = replace(PLACED, cites=citations_in("3 nolu başvurum"), own=own).cited()
    assert [each.ticket for each in cited] == [9]


def test_thanks_after_a_confirmation_do_not_join_the_ticket():
    turn = after_a_ticket().hear(text="teşekkürler", chatter="thanks")
    assert (turn.effects, turn.outcome) == ((), "answered")


def test_the_facts_are_asked_for_all_words_of_the_report_and_its_newest_place():
    talk = Talk()
    talk.hear(text="Yolda")
    talk.hear("location", place=HERE)
    assert words(talk.state, InboundMessage(3, "text", "çukur var")) == ("Yolda\nçukur var", HERE)


# --- what a first reading would get wrong --------------------------------------------------------------------
def test_a_reason_that_comes_late_is_still_the_reason():
    talk = Talk()
    talk.facts = replace(
        KNOWN, own=(TicketView(3, "MG-2026-000003", "RESOLVED", resolved=True, may=frozenset({"ASSIGNED"})),)
    )
    talk.hear("interactive", choice="unsolved:MG-2026-000003")
    talk.now += timedelta(hours=1)
    talk.hear(text="Hâlâ duruyor")
    assert talk.effects[1] == Reopen(3, "Hâlâ duruyor", 2)


def test_a_greeting_between_question_and_answer_is_no_answer():
    talk = Talk()
    talk.hear(text="Yolda çukur var")
    talk.wake()
    talk.hear(text="selam", chatter="hello")
    assert talk.opened() == []


def test_stars_for_what_was_not_resolved_are_refused():
    talk = Talk()
    talk.facts = replace(KNOWN, own=(TicketView(3, "MG-2026-000003", "CLOSED"),))
    talk.hear("interactive", choice="stars5:MG-2026-000003")
    assert talk.said() == ["not_now"]


def test_a_redirection_of_long_ago_can_no_longer_be_overruled():
    talk = Talk()
    talk.facts = replace(KNOWN, own=(TicketView(3, "MG-2026-000003", "CLOSED", elsewhere=True),))
    talk.hear("interactive", choice="insist:MG-2026-000003")
    assert talk.said() == ["not_reopenable"]
