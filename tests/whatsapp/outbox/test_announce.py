"""From a ticket's move to the words that tell it: each once, and only where there is news."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from departments.models import Agency, Department
from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.threads import at_once
from tests.whatsapp.wire import AYSE
from tickets.casework.notes import add_note
from tickets.casework.opening import Report, open_ticket
from tickets.casework.transitions import change_status
from tickets.models import Citizen, Kind, Source, Ticket, TicketEvent
from tickets.record import channel
from tickets.record.permissions import Actor, actor_of
from tickets.record.statuses import Status
from tickets.record.workflow import ActorKind
from whatsapp.channel.port import WhatsApp
from whatsapp.models import AnnouncementFailure, Conversation, Outbox
from whatsapp.outbox import announce, enqueue, retry
from whatsapp.texts import render


@pytest.fixture
def clerk(line: Line) -> Actor:
    return actor_of(User.objects.create_superuser("clerk"))


@pytest.fixture
def ticket(line: Line) -> Ticket:
    """A report of Ayşe's, confirmed and with Fen İşleri."""
    line.hear(wire.text(AYSE, "Alpaslan mahallesinde yolda büyük çukur var, asfalt bozuk"))
    line.later(seconds=7)
    assert len(line.meta.sent) == 1
    line.meta.sent.clear()
    return line.ticket()


def move(line: Line, ticket: Ticket, clerk: Actor, to: Status, **details: Any) -> None:
    change_status(ticket=ticket, to=to, actor=clerk, now=line.now, **details)
    line.later(seconds=1)


def test_a_move_is_told_once(line: Line, ticket: Ticket, clerk: Actor):
    move(line, ticket, clerk, Status.IN_PROGRESS)
    line.later(minutes=5)
    assert line.meta.texts() == [f"{ticket.number} numaralı başvurunuz üzerinde çalışmaya başladık."]


def test_the_news_is_bound_to_its_event(line: Line, ticket: Ticket, clerk: Actor):
    move(line, ticket, clerk, Status.IN_PROGRESS)
    event = ticket.events.latest("id")
    assert event.announced_at is not None
    assert Outbox.objects.get(event=event).ticket == ticket


@pytest.mark.parametrize(
    ("to", "details", "told"),
    [
        (Status.PLANNED, {"planned_for": date(2026, 12, 3)}, "Planlanan tarih: 3 Aralık 2026"),
        (Status.WAITING, {"answer": "Hangi kapı?"}, "Hangi kapı?"),
        (Status.RESOLVED, {"answer": "Kapattık."}, "sonuçlandı. Kapattık."),
        (Status.REJECTED, {"reason": "yetki", "answer": "Özel mülk."}, "Özel mülk."),
        (Status.CANCELLED, {"answer": "İsteğinizle."}, "iptal edildi. İsteğinizle."),
    ],
)
def test_news_says_what_happened(
    line: Line, ticket: Ticket, clerk: Actor, to: Status, details: Any, told: str
):
    move(line, ticket, clerk, to, **details)
    (text,) = line.meta.texts()
    assert told in text
    assert ticket.number in text


def test_a_redirection_names_the_agency(line: Line, ticket: Ticket, clerk: Actor):
    agency = Agency.objects.get(code="kaski")
    move(line, ticket, clerk, Status.REDIRECTED, agency=agency)
    assert agency.name in line.meta.texts()[0]


def test_a_reopening_by_staff_is_told(line: Line, ticket: Ticket, clerk: Actor):
    move(line, ticket, clerk, Status.RESOLVED, answer="Kapattık.")
    move(line, ticket, clerk, Status.ASSIGNED)
    assert "yeniden açıldı" in line.meta.texts()[-1]


def test_internal_moves_are_not_told(line: Line, ticket: Ticket, clerk: Actor):
    park = Department.objects.get(code="PARK")
    move(line, ticket, clerk, Status.ASSIGNED, department=park)
    move(line, ticket, clerk, Status.REVIEW, answer="Kapattık.")
    add_note(ticket=ticket, actor=clerk, now=line.now, text="bakıldı")
    line.later(minutes=1)
    assert line.meta.texts() == []


def test_closing_is_not_told(line: Line, ticket: Ticket, clerk: Actor):
    move(line, ticket, clerk, Status.RESOLVED, answer="Kapattık.")
    line.meta.sent.clear()
    move(line, ticket, clerk, Status.CLOSED)
    assert line.meta.texts() == []


def test_news_is_told_in_the_order_it_happened(line: Line, ticket: Ticket, clerk: Actor):
    change_status(ticket=ticket, to=Status.IN_PROGRESS, actor=clerk, now=line.now)
    change_status(ticket=ticket, to=Status.RESOLVED, actor=clerk, now=line.now, answer="Bitti.")
    line.later(seconds=1)
    assert ["çalışmaya" in text for text in line.meta.texts()] == [True, False]


