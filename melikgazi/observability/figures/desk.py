"""How the call centre stands, as the supervisors' board counts it: who waits, who is there, what nobody has taken."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Min, QuerySet
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override

from tickets.board import figures
from tickets.models import DANGER, UNACKNOWLEDGED_DANGER, Ticket, WaitingConversation
from tickets.presence.at_desk import Desk


class DeskCollector(Collector):
    """Counts at one moment, without names; those of tickets end at a thousand, as on the board."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    @override
    def collect(self) -> Iterator[Metric]:
        waiting = figures.not_snoozed(WaitingConversation.objects.all())
        yield GaugeMetricFamily(
            "melikgazi_desk_waiting", "Citizens who wait for a person", value=waiting.count()
        )
        yield self._age("desk_waiting", "Since when the first of them waits", "since", waiting)
        unclaimed = Ticket.objects.filter(UNACKNOWLEDGED_DANGER & DANGER)
        yield self._age(
            "danger_unclaimed", "Age of the oldest danger that nobody claimed", "created_at", unclaimed
        )
        tickets = GaugeMetricFamily(
            "melikgazi_desk_tickets", "Open tickets that somebody has to see to", labels=["what"]
        )
        for what, count in vars(figures.counted(Ticket.objects.all(), self._now)).items():
            tickets.add_metric([what], count)
        yield tickets
        people = GaugeMetricFamily(
            "melikgazi_desk_people", "The call centre, by where they are", labels=["where"]
        )
        there = Counter(each.desk for each in figures.line_people())
        for desk in Desk:
            people.add_metric([str(desk)], there[desk])
        yield people

    def _age(self, name: str, text: str, field: str, rows: QuerySet[Any]) -> Metric:
        first = rows.aggregate(first=Min(field))["first"]
        age = max((self._now - first).total_seconds(), 0) if first else 0
        return GaugeMetricFamily(f"melikgazi_{name}_seconds", text, value=age)
