"""Notices on the telephones of staff who chose that and once wrote from there."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries, Settings

from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.sending import talk_with
from tests.whatsapp.wire import AYSE
from tickets.casework.opening import Report, open_ticket
from tickets.danger.ringing import alert_staff
from tickets.models import Citizen, Kind, Notification, NotificationPreference, Source, Ticket
from tickets.record.permissions import Actor
from whatsapp.models import Outbox
from whatsapp.outbox import enqueue, send, staff_notifications
from whatsapp.texts import render


@pytest.fixture(autouse=True)
def switched_on(settings: Settings) -> None:
    settings.STAFF_NOTICES_BY_WHATSAPP = True


def test_an_installation_sends_staff_nothing_until_it_is_switched_on(
    line: Line, colleague: User, settings: Settings
) -> None:
    settings.STAFF_NOTICES_BY_WHATSAPP = False
    danger(line)
    assert messages_queued(line) == 0
    settings.STAFF_NOTICES_BY_WHATSAPP = True
    assert messages_queued(line) == 1


@pytest.fixture
def colleague(line: Line) -> User:
    """Somebody whose telephone is Ayşe's, who has said hello to the line and hears of danger there."""
    line.hear(wire.text(AYSE, "merhaba"))
    line.later(seconds=10)
    line.meta.sent.clear()
    user = User.objects.create_superuser("nobetci")
    phone = Citizen.objects.get().phone or ""
    NotificationPreference.objects.create(user=user, by_message=[Notification.Kind.DANGER], phone=phone)
    return user


def danger(line: Line) -> str:
    report = Report(
        channel=Source.TELEFON,
        kind=Kind.IHBAR,
        description="Kopuk tel",
        urgent=True,
        urgent_reason="elektrik",
    )
    ticket = open_ticket(report=report, actor=Actor.system(), now=line.now)
    alert_staff(now=line.now)
    return ticket.number


def messages_queued(line: Line) -> int:
    before = Outbox.objects.count()
    staff_notifications.enqueue_notifications(line.now)
    return Outbox.objects.count() - before


def test_danger_reaches_the_telephone_of_who_is_on_duty_once(line: Line, colleague: User):
    number = danger(line)
    assert [messages_queued(line), messages_queued(line)] == [1, 0]
    line.later(seconds=1)
    (text,) = line.meta.texts()
    assert text.startswith(f"{number}: ACİL, elektrik")
    assert "Kopuk tel" not in text


def test_what_a_colleague_answers_is_no_word_of_the_tickets_citizen(line: Line, colleague: User):
    danger(line)
    staff_notifications.enqueue_notifications(line.now)
    assert Outbox.objects.latest("id").ticket is None


def test_who_did_not_choose_it_gets_nothing(line: Line, colleague: User):
    NotificationPreference.objects.update(by_message=[])
    danger(line)
    assert messages_queued(line) == 0


def test_a_telephone_that_never_wrote_gets_nothing_and_holds_up_nobody(line: Line, colleague: User):
    stranger = User.objects.create_superuser("yeni")
    NotificationPreference.objects.create(
        user=stranger, by_message=[Notification.Kind.DANGER], phone="+905550000000"
    )
    danger(line)
    assert messages_queued(line) == 1
    assert Notification.objects.get(user=stranger).messaged_at is None


def test_outside_the_window_it_goes_as_a_template(line: Line, colleague: User):
    line.later(hours=25)
    line.meta.sent.clear()
    danger(line)
    staff_notifications.enqueue_notifications(line.now)
    line.later(seconds=1)
    assert [sent["type"] for sent in line.meta.sent] == ["template"]


def test_danger_is_queued_first_whatever_nobody_can_be_told_of(line: Line, colleague: User):
    """A hundred and fifty older notifications for telephones that nobody wrote from, and a hundred of daily work."""
    stranger = User.objects.create_user("yeni")
    everything = list(Notification.Kind)
    NotificationPreference.objects.create(user=stranger, by_message=everything, phone="+905550000000")
    NotificationPreference.objects.filter(user=colleague).update(by_message=everything)
    danger(line)
    notice = Notification.objects.get(user=colleague)
    before, work = line.now - timedelta(hours=1), Notification.Kind.WORK
    Notification.objects.bulk_create(
        Notification(user=user, kind=work, ticket=notice.ticket, at=before)
        for user, count in ((stranger, 150), (colleague, 120))
        for _ in range(count)
    )
    assert staff_notifications.enqueue_notifications(line.now)
    assert Outbox.objects.filter(urgent=True).get().text.split("\n")[0] == str(notice)
    assert messages_queued(line) == 21


@pytest.mark.slow
def test_a_warning_to_staff_leaves_within_fifteen_seconds_in_the_middle_of_a_burst(
    line: Line, colleague: User
):
    Outbox.objects.bulk_create(
        enqueue.message(conversation=talk, words=render.plain("eski"), now=line.now)
        for talk in [talk_with(line, wire.Person(f"{n}", f"90533{n:07}", f"TR.X{n}")) for n in range(30)]
        for _ in range(40)
    )
    danger(line)
    staff_notifications.enqueue_notifications(line.now)
    send.send_due(line.clock)
    assert any("ACİL" in text for text in line.meta.texts())


def test_a_notification_that_cannot_be_written_out_holds_up_none_of_the_others(
    line: Line, colleague: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [danger(line) for _ in range(3)]
    real = Notification.page

    def poisoned(notification: Notification) -> str:
        if notification.ticket and notification.ticket.number == numbers[1]:
            raise ValueError("zehir")
        return real(notification)

    monkeypatch.setattr(Notification, "page", poisoned)
    messages_queued(line)
    assert {number for number in numbers if Outbox.objects.filter(text__contains=number).exists()} == {
        numbers[0],
        numbers[2],
    }
    assert not staff_notifications.enqueue_notifications(line.now)


def test_no_notification_to_send_is_one_statement(
    line: Line, colleague: User, django_assert_num_queries: DjangoAssertNumQueries
):
    with django_assert_num_queries(1):
        assert not staff_notifications.enqueue_notifications(line.now)


def test_of_a_ticket_that_is_no_longer_theirs_nobody_is_told(line: Line, colleague: User) -> None:
    User.objects.filter(pk=colleague.pk).update(is_superuser=False)
    danger(line)
    Ticket.objects.update(restricted=True)
    assert [messages_queued(line), messages_queued(line)] == [0, 0]
    assert not Notification.objects.filter(messaged_at=None).exists()
