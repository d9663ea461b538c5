"""Celery tasks of what is told of the running system."""

from celery import shared_task
from django.utils import timezone

from melikgazi.observability import traces
from melikgazi.workers.schedule import TRACES


@shared_task(name=TRACES, time_limit=300)
def send_traces() -> None:
    """Tells OpenTelemetry's collector of the answers that were sent; in the schedule where there is one."""
    traces.send(timezone.now())
