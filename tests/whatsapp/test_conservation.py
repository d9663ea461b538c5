"""Nobody is lost: whoever asks for a person waits until a person has answered, and every message comes to something."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.whatsapp import wire
from tests.whatsapp.line import MORNING, Line
from tests.whatsapp.wire import AYSE, VELI, Person
from tickets.answering import conversations
from tickets.models import PersonalDataRequest, WaitingConversation
from tickets.record.permissions import Actor, actor_of
from whatsapp.handover import begin_and_end
from whatsapp.models import Conversation, Message, Outbox
from whatsapp.texts.catalog import TABLES
from whatsapp.turns import runner

pytestmark = pytest.mark.slow

ASKED = ("temsilci", "müdürünüzle görüşmek istiyorum", "insan yok mu orada", "robotla konuşmak istemiyorum")
OTHER = (
    *(
        "Alpaslan mahallesi, yolda büyük çukur var",
        "köşk mahallesi",
        "selam",
        "teşekkürler",
        "tamam",
        "alo",
        "?",
    ),
    *("kiminle görüşüyorum", "kaç gün sürer", "durum", "iptal", "evet", "hayır", "yanlış fotoğraf gönderdim"),
    *("verilerimi silin", "hâlâ gelen yok", "çukur kapandı, sağ olun", "bildirim istemiyorum", "no 5"),
)
PEOPLE = (AYSE, VELI)
PHOTOS = ("foto", "foto", "foto", "kayıp")  # Meta never has the last
DROPPED = TABLES["tr"].sentences["draft_dropped"]
acts = st.lists(
    st.one_of(
        st.tuples(st.just("asks"), st.sampled_from(PEOPLE), st.sampled_from(ASKED)),
        st.tuples(st.just("says"), st.sampled_from(PEOPLE), st.sampled_from(OTHER)),
        st.tuples(st.just("shows"), st.sampled_from(PEOPLE), st.sampled_from(PHOTOS)),
        st.tuples(st.just("staff answer"), st.sampled_from(PEOPLE), st.just("Buyurun")),
        st.tuples(st.just("hands back"), st.sampled_from(PEOPLE), st.just("")),
        st.tuples(
            st.just("time"), st.sampled_from(PEOPLE), st.sampled_from(("3", "30", "1000", "20000", "90000"))
        ),
        st.tuples(st.just("a worker dies"), st.sampled_from(PEOPLE), st.just("")),
    ),
    max_size=14,
)


def dies(line: Line) -> None:
    """A worker dies in the middle of whatever is due; another finds it later."""
    line.ingest_all()
    claims, _ = runner.claim_due(line.now)
    for claim in claims[:1]:
        with transaction.atomic():  # nothing of it is kept, as after kill -9
            runner.process_turn(claim, line.now)
            transaction.set_rollback(True)
    line.later(seconds=20)


def play(line: Line, clerk: Actor, what: str, who: Person, words: str) -> Counter[str]:
    """Does one thing; counts by person who was answered by a person."""
    talk = Conversation.objects.filter(citizen__name=who.name)
    match what:
        case "asks" | "says":
            line.hear(wire.text(who, words), by=who)
        case "shows":
            line.hear(wire.photo(who, words), by=who)
        case "staff answer":
            for row in WaitingConversation.objects.filter(ended_at=None, citizen__name=who.name):
                conversations.answer(handover=row, actor=clerk, now=line.now, text=words)
                return Counter([str(who.name)])
        case "hands back":
            begin_and_end.hand_back(talk, line.now)
        case "time":
            line.later(seconds=float(words))
        case _:
            dies(line)
    return Counter()


@pytest.fixture
def clerk(line: Line, jpeg: bytes) -> Actor:
    line.meta.files["foto"] = jpeg
    return actor_of(User.objects.create_superuser("memur"))


@pytest.mark.parametrize("runs", [40, pytest.param(400, marks=pytest.mark.long)])
def test_who_asked_for_a_person_was_answered_by_one_or_waits(line: Line, clerk: Actor, runs: int) -> None:
    @given(history=acts)
    @settings(
        max_examples=runs,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    def nobody_is_lost(history: Any) -> None:
        with transaction.atomic():
            _live(line, clerk, history)
            transaction.set_rollback(True)

    nobody_is_lost()


def _live(line: Line, clerk: Actor, history: Any) -> None:
    line.now = MORNING
    line.meta.sent.clear()
    waits: set[str] = set()
    for what, who, words in history:
        line.now += timedelta(seconds=1)
        answered = play(line, clerk, what, who, words)
        waits -= set(answered)
        waits |= {str(who.name)} if what == "asks" else set()
        open_ones = WaitingConversation.objects.filter(ended_at=None)
        assert waits <= set(open_ones.values_list("citizen__name", flat=True))
    line.later(days=2)
    assert waits <= set(
        WaitingConversation.objects.filter(ended_at=None).values_list("citizen__name", flat=True)
    )
    assert _lost() == []


def _lost() -> list[str]:
    """The messages that came to nothing: of no ticket, answered by nothing, waited for by nobody."""
    kept = {"answered", "waiting", "staff", "joined", "noted", "talk"}
    loose = Message.objects.filter(ticket=None).exclude(outcome__in=kept).select_related("conversation")
    asked = set(PersonalDataRequest.objects.values_list("citizen", flat=True))
    waiting = set(WaitingConversation.objects.filter(ended_at=None).values_list("citizen", flat=True))
    return [
        f"{row.text}: {row.state} {row.outcome}"
        for row in loose
        if not _held(row) and row.conversation and row.conversation.citizen_id not in asked | waiting
    ]


def _held(row: Message) -> bool:
    """Whether it is part of a report in the making, which opens by itself, or was taken back with one."""
    draft = (row.conversation.state if row.conversation else {}).get("draft") or {}
    given_up = Outbox.objects.filter(conversation=row.conversation, text__startswith=DROPPED).exists()
    return given_up or row.pk in [piece["message"] for piece in draft.get("pieces", ())]
