"""What holds for the talk with one citizen whatever happens in it, in whatever order."""

import json
from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.whatsapp.talk import HERE, KNOWN, PLACED, START, Talk
from whatsapp.conversation.effects import AnswerStatus, Join, OpenDanger, OpenTicket, Say
from whatsapp.conversation.state import (
    Draft,
    DraftPart,
    LinkedTicket,
    PendingReply,
    State,
    ToldDanger,
    dump,
    load,
)
from whatsapp.conversation.types import Danger, TurnContext

MOMENTS = st.integers(0, 10**9).map(lambda seconds: START + timedelta(seconds=seconds))
PLACES = st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180))
KNOWNS = st.builds(LinkedTicket, st.integers(), st.text(), st.booleans())
EXPECTS = st.builds(
    PendingReply, st.sampled_from(["add", "reason"]), st.integers(), st.text(), MOMENTS, st.integers(0, 5)
)
PIECES = st.builds(
    DraftPart, st.integers(), st.text(), PLACES, st.text(), st.sampled_from(["", "audio", "video"])
)
DRAFTS = st.builds(
    Draft,
    pieces=st.lists(PIECES).map(tuple),
    since=MOMENTS,
    due=MOMENTS,
    asked=st.sampled_from([(), ("what",), ("what", "place")]),
    unsure=st.sampled_from(["", "gas_in"]),
    held=st.booleans(),
    to=st.none() | KNOWNS,
)
DANGERS = st.builds(
    ToldDanger,
    kind=st.sampled_from(["fire", "violence"]),
    language=st.sampled_from(["tr", "ar"]),
    said_at=MOMENTS,
    ticket=st.integers(),
    restricted=st.booleans(),
    short_at=st.none() | MOMENTS,
    second_at=st.none() | MOMENTS,
    asked=st.booleans(),
    replied=st.lists(st.tuples(st.text(), MOMENTS)).map(tuple),
)
STATES = st.builds(
    State,
    draft=st.none() | DRAFTS,
    last=st.none() | KNOWNS,
    confirmed_at=st.none() | MOMENTS,
    notice=st.text(),
    reply=st.text(),
    notice_at=st.none() | MOMENTS,
    reply_at=st.none() | MOMENTS,
    expect=st.none() | EXPECTS,
    answers=st.lists(MOMENTS).map(tuple),
    danger=st.none() | DANGERS,
    unsure_at=st.none() | MOMENTS,
)


@given(STATES)
def test_a_state_survives_being_stored(state: State):
    assert load(json.loads(json.dumps(dump(state)))) == state


def test_a_talk_not_begun_is_an_empty_state():
    assert load({}) == State()


STEPS = st.tuples(
    st.sampled_from(["text", "image", "audio", "location", "sticker", "reaction", "unsupported", "wake"]),
    st.sampled_from(["", "çukur", "Alpaslan'da"]),
    st.sampled_from(
        [
            {},
            {"danger": Danger("wire", sure=True, language="tr")},
            {"chatter": "hello"},
            {"command": "status"},
            {"sure": False},
        ]
    ),
    st.integers(0, 1200),
)


def play(steps: list[Any], facts: TurnContext) -> Talk:
    talk = Talk(facts)
    for kind, text, more, seconds in steps:
        if kind != "wake":
            talk.hear(kind, text, place=HERE if kind == "location" else None, **more)
        elif talk.wake_at:
            talk.wake()
        talk.now += timedelta(seconds=seconds)
        open_parts = (talk.state.draft, talk.state.reply_at, talk.state.danger)
        open_talk = any(part is not None for part in open_parts)
        assert (talk.wake_at is not None) == open_talk
    return talk


@given(st.lists(STEPS, max_size=15), st.sampled_from([KNOWN, PLACED]))
def test_an_open_report_always_has_a_moment_to_be_looked_at(steps: list[Any], facts: TurnContext):
    play(steps, facts)


@given(st.lists(STEPS, max_size=15), st.sampled_from([KNOWN, PLACED]))
def test_the_same_question_is_never_put_twice_in_a_row(steps: list[Any], facts: TurnContext):
    talk = play(steps, facts)
    keys = [
        e.key if isinstance(e, Say) else type(e).__name__
        for e in talk.effects
        if not isinstance(e, AnswerStatus)
    ]
    questions = [(a, b) for a, b in pairwise(keys) if a.startswith("ask_")]
    assert all(a != b for a, b in questions)


@given(st.lists(STEPS, max_size=15), st.sampled_from([KNOWN, PLACED]))
def test_left_alone_every_talk_comes_to_rest_with_no_piece_lost(steps: list[Any], facts: TurnContext):
    talk = play(steps, facts)
    for _ in range(4):
        if talk.wake_at:
            talk.wake()
    assert talk.wake_at is None
    told = [m for e in talk.effects if isinstance(e, OpenTicket | OpenDanger | Join) for m in e.messages]
    assert sorted(told) == talk.pieces
