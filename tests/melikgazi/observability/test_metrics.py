"""/metrics: values from rows, access, and every series that panels and alerts refer to."""

import math
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone
from prometheus_client import CollectorRegistry
from pytest_django import Settings

from melikgazi.models import Heartbeat
from melikgazi.observability.figures.line import LineCollector
from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.meta import graph_error
from tickets.api_clients.keys import make_key
from tickets.models import Ticket
from whatsapp.models import Conversation, InboundDelivery, Outbox

DEPLOY = Path(__file__).parents[3] / "deploy"
TOKEN = "4b1f0c9d8e7a6352"


def read(**headers: str) -> Any:
    return Client().get("/metrics", headers=headers)


def figures(now: Any = None) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(LineCollector(now or timezone.now()))
    return registry


# --- who may read --------------------------------------------------------------------------------------------
def test_this_machine_may_read_where_no_token_is_set(db: None):
    assert read().status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"])
def test_nobody_may_read_through_a_proxy_of_this_machine(header: str):
    assert read(**{header: "203.0.113.9"}).status_code == 403


def test_no_other_machine_may_read_where_no_token_is_set():
    assert Client(REMOTE_ADDR="203.0.113.9").get("/metrics").status_code == 403


def test_whoever_has_the_token_may_read_from_anywhere(db: None, settings: Settings):
    settings.METRICS_TOKEN = TOKEN
    client = Client(REMOTE_ADDR="203.0.113.9", headers={"Authorization": f"Bearer {TOKEN}"})
    assert client.get("/metrics").status_code == 200


@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer wrong", TOKEN, "Bearer ğ"])
def test_where_a_token_is_set_nothing_else_opens(settings: Settings, given: str):
    settings.METRICS_TOKEN = TOKEN
    assert Client(headers={"Authorization": given}).get("/metrics").status_code == 403


def test_without_a_database_there_are_no_figures(transactional_db: None):
    host = connection.settings_dict["HOST"]
    connection.close()
    connection.settings_dict["HOST"] = "/nonexistent"
    try:
        assert read().status_code == 503
    finally:
        connection.close()
        connection.settings_dict["HOST"] = host


# --- what is counted -----------------------------------------------------------------------------------------
def test_a_waiting_delivery_is_counted_with_its_age(line: Line):
    line.receive(wire.said(wire.text(wire.AYSE, "çukur")))
    now = figures(line.now + timedelta(seconds=90))
    assert now.get_sample_value("melikgazi_deliveries", {"state": "new"}) == 1
    assert now.get_sample_value("melikgazi_oldest_seconds", {"queue": "deliveries"}) == 90


def keep(line: Line, *, days: int, count: int) -> None:
    """Deliveries of the hour before now, so many days ago."""
    at = line.now - timedelta(days=days, minutes=30)
    rows = (
        InboundDelivery(body=b"{}", received_at=at, state=InboundDelivery.State.DONE) for _ in range(count)
    )
    InboundDelivery.objects.bulk_create(rows)


def test_webhook_silence_is_told_with_what_is_usual_at_the_hour(line: Line):
    assert figures(line.now).get_sample_value("melikgazi_webhook_silent_seconds") == math.inf
    for days in range(1, 5):
        keep(line, days=days, count=12)
    told = figures(line.now)
    assert told.get_sample_value("melikgazi_webhook_silent_seconds") == 24 * 3600 + 30 * 60
    assert told.get_sample_value("melikgazi_webhook_usual") == 12


def test_webhook_silence_is_usual_where_most_days_were_silent(line: Line):
    for days in range(1, 4):
        keep(line, days=days, count=50)
    assert figures(line.now).get_sample_value("melikgazi_webhook_usual") == 0


def test_metrics_remember_when_they_were_read(db: None):
    read()
    assert Heartbeat.objects.filter(name="scrape").exists()


def test_a_parked_delivery_is_counted_but_makes_no_queue_old(line: Line):
    line.ingest_all(b"nonsense")
    now = figures(line.now + timedelta(hours=1))
    assert now.get_sample_value("melikgazi_deliveries", {"state": "parked"}) == 1
    assert now.get_sample_value("melikgazi_oldest_seconds", {"queue": "deliveries"}) == 0


