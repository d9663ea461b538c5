"""The week of a department by mail, every Monday, to the heads who want it."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage

from departments.common.durations import span
from departments.models import Department, Role
from departments.working_time.entered_hours import calendar_of
from departments.working_time.working_hours import ISTANBUL
from tickets.notifications import mailing
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import actor_of
from tickets.record.workflow import NotAllowed
from tickets.reports import department as figures
from tickets.reports import interface
from tickets.reports.models.weekly import WeeklyMail
from tickets.reports.source import reports_database

LATE_NAMED = 5  # tickets


def want_weekly(*, user: User, department: Department, wanted: bool, now: datetime) -> None:
    """From the next Monday on the user gets the department's week by mail, or no longer. NotAllowed for whoever is not
    its head.
    """
    if not wanted:
        WeeklyMail.objects.filter(user=user, department=department).delete()
        return
    if not _is_head(user, department):
        raise NotAllowed("Haftalık özeti yalnızca birimin sorumlusu isteyebilir.")
    WeeklyMail.objects.get_or_create(
        user=user, department=department, defaults={"week": _monday(now), "mailed_at": now}
    )


def mail_weekly(*, now: datetime) -> int:
    """Mails what is due in the first working hours of the week; returns how many. Without EMAIL_URL nothing is sent."""
    if not settings.NOTICES_BY_EMAIL or not calendar_of(None).is_working_time(now):
        return 0
    week = _monday(now)
    WeeklyMail.objects.filter(week__lt=week).update(
        week=week, mailed_at=None, mail_attempts=0, mail_next_at=None, mail_error=""
    )
    rows = WeeklyMail.objects.filter(week=week).exclude(user__email="").order_by("pk")
    return mailing.send_due(rows.select_related("user", "department"), _mail, now)


def _monday(now: datetime) -> date:
    today = now.astimezone(ISTANBUL).date()
    return today - timedelta(days=today.weekday())


def _is_head(user: User, department: Department) -> bool:
    return user.is_active and department.pk in actor_of(user).departments(Role.HEAD)


def _mail(row: WeeklyMail) -> EmailMessage | None:
    """None for somebody who is no longer head."""
    if not _is_head(row.user, row.department):
        return None
    period = interface.Period.of_days(row.week - timedelta(days=7), row.week - timedelta(days=1))
    return EmailMessage(
        subject=f"Çözüm Hattı haftalık özeti: {row.department.name}",
        body=_body(row.department, period),
        to=[row.user.email],
    )


def _body(department: Department, period: interface.Period) -> str:
    """Numbers alone, and of tickets their numbers and subjects: mail is read anywhere."""
    tickets = interface.named(Ticket.objects.using(reports_database())).filter(department=department)
    now = period.end
    here, before = (interface.summary(tickets, each, now) for each in (period, period.previous()))
    first = period.start.astimezone(ISTANBUL).date()
    lines = [
        f"{department.name}, {first:%d.%m.%Y} ile başlayan hafta (parantez içi: önceki hafta)",
        "",
        f"Gelen: {here.opened} ({before.opened})",
        f"Çözülen: {here.resolved} ({before.resolved})",
        f"“Çözülmedi” deyip dönen: {here.reopened} ({before.reopened})",
        f"Hafta bitince geciken: {here.overdue_now or 0}, açık {here.open_now or 0} başvurudan",
    ]
    if here.satisfaction.mean is not None:
        mean = f"{here.satisfaction.mean:.1f}".replace(".", ",")
        lines.append(f"Memnuniyet: {mean} / 5, {here.satisfaction.count} kişi")
    if late := figures.late_tickets(tickets.exclude(category__restricted=True), now)[:LATE_NAMED]:
        lines += ["", "En çok gecikenler:"]
        lines += [f"- {_line_of(each)}" for each in late]
    lines += ["", f"Ayrıntısı: {settings.PUBLIC_URL}/admin/birimim/?birim={department.code}&donem=hafta"]
    lines += ["Bu e-postayı aynı sayfada kapatabilirsiniz."]
    return "\n".join(lines) + "\n"


def _line_of(late: figures.LateTicket) -> str:
    about = late.ticket.category or "konusu belirsiz"
    return f"{late.ticket.number}, {about}: {span(late.by)} geçti, {late.why.label}"
