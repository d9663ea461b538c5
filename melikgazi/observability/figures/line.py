"""What waits, what was given up and what became of it, counted from the rows of the line and of the tickets.

Every count uses an index, so a scrape costs the same after years.
"""

import math
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import Count, Max, Model, Q
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override

from melikgazi.observability import health
from melikgazi.observability.figures.oldest_waiting import mail_failing, oldest_waiting
from tickets.api_clients import key_warnings, keys
from tickets.api_clients.models.clients import Webhook
from tickets.deadlines.overdue import overdue
from tickets.files import virus_scan
from tickets.models import Ticket
from tickets.record.statuses import ENDED, Status
from tickets.reports.source import replica_follows
from whatsapp.line_status import health as number_health
from whatsapp.models import ChannelState, InboundDelivery, Media, Message, Outbox, StatusUpdate
from whatsapp.number import pace
from whatsapp.turns import runner


class LineCollector(Collector):
    """Metrics at one moment. Series without rows have value 0, so that alerts can refer to them."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    @override
    def collect(self) -> Iterator[Metric]:
        yield _by_state(
            "deliveries",
            "Webhook bodies",
            InboundDelivery,
            (InboundDelivery.State.NEW, InboundDelivery.State.PARKED),
        )
        yield _by_state(
            "messages", "Messages of citizens", Message, (Message.State.NEW, Message.State.PARKED)
        )
        yield _by_state("outbox", "Messages to citizens", Outbox, (*Outbox.PENDING, Outbox.State.FAILED))
        unstored = (Media.State.WAITING, Media.State.LOST, Media.State.REFUSED)
        yield _by_state("media", "Files of citizens", Media, unstored)
        yield _failures()
        yield _gauge("outbox_possibly_double", "Sent again without knowing the fate of the first", _doubles())
        yield _gauge("outbox_as_template", "Sent as a template, the 24-hour window being shut", _templates())
        yield oldest_waiting(self._now)
        traffic = number_health.webhook_traffic(self._now)
        heard = traffic.heard_at
        silent = max((self._now - heard).total_seconds(), 0) if heard else math.inf
        yield _gauge("webhook_silent_seconds", "Since Meta last brought anything", silent)
        yield _gauge("webhook_usual", "Deliveries in this hour of the last week, their median", traffic.usual)
        yield _gauge(
            "talks_behind",
            "Talks whose messages wait behind everybody's, the sender having had their share of the line's time",
            runner.waiting_behind(self._now),
        )
        yield _totals()
        yield _channel()
        yield _gauge("broker_up", "1 where the broker answers", int(health.broker() == "ok"))
        yield _gauge("virus_scanner_up", "1 where ClamAV answers, or none is set", int(virus_scan.is_ready()))
        follows = int(replica_follows())
        yield _gauge("replica_follows", "1 where reports read from the replica, or none is set", follows)
        yield _tickets()
        yield self._overdue()
        yield self._keys()
        yield _partners()
        yield _gauge(
            "mail_failing",
            "Mails that the mail server refused at least once",
            mail_failing(self._now).count(),
        )

    def _overdue(self) -> Metric:
        family = GaugeMetricFamily(
            "melikgazi_tickets_overdue", "Open tickets past their date", labels=["clock"]
        )
        legal = Q(outcome__isnull=True, legal_due_at__lt=self._now)
        for clock, past in (("resolution", overdue(self._now)), ("legal", legal)):
            family.add_metric([clock], Ticket.objects.filter(past).count())
        return family

    def _keys(self) -> Metric:
        family = GaugeMetricFamily("melikgazi_api_keys", "API keys in use", labels=["state"])
        ending = key_warnings.expiring(self._now).count()
        family.add_metric(["expiring"], ending)
        family.add_metric(["valid"], keys.in_use(self._now).count() - ending)
        return family


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"melikgazi_{name}", text, value=value)


def _by_state(name: str, text: str, table: type[Model], states: Iterable[str]) -> Metric:
    """Rows by state, for states that need attention; one query each, since each has a partial index."""
    family = GaugeMetricFamily(f"melikgazi_{name}", f"{text} by state", labels=["state"])
    for state in states:
        family.add_metric([str(state)], table._default_manager.filter(state=state).count())
    return family


def _failures() -> Metric:
    """Failed messages by Meta's code, 131047 always among them (24-hour window closed, no template)."""
    family = GaugeMetricFamily(
        "melikgazi_outbox_failures", "Messages given up, by Meta's code", labels=["code"]
    )
    failed = Outbox.objects.filter(state=Outbox.State.FAILED)
    counts = dict(failed.values_list("error_code").annotate(Count("id")))
    for code, count in {131047: 0, **counts}.items():
        family.add_metric([str(code or "none")], count)
    return family


def _doubles() -> int:
    return Outbox.objects.filter(possibly_double=True).count()


def _templates() -> int:
    return Outbox.objects.filter(as_template=True).count()


def _totals() -> Metric:
    """The highest primary key, as a counter of rows; rollbacks leave gaps, so it may be slightly higher."""
    family = CounterMetricFamily("melikgazi_rows", "Rows ever made", labels=["table"])
    tables: dict[str, type[Model]] = {
        "deliveries": InboundDelivery,
        "messages": Message,
        "outbox": Outbox,
        "statuses": StatusUpdate,
        "media": Media,
        "tickets": Ticket,
    }
    for name, table in tables.items():
        family.add_metric([name], table._default_manager.aggregate(last=Max("pk"))["last"] or 0)
    return family


def _channel() -> Metric:
    family = GaugeMetricFamily("melikgazi_channel", "1 at the state that our number is in", labels=["state"])
    now_in = pace.current().state
    for state in ChannelState.State:
        family.add_metric([str(state)], int(state == now_in))
    return family


def _tickets() -> Metric:
    family = GaugeMetricFamily("melikgazi_tickets", "Open tickets by status", labels=["status"])
    counts = dict(Ticket.objects.filter(outcome__isnull=True).values_list("status").annotate(many=Count("*")))
    for status in Status:
        if status in ENDED:  # their number grows for ever, so a scrape would become slow
            continue
        family.add_metric([str(status)], counts.get(status, 0))
    return family


def _partners() -> Metric:
    """Addresses of other systems: those that answer, that fail and are tried again, and that were given up."""
    family = GaugeMetricFamily("melikgazi_partners", "Webhooks in use, by how they answer", labels=["state"])
    in_use = Webhook.objects.filter(active=True)
    given_up = Q(given_up_at__isnull=False)
    states = {
        "given_up": given_up,
        "failing": ~given_up & Q(failures__gt=0),
        "answering": ~given_up & Q(failures=0),
    }
    for state, rule in states.items():
        family.add_metric([state], in_use.filter(rule).count())
    return family