def test_what_was_not_committed_is_not_told(line: Line, ticket: Ticket, clerk: Actor):
    with transaction.atomic():
        change_status(ticket=ticket, to=Status.IN_PROGRESS, actor=clerk, now=line.now)
        transaction.set_rollback(True)
    line.later(minutes=1)
    assert line.meta.texts() == []


def test_somebody_without_whatsapp_is_not_asked_about_again(line: Line, clerk: Actor):
    caller = Citizen.objects.create(name="Telefonla arayan")
    report = Report(channel=Source.TELEFON, kind=Kind.TALEP, description="çukur", citizen=caller)
    ticket = open_ticket(report=report, actor=clerk, now=line.now)
    announce.announce_events(line.now)
    assert not TicketEvent.objects.filter(ticket=ticket, announce=True, announced_at=None).exists()
    assert not Outbox.objects.exists()


def test_news_that_cannot_be_told_holds_up_no_other(line: Line, ticket: Ticket, clerk: Actor):
    change_status(ticket=ticket, to=Status.IN_PROGRESS, actor=clerk, now=line.now)
    change_status(ticket=ticket, to=Status.RESOLVED, actor=clerk, now=line.now, answer="Bitti.")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "ALTER TABLE whatsapp_outbox ADD CONSTRAINT refused CHECK (text NOT LIKE '%çalışmaya%') NOT VALID"
        )
    line.later(seconds=1)
    assert ["Bitti." in text for text in line.meta.texts()] == [True]
    assert TicketEvent.objects.filter(announce=True, announced_at=None).count() == 1


@pytest.fixture
def unsayable(line: Line, ticket: Ticket) -> TicketEvent:
    """News that nobody can put into words: its day is none."""
    return TicketEvent.objects.create(
        ticket=ticket,
        kind=TicketEvent.Kind.MOVED,
        at=line.now,
        actor_kind=ActorKind.STAFF,
        to_status=Status.PLANNED,
        data={"planned_for": "yarın"},
        announce=True,
    )


def test_news_that_cannot_be_said_is_tried_after_growing_pauses_and_then_parked(
    line: Line, unsayable: TicketEvent
):
    tried = []
    for minute in range(180):
        before = AnnouncementFailure.objects.first()
        announce.announce_events(line.now)
        after = AnnouncementFailure.objects.get()
        tried += [minute] * (after.attempts - (before.attempts if before else 0))
        line.now += timedelta(minutes=1)
    assert tried == [0, 1, 5, 21, 85]
    parked = AnnouncementFailure.objects.get()
    assert (parked.next_attempt_at, parked.error) == (None, "ValueError")


def test_news_that_kill_who_announces_them_are_parked_and_take_no_neighbour_along(
    line: Line, ticket: Ticket, clerk: Actor, monkeypatch: pytest.MonkeyPatch
):
    change_status(ticket=ticket, to=Status.IN_PROGRESS, actor=clerk, now=line.now)
    change_status(ticket=ticket, to=Status.RESOLVED, actor=clerk, now=line.now, answer="Bitti.")
    deadly_key = TicketEvent.objects.get(to_status=Status.IN_PROGRESS).pk
    real = announce._announcement

    def kills(event: TicketEvent, *rest: Any) -> Any:
        if event.pk == deadly_key:
            raise KeyboardInterrupt  # nothing of ours catches it, as nothing catches a kill
        return real(event, *rest)

    monkeypatch.setattr(announce, "_announcement", kills)
    deaths = 0
    for _ in range(12):
        try:
            announce.announce_events(line.now)
        except KeyboardInterrupt:
            deaths += 1
        line.now += announce.LEASE
    assert deaths == retry.NEWS_ATTEMPTS
    assert "Bitti." in Outbox.objects.filter(event__isnull=False).latest("id").text
    parked = AnnouncementFailure.objects.get()
    assert (parked.event_id, parked.next_attempt_at) == (deadly_key, None)


def test_news_of_a_talk_that_is_busy_are_told_as_soon_as_it_is_free(
    real_line: Line, ticket: Ticket, clerk: Actor
):
    line = real_line
    change_status(ticket=ticket, to=Status.RESOLVED, actor=clerk, now=line.now, answer="Bitti.")
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Conversation.objects.select_for_update().get()
        pool.submit(announced, line.now).result()
    assert not AnnouncementFailure.objects.exists()
    announce.announce_events(line.now)
    assert "Bitti." in Outbox.objects.latest("pk").text


def announced(now: datetime) -> None:
    try:
        announce.announce_events(now)
    finally:
        connection.close()


