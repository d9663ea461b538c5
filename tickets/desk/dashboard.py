"""The back office's start page: today's figures, overdue tickets by department, the channel's health."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, overload
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import Case, FloatField, Func, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from typing_extensions import override

from departments.common import machine_load
from departments.common.durations import span
from departments.models import Category, Role
from departments.places.outlines import feature_collection
from departments.working_time.working_hours import ISTANBUL
from tickets.back_office.clock_cells import danger_clock, open_clock
from tickets.back_office.map_ground import ground_json
from tickets.desk.queue import tabs
from tickets.record import channel
from tickets.record.permissions import actor_of, visible_to
from tickets.reports import interface
from tickets.reports.source import reports_database

DAYS = 14  # in the chart
MOST_ON_MAP = 10_000
_DIGITS = 5  # of a degree: a metre
_DAY = 24 * 60 * 60  # seconds
# What the page shows of all that can be counted.
_CAME_AND_WENT = frozenset({"opened", "resolved"})
_OPEN = frozenset({"open_now", "overdue_now"})
LATE_WAITING = timedelta(minutes=2)  # a row that waits longer is a backlog
SILENT_FOR = timedelta(hours=6)  # nothing from Meta for so long is worth a look in the daytime

_CLOCKS = (
    ("on_time", "Süresinde", "ours"),
    ("near", "Yaklaşan", "near"),
    ("overdue", "Geciken", "late"),
    ("waiting", "Bilgi bekleyen", "others"),
    ("no_target", "Hedefsiz", "none"),
)


@dataclass(frozen=True)
class Tile:
    """A figure with a link to the tickets it counts."""

    label: str
    figure: str
    address: str
    note: str = ""
    alarming: bool = False


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's DASHBOARD_CALLBACK: the page's context, of tickets the user may see; unchanged without permission."""
    user = request.user
    if not isinstance(user, User) or not user.has_perm("tickets.view_ticket"):
        return context
    now = timezone.now()
    today = interface.midnight(now.astimezone(ISTANBUL).date())
    # Not reports.scope: beside the list, a total that counts the restricted ones would tell how many there are.
    tickets = visible_to(user).using(reports_database())
    open_tickets = interface.backlog(tickets, now)
    return context | {
        "title": "Panel",
        "ground": ground_json(),
        "field": actor_of(user).has(Role.CREW),
        "tiles": _tiles(user, tickets, open_tickets, today, now),
        "ages": _ages(open_tickets),
        "days": _days(tickets, today),
        "late": _late(tickets, now),
        "channel": _channel(now) if user.has_perm("whatsapp.view_channelstate") else None,
    }


class _EpochSeconds(Func):
    """A moment as seconds since 1970: ten thousand of those are read in a tenth of the time of timestamps."""

    template = "EXTRACT(EPOCH FROM %(expressions)s)::float8"
    output_field = FloatField()

    @override
    def get_db_converters(self, connection: Any) -> list[Any]:
        """None: what the database gives is a float already, and Django would make one of each once more."""
        return []


class _OnMap(NamedTuple):
    """What the map and its clocks need of a ticket, as columns: ten thousand rows are made into no objects."""

    id: int
    number: str
    lat: float
    lon: float
    category_id: int | None
    status: str
    urgent: bool
    danger: str
    danger_unsure: bool
    created_at: float
    claimed_at: float | None
    waiting_since: float | None
    due: float
    warn: float | None


_COLUMNS = (
    *("id", "number", "lat", "lon", "category_id", "status", "urgent", "danger", "danger_unsure"),
    *(_EpochSeconds("created_at"), _EpochSeconds("claimed_at"), _EpochSeconds("waiting_since")),
    _EpochSeconds(Coalesce("resolution_due_at", "legal_due_at")),
    _EpochSeconds(Case(When(resolution_due_at=None, then="legal_near_at"), default="resolution_warn_at")),
)


def open_tickets_map(request: HttpRequest) -> HttpResponse:
    """JSON: outlines of the mahalleler, and the newest open tickets with a place that the user may see, each a list of
    what `fields` names (map_data.js): ten thousand are drawn at once, and most of what their names would take is these.
    Words that many of them share stand in `words`, and in the rows their places there (the fields of `worded`).

    Never a restricted one: the page may hang on a wall.
    """
    now = timezone.now()
    rows = visible_to(request.user).filter(outcome__isnull=True, lat__isnull=False, restricted=False)
    found = rows.order_by("-created_at", "-id").values_list(*_COLUMNS)[: MOST_ON_MAP + 1]
    subjects: dict[int | None, str] = {each.pk: str(each) for each in Category.objects.all()}
    words = _Words()
    tickets = [_on_map(_OnMap._make(row), subjects, words, now) for row in found]
    told = {
        "places": feature_collection(),
        "fields": ("id", "number", "lat", "lon", "category", "days", "clock", "text"),
        "worded": ("category", "clock", "text"),
        "words": tuple(words),
        "tickets": tickets[:MOST_ON_MAP],
        "more": len(tickets) > MOST_ON_MAP,
    }
    return HttpResponse(
        json.dumps(told, ensure_ascii=False, separators=(",", ":")),
        content_type="application/json",
        headers={"Cache-Control": "private, max-age=30"},
    )


class _Words(dict[str, int]):
    """Each word's place, in the order in which they were first asked for."""

    def __missing__(self, word: str) -> int:
        place = self[word] = len(self)
        return place


