"""Rows written by a statement that is composed once, beside those that `bulk_create` writes."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction

from departments.common.bulk_insert import insert, insert_new
from tickets.models import Citizen, Kind, Source, Ticket
from tickets.record.statuses import Status
from whatsapp.models import Conversation, InboundDelivery, Outbox

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def delivery(body: str) -> InboundDelivery:
    return InboundDelivery(body=body.encode(), names=["TR.1", "905321234567"], received_at=NOON)


def ticket(summary: str) -> Ticket:
    routed = {"category": "yol_cukur", "department": "FEN", "confidence": 0.5, "sure_from": 0.4}
    return Ticket(
        number=summary,
        kind=Kind.DIGER,
        channel=Source.WHATSAPP,
        summary=summary,
        status=Status.NEW,
        routed=routed,
        lat=38.7,
        created_at=NOON,
        updated_at=NOON,
        legal_due_at=NOON,
    )


def message(text: str) -> Outbox:
    citizen = Citizen.objects.create(name=text)
    talk = Conversation.objects.create(citizen=citizen)
    return Outbox(
        conversation=talk, text=text, payload={"a": [1, None, "ş"]}, created_at=NOON, not_before=NOON
    )


def stored(row: models.Model) -> dict[str, Any]:
    known = type(row)._base_manager.filter(pk=row.pk).values().get()
    return {name: value for name, value in known.items() if name not in ("id", "number", "conversation_id")}


@pytest.mark.parametrize("make", [delivery, ticket, message])
def test_a_row_is_stored_as_bulk_create_stores_it(make: Callable[[str], models.Model]) -> None:
    ours, theirs = make("bir"), make("bir")
    if isinstance(theirs, Ticket):
        theirs.number = "iki"
    insert([ours])
    type(theirs)._base_manager.bulk_create([theirs])
    assert stored(ours) == stored(theirs)


def test_each_of_several_rows_gets_its_own_key_in_their_order() -> None:
    rows = [delivery(body) for body in ("a", "b", "c")]
    insert(rows)
    assert [bytes(InboundDelivery.objects.get(pk=row.pk).body) for row in rows] == [b"a", b"b", b"c"]
    assert [row.pk for row in rows] == sorted(row.pk for row in rows)


def test_an_inserted_row_is_updated_when_it_is_saved() -> None:
    row = delivery("a")
    insert([row])
    row.state = InboundDelivery.State.DONE
    row.save()
    assert InboundDelivery.objects.values_list("state", flat=True).get() == "done"


def test_what_the_database_makes_of_a_row_can_be_read_after_it() -> None:
    row = ticket("bir")
    insert([row])
    assert (row.said_category, row.said_department) == ("yol_cukur", "FEN")


def test_a_row_that_the_database_refuses_raises_as_any_does() -> None:
    insert([ticket("bir")])
    with pytest.raises(IntegrityError), transaction.atomic():
        insert([ticket("bir")])


# --- unless somebody was faster ---------------------------------------------------------------------------------
def test_what_is_there_already_is_said_and_not_failed_at() -> None:
    insert([ticket("bir")])
    assert not insert_new([ticket("bir")])
    assert not insert_new([ticket("bir"), ticket("iki")])
    assert insert_new([])


def test_new_rows_get_their_keys_in_their_order() -> None:
    rows = [delivery(body) for body in ("a", "b", "c")]
    assert insert_new(rows)
    assert [bytes(InboundDelivery.objects.get(pk=row.pk).body) for row in rows] == [b"a", b"b", b"c"]


def test_rows_that_have_their_keys_keep_them() -> None:
    row = delivery("a")
    row.pk = 812
    assert insert_new([row])
    assert InboundDelivery.objects.get().pk == 812


def test_no_rows_are_no_statement(django_assert_num_queries: Callable[[int], Any]) -> None:
    with django_assert_num_queries(0):
        insert([])