def test_a_report_is_counted_by_status_and_in_the_totals(line: Line):
    line.hear(wire.text(wire.AYSE, "Köşk mahallesinde yolda çukur var"))
    line.later(minutes=20)
    now = figures(line.now)
    status = line.ticket().status
    assert now.get_sample_value("melikgazi_tickets", {"status": status}) == 1
    assert (
        now.get_sample_value("melikgazi_rows_total", {"table": "tickets"}) == Ticket.objects.latest("pk").pk
    )
    assert now.get_sample_value("melikgazi_oldest_seconds", {"queue": "outbox"}) == 0


def test_tickets_that_have_ended_are_not_counted_at_each_scrape(line: Line):
    assert figures(line.now).get_sample_value("melikgazi_tickets", {"status": "CLOSED"}) is None


def test_an_open_ticket_past_its_date_is_overdue(line: Line):
    line.hear(wire.text(wire.AYSE, "Köşk mahallesinde yolda çukur var"))
    line.later(minutes=20)
    late = line.ticket().legal_due_at + timedelta(seconds=1)
    assert figures(line.now).get_sample_value("melikgazi_tickets_overdue", {"clock": "legal"}) == 0
    assert figures(late).get_sample_value("melikgazi_tickets_overdue", {"clock": "legal"}) == 1


def test_a_message_given_up_is_counted_by_the_code_that_meta_gave(line: Line):
    line.meta.answers.append(graph_error(131026))
    line.hear(wire.text(wire.AYSE, "merhaba"))
    line.later(minutes=1)
    now = figures(line.now)
    assert now.get_sample_value("melikgazi_outbox_failures", {"code": "131026"}) == 1
    assert now.get_sample_value("melikgazi_outbox", {"state": "failed"}) == 1


def test_a_dead_token_shows_the_channel_as_stopped(line: Line):
    line.meta.answers.append(graph_error(190, status=401))
    line.hear(wire.text(wire.AYSE, "merhaba"))
    line.later(minutes=1)
    now = figures(line.now)
    states = {
        state: now.get_sample_value("melikgazi_channel", {"state": state})
        for state in ("working", "throttled", "stopped")
    }
    assert states == {"working": 0, "throttled": 0, "stopped": 1}
    assert now.get_sample_value("melikgazi_outbox", {"state": "queued"}) == 1


def test_what_may_have_gone_twice_and_what_went_as_a_template_is_counted(line: Line):
    line.hear(wire.text(wire.AYSE, "merhaba"))
    row = {"conversation": Conversation.objects.get(), "payload": {}, "created_at": line.now}
    Outbox.objects.create(not_before=line.now, possibly_double=True, as_template=True, **row)
    now = figures(line.now)
    assert now.get_sample_value("melikgazi_outbox_possibly_double") == 1
    assert now.get_sample_value("melikgazi_outbox_as_template") == 1


def test_a_scrape_costs_the_same_few_statements_however_much_there_is(
    line: Line, django_assert_max_num_queries: Any
):
    with django_assert_max_num_queries(50) as before:
        assert read().status_code == 200
    for state in InboundDelivery.State:
        rows = (InboundDelivery(body=b"{}", received_at=line.now, state=state) for _ in range(100))
        InboundDelivery.objects.bulk_create(rows)
    with django_assert_max_num_queries(50) as after:
        read()
    assert len(after) == len(before)


# --- nobody is named ---------------------------------------------------------------------------------------
def test_no_figure_names_anybody(line: Line):
    line.hear(wire.text(wire.AYSE, "Köşk mahallesinde yolda çukur var"))
    line.later(minutes=20)
    told = read().content.decode()
    assert not [word for word in (wire.AYSE.phone, wire.AYSE.bsuid, "Ayşe", "çukur") if word in told]


def test_a_key_that_ends_within_two_weeks_is_counted_apart(line: Line):
    user = User.objects.create_user("cbs")
    for days in (90, 15, 13):
        make_key(user, now=line.now, days=days)
    make_key(user, now=line.now - timedelta(days=91))
    now = figures(line.now)
    states = {
        state: now.get_sample_value("melikgazi_api_keys", {"state": state}) for state in ("valid", "expiring")
    }
    assert states == {"valid": 2, "expiring": 1}
