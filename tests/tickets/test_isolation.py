"""A row that a periodic task fails at stops none of the others, is told of, and is tried again."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from psycopg.errors import DeadlockDetected
from pytest_django import Settings

from departments.common import row_by_row
from departments.models import RowFailure, RowWork
from tests.poison import cure, poison
from tests.tickets.danger.test_danger import danger, rung
from tests.tickets.duty import on_duty
from tests.tickets.recording_channel import Reached
from tests.tickets.world import NOW, World
from tickets import tasks
from tickets.answering.escalation import escalate_waiting_conversations
from tickets.answering.scheduled_replies import schedule_reply, send_scheduled
from tickets.answering.snoozing import end_due_snoozes, snooze
from tickets.api_clients import key_warnings
from tickets.api_clients.models.clients import ApiKey
from tickets.attachments import file_deletion
from tickets.casework.closing import close_settled
from tickets.citizens.blocks import end_blocks
from tickets.danger import ringing, telephones
from tickets.danger.ringing import alert_staff
from tickets.danger.services import acknowledge
from tickets.danger.telephones import call_telephones
from tickets.deadlines.clocks import watch_clocks
from tickets.models import (
    Breach,
    Citizen,
    CitizenBlock,
    CitizenNote,
    MonthlyReport,
    Notification,
    PendingFileDeletion,
    Ring,
    ScheduledReply,
    Ticket,
    WaitingConversation,
)
from tickets.notifications.emails import mail_notifications
from tickets.privacy import destruction
from tickets.record.statuses import Status
from tickets.reports.monthly_mails import keep_monthly_reports

MINUTE = timedelta(minutes=1)


@pytest.fixture
def duty(world: World) -> User:
    return on_duty(world, "operator")


# --- danger -----------------------------------------------------------------------------------------------------------
def test_ringing_goes_on_after_a_poison_ticket(world: World, duty: User) -> None:
    first, second = danger(world), danger(world)
    poison(Notification, f"NEW.ticket_id = {first.pk}", on="INSERT")
    alert_staff(now=NOW)
    assert rung(second) == ["operator"]


def test_ringing_goes_on_where_a_ticket_cannot_be_read(
    world: World, duty: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = danger(world), danger(world)
    read = ringing._is_restricted

    def refuse(ticket: Ticket) -> bool:
        if ticket.pk == first.pk:
            raise ValueError
        return read(ticket)

    monkeypatch.setattr(ringing, "_is_restricted", refuse)
    alert_staff(now=NOW)
    assert rung(second) == ["operator"]


def test_a_poison_ticket_rings_once_it_is_cured(world: World, duty: User) -> None:
    ticket = danger(world)
    poison(Notification, f"NEW.ticket_id = {ticket.pk}", on="INSERT")
    alert_staff(now=NOW)
    cure(Notification)
    alert_staff(now=NOW + timedelta(seconds=3))
    assert rung(ticket) == ["operator"]


def test_ring_task_calls_telephones_though_ringing_fails(
    world: World, duty: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []

    def fail(**_: Any) -> None:
        raise ValueError

    monkeypatch.setattr(f"{tasks.__name__}.alert_staff", fail)
    monkeypatch.setattr(f"{tasks.__name__}.call_telephones", lambda _clock: called.append("telephones"))
    monkeypatch.setattr(f"{tasks.__name__}.end_due_snoozes", lambda **_: called.append("snoozes"))
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it was: the task counts as failed
        tasks.ring()
    assert called == ["telephones", "snoozes"]


def test_an_outage_is_raised_and_blames_no_ticket(
    world: World, duty: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    danger(world)

    def fail(*_: Any, **__: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(ringing, "ring", fail)
    with pytest.raises(OperationalError):
        alert_staff(now=NOW)
    assert not RowFailure.objects.exists()


def test_telephones_are_called_after_a_poison_ring(world: World, duty: User, settings: Settings) -> None:
    settings.RING_URL = "http://127.0.0.1:9/"
    tickets = [danger(world), danger(world)]
    alert_staff(now=NOW)
    first, second = (Ring.objects.get(notification__ticket=each) for each in tickets)
    poison(Ring, f"NEW.id = '{first.pk}' AND NEW.error <> ''", on="UPDATE")
    call_telephones(lambda: NOW)
    second.refresh_from_db()
    assert second.error


# --- the desk ---------------------------------------------------------------------------------------------------------
def test_snoozes_end_after_a_poison_one(world: World, channel: Reached) -> None:
    tickets = [world.assigned(), world.assigned()]
    first, _ = (
        snooze(of=each, actor=world.actor("operator"), now=NOW, until=NOW + MINUTE) for each in tickets
    )
    poison(Notification, f"NEW.snooze_id = {first.pk}", on="INSERT")
    end_due_snoozes(now=NOW + 2 * MINUTE)
    assert Notification.objects.filter(snooze__isnull=False).count() == 1


def test_clocks_go_on_after_a_poison_ticket(world: World) -> None:
    first, second = world.assigned(), world.assigned()
    poison(Breach, f"NEW.ticket_id = {first.pk}", on="INSERT")
    watch_clocks(now=NOW + timedelta(days=30))
    assert set(Breach.objects.values_list("ticket", flat=True)) == {second.pk}


def test_waiting_conversations_escalate_after_a_poison_one(world: World, channel: Reached) -> None:
    first, second = (
        WaitingConversation.objects.create(
            citizen=Citizen.objects.create(name="Komşu"), reason="asked", since=NOW, last_at=NOW
        )
        for _ in range(2)
    )
    poison(WaitingConversation, f"NEW.id = {first.pk}", on="UPDATE")
    escalate_waiting_conversations(now=NOW + timedelta(days=1))
    assert set(Notification.objects.filter(kind="waiting").values_list("handover", flat=True)) == {second.pk}


def test_blocks_end_after_a_poison_one(world: World, channel: Reached) -> None:
    supervisor = world.user("supervisor")
    first, second = (
        CitizenBlock.objects.create(
            citizen=Citizen.objects.create(name="Komşu"),
            reason="küfür",
            since=NOW,
            until=NOW + MINUTE,
            by=supervisor,
        )
        for _ in range(2)
    )
    poison(CitizenBlock, f"NEW.id = {first.pk}", on="UPDATE")
    end_blocks(now=NOW + 2 * MINUTE)
    assert CitizenBlock.objects.get(lifted_at__isnull=False) == second


def test_scheduled_replies_go_on_after_a_poison_one(world: World, channel: Reached) -> None:
    tickets = [world.assigned(citizen=Citizen.objects.create(name="Komşu")) for _ in range(2)]
    first, second = (
        schedule_reply(
            ticket=each, actor=world.actor("operator"), now=NOW, text="Yarın geliyoruz.", due_at=NOW + MINUTE
        )
        for each in tickets
    )
    poison(ScheduledReply, f"NEW.id = {first.pk}", on="UPDATE")
    send_scheduled(lambda: NOW + 2 * MINUTE)
    second.refresh_from_db()
    assert second.state == ScheduledReply.State.SENT


def test_closing_goes_on_after_a_poison_ticket(world: World, channel: Reached) -> None:
    first, second = world.resolved(), world.resolved()
    poison(Ticket, f"NEW.id = {first.pk}", on="UPDATE")
    close_settled(now=NOW + timedelta(days=8))
    second.refresh_from_db()
    assert second.status == Status.CLOSED


@pytest.mark.slow
def test_monthly_reports_go_on_after_a_poison_department(world: World) -> None:
    poison(MonthlyReport, f"NEW.department_id = {world.fen.pk}", on="INSERT")
    keep_monthly_reports(now=NOW)
    assert MonthlyReport.objects.filter(department=world.park).exists()


# --- housekeeping -----------------------------------------------------------------------------------------------------
def test_sweep_goes_on_after_a_step_that_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def fail(_now: Any) -> None:
        raise ValueError

    monkeypatch.setattr("tickets.tasks.rate_limits.forget", fail)
    monkeypatch.setattr(f"{tasks.__name__}.forget_talks", lambda _now: done.append("talks"))
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it was: the task counts as failed
        tasks.sweep()
    assert done == ["talks"]


def test_mail_goes_on_after_a_poison_notification(world: World, duty: User, settings: Settings) -> None:
    settings.NOTICES_BY_EMAIL = True
    User.objects.update(email="kisi@melikgazi.example")
    first, second = danger(world), danger(world)
    alert_staff(now=NOW)
    poison(Notification, f"NEW.ticket_id = {first.pk}", on="UPDATE")
    mail_notifications(now=NOW)
    assert Notification.objects.filter(ticket=second, mailed_at__isnull=False).exists()


def test_keys_are_warned_of_after_a_poison_one(world: World, settings: Settings) -> None:
    settings.NOTICES_BY_EMAIL = True
    User.objects.update(email="kisi@melikgazi.example")
    ends = NOW + timedelta(days=3)
    first, second = (
        ApiKey.objects.create(
            user=world.user("operator"), prefix=str(n), digest=str(n), created_at=NOW, expires_at=ends
        )
        for n in range(2)
    )
    poison(ApiKey, f"NEW.id = {first.pk}", on="UPDATE")
    key_warnings.warn(NOW)
    second.refresh_from_db()
    assert second.warned_at == NOW


def test_retention_goes_on_after_a_poison_row(world: World, channel: Reached) -> None:
    author = world.user("operator")
    first, _ = (
        CitizenNote.objects.create(
            citizen=Citizen.objects.create(name="Komşu"), text="not", at=NOW, by=author
        )
        for _ in range(2)
    )
    poison(CitizenNote, f"OLD.id = {first.pk}", on="DELETE")
    destruction.destroy(lambda: NOW + timedelta(days=4000))
    assert list(CitizenNote.objects.all()) == [first]


def test_files_are_deleted_after_one_that_cannot_be(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    file_deletion.schedule_deletion(["a", "b"], NOW)

    def delete(name: str) -> None:
        if name == "a":
            raise PermissionError

    monkeypatch.setattr("tickets.attachments.file_deletion.private_storage.delete", delete)
    file_deletion.delete_pending_files()
    assert "b" not in PendingFileDeletion.objects.values_list("name", flat=True)
    assert "a" in PendingFileDeletion.objects.values_list("name", flat=True)


# --- what is told of it -----------------------------------------------------------------------------------------------
def failing(work: RowWork) -> int:
    return row_by_row.current_failures(NOW).filter(work=work).count()


def test_a_failure_is_known_until_the_row_succeeds(world: World, duty: User) -> None:
    ticket = danger(world)
    poison(Notification, f"NEW.ticket_id = {ticket.pk}", on="INSERT")
    alert_staff(now=NOW)
    assert failing(RowWork.RING) == 1
    cure(Notification)
    alert_staff(now=NOW)
    assert failing(RowWork.RING) == 0


def test_a_failure_is_over_once_its_row_is_not_due(world: World, duty: User) -> None:
    ticket = danger(world)
    poison(Notification, f"NEW.ticket_id = {ticket.pk}", on="INSERT")
    alert_staff(now=NOW)
    acknowledge(ticket=ticket, actor=world.actor("operator"), now=NOW)
    alert_staff(now=NOW)
    assert failing(RowWork.RING) == 0


def test_a_failure_counts_its_attempts_and_keeps_no_words(world: World, duty: User) -> None:
    ticket = danger(world)
    poison(Notification, f"NEW.ticket_id = {ticket.pk}", on="INSERT")
    for seconds in (0, 3, 6):
        alert_staff(now=NOW + timedelta(seconds=seconds))
    row = RowFailure.objects.get()
    assert (row.key, row.attempts, row.error, row.since) == (str(ticket.pk), 3, "ProgrammingError", NOW)


def test_a_row_held_by_another_transaction_stops_no_other(
    world: World, duty: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = danger(world), danger(world)
    write = telephones.ring

    def ring(people: Any, now: Any, *, of: Ticket, **more: Any) -> None:
        if of.pk == first.pk:
            raise OperationalError from DeadlockDetected()
        write(people, now, of=of, **more)

    monkeypatch.setattr(ringing, "ring", ring)
    alert_staff(now=NOW)
    assert (rung(second), failing(RowWork.RING)) == (["operator"], 1)


def test_rows_that_fail_are_tried_after_the_others(db: None) -> None:
    tried: list[str] = []

    def look(key: str) -> None:
        tried.append(key)
        if key == "a":
            raise ValueError

    for _ in range(2):
        row_by_row.each_row(RowWork.RING, ["a", "b"], look, now=NOW)
    assert tried == ["a", "b", "b", "a"]


def test_every_kind_of_work_is_done_by_a_loop() -> None:
    """Also that none is listed that no loop has."""
    code = "".join(
        path.read_text() for app in ("tickets", "whatsapp", "departments") for path in Path(app).rglob("*.py")
    )
    assert [work.name for work in RowWork if f"RowWork.{work.name}" not in code] == []
