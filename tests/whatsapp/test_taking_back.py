"""Every act of staff: taken back within five seconds it is as if it had not been, and nothing of it has left."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import import_module
from inspect import Parameter, isfunction, signature
from io import BytesIO
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest
from django.contrib.auth.models import User

import tickets
from departments.models import Agency, Category, Department, Membership, Role
from departments.places.points import Point
from departments.staff.role_permissions import give_role
from tests.pictures import photo
from tests.tickets.snapshots import differences, rows
from tests.whatsapp import wire
from tests.whatsapp.beginnings import Beginning, Stage
from tests.whatsapp.line import Line
from tests.whatsapp.meta import Meta
from tests.whatsapp.wire import AYSE
from tickets.answering.conversation_replies import schedule_answer
from tickets.answering.phone_calls import log_call
from tickets.answering.scheduled_replies import schedule_reply
from tickets.answering.snoozing import snooze
from tickets.back_office.saved_filters import save_filter
from tickets.board.shifts import transfer_shift
from tickets.casework.awaiting_staff import request_staff
from tickets.casework.descriptions import describe
from tickets.casework.notes import add_note
from tickets.casework.opening import Report, open_ticket
from tickets.casework.transitions import change_status
from tickets.citizens.blocks import block
from tickets.citizens.notes import note_citizen
from tickets.danger.services import acknowledge, release
from tickets.models import (
    Act,
    Attachment,
    CallBack,
    CannedAnswer,
    CitizenNote,
    LocationSource,
    Notification,
    Priority,
    SavedFilter,
    ScheduledReply,
    ShiftChange,
    Snooze,
    Source,
    Ticket,
    WaitingConversation,
)
from tickets.privacy.erasure import erase
from tickets.record.permissions import Actor, actor_of
from tickets.record.statuses import Status
from tickets.record.workflow import TRANSITIONS, NoSuchTransition, TransitionError
from tickets.undo import actions
from tickets.undo.actions import (
    UNDOABLE_ACTIONS,
    TakenBackMeanwhile,
    delete_expired_actions,
    perform,
    several,
    undo,
)
from whatsapp.models import Message, Outbox

pytestmark = pytest.mark.slow

PLANNED_FOR = date(2026, 12, 1)


@dataclass
class Desk:
    """A ticket of Ayşe's with a neighbour's that follows it, and a clerk who may do everything. A colleague noted
    something on each ticket the day before. With `of_ticket` she waits for a person because of her ticket.
    """

    line: Line
    ticket: Ticket
    follower: Ticket
    other: Ticket
    of_ticket: bool = False

    @property
    def clerk(self) -> Actor:
        return actor_of(User.objects.get(username="clerk"))

    def perform(self, name: str, /, **given: Any) -> Act:
        """Does it now; what it changed is to be read anew."""
        perform(name, actor=self.clerk, now=self.line.now, **given)
        self.ticket = Ticket.objects.get(pk=self.ticket.pk)
        return Act.objects.latest("pk")

    def take_back(self, act: Act) -> None:
        undo(act=act, actor=self.clerk, now=self.line.now)

    def waits(self) -> WaitingConversation:
        return request_staff(
            citizen=self.ticket.citizen,  # type: ignore[arg-type]
            reason=WaitingConversation.Reason.ASKED,
            now=self.line.now,
            words="Görevliyle görüşmek istiyorum",
            ticket=self.ticket if self.of_ticket else None,
        )

    def move(self, to: Status) -> None:
        change_status(ticket=self.ticket, to=to, actor=self.clerk, now=self.line.now, **self.details(to))
        self.ticket = Ticket.objects.get(pk=self.ticket.pk)

    def details(self, to: Status) -> dict[str, Any]:
        """What a move there needs, and more that it may take."""
        needed: Mapping[Status, dict[str, Any]] = {
            Status.NEW: {"reason": "bizim değil"},
            Status.ASSIGNED: {"department": self.department("PARK")},
            Status.PLANNED: {"planned_for": PLANNED_FOR},
            Status.WAITING: {"answer": "Hangi kapının önünde?"},
            Status.REVIEW: {"answer": "Çukur kapatıldı."},
            Status.RESOLVED: {"answer": "Çukur kapatıldı."},
            Status.REJECTED: {"reason": "görev dışı", "answer": "Yol özel mülkte."},
            Status.REDIRECTED: {"agency": Agency.objects.get(code="kaski")},
            Status.DUPLICATE: {"duplicate_of": self.other},
        }
        return {"note": "not"} | needed.get(to, {})

    def department(self, code: str) -> Department:
        return Department.objects.get(code=code)


def report(line: Line) -> Desk:
    clerk = actor_of(User.objects.create_superuser("clerk", first_name="Zeynep", last_name="Aydın"))
    for name, role, code in (("crew", Role.CREW, "FEN"), ("head", Role.HEAD, "PARK")):
        user = User.objects.create_user(name, is_staff=True)
        department = Department.objects.get(code=code)
        Membership.objects.create(user=user, role=role, department=department)
    line.hear(wire.text(AYSE, "Alpaslan mahallesinde yolda büyük çukur var, asfalt bozuk"))
    line.later(seconds=7)
    ticket = line.ticket()
    taken = Report(channel=Source.TELEFON, kind=ticket.kind, description="Çukur", category=ticket.category)  # type: ignore[arg-type]
    other = open_ticket(report=taken, actor=clerk, now=line.now)
    follower = open_ticket(report=taken, actor=clerk, now=line.now)
    change_status(ticket=follower, to=Status.DUPLICATE, actor=clerk, now=line.now, duplicate_of=ticket)
    line.later(seconds=7)
    line.meta.sent.clear()
    colleague = actor_of(User.objects.create_superuser("colleague", first_name="Murat", last_name="Çelik"))
    for each in (ticket, follower, other):
        add_note(ticket=each, actor=colleague, now=line.now - timedelta(hours=20), text="Ekip haftaya")
    return Desk(line, Ticket.objects.get(pk=ticket.pk), follower, other)


@pytest.fixture(scope="module")
def begun(stage: Stage) -> Iterator[Beginning[Desk]]:
    yield from stage.begin(report)


@pytest.fixture
def desk(begun: Beginning[Desk], db: None, meta: Meta, media_root: Path) -> Desk:
    return begun.go_on(meta, media_root)


def _jpeg() -> BytesIO:
    return BytesIO(photo())


def _file(desk: Desk, *, hidden: str = "") -> dict[str, Any]:
    row = Attachment.objects.create(
        ticket=desk.ticket, kind="image", state="stored", hidden=hidden, created_at=desk.line.now
    )
    return {"attachment": row}


def _claimed(desk: Desk) -> dict[str, Any]:
    Ticket.objects.filter(pk=desk.ticket.pk).update(urgent=True)
    desk.ticket.refresh_from_db()
    acknowledge(ticket=desk.ticket, actor=desk.clerk, now=desk.line.now)
    return {"ticket": desk.ticket, "reason": "vardiyam bitti"}


def _talk(desk: Desk, **given: Any) -> dict[str, Any]:
    return {"handover": desk.waits()} | given


def _answer_later(desk: Desk) -> dict[str, Any]:
    row = desk.waits()
    due_at = desk.line.now + timedelta(hours=1)
    kept = schedule_answer(handover=row, actor=desk.clerk, now=desk.line.now, text="Yarın.", due_at=due_at)
    return {"handover": row, "scheduled": kept.pk}


def _said(desk: Desk) -> dict[str, Any]:
    if desk.of_ticket:
        desk.waits()
    desk.line.hear(wire.text(AYSE, "Bir görevliyle görüşmek istiyorum"))
    desk.line.hear(wire.text(AYSE, "Sokak lambası da yanmıyor"))
    desk.line.later(seconds=7)
    desk.line.meta.sent.clear()
    return {"handover": WaitingConversation.objects.get(ended_at=None)}


def _for_a_week(desk: Desk) -> dict[str, Any]:
    return {
        "citizen": desk.ticket.citizen,
        "reason": "hakaret",
        "until": desk.line.now + timedelta(days=7),
    }


def _blocked(desk: Desk) -> dict[str, Any]:
    block(actor=desk.clerk, now=desk.line.now, **_for_a_week(desk))
    return {"citizen": desk.ticket.citizen}


# What each act is tried with: all that it can change.
EXAMPLES: Mapping[str, Callable[[Desk], dict[str, Any]]] = {
    "move": lambda desk: {"ticket": desk.ticket, "to": Status.IN_PROGRESS},
    "assign": lambda desk: {
        "ticket": desk.ticket,
        "department": desk.department("PARK"),
        "assignee": User.objects.get(username="head"),
    },
    "classify": lambda desk: {
        "ticket": desk.ticket,
        "category": Category.objects.filter(department__code="PARK", active=True).first(),
    },
    "priority": lambda desk: {"ticket": desk.ticket, "priority": Priority.HIGH},
    "danger": lambda desk: {"ticket": desk.ticket, "danger": "fire", "urgent": True, "restricted": False},
    "place": lambda desk: {
        "ticket": desk.ticket,
        "point": Point(38.72, 35.49),
        "source": LocationSource.STAFF,
    },
    "split": lambda desk: {"ticket": desk.ticket, "description": "Lamba da yanmıyor"} | _attachments(desk),
    "publish": lambda desk: {
        "ticket": desk.ticket,
        "text": "Yolda çukur",
        "photos": _attachments(desk)["attachments"],
    },
    "register": lambda desk: {
        "ticket": desk.ticket,
        "registry_number": "2026/4711",
        "cimer_number": "2611290042",
    },
    "note": lambda desk: {"ticket": desk.ticket, "text": "Müteahhit aranacak"},
    "finish": lambda desk: {"ticket": desk.ticket, "answer": "Çukur kapatıldı.", "photo": _jpeg()},
    "hide": lambda desk: _file(desk) | {"reason": "personal"},
    "unhide": lambda desk: _file(desk, hidden="personal"),
    "reply": lambda desk: {"ticket": desk.ticket, "text": "Ekibimiz yolda.", "file": _jpeg()},
    "schedule": lambda desk: {
        "ticket": desk.ticket,
        "text": "Yarın geliyoruz.",
        "due_at": desk.line.now + timedelta(hours=1),
    },
    "unschedule": lambda desk: {"ticket": desk.ticket, "scheduled": _scheduled(desk).pk},
    "macro": lambda desk: {"ticket": desk.ticket, "macro": _macro(), "text": "Ekibimiz yolda."},
    "call": lambda desk: _called(desk) | {"ticket": desk.ticket, "result": "unreached", "note": "yarın"},
    "end_call_back": lambda desk: _called(desk, ends=True),
    "note_citizen": lambda desk: {
        "citizen": desk.ticket.citizen,
        "text": "İşitme engelli",
        "purpose": "access",
    },
    "delete_note": lambda desk: {"note": _citizen_note(desk)},
    "block": _for_a_week,
    "lift_block": _blocked,
    "take_over": lambda desk: {"ticket": desk.ticket},
    "hand_back": lambda desk: {"ticket": desk.ticket},
    "take_talk": _talk,
    "give_talk": lambda desk: _talk(desk, assignee=_operator()),
    "answer": lambda desk: _talk(desk, text="Buyurun.", file=_jpeg()),
    "schedule_answer": lambda desk: _talk(
        desk, text="Yarın arayacağız.", due_at=desk.line.now + timedelta(hours=1)
    ),
    "cancel_answer": _answer_later,
    "answer_by_macro": lambda desk: _said(desk) | {"macro": _macro("REJECTED", "özel"), "text": "Özel mülk."},
    "close_talk": lambda desk: _talk(desk, note="telefonla görüşüldü"),
    "join_talk": lambda desk: _talk(desk, ticket=desk.ticket),
    "ticket_of_talk": _said,
    "snooze": lambda desk: {"of": desk.ticket, "until": desk.line.now + timedelta(hours=1)},
    "wake": lambda desk: {"of": _put_off(desk)},
    "hand_over": lambda desk: _shift(desk) | {"note": "Akşam aranacak"},
    "undo_shift_transfer": lambda desk: {"change": _handed_over(desk)},
    "save_filter": lambda desk: {"name": _view(desk).name, "query": "?tab=acil", "shared": True},
    "forget_filter": lambda desk: {"pk": _view(desk).pk},
    "claim": lambda desk: {"ticket": _urgent(desk)},
    "release": _claimed,
}


def _view(desk: Desk) -> SavedFilter:
    return save_filter(actor=desk.clerk, now=desk.line.now, name="Acil", query="?tab=tumu")


def _operator() -> User:
    user = User.objects.create_user("operator", is_staff=True, first_name="Elif")
    Membership.objects.create(user=user, role=Role.OPERATOR)
    return user


def _put_off(desk: Desk) -> WaitingConversation:
    row = desk.waits()
    snooze(of=row, actor=desk.clerk, now=desk.line.now, until=desk.line.now + timedelta(hours=1))
    return row


def _scheduled(desk: Desk) -> ScheduledReply:
    due_at = desk.line.now + timedelta(hours=1)
    return schedule_reply(
        ticket=desk.ticket, actor=desk.clerk, now=desk.line.now, text="Geliyoruz.", due_at=due_at
    )


def _macro(move_to: str = Status.IN_PROGRESS, reason: str = "") -> CannedAnswer:
    return CannedAnswer.objects.create(
        title="Çöz", text="Ekibimiz yolda.", move_to=move_to, reason=reason, note="arandı"
    )


def _called(desk: Desk, *, ends: bool = False) -> dict[str, Any]:
    """Somebody who is to be called again, and has not been reached once more."""
    again = desk.line.now + timedelta(hours=1)
    citizen, clerk = desk.ticket.citizen, desk.clerk
    log_call(
        citizen=citizen, actor=clerk, now=desk.line.now, result="busy", again_at=again, again_by=clerk.user
    )
    if ends:
        return {"call_back": CallBack.objects.get(ended_at=None)}
    return {"citizen": citizen, "again_at": again + timedelta(hours=1)}


def _citizen_note(desk: Desk) -> CitizenNote:
    citizen = desk.ticket.citizen
    assert citizen is not None
    return note_citizen(
        citizen=citizen, actor=desk.clerk, now=desk.line.now, text="İşitme engelli", purpose="access"
    )


def _shift(desk: Desk) -> dict[str, Any]:
    """The head has the ticket, its danger, a talk put off and a call to make; a clerk of the line takes them."""
    giver, taker = User.objects.get(username="head"), User.objects.create_user("taker", is_staff=True)
    Membership.objects.create(user=taker, role=Role.OPERATOR)
    Ticket.objects.filter(pk=desk.ticket.pk).update(assignee=giver, urgent=True, claimed_by=giver)
    talk, now = desk.waits(), desk.line.now
    WaitingConversation.objects.filter(pk=talk.pk).update(assignee=giver, assigned_at=now)
    CallBack.objects.create(citizen=talk.citizen, due_at=now, assignee=giver, created_at=now)
    Snooze.objects.create(handover=talk, user=giver, at=now, until=now + timedelta(hours=1))
    return {"giver": giver, "taker": taker}


def _handed_over(desk: Desk) -> ShiftChange:
    given = _shift(desk)
    return transfer_shift(actor=desk.clerk, now=desk.line.now, **given).change


def _attachments(desk: Desk) -> dict[str, Any]:
    return {"attachments": [_file(desk)["attachment"]]}


def _urgent(desk: Desk) -> Ticket:
    Ticket.objects.filter(pk=desk.ticket.pk).update(urgent=True)
    desk.ticket.refresh_from_db()
    return desk.ticket


# Functions that take an actor and a moment and are no acts, and why.
NO_ACTS = {
    "take_request": "its number is told to the caller at once",
    "answer": "part of an act",
    "append_event": "part of an act",
    "attach_after_photo": "part of an act",
    "new_event": "part of an act",
    "open_report": "part of an act",
    "open_ticket": "part of an act",
    "send_as_written": "part of an act",
    "attach_uploads": "part of opening a ticket",
    "attach_all": "the citizen’s",
    "describe": "the citizen’s",
    "rate": "the citizen’s",
    "preview_macro": "a preview",
    "preview_answer_by_macro": "a preview",
    "news_of": "a preview",
    "blur": "the photo that was sent is kept",
    "acknowledge_drill": "a drill rings as a danger does",
    "start_drill": "rings at once",
    "disclose": "has been seen",
    "reveal": "has been seen",
    "unmask": "has been seen",
    "data_export_of": "has been seen",
    "leak_pack": "has been seen",
    "looked_up": "a log",
    "note_copied": "a log",
    "tick": "its own button takes it back, in a danger at once",
    "open_screen": "its key has been seen",
    "shut_screen": "its key is worth nothing from then on",
    "erase": "final",
    "place_hold": "the personal-data officer’s",
    "lift_hold": "the personal-data officer’s",
    "close_request": "the personal-data officer’s",
    "perform": "does them",
    "several": "does them",
    "undo": "takes them back",
    "reclaim": "takes an act back",
    "release_own": "takes an act back",
}


def done_by_somebody() -> Iterator[Callable[..., Any]]:
    """The public functions of the app that say by keyword who does something and when."""
    for found in walk_packages(tickets.__path__, "tickets."):
        module = import_module(found.name)
        for name, each in vars(module).items():
            if isfunction(each) and each.__module__ == module.__name__ and not name.startswith("_"):
                given = signature(each).parameters
                by_keyword = {name for name, one in given.items() if one.kind is Parameter.KEYWORD_ONLY}
                if {"actor", "now"} <= by_keyword:
                    yield each


def test_what_staff_can_do_is_an_act_or_it_is_known_why_not() -> None:
    acts = {doing.service for doing in UNDOABLE_ACTIONS.values()}
    assert {each.__name__ for each in done_by_somebody() if each not in acts} == NO_ACTS.keys()


HELD = [name for name, doing in UNDOABLE_ACTIONS.items() if doing.back is None]


def test_each_act_of_the_registry_is_tried_here() -> None:
    assert EXAMPLES.keys() == UNDOABLE_ACTIONS.keys()


@pytest.mark.parametrize("name", HELD)
def test_an_act_that_is_taken_back_leaves_every_row_as_it_was(desk: Desk, name: str) -> None:
    given = EXAMPLES[name](desk)
    before = rows()
    act = desk.perform(name, **given)
    assert differences(before, rows()), "nothing was done"
    desk.line.now += timedelta(seconds=3)
    desk.take_back(act)
    assert differences(before, rows()) == []


@pytest.mark.parametrize("name", HELD)
def test_an_act_while_a_ticket_waits_leaves_every_row_as_it_was(desk: Desk, name: str) -> None:
    desk.of_ticket = True
    desk.waits()
    given = EXAMPLES[name](desk)
    before = rows()
    act = desk.perform(name, **given)
    desk.take_back(act)
    assert differences(before, rows()) == []


@pytest.mark.parametrize("name", HELD)
def test_an_act_is_kept_if_a_colleague_works_on_its_ticket_after_it(desk: Desk, name: str) -> None:
    desk.of_ticket = True
    desk.waits()
    act = desk.perform(name, **EXAMPLES[name](desk))
    changed = act.changes.filter(table=Ticket._meta.db_table).values_list("key", flat=True)
    tickets = Ticket.objects.filter(pk__in=[int(key) for key in changed])
    colleague = actor_of(User.objects.get(username="colleague"))
    for ticket in tickets:
        add_note(ticket=ticket, actor=colleague, now=desk.line.now, text="Baktım")
    before = rows()
    if not tickets:
        desk.take_back(act)  # nobody can have worked on what it did
        return
    with pytest.raises(NoSuchTransition, match=r"Murat Çelik sizden sonra .* \(Not, 10\.00\)"):
        desk.take_back(act)
    assert differences(before, rows()) == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_act_on_a_ticket_whose_opening_was_undone_is_refused(desk: Desk, name: str) -> None:
    given = EXAMPLES[name](desk)
    gone, about = desk.perform("split", **EXAMPLES["split"](desk)), Ticket.objects.latest("pk")
    desk.take_back(gone)
    on_ticket = [each for each, value in given.items() if isinstance(value, Ticket)]
    if not on_ticket:
        return
    with pytest.raises(TransitionError):
        desk.perform(name, **given | dict.fromkeys(on_ticket, about))


EVERY_TRANSITION = [(at, to) for at, moves in TRANSITIONS.items() for to in moves]


def reach(desk: Desk, status: Status) -> None:
    """Moves the ticket there by as few moves as there are."""
    paths: dict[Status, list[Status]] = {Status(desk.ticket.status): []}
    for at in (todo := [Status(desk.ticket.status)]):
        for to in TRANSITIONS[at]:
            if to not in paths:
                paths[to] = [*paths[at], to]
                todo.append(to)
    for to in paths[status]:
        desk.move(to)
        desk.line.later(minutes=10)


@pytest.mark.parametrize(("at", "to"), EVERY_TRANSITION)
def test_a_move_that_is_taken_back_leaves_every_row_as_it_was(desk: Desk, at: Status, to: Status) -> None:
    if at is Status.WAITING and to in (Status.NEW, Status.IN_PROGRESS, Status.PLANNED):
        reach(desk, to)
    reach(desk, at)
    desk.line.meta.sent.clear()
    before = rows()
    act = desk.perform("move", ticket=desk.ticket, to=to, **desk.details(to))
    assert desk.ticket.status == to
    desk.line.later(seconds=4)
    desk.take_back(act)
    assert differences(before, rows()) == []
    desk.line.later(minutes=1)
    assert desk.line.meta.sent == []


def test_the_news_of_an_act_leaves_after_five_seconds_and_not_before(desk: Desk) -> None:
    desk.perform("move", ticket=desk.ticket, to=Status.IN_PROGRESS)
    desk.line.later(seconds=5)
    assert desk.line.meta.sent == []
    desk.line.later(seconds=1)
    assert len(desk.line.meta.sent) == 1


def test_what_has_left_is_not_taken_back(desk: Desk) -> None:
    act = desk.perform("move", ticket=desk.ticket, to=Status.IN_PROGRESS)
    desk.line.later(seconds=6)
    with pytest.raises(NoSuchTransition, match="süresi geçti"):
        desk.take_back(act)


def test_what_somebody_changed_since_is_not_taken_back_and_says_who_and_what(desk: Desk) -> None:
    act = desk.perform("move", ticket=desk.ticket, to=Status.IN_PROGRESS)
    add_note(
        ticket=desk.ticket,
        actor=actor_of(User.objects.create_superuser("murat", first_name="Murat", last_name="Çelik")),
        now=desk.line.now,
        text="Baktım",
    )
    before = rows()
    with pytest.raises(NoSuchTransition, match=r"Murat Çelik sizden sonra .* \(Not, 10\.00\)"):
        desk.take_back(act)
    assert differences(before, rows()) == []


def test_what_a_citizen_says_in_the_meantime_stays(desk: Desk) -> None:
    act = desk.perform("hand_back", ticket=desk.ticket)
    desk.line.hear(wire.text(AYSE, "Teşekkürler"))
    desk.take_back(act)
    assert desk.line.message().text == "Teşekkürler"


def test_nobody_takes_back_what_another_did_nor_anything_twice(desk: Desk) -> None:
    act = desk.perform("note", ticket=desk.ticket, text="Baktım")
    other = actor_of(User.objects.create_superuser("murat"))
    with pytest.raises(NoSuchTransition):
        undo(act=act, actor=other, now=desk.line.now)
    desk.take_back(act)
    with pytest.raises(NoSuchTransition):
        desk.take_back(act)


def test_the_entry_that_says_so_stays_and_names_what_was_taken_back(desk: Desk) -> None:
    desk.take_back(desk.perform("move", ticket=desk.ticket, to=Status.IN_PROGRESS))
    entry = desk.ticket.events.latest("pk")
    assert (entry.kind, entry.data) == ("withdrawn", {"acts": ["Birime iletildi → İşlemde"]})


def test_a_department_hears_of_its_work_when_it_can_be_taken_back_no_more(desk: Desk) -> None:
    desk.perform("assign", ticket=desk.ticket, department=desk.department("PARK"))
    [notice] = Notification.objects.filter(user__username="head")
    assert notice.at > desk.line.now + timedelta(seconds=5)


def test_one_act_on_several_tickets_is_taken_back_as_one(desk: Desk) -> None:
    before = rows()
    with several("priority", actor=desk.clerk, now=desk.line.now, tickets=2) as one:
        for ticket in (desk.ticket, desk.other):
            one(ticket=ticket, priority=Priority.HIGH)
    assert len(differences(before, rows())) > 2
    desk.take_back(Act.objects.latest("pk"))
    assert differences(before, rows()) == []


def test_an_answer_to_somebody_in_danger_leaves_at_once(desk: Desk) -> None:
    Ticket.objects.filter(pk=desk.ticket.pk).update(urgent=True, danger="fire")
    desk.ticket.refresh_from_db()
    perform("reply", actor=desk.clerk, now=desk.line.now, ticket=desk.ticket, text="Dışarı çıkın.")
    desk.line.later(seconds=1)
    assert desk.line.meta.texts() == ["Dışarı çıkın."]
    assert actions.undoable_action(user=User.objects.get(username="clerk"), now=desk.line.now) is None


def test_words_without_a_ticket_to_somebody_in_danger_leave_at_once(desk: Desk) -> None:
    waits = desk.waits()
    Ticket.objects.filter(pk=desk.ticket.pk).update(urgent=True, danger="fire")
    perform("answer", actor=desk.clerk, now=desk.line.now, handover=waits, text="Dışarı çıkın.")
    desk.line.later(seconds=1)
    assert desk.line.meta.texts() == ["Dışarı çıkın."]


def test_a_claim_that_is_taken_back_rings_again(desk: Desk) -> None:
    act = desk.perform("claim", ticket=_urgent(desk))
    assert desk.ticket.claimed_by is not None
    desk.take_back(act)
    desk.ticket.refresh_from_db()
    assert desk.ticket.claimed_by is None


def test_words_written_without_a_ticket_wait_as_long(desk: Desk) -> None:
    desk.perform("answer", handover=desk.waits(), text="Buyurun.")
    assert Outbox.objects.latest("pk").state == Outbox.State.HELD
    desk.line.later(seconds=5)
    assert desk.line.meta.texts() == []
    desk.line.later(seconds=1)
    assert desk.line.meta.texts() == ["Buyurun."]


def test_who_asks_how_it_stands_hears_nothing_that_can_still_be_taken_back(desk: Desk) -> None:
    desk.perform("move", ticket=desk.ticket, to=Status.RESOLVED, answer="Çukur kapatıldı.")
    desk.line.hear(wire.text(AYSE, "durum"))
    [told] = desk.line.meta.texts()
    assert "Birime iletildi" in told or "birim" in told.lower()
    assert "çözüldü" not in told.lower()


def test_the_copies_of_what_was_changed_are_kept_for_a_minute(desk: Desk) -> None:
    act = desk.perform("note", ticket=desk.ticket, text="Baktım")
    delete_expired_actions(now=desk.line.now + timedelta(seconds=30))
    assert act.changes.exists()
    delete_expired_actions(now=desk.line.now + timedelta(seconds=70))
    assert not Act.objects.exists()


def _erased(desk: Desk) -> None:
    officer = User.objects.create_user("officer", is_staff=True)
    give_role(officer, Role.DPO)
    citizen = desk.ticket.citizen
    assert citizen is not None
    closed = Ticket.objects.filter(pk=desk.ticket.pk)
    closed.update(status=Status.CLOSED, outcome="solved", outcome_at=desk.line.now, closed_at=desk.line.now)
    erase(people=[citizen.pk], tickets=[], actor=actor_of(officer), now=desk.line.now, reason="Dilekçe")


def test_what_was_erased_since_is_not_brought_back(desk: Desk) -> None:
    act = desk.perform("delete_note", note=_citizen_note(desk))
    _erased(desk)
    with pytest.raises(NoSuchTransition):
        desk.take_back(act)
    assert not CitizenNote.objects.exists()


@pytest.mark.parametrize("name", ["delete_note", "close_talk", "unschedule", "note", "reply", "finish"])
def test_of_whoever_is_erased_no_copy_is_kept_to_take_something_back(desk: Desk, name: str) -> None:
    desk.perform(name, **EXAMPLES[name](desk))
    _erased(desk)
    assert not Act.objects.exists()


def test_what_was_done_for_others_can_be_taken_back_though_somebody_is_erased(desk: Desk) -> None:
    act = desk.perform("note", ticket=desk.other, text="Baktım")
    _erased(desk)
    desk.take_back(act)
    assert not desk.other.events.filter(note="Baktım").exists()


def _writes_in_between(desk: Desk, words: str = "Alo, orada mısınız?") -> None:
    desk.line.now += timedelta(seconds=1)
    desk.line.hear(wire.text(AYSE, words))


IN_BETWEEN = [
    "reply",
    "answer",
    "close_talk",
    "take_over",
    "note",
    "assign",
    "priority",
    "hand_back",
    "macro",
]


@pytest.mark.parametrize("name", IN_BETWEEN)
def test_a_citizen_who_writes_in_between_keeps_nobody_from_taking_back(desk: Desk, name: str) -> None:
    act = desk.perform(name, **EXAMPLES[name](desk))
    _writes_in_between(desk)
    desk.take_back(act)
    desk.line.later(seconds=20)
    assert {"Ekibimiz yolda.", "Buyurun."} & set(desk.line.meta.texts()) == set()
    assert Message.objects.filter(text="Alo, orada mısınız?").exists()


@pytest.mark.parametrize("name", ["reply", "assign", "move", "priority"])
def test_what_a_citizen_adds_to_the_ticket_in_between_stays_with_it(desk: Desk, name: str) -> None:
    before = Ticket.objects.get(pk=desk.ticket.pk)
    act = desk.perform(name, **EXAMPLES[name](desk))
    describe(ticket=desk.ticket, actor=Actor.citizen(), now=desk.line.now, text="12 numaranın önünde")
    desk.take_back(act)
    after = Ticket.objects.get(pk=desk.ticket.pk)
    assert "12 numaranın önünde" in after.description
    assert "12 numaranin" in after.search
    assert (after.status, after.department, after.priority) == (
        before.status,
        before.department,
        before.priority,
    )


@pytest.mark.parametrize("name", ["reply", "answer"])
def test_whoever_was_answered_and_wrote_again_waits_once_and_since_before(desk: Desk, name: str) -> None:
    waits = desk.waits()
    given = EXAMPLES[name](desk)
    act = desk.perform(name, **given)
    _writes_in_between(desk)
    desk.take_back(act)
    [waiting] = WaitingConversation.objects.filter(ended_at=None)
    assert (waiting.pk, waiting.since, waiting.last_words) == (
        waits.pk,
        waits.since,
        "Alo, orada mısınız?",
    )


def test_what_a_colleague_took_in_between_is_not_taken_from_them(desk: Desk) -> None:
    act = desk.perform("take_talk", handover=(waits := desk.waits()))
    operator = _operator()
    perform("give_talk", actor=actor_of(operator), now=desk.line.now, handover=waits, assignee=operator)
    with pytest.raises(NoSuchTransition):
        desk.take_back(act)
    waits.refresh_from_db()
    assert waits.assignee == operator


def test_of_a_selection_what_somebody_changed_since_stays_and_is_named(desk: Desk) -> None:
    with several("priority", actor=desk.clerk, now=desk.line.now, tickets=2) as one:
        for ticket in (desk.ticket, desk.other):
            one(ticket=ticket, priority=Priority.HIGH)
    murat = actor_of(User.objects.create_superuser("murat", first_name="Murat", last_name="Çelik"))
    add_note(ticket=desk.other, actor=murat, now=desk.line.now, text="Baktım")
    [stayed] = undo(act=Act.objects.latest("pk"), actor=desk.clerk, now=desk.line.now)
    assert f"Murat Çelik sizden sonra {desk.other.number}" in stayed
    assert Ticket.objects.get(pk=desk.ticket.pk).priority == desk.ticket.priority
    assert Ticket.objects.get(pk=desk.other.pk).priority == Priority.HIGH


def test_undo_in_the_middle_of_a_selection_stops_the_rest(desk: Desk) -> None:
    before = rows()
    with several("priority", actor=desk.clerk, now=desk.line.now, tickets=3) as one:
        one(ticket=desk.ticket, priority=Priority.HIGH)
        desk.take_back(Act.objects.latest("pk"))
        for ticket in (desk.follower, desk.other):
            with pytest.raises(TakenBackMeanwhile):
                one(ticket=ticket, priority=Priority.HIGH)
    assert differences(before, rows()) == []
    assert actions.undoable_action(user=User.objects.get(username="clerk"), now=desk.line.now) is None


def test_an_unfinished_selection_is_offered_by_what_is_done_of_it(desk: Desk) -> None:
    clerk = User.objects.get(username="clerk")
    with several("priority", actor=desk.clerk, now=desk.line.now, tickets=2) as one:
        one(ticket=desk.ticket, priority=Priority.HIGH)
        offered = actions.undoable_action(user=clerk, now=desk.line.now)
        assert offered is not None
        assert offered.title == "1 başvuru: Öncelik değişti"


def test_a_selection_goes_on_though_its_act_was_forgotten(desk: Desk) -> None:
    with several("priority", actor=desk.clerk, now=desk.line.now, tickets=2) as one:
        one(ticket=desk.ticket, priority=Priority.HIGH)
        delete_expired_actions(now=desk.line.now + timedelta(minutes=3))
        one(ticket=desk.other, priority=Priority.HIGH)
    assert Ticket.objects.get(pk=desk.other.pk).priority == Priority.HIGH
    desk.take_back(Act.objects.latest("pk"))
    assert Ticket.objects.get(pk=desk.other.pk).priority == desk.other.priority


def test_an_old_entry_after_the_selection_began_does_not_keep_a_later_part(desk: Desk) -> None:
    colleague = actor_of(User.objects.get(username="colleague"))
    with several("priority", actor=desk.clerk, now=desk.line.now, tickets=2) as one:
        one(ticket=desk.ticket, priority=Priority.HIGH)
        add_note(ticket=desk.other, actor=colleague, now=desk.line.now, text="Baktım")
        one(ticket=desk.other, priority=Priority.HIGH)
    desk.take_back(Act.objects.latest("pk"))
    assert Ticket.objects.get(pk=desk.other.pk).priority == desk.other.priority


def test_an_act_on_a_selection_counts_what_was_done(desk: Desk) -> None:
    with several("priority", actor=desk.clerk, now=desk.line.now, tickets=2) as one:
        one(ticket=desk.ticket, priority=Priority.HIGH)
        with suppress(TransitionError):
            one(ticket=desk.other, priority=Priority.HIGH, version=0)
    assert Act.objects.latest("pk").title == "1 başvuru: Öncelik değişti"


def test_a_danger_that_a_supervisor_let_go_is_again_with_whoever_had_it(desk: Desk) -> None:
    operator = _operator()
    acknowledge(ticket=_urgent(desk), actor=actor_of(operator), now=desk.line.now)
    act = desk.perform("release", ticket=desk.ticket, reason="vardiyası bitti")
    desk.take_back(act)
    desk.ticket.refresh_from_db()
    assert desk.ticket.claimed_by == operator


def test_a_danger_that_somebody_has_claimed_since_stays_theirs(desk: Desk) -> None:
    act = desk.perform("claim", ticket=_urgent(desk))
    operator = _operator()
    release(ticket=desk.ticket, actor=desk.clerk, now=desk.line.now, reason="yanlış")
    acknowledge(ticket=desk.ticket, actor=actor_of(operator), now=desk.line.now)
    with pytest.raises(NoSuchTransition, match="Elif"):
        desk.take_back(act)
    desk.ticket.refresh_from_db()
    assert desk.ticket.claimed_by == operator


def test_the_number_of_a_ticket_that_was_taken_back_is_given_to_no_other(desk: Desk) -> None:
    act = desk.perform("split", **EXAMPLES["split"](desk))
    taken = Ticket.objects.latest("pk").number
    desk.take_back(act)
    desk.perform("split", **EXAMPLES["split"](desk))
    assert Ticket.objects.latest("pk").number > taken
    assert taken in desk.ticket.events.get(kind="withdrawn").data["acts"][0]


def test_a_question_to_somebody_in_danger_leaves_at_once(desk: Desk) -> None:
    Ticket.objects.filter(pk=desk.ticket.pk).update(urgent=True, danger="fire")
    desk.ticket.refresh_from_db()
    perform(
        "move",
        actor=desk.clerk,
        now=desk.line.now,
        ticket=desk.ticket,
        to=Status.WAITING,
        answer="Kaç kişisiniz?",
    )
    desk.line.later(seconds=1)
    assert ["Kaç kişisiniz?" in text for text in desk.line.meta.texts()] == [True]
