"""Requests by route and status, with a histogram of their time: what all web processes of this program counted."""

from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import Metric
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString
from typing_extensions import override

from melikgazi.web import request_counters
from melikgazi.web.request_counters import BUCKETS


class RequestCollector(Collector):
    """At the moment of the scrape."""

    @override
    def collect(self) -> Iterator[Metric]:
        family = HistogramMetricFamily(
            "melikgazi_http_request_seconds",
            "Requests by the name of the address, until the answer could begin to leave",
            labels=["route", "status"],
        )
        for each in request_counters.current().read():
            bounds = [*map(floatToGoString, BUCKETS), "+Inf"]
            buckets = list(zip(bounds, map(float, accumulate(each.counts)), strict=True))
            family.add_metric([each.route, each.status], buckets=buckets, sum_value=each.seconds)
        yield family
