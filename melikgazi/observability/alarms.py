"""Whether an alarm would reach anybody: Prometheus reads the figures, and Alertmanager has somebody to tell.

Where that is not so nobody learns of a fault unless they happen to look; doctor, the first day's page and
`check --deploy` say it.
"""

import json
import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection

from melikgazi.workers import heartbeats
from melikgazi.workers.models import Heartbeat
from whatsapp.graph import client
from whatsapp.graph.errors import CloudApiError

log = logging.getLogger(__name__)

SCRAPE = "scrape"  # the last time that /metrics was read
SCRAPED_WITHIN = timedelta(minutes=10)
NONE_SET = "Alarm kurulmamış (ALERTMANAGER_URL boş): hat bozulursa kimseye haber gitmez."


def note_scrape() -> None:
    """/metrics was read just now. A database that takes no writes keeps nobody from reading."""
    try:
        heartbeats.beat(SCRAPE)
    except DatabaseError as error:
        log.warning("scrape not noted: %s", type(error).__name__)
        connection.close()


def trouble(now: datetime) -> str:
    """Why an alarm would reach nobody, in Turkish; empty where it would."""
    if not settings.ALERTMANAGER_URL:
        return NONE_SET
    read_at = Heartbeat.objects.filter(name=SCRAPE).values_list("at", flat=True).first()
    if read_at is None or now - read_at > SCRAPED_WITHIN:
        return "Prometheus on dakikadır /metrics adresini okumadı: hat bozulursa kimseye haber gitmez."
    try:
        receivers = _receivers()
    except (CloudApiError, ValueError, KeyError) as error:
        return f"Alertmanager’a ulaşılamıyor ({type(error).__name__}): alarm çalsa kimseye haber gitmez."
    return "" if receivers else "Alertmanager’da adresi olan alıcı yok: alarm çalsa kimseye haber gitmez."


def _receivers() -> list[str]:
    """What Alertmanager would tell somebody by: mail, webhook and the like.

    Raises CloudApiError where it does not answer, ValueError or KeyError where that is no Alertmanager.
    """
    url = f"{settings.ALERTMANAGER_URL.rstrip('/')}/api/v2/status"
    _, answer = client.visit(url)
    lines = str(json.loads(answer)["config"]["original"]).splitlines()
    return [line.strip(" -:") for line in lines if line.strip(" -").endswith("_configs:")]
