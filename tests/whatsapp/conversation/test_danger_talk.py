"""What is said while a life may be in danger, and what never is, as a pure function of what happened and when."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from departments.danger_reader.kinds import kinds
from tests.whatsapp.talk import DANGER, HERE, KNOWN, SETTLE, START, Talk, after_a_ticket
from whatsapp.conversation.effects import (
    Cancel,
    Join,
    NoteDangerNews,
    OpenDanger,
    OpenTicket,
    RaiseDanger,
    RateTicket,
    RingAgain,
    Say,
    Warn,
)
from whatsapp.conversation.time_limits import DANGER_OVER_AFTER, DOUBTFUL_DRAFT
from whatsapp.conversation.types import Danger
from whatsapp.texts import render

RESTRICTED = [key for key, kind in kinds().items() if kind.restricted]
OPEN = [key for key, kind in kinds().items() if not kind.restricted]
FOLLOW_UPS = [
    *(
        "nobody_came",
        "are_you_coming",
        "no_answer",
        "cannot_speak",
        "cannot_get_out",
        "child_alone",
        "found",
        "woke",
    ),
    *("taken_back", "in_hand", "over", "insists", "unreachable", "died"),
]


def sure(kind: str, **more: Any) -> Danger:
    return Danger(kind, sure=True, language="tr", **more)


def told_of(kind: str) -> Talk:
    """A talk whose first message told of this danger, a moment ago."""
    talk = Talk(notice="")
    talk.hear(text="tehlike", danger=sure(kind))
    return talk


# --- the first sentence --------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", kinds())
def test_the_kinds_own_sentence_is_said_at_once_and_the_ticket_opened_with_it(kind: str) -> None:
    talk = told_of(kind)
    sentence = "first.violence" if kind == "cry" else f"first.{kind}"
    restricted = kinds()[kind].restricted
    opening = OpenDanger(kind, True, messages=(1,), text="tehlike", place=None, restricted=restricted)
    assert talk.effects == [Warn(sentence, "tr"), opening]


def test_what_was_said_before_is_part_of_the_ticket() -> None:
    talk = Talk()
    talk.hear("image")
    talk.hear(text="bakın")
    talk.hear(text="ev yanıyor", danger=sure("fire"))
    assert talk.effects[-1] == OpenDanger(
        "fire", sure=True, messages=(1, 2, 3), text="bakın\nev yanıyor", place=None
    )
    assert talk.state.draft is None


def test_the_language_is_that_of_the_words_of_danger() -> None:
    talk = Talk(replace(KNOWN, language="tr"))
    talk.hear(text="fire!", danger=Danger("fire", sure=True, language="en"))
    assert talk.effects[0] == Warn("first.fire", "en")


@pytest.mark.parametrize(
    ("kind", "key"), [("fire", "fire"), ("co", "gas"), ("violence", "violence"), ("stuck", "any")]
)
def test_a_child_is_told_one_step(kind: str, key: str) -> None:
    talk = Talk()
    talk.hear(text="ben çocuğum", danger=sure(kind, child=True))
    assert talk.said() == [f"child.{key}"]


@pytest.mark.parametrize(
    "facts", [{"blocked": True}, {"staffed": True}, {"silent_until": START + timedelta(hours=4)}]
)
def test_nothing_holds_the_first_sentence_back(facts: dict[str, Any]) -> None:
    talk = Talk(replace(KNOWN, **facts))
    talk.hear(text="ev yanıyor", danger=sure("fire"))
    assert talk.said() == ["first.fire"]


# --- the second message --------------------------------------------------------------------------------------
def test_after_the_settling_time_the_place_is_asked_for_once() -> None:
    talk = told_of("fire")
    assert talk.wake_at == START + SETTLE
    talk.wake()
    assert talk.effects[-1] == Warn("second.place", "tr", DANGER.number)
    assert talk.wake_at == START + DANGER_OVER_AFTER


def test_a_danger_that_nobody_closes_is_let_go_after_a_day_without_a_word() -> None:
    talk = told_of("fire")
    for _ in range(2):
        talk.wake()
    assert talk.now == START + DANGER_OVER_AFTER
    assert (talk.state.danger, talk.wake_at, talk.said()) == (None, None, ["first.fire", "second.place"])


def test_where_the_place_is_known_it_is_not_asked_for() -> None:
    talk = told_of("fire")
    talk.facts = replace(talk.facts, own=(replace(DANGER, placed=True),))
    talk.wake()
    assert talk.said() == ["first.fire", "second.placed"]


@pytest.mark.parametrize("kind", [key for key, kind in kinds().items() if not kind.second])
def test_where_nothing_helps_but_the_telephone_no_second_message_follows(kind: str) -> None:
    assert told_of(kind).wake_at == START + DANGER_OVER_AFTER


def test_a_pin_is_thanked_for_and_joins() -> None:
    talk = told_of("fire")
    talk.wake()
    talk.hear("location", place=HERE)
    assert talk.effects[-2:] == [Warn("answered.place", "tr"), Join(DANGER.ticket, (2,), "", HERE)]


@pytest.mark.parametrize(("kind", "key"), [("fire", "answered.place"), ("violence", "answered.thanks")])
def test_the_words_that_say_where_are_the_place_for_whoever_calls_112(kind: str, key: str) -> None:
    talk = told_of(kind)
    talk.wake()
    talk.hear(text="Büyük Otel, oda 402", place_known=True)
    said = "Büyük Otel, oda 402"
    assert talk.effects[-2:] == [Warn(key, "tr"), Join(DANGER.ticket, (2,), said, None, said)]


def test_words_of_a_place_that_come_once_it_is_known_may_be_of_another_one() -> None:
    talk = told_of("fire")
    talk.facts = replace(talk.facts, own=(replace(DANGER, in_mahalle=True),))
    talk.wake()
    talk.hear(text="Köşk mahallesinde oturuyorum", place_known=True)
    assert talk.effects[-1] == Join(DANGER.ticket, (2,), "Köşk mahallesinde oturuyorum", None)


# --- the same again ------------------------------------------------------------------------------------------
def test_the_same_danger_again_is_answered_in_short_and_every_two_minutes_at_most() -> None:
    talk = told_of("fire")
    for _ in range(4):
        talk.now += timedelta(minutes=1)
        talk.hear(text="yanıyor", danger=sure("fire"))
    assert talk.said() == ["first.fire", "again.any", "again.any"]


def test_after_ten_minutes_the_whole_sentence_is_said_again() -> None:
    talk = told_of("gas_in")
    talk.now += timedelta(minutes=10)
    talk.hear(text="gaz", danger=sure("gas_in"))
    assert talk.said() == ["first.gas_in", "first.gas_in"]


def test_another_danger_has_its_whole_sentence_at_once_and_raises_the_ticket() -> None:
    talk = told_of("gas_in")
    talk.hear(text="patladı, yanıyor", danger=sure("fire"))
    assert talk.effects[-4:] == [
        Warn("first.fire", "tr"),
        Join(DANGER.ticket, (2,), "patladı, yanıyor", None),
        RingAgain(DANGER.ticket),
        RaiseDanger(DANGER.ticket, "fire"),
    ]


def test_every_repetition_rings() -> None:
    talk = told_of("violence")
    talk.hear(text="vuruyor", danger=sure("violence"))
    assert talk.said() == ["first.violence"]
    assert talk.effects[-1] == RingAgain(DANGER.ticket)


# --- what people write next ----------------------------------------------------------------------------------
def test_whoever_waits_is_told_to_call_again_and_it_rings() -> None:
    talk = told_of("fire")
    talk.hear(text="kimse gelmedi hâlâ", follow="nobody_came")
    assert talk.effects[-3:] == [
        Warn("follow.nobody_came", "tr"),
        Join(DANGER.ticket, (2,), "kimse gelmedi hâlâ", None),
        RingAgain(DANGER.ticket),
    ]


def test_the_same_answer_is_not_given_twice_within_two_minutes() -> None:
    talk = told_of("fire")
    for _ in range(3):
        talk.hear(text="kimse gelmedi", follow="nobody_came")
    assert talk.said() == ["first.fire", "follow.nobody_came"]


@pytest.mark.parametrize(
    ("kind", "key"), [("bite", "any"), ("fire", "fire"), ("co", "gas"), ("violence", "violence")]
)
def test_a_child_that_says_so_after_naming_a_danger_is_told_its_one_step(kind: str, key: str) -> None:
    talk = told_of(kind)
    talk.hear(text="9 yaşındayım", follow="child_alone")
    assert talk.said()[-1] == f"child.{key}"


@pytest.mark.parametrize("kind", ["cry", "despair"])
def test_a_child_whose_danger_has_no_name_is_sent_to_somebody_it_trusts(kind: str) -> None:
    talk = told_of(kind)
    talk.hear(text="9 yaşındayım", follow="child_alone")
    assert talk.said()[-1] == "follow.child_alone"


@pytest.mark.parametrize("kind", ["gas_in", "gas_bottle", "co", "co_down"])
def test_who_takes_fumes_to_be_past_is_told_to_get_out_all_the_same(kind: str) -> None:
    talk = told_of(kind)
    talk.hear(text="camları açtık", follow="over")
    assert talk.said()[-1] == "again.out"
    assert NoteDangerNews(DANGER.ticket, "over") in talk.effects


@pytest.mark.parametrize(("kind", "key"), [("fire", "in_hand"), ("shots", "in_hand_restricted")])
def test_that_a_danger_is_past_is_news_and_nothing_is_asked_after_it(kind: str, key: str) -> None:
    talk = told_of(kind)
    talk.hear(text="bitti", follow="over")
    talk.wake()
    assert talk.said() == [f"first.{kind}", f"follow.{key}"]
    assert NoteDangerNews(DANGER.ticket, "over") in talk.effects


@pytest.mark.parametrize(
    ("kind", "said"), [("fire", ["again.any"]), ("despair", ["again.despair"]), ("violence", [])]
)
def test_who_says_that_it_is_no_joke_repeats_what_was_told_and_it_rings(kind: str, said: list[str]) -> None:
    talk = told_of(kind)
    talk.hear(text="şaka değil", follow="insists")
    assert talk.said()[1:] == said
    assert talk.effects[-1] == RingAgain(DANGER.ticket)


def test_that_who_is_missing_does_not_answer_their_telephone_has_no_answer() -> None:
    talk = told_of("lost_child")
    talk.hear(text="telefonunu açmıyor", follow="unreachable")
    assert talk.said() == ["first.lost_child"]


@pytest.mark.parametrize("kind", ["fire", "unconscious", "despair_other"])
def test_who_tells_of_a_death_is_told_nothing_more_and_a_person_is_rung_to_write(kind: str) -> None:
    talk = told_of(kind)
    talk.hear(text="öldü", follow="died")
    talk.wake()
    assert talk.said() == [f"first.{kind}"]
    assert [RingAgain(DANGER.ticket), NoteDangerNews(DANGER.ticket, "died")] == talk.effects[-2:]


@pytest.mark.parametrize("kind", RESTRICTED)
def test_no_word_ends_a_restricted_danger(kind: str) -> None:
    talk = told_of(kind)
    talk.hear(text="iptal, şakaydı", follow="taken_back", command="cancel")
    talk.hear(text="merhaba", chatter="hello")
    assert talk.state.danger is not None
    assert not talk.opened()


def test_a_danger_is_over_when_a_person_has_closed_its_ticket() -> None:
    talk = told_of("fire")
    talk.facts = replace(talk.facts, own=(replace(DANGER, danger_over=True),))
    talk.hear(text="yolda çukur var")
    assert talk.state.danger is None
    assert talk.state.draft is not None


@pytest.mark.parametrize(
    ("text", "restricted"),
    [
        ("babam bayıldı uyanmıyor", True),
        ("pazarda yaşlı bir adam yere yığıldı, nefes almıyor", False),
        ("evde annem düştü, sokaktan bağırıyoruz", True),
    ],
)
def test_who_falls_down_before_everybody_is_nobodys_secret(text: str, restricted: bool) -> None:
    talk = Talk(notice="")
    talk.hear(text=text, danger=sure("unconscious"))
    (opening,) = (effect for effect in talk.effects if isinstance(effect, OpenDanger))
    assert opening.restricted == restricted


def test_a_danger_told_of_beside_violence_is_handled_by_the_stricter_of_both() -> None:
    talk = Talk(notice="")
    talk.hear(text="ev yanıyor, kocam yaktı", danger=sure("fire", shielded=True))
    talk.wake()
    (opening,) = (effect for effect in talk.effects if isinstance(effect, OpenDanger))
    assert (opening.kind, opening.restricted) == ("fire", True)
    assert talk.said() == ["first.fire", "second.where_is_it"]


def test_a_danger_that_violence_is_told_of_later_is_restricted_from_then_on() -> None:
    talk = told_of("fire")
    talk.hear(text="ev yanıyor, kocam yaktı", danger=sure("fire", shielded=True))
    assert RaiseDanger(DANGER.ticket, "fire", restricted=True) in talk.effects
    assert talk.state.danger is not None
    assert talk.state.danger.restricted


def test_every_danger_raises_the_ticket_though_the_same_sentence_is_said_to_all() -> None:
    talk = Talk(notice="")
    for kind in ("injury", "unconscious", "trapped"):
        talk.hear(text="tehlike", danger=sure(kind, child=True))
    raised = [effect.kind for effect in talk.effects if isinstance(effect, RaiseDanger)]
    assert raised == ["unconscious", "trapped"]
    assert [key for key in talk.said() if key.startswith("child.")] == ["child.any"]


@pytest.mark.parametrize("kind", ["violence", "fire"])
def test_whoever_deletes_a_message_in_danger_is_told_nothing_of_it(kind: str) -> None:
    talk = told_of(kind)
    talk.hear("revoke", about=DANGER.ticket)
    assert talk.said() == [f"first.{kind}"]


def test_a_danger_that_is_told_again_takes_the_question_back_whether_to_cancel() -> None:
    talk = in_hand("fire")
    talk.hear(text="iptal", follow="taken_back", command="cancel")
    talk.hear(text="ev hâlâ yanıyor", danger=sure("fire"))
    talk.hear(text="evet", yes=True)
    assert not any(isinstance(effect, Cancel) for effect in talk.effects)


def test_two_dangers_told_by_turns_have_their_whole_sentences_once_in_ten_minutes() -> None:
    talk = told_of("violence")
    for kind in ("fire", "violence", "fire"):
        talk.hear(text="tehlike", danger=sure(kind))
    assert [key for key in talk.said() if key.startswith("first.")] == ["first.violence", "first.fire"]


def in_hand(kind: str) -> Talk:
    """A talk of that danger, which a person has claimed."""
    talk = told_of(kind)
    own = replace(DANGER, claimed=True, may=frozenset({"CANCELLED"}))
    talk.facts = replace(talk.facts, own=(own,))
    talk.effects.clear()
    return talk


def test_once_a_person_has_an_open_danger_its_citizen_may_cancel_it_and_is_asked_once() -> None:
    talk = in_hand("fire")
    talk.hear(text="iptal", follow="taken_back", command="cancel")
    talk.hear(text="evet", yes=True)
    assert talk.said() == ["ask_cancel", "cancelled"]
    assert Cancel(DANGER.ticket) in talk.effects


def test_before_a_person_has_it_no_word_cancels_a_danger() -> None:
    talk = told_of("fire")
    talk.hear(text="iptal", follow="taken_back", command="cancel")
    assert talk.said()[-1] == "follow.taken_back"


@pytest.mark.parametrize("kind", RESTRICTED)
def test_a_restricted_danger_cannot_be_cancelled_when_a_person_has_it_either(kind: str) -> None:
    talk = in_hand(kind)
    talk.hear(text="iptal", follow="taken_back", command="cancel")
    talk.hear(text="evet", yes=True)
    assert not any(isinstance(effect, Cancel) for effect in talk.effects)
    assert "ask_cancel" not in talk.said()


def test_for_whoever_cannot_call_it_rings_as_for_somebody_helpless() -> None:
    talk = told_of("violence")
    talk.hear(text="konuşamıyorum", follow="cannot_speak")
    talk.hear(text="geliyor musunuz", follow="are_you_coming")
    assert [effect for effect in talk.effects if isinstance(effect, RingAgain)] == [
        RingAgain(DANGER.ticket, helpless=True),
        RingAgain(DANGER.ticket),
    ]


def test_whoever_writes_a_language_of_no_sentence_is_told_once_in_all_three() -> None:
    talk = Talk(notice="")
    talk.hear(text="помогите", danger=replace(sure("cry"), language=""))
    talk.wake()
    talk.hear(text="пожалуйста")
    assert talk.said() == ["foreign.any"]
    lines = render.danger("foreign.any", "").text.splitlines()
    assert [("112" in line) for line in lines] == [True, True, True]


def test_what_its_citizen_cancelled_rings_for_its_claimer_and_gives_no_notice() -> None:
    talk = in_hand("fire")
    talk.hear(text="iptal", follow="taken_back", command="cancel")
    talk.hear(text="evet", yes=True)
    assert not any(effect.notice for effect in talk.effects if isinstance(effect, Say))
    assert talk.effects[-2:] == [NoteDangerNews(DANGER.ticket, "taken_back"), RingAgain(DANGER.ticket)]


def test_who_writes_on_after_cancelling_a_danger_is_still_of_it() -> None:
    talk = in_hand("gas_in")
    talk.facts = replace(talk.facts, own=(replace(talk.facts.own[0], danger_over=True, status="CANCELLED"),))
    talk.hear(text="hala kokuyor ama")
    assert talk.said() == ["again.out"]
    assert RingAgain(DANGER.ticket) in talk.effects


def test_a_cry_while_a_danger_is_open_is_of_that_danger() -> None:
    talk = told_of("lost_child")
    talk.now += timedelta(minutes=11)
    talk.hear(text="lütfen birini gönderin yalvarırım", danger=sure("cry"))
    assert talk.said()[-1] == "first.lost_child"
    assert not any(isinstance(effect, RaiseDanger) for effect in talk.effects)


def test_who_faints_beside_a_stove_is_poisoned_by_it() -> None:
    talk = told_of("co")
    talk.hear(text="annem bayıldı uyanmıyor", danger=sure("unconscious"))
    assert talk.said()[-1] == "first.co_down"
    assert RaiseDanger(DANGER.ticket, "co_down") in talk.effects


def test_what_was_only_possible_and_becomes_sure_has_its_whole_sentence() -> None:
    talk = Talk(notice="")
    talk.hear(text="bir anlamım yok", danger=Danger("despair", sure=False, language="tr"))
    talk.hear(text="artık yaşamak istemiyorum", danger=sure("despair"))
    assert talk.said() == ["unsure.restricted", "first.despair"]
    assert RaiseDanger(DANGER.ticket, "despair", restricted=True) in talk.effects


@pytest.mark.parametrize("follow", ["found", "woke", "in_hand"])
def test_what_became_of_it_is_news_for_staff_and_nothing_is_asked_after_it(follow: str) -> None:
    talk = told_of("lost_child")
    talk.hear(text="bulduk", follow=follow)
    talk.now += SETTLE
    assert NoteDangerNews(DANGER.ticket, follow) in talk.effects
    assert not any(key.startswith("second.") for key in talk.said())
    assert talk.state.danger is not None
    assert talk.state.danger.second_at is None


def test_what_is_taken_back_is_news_and_the_place_is_asked_for_all_the_same() -> None:
    talk = told_of("fire")
    talk.hear(text="şakaydı", follow="taken_back")
    talk.wake()
    assert NoteDangerNews(DANGER.ticket, "taken_back") in talk.effects
    assert talk.said() == ["first.fire", "follow.taken_back", "second.place"]


@pytest.mark.parametrize(
    ("kind", "known", "said"),
    [
        ("fire", {"addressed": True}, ["second.placed"]),
        ("fire", {"in_mahalle": True}, ["second.place_exactly"]),
        ("lost_child", {"in_mahalle": True}, []),
        ("lost_child", {"described": True}, []),
        ("lost_child", {}, ["second.last_seen"]),
        ("violence_other", {"addressed": True}, []),
    ],
)
def test_where_it_is_is_not_asked_of_who_has_told(kind: str, known: dict[str, Any], said: list[str]) -> None:
    talk = told_of(kind)
    talk.facts = replace(talk.facts, own=(replace(DANGER, **known),))
    talk.wake()
    assert talk.said()[1:] == said


# --- where it is not sure ------------------------------------------------------------------------------------
def test_a_talk_that_begins_with_a_voice_message_is_told_at_once_whom_to_call() -> None:
    talk = Talk()
    talk.hear("audio")
    assert talk.said() == ["unsure.voice"]


def test_a_report_that_may_be_danger_is_opened_in_time_for_a_person_to_read_it() -> None:
    talk = Talk()
    talk.hear("audio")
    talk.wake()
    asked_at = talk.now
    talk.wake()
    assert talk.now - asked_at == DOUBTFUL_DRAFT
    assert talk.opened()[0].unsure == "other"


def test_a_voice_message_beside_other_words_is_a_piece_of_the_report() -> None:
    talk = Talk()
    talk.hear(text="yolda çukur var")
    talk.hear("audio")
    assert talk.said() == []


def test_what_may_be_danger_gets_the_calm_line_and_the_ordinary_course() -> None:
    talk = Talk(replace(KNOWN, place_known=True))
    talk.hear(text="bir koku var", danger=Danger("gas_in", sure=False, language="tr"))
    assert talk.said() == ["unsure.fumes"]
    talk.wake()
    assert talk.opened()[0].unsure == "gas_in"


def test_what_may_be_danger_is_opened_at_the_settling_time_though_nobody_knows_where_it_is() -> None:
    talk = Talk()
    talk.hear(text="bir koku var", danger=Danger("gas_in", sure=False, language="tr"))
    talk.wake()
    assert talk.now - START == SETTLE
    (opening,) = talk.opened()
    assert (opening.unsure, opening.place_missing) == ("gas_in", True)


def test_what_may_be_danger_is_not_asked_whether_it_is_of_the_ticket_before() -> None:
    talk = after_a_ticket()
    talk.facts = replace(KNOWN, category="cop_toplama", sure=False, guess=True)
    talk.hear(text="bir koku var", danger=Danger("gas_in", sure=False, language="tr"))
    talk.wake()
    assert (talk.said(), talk.opened()[0].unsure) == (["unsure.fumes"], "gas_in")


def test_the_calm_line_is_said_once_a_day() -> None:
    talk = Talk()
    for _ in range(3):
        talk.hear(text="koku", danger=Danger("gas_in", sure=False, language="tr"))
    assert talk.said() == ["unsure.fumes"]


@pytest.mark.parametrize("kind", ["violence", "cry", "despair", "despair_other"])
def test_possible_despair_or_violence_is_taken_for_sure(kind: str) -> None:
    talk = Talk()
    talk.hear(text="…", danger=Danger(kind, sure=False, language="tr"))
    assert talk.effects[0] == Warn("unsure.restricted", "tr")
    assert isinstance(talk.effects[1], OpenDanger)


@pytest.mark.parametrize("kind", ["lost_child", "unconscious", "shots", "package"])
def test_other_restricted_kinds_that_are_only_possible_take_the_ordinary_course(kind: str) -> None:
    talk = Talk()
    talk.hear(text="…", danger=Danger(kind, sure=False, language="tr"))
    assert talk.said() == ["unsure.any"]
    assert talk.state.danger is None
    assert talk.state.draft is not None


# --- what never follows --------------------------------------------------------------------------------------
@st.composite
def histories(draw: st.DrawFn) -> tuple[str, list[tuple[str, dict[str, Any], int]]]:
    """A kind of danger, and what its citizen writes and does afterwards, each with the minutes that pass before."""
    kind = draw(st.sampled_from(list(kinds())))
    again = st.sampled_from(list(kinds())).map(lambda key: ("text", {"text": "x", "danger": sure(key)}))
    follow = st.sampled_from(FOLLOW_UPS).map(lambda key: ("text", {"text": "x", "follow": key}))
    others: list[tuple[str, dict[str, Any]]] = [
        ("text", {"text": "durum", "command": "status"}),
        ("text", {"text": "iptal", "command": "cancel", "follow": "taken_back"}),
        ("text", {"text": "temsilci", "command": "person"}),
        ("text", {"text": "teşekkürler", "chatter": "thanks"}),
        ("text", {"text": "evet", "yes": True}),
        ("text", {"text": "çöp alınmadı"}),
        ("image", {}),
        ("audio", {}),
        ("sticker", {}),
        ("location", {"place": HERE}),
        ("interactive", {"choice": f"stars5:{DANGER.number}"}),
        ("revoke", {}),
    ]
    happenings = draw(st.lists(st.one_of(again, follow, st.sampled_from(others)), max_size=12))
    return kind, [(what, facts, draw(st.integers(0, 30))) for what, facts in happenings]


@given(histories())
def test_nothing_but_the_sentences_of_danger_is_said_while_one_is_open(
    history: tuple[str, list[tuple[str, dict[str, Any], int]]],
) -> None:
    kind, happenings = history
    talk = told_of(kind)
    for what, facts, minutes in happenings:
        until = talk.now + timedelta(minutes=minutes)
        while talk.wake_at is not None and talk.wake_at <= until:
            talk.wake()
        talk.now = until
        talk.hear(what, **facts)
    forbidden = (Say, OpenTicket, RateTicket)
    assert not [effect for effect in talk.effects if isinstance(effect, forbidden)]
    told = [effect.number for effect in talk.effects if isinstance(effect, Warn)]
    assert not (kinds()[kind].restricted and any(told)), "a restricted danger has no number for its citizen"


@pytest.mark.parametrize("language", ["tr", "en", "ar"])
def test_the_sentences_of_danger_are_plain_text_without_a_link_and_without_a_template(language: str) -> None:
    for key in kinds():
        words = render.danger("first.violence" if key == "cry" else f"first.{key}", language)
        assert words.payload.keys() == {"type", "text"}
        assert words.template is None
        assert "http" not in words.text
        assert "112" in words.text
