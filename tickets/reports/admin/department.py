"""A head's page: what is late and why, where time is lost, what comes back, where it gathers, what citizens say, who
has how much. Each number opens the list behind it, where the queue has one.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from departments.common.durations import span
from departments.models import Department, Role
from departments.text.folding import sort_key
from departments.working_time.working_hours import ISTANBUL
from tickets.back_office.row_keys import NONE
from tickets.record.permissions import Actor, actor_of, visible_to
from tickets.reports import department as figures
from tickets.reports import interface
from tickets.reports.models.weekly import WeeklyMail
from tickets.reports.source import reports_database
from tickets.reports.weekly_mails import want_weekly

PERIODS = (("hafta", "Son 7 gün", 7), ("ay", "Son 30 gün", 30), ("yil", "Son 12 ay", 365))


# What the figures on top are made of, of all that can be counted: no percentiles.
_ENDED = frozenset({"resolved", "rated", "times_reopened"})


class HeadFigure(NamedTuple):
    """One of the figures on top: how it is written, the list behind it, and how it differs from before."""

    name: str
    figure: str
    address: str
    change: str
    late: bool = False


class Bar(NamedTuple):
    """A row of a chart: its length of a hundred, and whether it is ours to shorten."""

    name: str
    figure: str
    width: float
    ours: bool = True
    address: str = ""
    more: str = ""
    more_address: str = ""


def may_open(request: HttpRequest) -> bool:
    """Whether the user may open the page: heads, and who sees everything."""
    actor = actor_of(request.user)
    return actor.sees_everything or actor.has(Role.HEAD)


@require_safe
def own_department(request: HttpRequest) -> HttpResponse:
    """The page of the chosen department, the first of the user's own unless one is named."""
    if not may_open(request):
        raise PermissionDenied
    actor, now = actor_of(request.user), timezone.now()
    departments = _departments(actor)
    chosen = next((each for each in departments if each.code == request.GET.get("birim")), None)
    chosen = chosen or (departments[0] if departments else None)
    context = admin.site.each_context(request) | {
        "title": chosen.name if chosen else "Birimim",
        "is_fullwidth": "1",
        "departments": departments,
        "chosen": chosen,
        "weekly": _weekly(actor, chosen),
    }
    if chosen is not None:
        context |= _of(actor, chosen, _period(request.GET.get("donem", "")), now)
    response = render(request, "tickets/department.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
def choose_weekly(request: HttpRequest) -> HttpResponse:
    """Whether the head gets the department's week by mail."""
    user = request.user
    if not may_open(request) or not isinstance(user, User):
        raise PermissionDenied
    department = get_object_or_404(_of_head(actor_of(user)), code=request.POST.get("birim", ""))
    wanted = request.POST.get("istiyor") == "1"
    want_weekly(user=user, department=department, wanted=wanted, now=timezone.now())
    messages.success(
        request,
        "Haftanın özeti her pazartesi e-postayla gelecek." if wanted else "Haftalık özet artık gelmeyecek.",
    )
    return redirect(f"{reverse('birimim')}?{urlencode({'birim': department.code})}")


def _of_head(actor: Actor) -> QuerySet[Department]:
    return Department.objects.filter(active=True, pk__in=actor.departments(Role.HEAD))


def _departments(actor: Actor) -> list[Department]:
    active = Department.objects.filter(active=True) if actor.sees_everything else _of_head(actor)
    return sorted(active, key=lambda department: sort_key(department.name))


def _weekly(actor: Actor, department: Department | None) -> str:
    """ "on" or "off" for a head, who may choose; "" for all others."""
    if department is None or department.pk not in actor.departments(Role.HEAD):
        return ""
    wanted = WeeklyMail.objects.filter(user=actor.user, department=department).exists()
    return "on" if wanted else "off"


def _period(asked: str) -> tuple[str, int]:
    return next(((code, days) for code, _, days in PERIODS if code == asked), (PERIODS[0][0], PERIODS[0][2]))


def _of(actor: Actor, department: Department, chosen: tuple[str, int], now: datetime) -> dict[str, Any]:
    code, days = chosen
    today = now.astimezone(ISTANBUL).date()
    first = today - timedelta(days=days - 1)
    period = interface.Period.of_days(first, today)
    tickets = visible_to(actor).using(reports_database()).filter(department=department, restricted=False)
    listed = _lists(department)
    late = figures.late_tickets(tickets, now)
    reasons = figures.reasons(tickets, now)
    return {
        "period": code,
        "periods": PERIODS,
        "first": first,
        "today": today,
        "figures": _figures(tickets, period, now, listed),
        "late": [{"row": each, "by": span(each.by)} for each in late],
        "late_list": listed(overdue="on"),
        "reasons": _bars(
            Bar(why.label, str(n), n, why not in _NOT_OURS, listed(why=why.value)) for why, n in reasons
        ),
        "stages": _stages(
            figures.time_spent(tickets, period),
            listed(outcome="RESOLVED", ended_since=first, ended_until=today),
        ),
        "back": _bars(
            Bar(
                name,
                str(n),
                n,
                address=listed(category=category or NONE, reopened_since=first, reopened_until=today),
            )
            for (category, name), n in figures.came_back(tickets, period)
        ),
        "hot": [
            {
                "row": each,
                "change": _change(each.count, each.before, _whole),
                "address": listed(
                    category=each.category[0], neighbourhood=each.neighbourhood[0], since=first, until=today
                ),
            }
            for each in figures.hot(tickets, period)
        ],
        "words": figures.words(tickets, period),
        "loads": _bars(
            Bar(
                each.user.get_full_name() or each.user.get_username(),
                str(each.open),
                each.open,
                address=listed(assignee=each.user.pk, open="on"),
                more=f"{each.late} geciken" if each.late else "",
                more_address=listed(assignee=each.user.pk, overdue="on"),
            )
            for each in figures.loads(tickets, department, now)
        ),
    }


_NOT_OURS = {figures.Why.OTHER_BODY, figures.Why.CITIZEN, figures.Why.APPROVAL}


def _lists(department: Department) -> Callable[..., str]:
    """Makes the address of the queue's list of the department's tickets with those filters."""
    queue = reverse("admin:tickets_ticket_changelist")

    def address(**filters: Any) -> str:
        return f"{queue}?{urlencode({'tab': 'tumu', 'department': department.code} | filters)}"

    return address


def _figures(
    tickets: Any, period: interface.Period, now: datetime, listed: Callable[..., str]
) -> list[HeadFigure]:
    here = interface.summary(tickets, period, now, _ENDED | {"open_now"})
    before = interface.summary(tickets, period.previous(), now, _ENDED)
    first = period.start.astimezone(ISTANBUL).date()
    last = (period.end - timedelta(days=1)).astimezone(ISTANBUL).date()
    resolved = listed(outcome="RESOLVED", ended_since=first, ended_until=last)
    share, share_before = here.resolution.within_target, before.resolution.within_target
    stars, stars_before = here.satisfaction.mean, before.satisfaction.mean
    late = here.overdue_now or 0
    return [
        HeadFigure(
            "Şu an geciken",
            str(late),
            listed(overdue="on"),
            f"{here.open_now or 0} açık başvurudan",
            late=late > 0,
        ),
        HeadFigure("Çözülen", str(here.resolved), resolved, _change(here.resolved, before.resolved, _whole)),
        HeadFigure(
            "“Çözülmedi” deyip dönen",
            str(here.reopened),
            listed(reopened_since=first, reopened_until=last),
            _change(here.reopened, before.reopened, _whole),
        ),
        HeadFigure("Hedefinde çözülen", _percent(share), resolved, _change(share, share_before, _percent)),
        HeadFigure(
            "Memnuniyet",
            _stars(stars),
            listed(rated_since=first, rated_until=last),
            _change(stars, stars_before, _stars),
        ),
    ]


def _change(here: float | None, before: float | None, write: Callable[[Any], str]) -> str:
    """How a figure differs from the period before: an arrow and words."""
    if here is None:
        return "bu dönemde yok"
    if before is None:
        return "önceki dönemde yok"
    if here == before:
        return f"aynı, önce de {write(before)}"
    return f"{'↑ arttı' if here > before else '↓ azaldı'}, önce {write(before)}"


def _whole(count: float) -> str:
    return f"{count:.0f}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"%{100 * share:.0f}"


def _stars(mean: float | None) -> str:
    return "–" if mean is None else f"{mean:.1f} / 5".replace(".", ",")


def _stages(found: list[figures.TimeSpent], address: str) -> list[Bar]:
    return _bars(
        Bar(each.where.label, span(each.mean), each.mean.total_seconds(), each.where.is_ours, address)
        for each in found
    )


def _bars(rows: Iterable[Bar]) -> list[Bar]:
    """The rows with their amounts, as which their widths are given, made lengths."""
    found = list(rows)
    most = max((each.width for each in found), default=0) or 1
    return [each._replace(width=round(100 * each.width / most, 1)) for each in found]
