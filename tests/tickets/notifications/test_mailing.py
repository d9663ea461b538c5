"""Mail of notices and monthly reports: each once, tried again with growing pauses, and no silent server holds it up."""

import socket
from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPAuthenticationError, SMTPRecipientsRefused
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from pytest_django import Settings
from typing_extensions import override

from tests.tickets.world import NOW, World
from tickets.models import MonthlyReport, Notification, Ticket
from tickets.notifications import mailing
from tickets.notifications.emails import mail_notifications
from tickets.notifications.notifications import choose_means
from tickets.reports.monthly_mails import keep_monthly_reports, mail_monthly_reports

Kind = Notification.Kind


class Server(EmailBackend):
    """A mail server that does what a test says with each mail before it takes it."""

    before: Callable[[EmailMessage], None]

    @override
    def send_messages(self, messages: Any) -> int:
        for each in messages:
            type(self).before(each)
        return super().send_messages(messages)


@pytest.fixture
def server(world: World, settings: Settings) -> type[Server]:
    settings.NOTICES_BY_EMAIL = True
    settings.EMAIL_BACKEND = f"{__name__}.Server"
    User.objects.filter(username="supervisor").update(email="s@example.org")
    Server.before = staticmethod(lambda _: None)
    return Server


def notices(world: World, *kinds: Kind) -> list[Notification]:
    user = world.user("supervisor")
    rows = [
        Notification(user=user, kind=kind, ticket=world.assigned(), at=NOW + timedelta(seconds=number - 60))
        for number, kind in enumerate(kinds)
    ]
    return Notification.objects.bulk_create(rows)


def number_of(notice: Notification) -> str:
    assert notice.ticket
    return notice.ticket.number


def refuse(_: EmailMessage) -> None:
    raise SMTPRecipientsRefused({"s@example.org": (550, b"unknown")})


def test_a_run_that_overlaps_another_mails_nothing_that_the_other_has_in_hand(
    world: World, server: type[Server]
) -> None:
    notices(world, Kind.DANGER, Kind.DANGER, Kind.DANGER)
    started: list[bool] = []

    def another_run(_: EmailMessage) -> None:
        if not started:
            started.append(True)
            mail_notifications(now=NOW)

    server.before = staticmethod(another_run)
    mail_notifications(now=NOW)
    assert len({sent.subject for sent in mail.outbox}) == len(mail.outbox) == 3


def test_a_mail_in_the_hand_of_a_worker_that_died_is_mailed_after_its_lease(
    world: World, server: type[Server]
) -> None:
    notices(world, Kind.DANGER)

    def die(_: EmailMessage) -> None:
        raise SystemExit

    server.before = staticmethod(die)
    with pytest.raises(SystemExit):
        mail_notifications(now=NOW)
    server.before = staticmethod(lambda _: None)
    assert mail_notifications(now=NOW + mailing.LEASE - timedelta(seconds=1)) == 0
    assert mail_notifications(now=NOW + mailing.LEASE) == 1


def test_a_refused_mail_is_tried_again_with_growing_pauses_and_given_up_for_all_to_see(
    world: World, server: type[Server]
) -> None:
    (notice,) = notices(world, Kind.DANGER)
    server.before = staticmethod(refuse)
    at = NOW
    for attempt, pause in enumerate(mailing.PAUSES, 1):
        mail_notifications(now=at)
        mail_notifications(now=at + pause - timedelta(seconds=1))
        notice.refresh_from_db()
        assert notice.mail_attempts == attempt
        at += pause
    mail_notifications(now=at)
    server.before = staticmethod(lambda _: None)
    assert mail_notifications(now=at + timedelta(hours=1)) == 0
    notice.refresh_from_db()
    assert (notice.mailed_at, notice.mail_error) == (None, "SMTPRecipientsRefused")
    client = Client()
    client.force_login(world.user("supervisor"))
    assert "e-posta gönderilemedi" in client.get("/admin/bildirimler/").content.decode()


def test_the_pauses_end_while_a_notice_is_worth_telling() -> None:
    assert sum(mailing.PAUSES, timedelta()) < timedelta(days=1)


def test_what_is_refused_keeps_no_other_waiting(world: World, server: type[Server]) -> None:
    first, second = notices(world, Kind.DANGER, Kind.DANGER)

    def refuse_first(message: EmailMessage) -> None:
        if number_of(first) in message.subject:
            refuse(message)

    server.before = staticmethod(refuse_first)
    assert mail_notifications(now=NOW) == 1
    assert number_of(second) in mail.outbox[0].subject


def test_a_server_that_takes_nothing_from_us_is_asked_once_a_run(world: World, server: type[Server]) -> None:
    notices(world, *[Kind.DANGER] * 3)

    def lock_out(_: EmailMessage) -> None:
        raise SMTPAuthenticationError(535, b"wrong password")

    server.before = staticmethod(lock_out)
    mail_notifications(now=NOW)
    assert Notification.objects.filter(mail_attempts__gt=0).count() == 1


def test_an_error_that_nobody_foresaw_keeps_no_other_waiting(world: World, server: type[Server]) -> None:
    first, _ = notices(world, Kind.DANGER, Kind.DANGER)
    # No subject of a mail may hold that.
    Ticket.objects.filter(notifications=first).update(urgent_reason="iki\nsatır")
    assert mail_notifications(now=NOW) == 1


def test_dangers_are_mailed_before_what_waits_longer(world: World, server: type[Server]) -> None:
    _, danger = notices(world, Kind.WORK, Kind.DANGER)
    choose_means(user=world.user("supervisor"), by_mail=[Kind.WORK, Kind.DANGER], by_message=[], phone="")
    mail_notifications(now=NOW)
    assert number_of(danger) in mail.outbox[0].subject
    assert len(mail.outbox) == 2


@pytest.mark.slow
def test_a_silent_server_holds_a_run_no_longer_than_its_time_limit(
    world: World, server: type[Server], settings: Settings
) -> None:
    notices(world, *[Kind.DANGER] * 5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        settings.EMAIL_TIMEOUT = 1
        assert mail_notifications(now=NOW) == 0
    assert Notification.objects.filter(kind=Kind.DANGER, mail_attempts=0).count() == 4


@pytest.mark.slow
def test_two_runs_at_once_mail_a_monthly_report_once(
    world: World, server: type[Server], settings: Settings
) -> None:
    settings.MONTHLY_REPORT_TO = ["baskan@example.org"]
    over = NOW.replace(day=1, month=12, hour=10)
    keep_monthly_reports(now=over)
    started: list[bool] = []

    def another_run(_: EmailMessage) -> None:
        if not started:
            started.append(True)
            mail_monthly_reports(now=over)

    server.before = staticmethod(another_run)
    mail_monthly_reports(now=over)
    assert [sent.bcc for sent in mail.outbox] == [["baskan@example.org"]]


@pytest.mark.slow
def test_a_refused_monthly_report_is_tried_again(
    world: World, server: type[Server], settings: Settings
) -> None:
    settings.MONTHLY_REPORT_TO = ["baskan@example.org"]
    over = NOW.replace(day=1, month=12, hour=10)
    keep_monthly_reports(now=over)
    server.before = staticmethod(refuse)
    mail_monthly_reports(now=over)
    report = MonthlyReport.objects.get(department=None)
    assert (report.mail_attempts, report.mail_error) == (1, "SMTPRecipientsRefused")
    server.before = staticmethod(lambda _: None)
    assert mail_monthly_reports(now=over + mailing.PAUSES[0]) == 1