def _on_map(
    ticket: _OnMap, subjects: Mapping[int | None, str], words: _Words, now: datetime
) -> tuple[object, ...]:
    is_danger = bool(ticket.danger) or ticket.danger_unsure
    if is_danger:
        clock = danger_clock(_moment(ticket.created_at), _moment(ticket.claimed_at), now)
    else:
        clock = open_clock(ticket.status, ticket.due, ticket.waiting_since, ticket.warn, now.timestamp())
    return (
        ticket.id,
        ticket.number,
        round(ticket.lat, _DIGITS),
        round(ticket.lon, _DIGITS),
        words[subjects.get(ticket.category_id, "Konusu belirsiz")],
        int((now.timestamp() - ticket.created_at) // _DAY),
        words["urgent" if ticket.urgent or is_danger else clock.state],
        words[clock.text],
    )


@overload
def _moment(seconds: float) -> datetime: ...
@overload
def _moment(seconds: float | None) -> datetime | None: ...
def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _tiles(
    user: User, tickets: Any, open_tickets: list[interface.Backlog], today: datetime, now: datetime
) -> list[Tile]:
    figures = interface.summary(
        tickets, interface.Period(today, today + timedelta(days=1)), now, _CAME_AND_WENT
    )
    late = sum(row.clocks.overdue for row in open_tickets)
    counts = tabs.counts(visible_to(user), actor_of(user), now)
    day = f"{today.astimezone(ISTANBUL):%Y-%m-%d}"

    def waiting(code: str, label: str, *, alarming: bool = False) -> Tile:
        count = counts.get(code, 0)
        return Tile(label, tabs.shown(count), f"?tab={code}", alarming=alarming and count > 0)

    return [
        Tile("Bugün gelen", str(figures.opened), f"?since={day}", f"{figures.resolved} çözüldü"),
        Tile("Açık", str(sum(row.open for row in open_tickets)), "?tab=tumu&open=on&order=sure"),
        Tile("Geciken", str(late), "?tab=geciken&order=sure", alarming=late > 0),
        waiting("acil", "Acil", alarming=True),
        waiting("yeni", "Yeni"),
        waiting("onay", "Onay bekleyen"),
        waiting("benim", "Benim"),
    ]


def _ages(open_tickets: list[interface.Backlog]) -> dict[str, Any]:
    rows = [
        (
            row.name,
            [
                _cell(label, getattr(row.clocks, state), age=row.code, clock=state)
                for state, label, _ in _CLOCKS
            ],
        )
        for row in open_tickets
    ]
    return _chart("Yaş", rows, [tone for *_, tone in _CLOCKS])


def _days(tickets: Any, today: datetime) -> dict[str, Any]:
    period = interface.Period(today - timedelta(days=DAYS - 1), today + timedelta(days=1))
    rows = [
        (
            row.name.rsplit(" ", 1)[0],
            [
                _cell("Gelen", row.figures.opened, since=row.code, until=row.code),
                _cell(
                    "Çözülen",
                    row.figures.resolved,
                    outcome="RESOLVED",
                    ended_since=row.code,
                    ended_until=row.code,
                ),
            ],
        )
        for row in interface.trend(tickets, period, interface.Interval.DAY, only=_CAME_AND_WENT)
    ]
    return _chart("Gün", rows, ["came", "done"])


class _Cell(NamedTuple):
    """A number of a chart, and the list behind it."""

    name: str
    figure: int
    address: str


def _cell(name: str, figure: int, **filters: str | None) -> _Cell:
    return _Cell(name, figure, f"?{urlencode({'tab': 'tumu'} | filters)}")


def _chart(head: str, rows: list[tuple[str, list[_Cell]]], tones: list[str]) -> dict[str, Any]:
    """What is drawn (`figures`, JSON), and the same as a table."""
    names = [cell.name for cell in rows[0][1]]
    sets = zip(names, zip(*(cells for _, cells in rows), strict=True), tones, strict=True)
    figures = {
        "labels": [name for name, _ in rows],
        "datasets": [
            {"label": name, "data": [cell.figure for cell in cells], "tone": tone}
            for name, cells, tone in sets
        ],
    }
    return {
        "figures": json.dumps(figures),
        "head": head,
        "names": names,
        "rows": [{"name": name, "cells": cells} for name, cells in rows],
    }


def _late(tickets: Any, now: datetime) -> list[dict[str, Any]]:
    """The departments that have overdue tickets, worst first."""
    period = interface.Period(now - timedelta(days=1), now)
    rows = interface.grouped(tickets, period, now, interface.Group.DEPARTMENT, only=_OPEN)
    late = [row for row in rows if row.figures.overdue_now]
    late.sort(key=lambda row: -(row.figures.overdue_now or 0))
    return [
        {
            "name": row.name,
            "address": f"?department={row.code or 'yok'}&overdue=on&order=sure",
            "open_address": f"?department={row.code or 'yok'}&open=on&order=sure",
            "late": row.figures.overdue_now,
            "open": row.figures.open_now,
            "share": round(100 * (row.figures.overdue_now or 0) / (row.figures.open_now or 1)),
        }
        for row in late
    ]


def _channel(now: datetime) -> dict[str, Any] | None:
    found = channel.channel().health(now)
    if found is None:
        return None
    is_late = found.heard_at is not None and now - found.heard_at > SILENT_FOR
    return {
        "health": found,
        "last_delivery": f"{span(now - found.heard_at)} önce" if found.heard_at else "henüz hiç",
        "unsigned": f"{span(now - found.unsigned_at)} önce" if found.unsigned_at else "",
        "silent": found.unsigned_at is not None or found.silent or is_late,
        "waiting": span(now - found.waiting_since) if found.waiting_since else "yok",
        "late": found.waiting_since is not None and now - found.waiting_since > LATE_WAITING,
        "overload": machine_load.REMEDY if machine_load.read().is_too_much else "",
    }
