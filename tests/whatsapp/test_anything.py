"""Whatever a citizen, staff and the network do, in whatever order: the promises of the talk hold."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from io import BytesIO
from itertools import pairwise
from typing import Any, ClassVar

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
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

from departments.models import Agency, Department
from tests.whatsapp import wire
from tests.whatsapp.journeys import offered
from tests.whatsapp.line import MORNING, Line
from tests.whatsapp.meta import Answer, graph_error
from tests.whatsapp.wire import AYSE
from tickets.attachments.uploads import attach_after_photo
from tickets.casework.transitions import change_status
from tickets.models import Ticket, WaitingConversation
from tickets.record.permissions import Actor, actor_of
from tickets.record.statuses import Status
from tickets.record.workflow import TransitionError
from whatsapp.conversation import state as talk_state
from whatsapp.graph import webhook_payloads
from whatsapp.handover import begin_and_end
from whatsapp.models import Conversation, Message, Outbox
from whatsapp.texts.catalog import TABLES
from whatsapp.turns import runner, suggestions

pytestmark = pytest.mark.slow

SAID = (
    *("Yolda büyük çukur var, asfalt bozuk", "Alpaslan mahallesinde", "çöp", "selam", "teşekkürler", "evet"),
    *("hayır", "durum", "iptal", "temsilci", "yardım", "bildirim istemiyorum", "yangın çıktı"),
    *("Kaçta açılıyorsunuz?", "sular kesik", "https://maps.app.goo.gl/abc", "38.7205, 35.4910"),
    *("English", "العربية", "Türkçe", "توجد حفرة كبيرة في الشارع", "there is a big hole in the street"),
)
REPORTS = ("Yolda büyük çukur var, asfalt bozuk", "yangın çıktı", "sular kesik")
KINDS = ("image", "audio", "video", "sticker", "document")
PLACES = ((38.7205, 35.4910), (39.92, 32.85))
CARDS: tuple[dict[str, Any], ...] = (
    {"phones": [{"phone": "+905550001122"}]},
    {"origin": "contact_request", "phones": [{"phone": "+905321112233"}]},
    {"addresses": [{"street": "Alpaslan Mahallesi", "city": "Kayseri"}]},
)
TRANSITIONS: dict[Status, dict[str, Any]] = {
    Status.IN_PROGRESS: {},
    Status.PLANNED: {"planned_for": date(2026, 12, 31)},
    Status.WAITING: {"answer": "Hangi sokak?"},
    Status.RESOLVED: {"answer": "Bitti."},
    Status.REJECTED: {"answer": "Özel mülk.", "reason": "özel"},
    Status.CANCELLED: {"answer": "Vazgeçildi."},
    Status.CLOSED: {},
}
TROUBLES = (
    *(graph_error(131000, status=500), graph_error(131047), graph_error(131056), graph_error(130429)),
    *(graph_error(131026), graph_error(190), Answer(drop=True), Answer(200, body=b"ok")),
)
MOST_WAKINGS = (
    12  # until all is done: tries of turns that fail, the silence, the settling, a question, a reason
)


def beginnings(*keys: str) -> tuple[str, ...]:
    """How these sentences begin, in every language, up to their first gap."""
    return tuple(table.sentences[key].split("{")[0] for table in TABLES.values() for key in keys)


QUESTIONS = {
    "what": beginnings("ask_what", "ask_what_photo", "ask_what_document"),
    "place": beginnings("ask_place", "ask_place_spoken", "ask_place_link"),
    "outside": beginnings("ask_outside"),
    "same": beginnings("ask_same"),
}
TAKEN_BACK = beginnings("draft_dropped", "deleted")
WARNINGS = tuple(warning.partition("{")[0] for table in TABLES.values() for warning in table.danger.values())
NOTICES = tuple(f"\n\n{table.notice.partition('{')[0]}" for table in TABLES.values())


def said_by(row: Outbox) -> str:
    """What a message of ours says, without the privacy notice that may stand after it."""
    return min((row.text.partition(notice)[0] for notice in NOTICES), key=len)


def question_of(row: Outbox) -> str:
    """Which question it puts, '' for none; words that differ may put the same one."""
    return next((what for what, begin in QUESTIONS.items() if said_by(row).startswith(begin)), "")


def is_confirmation(row: Outbox) -> bool:
    return row.event is not None and row.event.kind == "created"


pieces = st.one_of(
    st.sampled_from(SAID).map(lambda said: ("text", {"body": said})),
    st.sampled_from(KINDS).map(lambda kind: (kind, {"id": f"file-{kind}", "mime_type": "image/jpeg"})),
    st.sampled_from(PLACES).map(lambda spot: ("location", {"latitude": spot[0], "longitude": spot[1]})),
)


class Talk(RuleBasedStateMachine):
    line: ClassVar[Line]
    jpeg: ClassVar[bytes]
    clerk: ClassVar[Actor]
    failing: ClassVar[int]

    def __init__(self) -> None:
        super().__init__()
        self.body = b""
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.line.now = MORNING
        self.line.meta.forget()
        Talk.failing = 0

    @override
    def teardown(self) -> None:
        try:
            self.comes_to_rest()
        finally:
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)

    # --- what the citizen does -------------------------------------------------------------------------------
    def hear(self, message: dict[str, Any]) -> None:
        self.body = wire.said(self.stamped(message))
        self.deliver(self.body)

    def stamped(self, message: dict[str, Any], ago: int = 0) -> dict[str, Any]:
        return message | {"timestamp": str(int(self.line.now.timestamp()) - ago)}

    def deliver(self, *bodies: bytes, messages: int = 1) -> None:
        """Bodies come, and all that is due is done: each message in them is answered at most once."""
        with self.watched() as said:
            for body in bodies:
                self.line.receive(body)
            self.line.work()
        assert len(said) <= messages, [row.text for row in said]

    @rule(text=st.sampled_from(SAID))
    def writes(self, text: str) -> None:
        self.hear(wire.text(AYSE, text))

    @rule(text=st.sampled_from(SAID[:6]), back=st.integers(0, 3))
    def replies(self, text: str, back: int) -> None:
        for row in Outbox.objects.filter(wamid__isnull=False).order_by("-id")[back : back + 1]:
            self.hear(wire.text(AYSE, text, context={"id": row.wamid}))

    @rule(kind=st.sampled_from(KINDS), caption=st.sampled_from(["", "çukur"]))
    def sends(self, kind: str, caption: str) -> None:
        content = {"id": f"file-{kind}", "mime_type": "image/jpeg"}
        self.hear(wire.message(AYSE, kind, content | ({"caption": caption} if caption else {})))

    @rule(spot=st.sampled_from(PLACES))
    def shares_a_place(self, spot: tuple[float, float]) -> None:
        self.hear(wire.place(AYSE, *spot))

    @rule(card=st.sampled_from(CARDS))
    def shares_a_contact(self, card: dict[str, Any]) -> None:
        self.hear(wire.message(AYSE, "contacts", [card]))

    @rule(emoji=st.sampled_from(["👍", ""]))
    def reacts(self, emoji: str) -> None:
        before = Outbox.objects.count()
        self.hear(wire.message(AYSE, "reaction", {"message_id": "wamid.OUT1", "emoji": emoji}))
        assert Outbox.objects.count() == before

    @rule(code=st.sampled_from([131051, 131060]))
    def sends_what_cannot_be_read(self, code: int) -> None:
        self.hear(wire.message(AYSE, "unsupported", errors=[{"code": code}]))

    @rule(kind=st.sampled_from(["edit", "revoke"]), back=st.integers(0, 3))
    def changes_a_message(self, kind: str, back: int) -> None:
        new = {"message": {"type": "text", "text": {"body": "Erenköy'de çukur"}}} if kind == "edit" else {}
        for old in Message.objects.order_by("-id")[back : back + 1]:
            self.hear(wire.message(AYSE, kind, {"original_message_id": old.wamid} | new))

    @rule(which=st.integers(0, 9))
    def taps(self, which: int) -> None:
        offers = [each for message in self.line.meta.sent for each in offered(message)]
        if offers:
            choice, title = offers[-1 - which % len(offers)]
            reply = {"type": "button_reply", "button_reply": {"id": choice, "title": title}}
            self.hear(wire.message(AYSE, "interactive", reply))

    # --- what the network does -------------------------------------------------------------------------------
    @precondition(lambda self: self.body)
    @rule()
    def delivers_again(self) -> None:
        messages = Message.objects.count()
        self.deliver(self.body)
        assert Message.objects.count() == messages

    @rule(said=st.lists(pieces, min_size=2, max_size=4), backwards=st.booleans(), together=st.booleans())
    def delivers_many_at_once(self, said: list[tuple[str, Any]], backwards: bool, together: bool) -> None:
        made = [self.stamped(wire.message(AYSE, *each), len(said) - at) for at, each in enumerate(said)]
        if backwards:
            made.reverse()
        bodies = [wire.said(*made)] if together else [wire.said(each) for each in made]
        self.deliver(*bodies, messages=len(said))

    @rule(trouble=st.sampled_from(TROUBLES), times=st.integers(1, 3))
    def takes_nothing(self, trouble: Answer, times: int) -> None:
        self.line.meta.answers.extend([trouble] * times)

    @rule()
    def has_the_files_at_last(self) -> None:
        self.line.meta.files |= {f"file-{kind}": self.jpeg for kind in KINDS}

    @rule(times=st.integers(1, 4))
    def the_next_turns_fail(self, times: int) -> None:
        Talk.failing = times

    @rule(seconds=st.sampled_from([1, 7, 60]))
    def lets_time_pass(self, seconds: int) -> None:
        delayed = Message.objects.filter(state=Message.State.NEW).count()
        with self.watched() as said:
            self.line.later(seconds=seconds)
        # Whatever fell due at one moment was answered once, beside messages whose turn had failed before.
        assert max(Counter(row.created_at for row in said).values(), default=0) <= 1 + delayed

    @rule(minutes=st.sampled_from([16, 250]))
    def finds_the_line_asleep(self, minutes: int) -> None:
        self.line.now += timedelta(minutes=minutes)
        with self.watched():
            self.line.later(seconds=1)

    # --- what staff do ---------------------------------------------------------------------------------------
    @rule()
    def staff_write(self) -> None:
        echo = {"id": f"wamid.ECHO{Outbox.objects.count()}", "to": AYSE.phone, "type": "text"}
        value = wire.value(message_echoes=[self.stamped(echo | {"text": {"body": "Buyurun"}})])
        self.line.receive(wire.dump(wire.envelope(value, field="smb_message_echoes")))
        self.line.work()

    @rule()
    def staff_hand_back(self) -> None:
        begin_and_end.hand_back(Conversation.objects.all(), self.line.now)
        self.line.work()

    @rule()
    def staff_block(self) -> None:
        begin_and_end.block(Conversation.objects.all())

    @rule()
    def staff_unblock(self) -> None:
        begin_and_end.unblock(Conversation.objects.all(), self.line.now)
        self.line.work()

    @rule(to=st.sampled_from([*TRANSITIONS, Status.ASSIGNED, Status.REDIRECTED]))
    def staff_move_a_ticket(self, to: Status) -> None:
        details = TRANSITIONS.get(to, {})
        if to is Status.ASSIGNED:
            details = {"department": Department.objects.get(code="FEN")}
        elif to is Status.REDIRECTED:
            details = {"agency": Agency.objects.get(code="kaski")}
        try:
            for ticket in Ticket.objects.order_by("-id")[:1]:
                change_status(ticket=ticket, to=to, actor=self.clerk, now=self.line.now, **details)
        except TransitionError:
            return
        self.line.work()

    @rule()
    def staff_photograph_the_work(self) -> None:
        for ticket in Ticket.objects.order_by("-id")[:1]:
            attach_after_photo(ticket=ticket, actor=self.clerk, now=self.line.now, file=BytesIO(self.jpeg))

    # --- what must hold --------------------------------------------------------------------------------------
    @contextmanager
    def watched(self) -> Iterator[list[Outbox]]:
        """Fills the list with what the line said meanwhile, but for warnings of danger and news of staff's.

        While a person has the talk, or nobody is to be answered, that may be of a report of danger alone.
        """
        talk = Conversation.objects.first()
        until = talk.silent_until if talk and talk.silent_until else self.line.now
        blocked = talk is not None and talk.blocked
        before = Outbox.objects.order_by("-id").values_list("pk", flat=True).first() or 0
        said: list[Outbox] = []
        yield said
        own = Q(event=None, photo=None, origin=Outbox.Origin.LINE) | Q(event__kind="created")
        rows = Outbox.objects.filter(own, pk__gt=before).select_related("ticket").order_by("id")
        said += [row for row in rows if not row.text.startswith(WARNINGS)]
        in_silence = [row for row in said if blocked or row.created_at < until]
        assert all(self.is_of_danger(row) for row in in_silence), [row.text for row in in_silence]

    def is_of_danger(self, row: Outbox) -> bool:
        """The confirmation of an urgent report, or what is asked to make one of it."""
        if row.ticket is not None:
            return row.ticket.urgent
        if not question_of(row):
            return False
        earlier = Outbox.objects.filter(pk__lt=row.pk).order_by("-id").select_related("event")
        last = next((e for e in earlier if e.text.startswith(WARNINGS) or is_confirmation(e)), None)
        return last is not None and not is_confirmation(last)

    @invariant()
    def the_promises_hold(self) -> None:
        talk = Conversation.objects.first()
        state = talk_state.load(talk.state) if talk else talk_state.State()
        self.every_message_ends_once(talk, state)
        waits_for_a_reason = state.expect is not None and state.expect.what == "reason"
        if state.draft is not None or state.reply_at is not None or waits_for_a_reason:
            self.is_looked_at_again(talk)
        rows = list(Outbox.objects.order_by("id"))
        questions = [question_of(row) for row in rows]
        assert not [a for a, b in pairwise(questions) if a and a == b], [row.text for row in rows]
        told = Outbox.objects.filter(event__kind="created").values_list("ticket_id", flat=True)
        # A danger is never confirmed.
        ordinary = Ticket.objects.filter(Q(danger="") | Q(danger_unsure=True), restricted=False)
        assert sorted(ordinary.values_list("pk", flat=True)) == sorted(told)

    def every_message_ends_once(self, talk: Conversation | None, state: talk_state.State) -> None:
        """In a ticket, in the open draft, answered or deliberately not, with staff, parked, or taken back."""
        in_draft = state.draft.messages if state.draft else ()
        for message in Message.objects.all():
            if message.state == Message.State.NEW:  # only while a turn that failed is to be tried again
                assert talk
                assert talk.failures
                self.is_looked_at_again(talk)
                continue
            loose = message.outcome == "draft" and message.ticket_id is None and message.pk not in in_draft
            ends = [
                message.state == Message.State.PARKED,
                message.outcome == "joined" or (message.outcome == "draft" and message.ticket_id is not None),
                message.pk in in_draft,
                message.outcome in ("answered", "noted", "staff", "blocked"),
                message.outcome == "waiting" and WaitingConversation.objects.exists(),
                message.outcome == "talk" and message.text not in REPORTS,
                loose and message.state == Message.State.HANDLED and self.was_taken_back(message),
            ]
            assert ends.count(True) == 1, (message.kind, message.text, message.outcome, ends)

    def is_looked_at_again(self, talk: Conversation | None) -> None:
        assert talk
        assert talk.wake_at
        assert talk.wake_at > self.line.now - timedelta(minutes=2)

    def was_taken_back(self, message: Message) -> bool:
        """Deleted by the citizen, or let go with the whole report: then the line said so."""
        deletions = Message.objects.filter(kind="revoke")
        if message.wamid in {webhook_payloads.changed_by(each.payload) for each in deletions}:
            return True
        later = Outbox.objects.filter(created_at__gte=message.sent_at)
        return any(said_by(row).startswith(TAKEN_BACK) for row in later)

    def comes_to_rest(self) -> None:
        """Once nobody does anything any more the line wakes itself until nothing is open: no report, no answer."""
        Talk.failing = 0
        begin_and_end.unblock(Conversation.objects.all(), self.line.now)
        begin_and_end.hand_back(Conversation.objects.all(), self.line.now)
        self.line.ingest_all()
        for _ in range(MOST_WAKINGS):
            runner.run_due(self.line.clock)
            self.the_promises_hold()
            talk = Conversation.objects.first()
            if talk is None or talk.wake_at is None:
                break
            self.line.now = max(self.line.now, talk.wake_at)
        else:
            raise AssertionError("still waking")
        talk = Conversation.objects.first()
        state = talk_state.load(talk.state) if talk else talk_state.State()
        assert (state.draft, state.reply_at) == (None, None)
        assert not Message.objects.filter(state=Message.State.NEW).exists()


@pytest.fixture
def failing_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turns fail in the middle as often as `Talk.failing` says."""
    real = suggestions.suggestion_for

    def ill(*asked: Any) -> Any:
        if Talk.failing:
            Talk.failing -= 1
            raise RuntimeError("no router")
        return real(*asked)

    monkeypatch.setattr(suggestions, "suggestion_for", ill)


@pytest.mark.parametrize(("runs", "steps"), [(60, 8), pytest.param(2000, 12, marks=pytest.mark.long)])
def test_the_promises_hold_whatever_happens(
    line: Line, jpeg: bytes, failing_turns: None, runs: int, steps: int
):
    Talk.line, Talk.jpeg = line, jpeg
    Talk.clerk = actor_of(User.objects.create_superuser("clerk"))
    run_state_machine_as_test(
        Talk,
        settings=settings(
            max_examples=runs,
            stateful_step_count=steps,
            derandomize=runs == 60,  # the daily run says the same each day, the long one looks further
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
