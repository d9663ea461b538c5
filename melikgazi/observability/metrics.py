"""/metrics for Prometheus (docs/decisions/0007): all but the requests are computed at each scrape (figures/)."""

import ipaddress

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from melikgazi.observability import alarms
from melikgazi.observability.figures.desk import DeskCollector
from melikgazi.observability.figures.http_requests import RequestCollector
from melikgazi.observability.figures.line import LineCollector
from melikgazi.observability.figures.operation import OperationCollector


def metrics(request: HttpRequest) -> HttpResponse:
    """The metrics in Prometheus's text format; 403 without access, 503 without a database."""
    if not _may_read(request):
        return HttpResponse(status=403)
    registry = CollectorRegistry()
    now = timezone.now()
    for collector in (LineCollector(now), DeskCollector(now), OperationCollector(now), RequestCollector()):
        registry.register(collector)
    try:
        told = generate_latest(registry)
        alarms.note_scrape()
        return HttpResponse(told, content_type=CONTENT_TYPE_LATEST)
    except Error:
        connection.close()
        return HttpResponse(status=503)


def _may_read(request: HttpRequest) -> bool:
    """Whether the request has METRICS_TOKEN; without such a setting, whether it is local and not from a proxy."""
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}")
    passed_on = {"X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via"} & set(request.headers)
    return not passed_on and ipaddress.ip_address(request.META["REMOTE_ADDR"]).is_loopback
