"""How the number is doing, as the dashboard tells it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.whatsapp import wire
from tickets.models import Citizen
from whatsapp.line_status.health import health
from whatsapp.models import Conversation, InboundDelivery, Message, Outbox
from whatsapp.number import pace
from whatsapp.webhook import unsigned

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def outgoing(at: datetime, **facts: Any) -> Outbox:
    talk, _ = Conversation.objects.get_or_create(
        citizen=Citizen.objects.first() or Citizen.objects.create(name="Ayşe")
    )
    return Outbox.objects.create(
        conversation=talk, text="x", payload={}, created_at=at, not_before=at, **facts
    )


def test_a_line_that_is_new_is_well_and_has_heard_nothing(now: datetime) -> None:
    found = health(now)
    assert (found.works, found.state, found.heard_at, found.waiting_since) == (True, "Çalışıyor", None, None)
    assert (found.parked, found.failed, found.refused_by_window) == (0, 0, 0)


def test_a_dead_token_is_told_with_what_meta_said(now: datetime) -> None:
    pace.create()
    pace.stop(now, "Access token expired")
    found = health(now)
    assert (found.works, found.reason, found.since) == (False, "Access token expired", now)


def refuse_one() -> None:
    """A request comes that another app secret signed; the process has refused none before."""
    unsigned.UnsignedRequests().note(wire.sign(b"{}", "another"))


def test_requests_signed_with_another_secret_are_told(now: datetime) -> None:
    pace.create()
    heard_at = now - timedelta(minutes=6)
    InboundDelivery.objects.create(body=b"{}", received_at=heard_at)
    pace.note_unsigned(now - timedelta(minutes=3), heard_at=heard_at)
    refuse_one()
    assert health(timezone.now()).unsigned_at


def test_single_request_signed_with_another_secret_is_not_told(now: datetime) -> None:
    pace.create()
    InboundDelivery.objects.create(body=b"{}", received_at=now - timedelta(hours=3))
    refuse_one()
    assert health(timezone.now()).unsigned_at is None


def test_requests_signed_with_another_secret_count_from_the_last_correctly_signed_one(now: datetime) -> None:
    pace.create()
    pace.note_unsigned(now - timedelta(hours=2), heard_at=None)
    InboundDelivery.objects.create(body=b"{}", received_at=now - timedelta(hours=1))
    refuse_one()
    assert health(timezone.now()).unsigned_at is None


def test_first_request_of_all_is_told_if_its_signature_is_wrong(now: datetime) -> None:
    pace.create()
    refuse_one()
    assert health(timezone.now()).unsigned_at


def test_somebody_who_guesses_beside_metas_traffic_is_not_told(now: datetime) -> None:
    pace.create()
    refuse_one()
    InboundDelivery.objects.create(body=b"{}", received_at=now - timedelta(minutes=1))
    assert health(timezone.now()).unsigned_at is None


def test_signature_that_no_secret_makes_is_not_noted(now: datetime) -> None:
    pace.create()
    unsigned.UnsignedRequests().note("sha256=0")
    assert health(timezone.now()).unsigned_at is None


def test_flood_of_unsigned_requests_is_written_once(
    now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    pace.create()
    process = unsigned.UnsignedRequests()
    process.note(wire.sign(b"{}", "another"))
    with django_assert_num_queries(0):
        process.note(wire.sign(b"{}", "another"))


def test_the_oldest_row_that_waits_counts_wherever_it_waits(now: datetime) -> None:
    def before(minutes: int) -> datetime:
        return now - timedelta(minutes=minutes)

    InboundDelivery.objects.create(body=b"{}", received_at=before(60), state=InboundDelivery.State.DONE)
    assert health(now).waiting_since is None
    InboundDelivery.objects.create(body=b"{}", received_at=before(3))
    assert health(now).waiting_since == before(3)
    outgoing(before(9))
    assert health(now).waiting_since == before(9)
    assert health(now).heard_at == before(3)


def test_parked_rows_and_those_that_failed_today_are_counted(now: datetime) -> None:
    InboundDelivery.objects.create(body=b"{}", received_at=now, state=InboundDelivery.State.PARKED)
    Message.objects.create(
        wamid="a", kind="text", payload={}, sent_at=now, received_at=now, state=Message.State.PARKED
    )
    outgoing(now, state=Outbox.State.FAILED, error_code=131026)
    outgoing(now, state=Outbox.State.FAILED, error_code=131047)
    outgoing(now - timedelta(hours=25), state=Outbox.State.FAILED, error_code=131047)
    found = health(now)
    assert (found.parked, found.failed, found.refused_by_window) == (2, 2, 1)