def test_the_rest_of_a_set_is_announced_beside_news_that_cannot_be_said(
    line: Line, ticket: Ticket, clerk: Actor, unsayable: TicketEvent
):
    change_status(ticket=ticket, to=Status.RESOLVED, actor=clerk, now=line.now, answer="Bitti.")
    line.later(seconds=1)
    assert ["Bitti." in text for text in line.meta.texts()] == [True]
    assert AnnouncementFailure.objects.get().event == unsayable


def test_parked_news_is_announced_once_staff_have_it_tried_again(
    line: Line, unsayable: TicketEvent, clerk: Actor, monkeypatch: pytest.MonkeyPatch
):
    announce.announce_events(line.now)
    AnnouncementFailure.objects.update(attempts=5, next_attempt_at=None)
    monkeypatch.setattr(render, "news", lambda *_, **__: render.plain("Planlandı."))  # mended
    monkeypatch.setattr(announce, "date", SimpleNamespace(fromisoformat=str))
    line.later(minutes=1)
    assert line.meta.texts() == []
    supervisor = Client()
    supervisor.force_login(User.objects.get(username="clerk"))
    chosen = {"action": "try_again", "_selected_action": [AnnouncementFailure.objects.get().pk]}
    supervisor.post("/admin/whatsapp/announcementfailure/", chosen)
    line.now = max(line.now, timezone.now())
    line.later(seconds=1)
    assert len(line.meta.texts()) == 1
    assert not AnnouncementFailure.objects.exists()


def test_a_database_that_is_ill_says_nothing_about_the_news(
    line: Line, ticket: Ticket, clerk: Actor, monkeypatch: pytest.MonkeyPatch
):
    change_status(ticket=ticket, to=Status.IN_PROGRESS, actor=clerk, now=line.now)

    def ill(*_: object, **__: object) -> None:
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(enqueue, "put_all", ill)
        with pytest.raises(OperationalError):
            announce.announce_events(line.now)
    assert not AnnouncementFailure.objects.exists()
    line.later(seconds=1)
    assert len(line.meta.texts()) == 1


def test_news_of_somebody_whose_turn_is_just_taken_waits_for_nobody_and_comes_after_it(
    transactional_db: None, line: Line, ticket: Ticket, clerk: Actor
):
    """The conversation is locked before the event: who waits for it holds nothing that a turn may want."""
    change_status(ticket=ticket, to=Status.IN_PROGRESS, actor=clerk, now=line.now)
    locked, looked = Event(), Event()

    def turn() -> None:
        with transaction.atomic():
            list(Conversation.objects.select_for_update(no_key=True))
            locked.set()
            assert looked.wait(10)
            list(TicketEvent.objects.select_for_update(no_key=True))

    def publish() -> None:
        assert locked.wait(10)
        announce.announce_events(line.now)
        looked.set()

    at_once(turn, publish)
    assert TicketEvent.objects.filter(announce=True, announced_at=None).count() == 1
    announce.announce_events(line.now)
    assert not TicketEvent.objects.filter(announce=True, announced_at=None).exists()


def test_no_news_is_one_statement(
    line: Line, ticket: Ticket, django_assert_num_queries: DjangoAssertNumQueries
):
    with django_assert_num_queries(1):
        assert not announce.announce_events(line.now)


def test_two_workers_tell_each_event_once(transactional_db: None, line: Line, ticket: Ticket, clerk: Actor):
    change_status(ticket=ticket, to=Status.IN_PROGRESS, actor=clerk, now=line.now)
    change_status(ticket=ticket, to=Status.RESOLVED, actor=clerk, now=line.now, answer="Bitti.")
    at_once(*[lambda: announce.announce_events(line.now)] * 3)
    assert Outbox.objects.filter(event__kind="moved").count() == 2


# --- what tickets know of the channel ------------------------------------------------------------------------
def test_whatsapp_is_the_channel_in_use():
    assert isinstance(channel.channel(), WhatsApp)


def test_a_ticket_shows_what_was_said_oldest_first(line: Line, ticket: Ticket, clerk: Actor):
    move(line, ticket, clerk, Status.RESOLVED, answer="Kapattık.")
    talk = channel.channel().messages(ticket)
    assert [(each.direction, each.status) for each in talk] == [("in", ""), ("out", "sent"), ("out", "sent")]


def test_the_window_is_open_until_24_hours_after_the_last_message(line: Line, ticket: Ticket):
    assert ticket.citizen is not None
    window = channel.channel().windows([ticket.citizen.pk])[ticket.citizen.pk]
    assert (window - line.message().sent_at).total_seconds() == 24 * 3600


def test_somebody_who_never_wrote_has_no_window(line: Line):
    assert channel.channel().windows([Citizen.objects.create().pk]) == {}
