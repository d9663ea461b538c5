"""Whatever a citizen, staff and the network do, in whatever order: the promises of the talk hold."""

from datetime import timedelta
from itertools import pairwise
from typing import Any, ClassVar

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from typing_extensions import override

from tests.whatsapp import wire
from tests.whatsapp.journeys import offered
from tests.whatsapp.line import MORNING, Line
from tests.whatsapp.meta import graph_error
from tests.whatsapp.wire import AYSE
from tickets import services
from tickets.access import actor_of
from tickets.models import Ticket
from tickets.workflow import MoveError, Status
from whatsapp import standing, takeover
from whatsapp.models import Conversation, Message, Outbox
from whatsapp.sentences.tr import TABLE

SAID = (
    *(
        "Yolda büyük çukur var, asfalt bozuk",
        "Alpaslan mahallesinde",
        "çöp",
        "selam",
        "teşekkürler",
        "evet",
        "hayır",
    ),
    *("durum", "iptal", "temsilci", "yardım", "bildirim istemiyorum", "yangın çıktı", "Kaçta açılıyorsunuz?"),
    *("sular kesik", "https://maps.app.goo.gl/abc", "38.7205, 35.4910"),
)
KINDS = ("image", "audio", "video", "sticker", "document")
QUESTIONS = tuple(TABLE.sentences[key].split("{")[0] for key in ("ask_what", "ask_place", "ask_outside"))
WARNINGS = tuple(TABLE.danger.values())
ENDINGS = {"draft", "joined", "answered", "noted", "staff"}


class Talk(RuleBasedStateMachine):
    line: ClassVar[Line]

    def __init__(self) -> None:
        super().__init__()
        self.body = b""
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.line.now = MORNING
        self.line.meta.forget()
        self.clerk = actor_of(User.objects.create_superuser("clerk"))

    @override
    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    def hear(self, message: dict[str, Any]) -> None:
        self.body = wire.said(message | {"timestamp": str(int(self.line.now.timestamp()))})
        self.deliver()

    def deliver(self) -> None:
        talk = Conversation.objects.first()
        was_silent = talk is not None and talk.silent_until is not None and self.line.now < talk.silent_until
        before = Outbox.objects.latest("id").pk if Outbox.objects.exists() else 0
        self.line.receive(self.body)
        self.line.work()
        if was_silent:
            said = Outbox.objects.filter(pk__gt=before, event=None).values_list("text", flat=True)
            state = standing.load(Conversation.objects.get().state)
            in_danger = state.draft is not None and state.draft.warned
            assert in_danger or not [text for text in said if not text.startswith(WARNINGS)]

    @rule(text=st.sampled_from(SAID))
    def writes(self, text: str) -> None:
        self.hear(wire.text(AYSE, text))

    @rule(kind=st.sampled_from(KINDS))
    def sends(self, kind: str) -> None:
        self.hear(wire.message(AYSE, kind, {"id": f"file-{kind}", "mime_type": "image/jpeg"}))

    @rule(spot=st.sampled_from([(38.7205, 35.4910), (39.92, 32.85)]))
    def shares_a_place(self, spot: tuple[float, float]) -> None:
        self.hear(wire.place(AYSE, *spot))

    @rule(code=st.sampled_from([131051, 131060]))
    def sends_what_cannot_be_read(self, code: int) -> None:
        self.hear(wire.message(AYSE, "unsupported", errors=[{"code": code}]))

    @rule(kind=st.sampled_from(["edit", "revoke"]))
    def changes_the_last_message(self, kind: str) -> None:
        last = Message.objects.order_by("id").last()
        change = {"original_message_id": last.wamid if last else "wamid.NONE"}
        new = {"message": {"type": "text", "text": {"body": "Erenköy'de çukur"}}} if kind == "edit" else {}
        self.hear(wire.message(AYSE, kind, change | new))

    @rule(which=st.integers(0, 9))
    def taps(self, which: int) -> None:
        offers = [each for message in self.line.meta.sent for each in offered(message)]
        if offers:
            choice, title = offers[-1 - which % len(offers)]
            reply = {"type": "button_reply", "button_reply": {"id": choice, "title": title}}
            self.hear(wire.message(AYSE, "interactive", reply))

    @precondition(lambda self: self.body)
    @rule()
    def is_delivered_again(self) -> None:
        messages = Message.objects.count()
        self.deliver()
        assert Message.objects.count() == messages

    @rule(seconds=st.sampled_from([1, 7, 60]))
    def waits(self, seconds: int) -> None:
        self.line.later(seconds=seconds)

    @rule(minutes=st.sampled_from([16, 250]))
    def finds_the_line_asleep(self, minutes: int) -> None:
        self.line.now += timedelta(minutes=minutes)
        self.line.work()
        self.line.later(seconds=1)

    @rule()
    def staff_write(self) -> None:
        if talk := Conversation.objects.first():
            takeover.staff_wrote(talk, self.line.now)

    @rule()
    def staff_hand_back(self) -> None:
        takeover.hand_back(Conversation.objects.all(), self.line.now)
        self.line.work()

    @rule(to=st.sampled_from([Status.IN_PROGRESS, Status.RESOLVED, Status.WAITING]))
    def staff_move_a_ticket(self, to: Status) -> None:
        ticket = Ticket.objects.order_by("id").last()
        try:
            if ticket:
                services.change_status(
                    ticket=ticket, to=to, actor=self.clerk, now=self.line.now, answer="Baktık."
                )
        except MoveError:
            return
        self.line.work()

    @rule()
    def sending_fails(self) -> None:
        self.line.meta.answers.append(graph_error(131000, status=500))

    @invariant()
    def no_message_is_left_or_lost(self) -> None:
        assert not Message.objects.exclude(state=Message.State.HANDLED).exists()
        assert set(Message.objects.values_list("outcome", flat=True)) <= ENDINGS
        talk = Conversation.objects.first()
        if talk is None:
            return
        draft = standing.load(talk.state).draft
        gone = Message.objects.filter(outcome="draft", ticket=None).exclude(
            pk__in=draft.messages if draft else ()
        )
        if gone.exists():  # only where the citizen took it back
            took_back = (
                Message.objects.filter(kind="revoke").exists()
                or Message.objects.filter(text="iptal").exists()
            )
            assert took_back or Message.objects.filter(payload__contains={"type": "interactive"}).exists()

    @invariant()
    def what_is_open_is_looked_at_again(self) -> None:
        for talk in Conversation.objects.all():
            state = standing.load(talk.state)
            assert talk.wake_at is not None or (state.draft is None and state.reply_at is None)
            assert talk.wake_at is None or talk.wake_at > self.line.now - timedelta(minutes=2)

    @invariant()
    def no_question_is_put_twice_in_a_row(self) -> None:
        said = list(Outbox.objects.order_by("id").values_list("text", flat=True))
        assert not [a for a, b in pairwise(said) if a == b and a.startswith(QUESTIONS)]

    @invariant()
    def every_ticket_was_confirmed(self) -> None:
        told = Outbox.objects.filter(event__kind="created").values_list("ticket_id", flat=True)
        assert set(Ticket.objects.values_list("pk", flat=True)) == set(told)


@pytest.mark.parametrize("runs", [100, pytest.param(2000, marks=pytest.mark.long)])
def test_the_promises_hold_whatever_happens(line: Line, runs: int):
    Talk.line = line
    run_state_machine_as_test(
        Talk,
        settings=settings(
            max_examples=runs,
            stateful_step_count=10,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
