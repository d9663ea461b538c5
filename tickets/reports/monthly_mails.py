"""The monthly reports: kept once the month is over, mailed on the first working day after it."""

import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage

from departments.common.bulk_insert import insert_new
from departments.common.row_by_row import each_row
from departments.models import Department, Role, RowWork
from departments.places.outlines import outlines
from departments.working_time.entered_hours import calendar_of
from departments.working_time.working_hours import ISTANBUL
from tickets.notifications import mailing
from tickets.record.models.ticket import Ticket
from tickets.reports.interface import MONTHS, month_in_figures, named
from tickets.reports.models.monthly import MonthlyReport
from tickets.reports.source import reports_database

if TYPE_CHECKING:
    from tickets.printing.sheet import Letterhead

log = logging.getLogger(__name__)

WORTH_MAILING = timedelta(days=10)


def keep_monthly_reports(*, now: datetime) -> int:
    """Keeps the reports of the last month that are not kept yet, each department's and the mayor's; returns how many.

    Two processes at once keep each of them once.
    """
    month = month_before(now)
    kept = set(MonthlyReport.objects.filter(month=month).values_list("department", flat=True))
    whole = {None: None} | {each.pk: each for each in Department.objects.filter(active=True)}
    missing = [key for key in whole if key not in kept]

    def keep(key: int | None) -> None:
        department = whole[key]
        tickets = Ticket.objects.using(reports_database())
        of_it = named(tickets).filter(department=department) if department else tickets.all()
        figures = month_in_figures(of_it, month, now, department)
        report = MonthlyReport(month=month, department=department, figures=figures, made_at=now)
        if not insert_new([report]):
            log.info("monthly report kept by somebody else")

    return each_row(RowWork.REPORTS, missing, keep, now=now)


def mail_monthly_reports(*, now: datetime) -> int:
    """Mails the kept reports of the last month in the first working hours after it; returns how many.

    To the heads of the department; the mayor's to the addresses of MONTHLY_REPORT_TO. Looked after for ten days; runs
    may overlap: each report is in the hand of one. Without EMAIL_URL nothing is sent.
    """
    if not settings.NOTICES_BY_EMAIL or not calendar_of(None).is_working_time(now):
        return 0
    waiting = MonthlyReport.objects.filter(
        month=month_before(now), mailed_at__isnull=True, made_at__gt=now - WORTH_MAILING
    ).select_related("department")
    read = [report.pk for report in waiting if any(_readers(report))]
    return mailing.send_due(waiting.filter(pk__in=read).order_by("pk"), _mail, now)


def month_before(now: datetime) -> date:
    """The first day of the last month that is over."""
    this = now.astimezone(ISTANBUL).date().replace(day=1)
    return (this - timedelta(days=1)).replace(day=1)


def paper_of(report: MonthlyReport) -> bytes:
    """The report as PDF, over the outlines known today."""
    from tickets.reports import (
        monthly_pdf,  # here: what draws is big, and a worker needs it once a month
    )

    return monthly_pdf.draw(report.figures, outlines(), letterhead())


def letterhead() -> "Letterhead":
    """The municipality's name and crest, as the installation has them."""
    from tickets.printing.sheet import Letterhead  # here: what draws is big

    return Letterhead(settings.MUNICIPALITY, settings.CREST_FILE)


def _mail(report: MonthlyReport) -> EmailMessage:
    month = f"{MONTHS[report.month.month - 1]} {report.month.year}"
    whose = report.department.name if report.department else "Belediye geneli"
    mail = EmailMessage(
        subject=f"Çözüm Hattı aylık raporu: {month}, {whose}",
        body=f"{whose} için {month} raporu ektedir.\n{settings.PUBLIC_URL}/admin/\n",
        bcc=list(_readers(report)),
    )
    mail.attach(f"rapor-{report.month:%Y-%m}.pdf", paper_of(report), "application/pdf")
    return mail


def _readers(report: MonthlyReport) -> Iterator[str]:
    if report.department is None:
        yield from settings.MONTHLY_REPORT_TO
        return
    heads = User.objects.filter(
        is_active=True, memberships__role=Role.HEAD, memberships__department=report.department
    )
    yield from heads.exclude(email="").values_list("email", flat=True).distinct()
