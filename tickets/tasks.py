"""Celery tasks of the citizen's record: clocks, notices, rings, mail, webhooks, retention."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from departments.common import row_by_row
from departments.common.row_by_row import all_steps
from departments.spreadsheets import import_jobs
from departments.staff import invitations, retention, sessions
from tickets.answering import scheduled_replies
from tickets.answering.escalation import escalate_waiting_conversations
from tickets.answering.snoozing import end_due_snoozes
from tickets.api_clients import idempotency_keys, key_warnings, rate_limits, webhooks
from tickets.attachments import uploads
from tickets.citizens.blocks import end_blocks
from tickets.danger.ringing import alert_staff
from tickets.danger.telephones import TASK_SECONDS, call_telephones
from tickets.deadlines import clocks
from tickets.notifications import emails, mailing
from tickets.notifications.emails import mail_notifications
from tickets.open311 import trials
from tickets.presence.marking import forget_talks
from tickets.privacy import destruction
from tickets.public import figures, precision
from tickets.reports.monthly_mails import keep_monthly_reports, mail_monthly_reports
from tickets.reports.weekly_mails import mail_weekly
from tickets.rest_api import change_feed, export_jobs
from tickets.router_review import threshold_tuning
from tickets.undo.actions import delete_expired_actions

WORK_SECONDS = 5  # of one task: dangers that ring stand in the same queue
UPLOAD_SECONDS = 150
RETENTION_SECONDS = timedelta(seconds=5)


# Whatever shares a queue with the telephones of danger has a limit of its own: they wait behind it.
@shared_task(name="tickets.watch_clocks", time_limit=60)
def watch_clocks() -> None:
    """Records what was missed, and who waits too long; tell_staff mails what the heads are to know of it. Blocks whose
    time is over end; what can be taken back no more is forgotten.
    """
    over = time.monotonic() + WORK_SECONDS

    def is_over() -> bool:
        return time.monotonic() > over

    all_steps(
        lambda: clocks.watch_clocks(now=timezone.now(), is_over=is_over),
        lambda: escalate_waiting_conversations(now=timezone.now(), is_over=is_over),
        lambda: end_blocks(now=timezone.now()),
        lambda: delete_expired_actions(now=timezone.now()),
    )


@shared_task(name="tickets.send_scheduled", time_limit=60)
def send_scheduled() -> None:
    """Sends the replies whose time has come."""
    scheduled_replies.send_scheduled(timezone.now)


@shared_task(name="tickets.ring", time_limit=TASK_SECONDS)
def ring() -> None:
    """Rings for dangers that nobody has claimed, calls the telephones that are due, brings back what was put off."""
    all_steps(
        lambda: alert_staff(now=timezone.now()),
        lambda: call_telephones(timezone.now),
        lambda: end_due_snoozes(now=timezone.now()),
    )


# No mail server, however slowly it talks, keeps the chores waiting for longer.
@shared_task(name="tickets.tell_staff", time_limit=mailing.TASK_SECONDS)
def notify_staff() -> None:
    """Mails what waits to be mailed."""
    mail_notifications(now=timezone.now())


@shared_task(name="tickets.mail_accounts", time_limit=mailing.TASK_SECONDS)
def mail_accounts() -> None:
    """Mails the links with which people choose a password."""
    emails.mail_accounts(now=timezone.now())


@shared_task(name="tickets.sweep")
def sweep() -> None:
    """Deletes what was kept for a time: counters, keys of repeats, trials, calls, old sign-ins, sessions, imports."""
    forgets: tuple[Callable[[datetime], object], ...] = (
        rate_limits.forget,
        idempotency_keys.forget,
        change_feed.forget,
        trials.forget,
        webhooks.forget,
        retention.forget,
        sessions.forget,
        import_jobs.forget,
        export_jobs.forget,
        row_by_row.forget,
        invitations.forget,
        forget_talks,
    )
    now = timezone.now()
    all_steps(*(partial(forget, now) for forget in forgets))


@shared_task(name="tickets.publish")
def publish() -> None:
    """Counts anew what the public is told."""
    all_steps(
        precision.refresh_cells,
        lambda: figures.refresh(timezone.now()) if settings.PUBLIC_PAGE else None,
    )


@shared_task(name="tickets.imports")
def work_imports() -> None:
    """Has the files that staff import checked and applied, by a process that nobody waits for."""
    import_jobs.work_aside(timezone.now())


@shared_task(name="tickets.exports")
def work_exports() -> None:
    """Begins the process that makes the next large export; does not wait for it."""
    export_jobs.work_aside(timezone.now())


@shared_task(name="tickets.uploads", time_limit=UPLOAD_SECONDS)
def work_uploads() -> None:
    """Looks through what was uploaded, and makes its photos safe; replies that waited for that are sent."""
    all_steps(lambda: uploads.work(timezone.now), lambda: scheduled_replies.send_scheduled(timezone.now))


@shared_task(name="tickets.warn_of_keys", time_limit=mailing.TASK_SECONDS)
def warn_of_keys() -> None:
    """Mails about API keys that will soon be refused."""
    key_warnings.warn(timezone.now())


@shared_task(name="tickets.webhooks", time_limit=webhooks.TASK_SECONDS)
def call_webhooks() -> None:
    """Tells other systems what is due."""
    webhooks.work(timezone.now)


@shared_task(name="tickets.monthly_reports")
def monthly_reports() -> None:
    """Keeps the reports of the month that ended."""
    keep_monthly_reports(now=timezone.now())


@shared_task(name="tickets.mail_reports", time_limit=mailing.TASK_SECONDS)
def mail_reports() -> None:
    """Mails the monthly reports and the weeks to those who read them."""
    all_steps(
        lambda: mail_monthly_reports(now=timezone.now()),
        lambda: mail_weekly(now=timezone.now()),
    )


@shared_task(name="tickets.retention")
def destroy_what_is_due() -> None:
    """Destroys for some seconds what is kept no longer; the next tick of the night goes on."""
    destruction.destroy(timezone.now, until=timezone.now() + RETENTION_SECONDS)


@shared_task(name="tickets.stray_files")
def delete_orphaned_files() -> None:
    destruction.delete_orphaned_files(timezone.now())


@shared_task(name="tickets.follow_the_desk", time_limit=300)
def tune_router_thresholds() -> None:
    """Lets the router's thresholds follow what clerks accept."""
    threshold_tuning.tune_router_thresholds(now=timezone.now())
