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
from django.db.models import Q, QuerySet
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
from tickets import services
from tickets.access import actor_of
from tickets.models import Ticket
from tickets.workflow import MoveError, Status
from whatsapp import payloads, standing, takeover
from whatsapp.models import Conversation, Message, Outbox
from whatsapp.sentences import TABLES

SAID = (
    *("Yolda büyük çukur var, asfalt bozuk", "Alpaslan mahallesinde", "çöp", "selam", "teşekkürler", "evet"),
    *("hayır", "durum", "iptal", "temsilci", "yardım", "bildirim istemiyorum", "yangın çıktı"),
    *("Kaçta açılıyorsunuz?", "sular kesik", "https://maps.app.goo.gl/abc", "38.7205, 35.4910"),
    *("English", "العربية", "Türkçe", "توجد حفرة كبيرة في الشارع", "there is a big hole in the street"),
)
KINDS = ("image", "audio", "video", "sticker", "document")
PLACES = ((38.7205, 35.4910), (39.92, 32.85))
CARDS: tuple[dict[str, Any], ...] = (
    {"phones": [{"phone": "+905550001122"}]},
    {"origin": "contact_request", "phones": [{"phone": "+905321112233"}]},
    {"addresses": [{"street": "Alpaslan Mahallesi", "city": "Kayseri"}]},
)
MOVES: dict[Status, dict[str, Any]] = {
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


def beginnings(*keys: str) -> tuple[str, ...]:
    """How these sentences begin, in every language, up to their first gap."""
    return tuple(table.sentences[key].split("{")[0] for table in TABLES.values() for key in keys)


QUESTIONS = beginnings("ask_what", "ask_place", "ask_outside", "ask_place_spoken", "ask_place_link")
TAKEN_BACK = beginnings("draft_dropped", "deleted")
WARNINGS = tuple(warning for table in TABLES.values() for warning in table.danger.values())


class Talk(RuleBasedStateMachine):
    line: ClassVar[Line]
    jpeg: ClassVar[bytes]

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

    # --- what the citizen does -------------------------------------------------------------------------------
    def hear(self, message: dict[str, Any]) -> None:
        self.body = self.bytes_of(message)
        self.deliver(self.body)

    def bytes_of(self, message: dict[str, Any]) -> bytes:
        return wire.said(message | {"timestamp": str(int(self.line.now.timestamp()))})

    def deliver(self, *bodies: bytes) -> None:
        """Each is worked on before the next comes: an answer at once is one answer at most."""
        for body in bodies:
            with self.watched() as said:
                self.line.receive(body)
                self.line.work()
            assert len(said) <= 1

    @rule(text=st.sampled_from(SAID))
    def writes(self, text: str) -> None:
        self.hear(wire.text(AYSE, text))

    @rule(text=st.sampled_from(SAID[:6]), back=st.integers(0, 3))
    def replies(self, text: str, back: int) -> None:
        sent = Outbox.objects.filter(wamid__isnull=False).order_by("-id")[back : back + 1]
        for row in sent:
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
        with self.watched() as said:
            self.hear(wire.message(AYSE, "reaction", {"message_id": "wamid.OUT1", "emoji": emoji}))
        assert not said

    @rule(code=st.sampled_from([131051, 131060]))
    def sends_what_cannot_be_read(self, code: int) -> None:
        self.hear(wire.message(AYSE, "unsupported", errors=[{"code": code}]))

    @rule(kind=st.sampled_from(["edit", "revoke"]), back=st.integers(0, 3))
    def changes_a_message(self, kind: str, back: int) -> None:
        for old in Message.objects.order_by("-id")[back : back + 1]:
            new = (
                {"message": {"type": "text", "text": {"body": "Erenköy'de çukur"}}} if kind == "edit" else {}
            )
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

    @rule(first=st.sampled_from(SAID), second=st.sampled_from(SAID))
    def delivers_out_of_order(self, first: str, second: str) -> None:
        earlier = self.bytes_of(wire.text(AYSE, first))
        self.line.later(seconds=1)
        self.deliver(self.bytes_of(wire.text(AYSE, second)), earlier)

    @rule(trouble=st.sampled_from(TROUBLES), times=st.integers(1, 3))
    def takes_nothing(self, trouble: Answer, times: int) -> None:
        self.line.meta.answers.extend([trouble] * times)

    @rule()
    def has_the_files_at_last(self) -> None:
        self.line.meta.files |= {f"file-{kind}": self.jpeg for kind in KINDS}

    @rule(seconds=st.sampled_from([1, 7, 60]))
    def lets_time_pass(self, seconds: int) -> None:
        with self.watched() as said:
            self.line.later(seconds=seconds)
        # Whatever fell due at one moment was answered once.
        assert max(Counter(row.created_at for row in said).values(), default=0) <= 1

    @rule(minutes=st.sampled_from([16, 250]))
    def finds_the_line_asleep(self, minutes: int) -> None:
        self.line.now += timedelta(minutes=minutes)
        self.line.work()
        self.line.later(seconds=1)

    # --- what staff do ---------------------------------------------------------------------------------------
    @rule()
    def staff_write(self) -> None:
        if talk := Conversation.objects.first():
            takeover.staff_wrote(talk, self.line.now)

    @rule()
    def staff_hand_back(self) -> None:
        takeover.hand_back(Conversation.objects.all(), self.line.now)
        self.line.work()

    @rule()
    def staff_block(self) -> None:
        takeover.block(Conversation.objects.all())

    @rule()
    def staff_unblock(self) -> None:
        takeover.unblock(Conversation.objects.all(), self.line.now)
        self.line.work()

    @rule(to=st.sampled_from([*MOVES, Status.ASSIGNED, Status.REDIRECTED]))
    def staff_move_a_ticket(self, to: Status) -> None:
        details = MOVES.get(to, {})
        if to is Status.ASSIGNED:
            details = {"department": Department.objects.get(code="FEN")}
        elif to is Status.REDIRECTED:
            details = {"agency": Agency.objects.get(code="kaski")}
        try:
            for ticket in Ticket.objects.order_by("-id")[:1]:
                services.change_status(ticket=ticket, to=to, actor=self.clerk, now=self.line.now, **details)
        except MoveError:
            return
        self.line.work()

    @rule()
    def staff_photograph_the_work(self) -> None:
        for ticket in Ticket.objects.order_by("-id")[:1]:
            services.attach_after_photo(
                ticket=ticket, actor=self.clerk, now=self.line.now, file=BytesIO(self.jpeg)
            )

    # --- what must hold --------------------------------------------------------------------------------------
    @contextmanager
    def watched(self) -> Iterator[list[Outbox]]:
        """Fills the list with what the line said meanwhile, but for warnings of danger and news of staff's.

        None of it may be said while a person has the talk or nobody is to be answered.
        """
        talk = Conversation.objects.first()
        until = talk.silent_until if talk and talk.silent_until else self.line.now
        blocked = talk is not None and talk.blocked
        before = Outbox.objects.order_by("-id").values_list("pk", flat=True).first() or 0
        said: list[Outbox] = []
        yield said
        own = Q(event=None, photo=None) | Q(event__kind="created")
        rows = Outbox.objects.filter(own, pk__gt=before).order_by("id")
        said += [row for row in rows if not row.text.startswith(WARNINGS)]
        if not self.in_danger():
            assert not [row.text for row in said if blocked or row.created_at < until]

    def in_danger(self) -> bool:
        """Whether the report in the making, or the last one made, tells of danger: all of it may be answered then."""
        talk = Conversation.objects.first()
        draft = standing.load(talk.state).draft if talk else None
        newest = Ticket.objects.order_by("-id").first()
        return (draft is not None and draft.warned) or (newest is not None and newest.urgent)

    @invariant()
    def no_message_is_left_or_lost(self) -> None:
        assert not Message.objects.exclude(state=Message.State.HANDLED).exists()
        talk = Conversation.objects.first()
        draft = standing.load(talk.state).draft if talk else None
        open_pieces = draft.messages if draft else ()
        for message in Message.objects.all():
            ends = [
                message.outcome == "joined" or (message.outcome == "draft" and message.ticket_id is not None),
                message.pk in open_pieces,
                message.outcome in ("answered", "noted", "staff", "blocked"),
                message.outcome == "draft" and message.ticket is None and self.was_taken_back(message),
            ]
            assert ends.count(True) == 1, (message.kind, message.text, message.outcome)

    def was_taken_back(self, message: Message) -> bool:
        """Deleted by the citizen, or let go with the whole report: then the line said so, or was silent."""
        deletions: QuerySet[Message] = Message.objects.filter(kind="revoke")
        if message.wamid in {payloads.changed_by(each.payload) for each in deletions}:
            return True
        dropped = Outbox.objects.filter(created_at__gte=message.sent_at)
        return any(
            row.text.partition("\n\n")[2].startswith(TAKEN_BACK) or row.text.startswith(TAKEN_BACK)
            for row in dropped
        )

    @invariant()
    def what_is_open_is_looked_at_again(self) -> None:
        for talk in Conversation.objects.all():
            state = standing.load(talk.state)
            waits_for_a_reason = state.expect is not None and state.expect.what == "reason"
            is_open = state.draft is not None or state.reply_at is not None or waits_for_a_reason
            assert talk.wake_at is not None or not is_open
            assert talk.wake_at is None or talk.wake_at > self.line.now - timedelta(minutes=2)

    @invariant()
    def no_question_is_put_twice_in_a_row(self) -> None:
        said = list(Outbox.objects.order_by("id").values_list("text", flat=True))
        assert not [a for a, b in pairwise(said) if a == b and a.startswith(QUESTIONS)]

    @invariant()
    def every_ticket_was_confirmed(self) -> None:
        told = Outbox.objects.filter(event__kind="created").values_list("ticket_id", flat=True)
        assert sorted(Ticket.objects.values_list("pk", flat=True)) == sorted(told)


@pytest.mark.parametrize("runs", [100, pytest.param(2000, marks=pytest.mark.long)])
def test_the_promises_hold_whatever_happens(line: Line, jpeg: bytes, runs: int):
    Talk.line, Talk.jpeg = line, jpeg
    run_state_machine_as_test(
        Talk,
        settings=settings(
            max_examples=runs,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
