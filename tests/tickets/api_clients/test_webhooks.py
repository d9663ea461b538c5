"""Webhooks to other systems: signed, codes only, retried until they succeed."""

import hmac
import importlib
import socket
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Event, Thread
from time import monotonic
from typing import Any, NoReturn

import pytest
import requests
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.db.migrations.loader import MigrationLoader
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from departments.common import cache
from departments.models import ReferenceRevision
from tests.poison import poison
from tests.tickets.receiver import Receiver, listening
from tests.tickets.world import NOW, World, sign_in
from tests.traces import everything, forms
from tickets.api_clients import webhooks
from tickets.api_clients.models.clients import Webhook, WebhookCall, new_secret
from tickets.casework.assigning import assign
from tickets.casework.notes import add_note
from tickets.models import Ticket, TicketEvent
from tickets.record.statuses import Status


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    with listening() as receiver:
        settings.WEBHOOK_HOSTS = [receiver.host]
        yield receiver


def hook(receiver: Receiver, **facts: Any) -> Webhook:
    created = Webhook.objects.create(name="CBS", url=receiver.url, **facts)
    cache.refresh()
    return created


def raising(error: type[BaseException]) -> Callable[..., NoReturn]:
    def call(*_: Any, **__: Any) -> NoReturn:
        raise error

    return call


def work(at: datetime = NOW) -> None:
    webhooks.work(lambda: at)


def states() -> list[str]:
    return list(WebhookCall.objects.order_by("id").values_list("state", flat=True))


def test_each_entry_of_a_departments_tickets_is_told_once(world: World, receiver: Receiver) -> None:
    hook(receiver, department=world.fen)
    ticket = world.assigned()
    world.open(department=world.park)
    add_note(ticket=ticket, actor=world.actor("operator"), now=NOW, text="Ayşe Hanım aradı")
    work()
    work()
    assert [each["type"] for each in receiver.said] == [
        "ticket.created",
        "ticket.moved",
        "ticket.note",
    ]
    assert receiver.said[1]["data"] == {
        "event": ticket.events.get(kind="moved").pk,
        "number": ticket.number,
        "url": f"http://localhost:8000/api/v1/tickets/{ticket.number}/",
        "from_status": "NEW",
        "to_status": "ASSIGNED",
        "department": "FEN",
        "category": "yol_cukur",
        "neighbourhood": None,
        "priority": "normal",
        "urgent": False,
    }
    assert set(states()) == {"heard"}


def test_no_word_and_no_name_leaves(world: World, receiver: Receiver) -> None:
    hook(receiver)
    ticket = world.assigned()
    world.move(ticket, Status.RESOLVED, answer="Ayşe Hanım, çukur kapatıldı.")
    work()
    everything = b"".join(body for _, body in receiver.told).decode()
    for unsaid in ("Ayşe", "kapatıldı", "Okulun", "5321234567"):
        assert unsaid not in everything


def test_the_department_that_gives_a_ticket_away_hears_of_it(world: World, receiver: Receiver) -> None:
    ticket = world.assigned()
    hook(receiver, department=world.fen)
    assign(ticket=ticket, actor=world.actor("operator"), now=NOW, department=world.park)
    work()
    assert [each["data"]["department"] for each in receiver.said] == ["PARK"]


def statements_for_a_note(world: World, ticket: Ticket) -> int:
    with CaptureQueriesContext(connection) as said:
        add_note(ticket=ticket, actor=world.actor("operator"), now=NOW, text="aradı")
    return len(said)


def test_an_entry_that_nobody_hears_of_costs_no_statement_more(world: World, receiver: Receiver) -> None:
    ticket = world.assigned()
    hook(receiver, department=world.park)
    statements_for_a_note(world, ticket)
    unheard = statements_for_a_note(world, ticket)
    hook(receiver, department=world.fen)
    statements_for_a_note(world, ticket)
    assert statements_for_a_note(world, ticket) == unheard + 1


def test_calls_change_nothing_that_is_kept(world: World, receiver: Receiver) -> None:
    hook(receiver)
    world.open()
    before = ReferenceRevision.objects.get().value
    receiver.status = 500
    work()
    receiver.status = 200
    work(NOW + timedelta(hours=1))
    assert states() == ["heard"]
    assert ReferenceRevision.objects.get().value == before


def test_a_call_is_undone_with_the_entry_it_tells(world: World, receiver: Receiver) -> None:
    hook(receiver)
    with pytest.raises(Exception, match="Programa"):
        world.move(world.assigned(), Status.PLANNED)
    assert WebhookCall.objects.filter(event__to_status="PLANNED").count() == 0
    call = WebhookCall.objects.latest("id")
    with pytest.raises(IntegrityError):
        WebhookCall.objects.create(webhook=call.webhook, event=call.event, due_at=NOW)


def test_the_receiver_can_check_who_calls_and_when(world: World, receiver: Receiver) -> None:
    secret = hook(receiver).secret
    world.open()
    work()
    headers, body = receiver.told[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.digest(b64decode(secret.removeprefix("whsec_")), signed, "sha256")
    assert headers["webhook-signature"] == f"v1,{b64encode(digest).decode()}"
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))


def test_what_is_not_heard_is_told_again_with_growing_pauses_and_the_same_id(
    world: World, receiver: Receiver
) -> None:
    hook(receiver)
    world.open()
    receiver.status = 503
    at = NOW
    for pause in webhooks.PAUSES:
        work(at)
        assert (states(), WebhookCall.objects.get().error) == (["waiting"], "HTTP 503")
        work(at + pause - timedelta(seconds=1))
        at += pause
    assert len(receiver.told) == len(webhooks.PAUSES)
    assert len({headers["webhook-id"] for headers, _ in receiver.told}) == 1
    work(at)
    assert states() == ["given_up"]
    assert Webhook.objects.get().given_up_at == at
    receiver.status = 200
    assert webhooks.try_again(WebhookCall.objects.all(), at) == 1
    work(at)
    assert states() == ["heard"]


@pytest.mark.parametrize("status", [503, 422])
def test_a_call_that_waits_for_its_next_attempt_is_due_now_when_it_is_tried_again(
    world: World, receiver: Receiver, status: int
) -> None:
    hook(receiver)
    world.open()
    receiver.status = status
    work()
    receiver.status = 204
    work()
    assert states() == ["waiting"]
    assert webhooks.try_again(WebhookCall.objects.all(), NOW) == 1
    work()
    assert states() == ["heard"]


def test_an_address_that_does_not_hear_is_left_in_peace_for_all_its_calls(
    world: World, receiver: Receiver
) -> None:
    hook(receiver)
    world.open()
    world.open()
    receiver.status = 500
    work()
    world.open(now=NOW + timedelta(seconds=5))
    work(NOW + timedelta(seconds=9))
    assert len(receiver.told) == 1
    receiver.status = 204
    work(NOW + timedelta(seconds=10))
    assert [data["event"] for data in (each["data"] for each in receiver.said[1:])] == list(
        WebhookCall.objects.order_by("id").values_list("event", flat=True)
    )
    assert Webhook.objects.get().failures == 0


def test_an_address_that_was_given_up_hears_nothing_more_until_somebody_looks_after_it(
    world: World, receiver: Receiver
) -> None:
    given_up = hook(receiver)
    world.open()
    receiver.status = 410
    work()
    assert (states(), len(receiver.told)) == (["given_up"], 1)
    world.open()
    assert WebhookCall.objects.count() == 1
    client = Client()
    client.force_login(world.user("admin"))
    facts = {"name": "CBS", "url": receiver.url, "secret": "", "active": "on"}
    assert client.post(f"/admin/tickets/webhook/{given_up.pk}/change/", facts).status_code == 302
    world.open()
    assert states() == ["waiting"] * 3


def test_a_call_that_is_refused_for_what_it_says_keeps_no_other_waiting(
    world: World, receiver: Receiver
) -> None:
    hook(receiver)
    world.open()
    receiver.status = 422
    work()
    receiver.status = 204
    world.open()
    work(NOW + timedelta(seconds=1))
    assert states() == ["waiting", "heard"]
    receiver.status = 422
    at = NOW
    for pause in webhooks.PAUSES:
        at += pause
        work(at)
    assert states() == ["given_up", "heard"]
    assert Webhook.objects.get().given_up_at is None


def told(receiver: Receiver) -> list[tuple[str, int]]:
    return [(each["data"]["number"], each["data"]["event"]) for each in receiver.said]


def test_what_is_refused_keeps_what_came_after_it_of_its_ticket_waiting_and_nothing_else(
    world: World, receiver: Receiver
) -> None:
    hook(receiver)
    ticket = world.open()
    receiver.status = 422
    work()
    receiver.status = 204
    add_note(ticket=ticket, actor=world.actor("operator"), now=NOW, text="x")
    other = world.open()
    receiver.told.clear()
    work(NOW + timedelta(seconds=1))
    assert [number for number, _ in told(receiver)] == [other.number]
    work(NOW + webhooks.PAUSES[0])
    events = list(ticket.events.order_by("id").values_list("pk", flat=True))
    assert [event for number, event in told(receiver) if number == ticket.number] == events


def test_after_a_failure_of_the_address_each_ticket_is_told_in_its_order(
    world: World, receiver: Receiver
) -> None:
    hook(receiver)
    ticket = world.open()
    for second in range(3):
        add_note(ticket=ticket, actor=world.actor("operator"), now=NOW + timedelta(seconds=second), text="x")
    receiver.status = 503
    work(NOW + timedelta(seconds=5))  # the first is the latest due from here on
    receiver.status = 204
    receiver.told.clear()
    work(NOW + timedelta(seconds=5) + webhooks.PAUSES[0])
    assert [event for _, event in told(receiver)] == list(
        ticket.events.order_by("id").values_list("pk", flat=True)
    )


def test_what_happened_since_a_moment_can_be_told_again_in_order(world: World, receiver: Receiver) -> None:
    world.open(now=NOW - timedelta(hours=1))
    hook(receiver, department=world.fen)
    mine = world.assigned()
    world.open(department=world.park)
    work()
    first = told(receiver)
    assert webhooks.replay(Webhook.objects.get(), NOW, NOW) == len(first)
    receiver.told.clear()
    work()
    assert told(receiver) == first
    assert {number for number, _ in first} == {mine.number}


def given_up(world: World, receiver: Receiver) -> Webhook:
    """An address that nobody answered at, and what happened while it was given up; a part of it had begun before, and
    was written only then.
    """
    created = hook(receiver)
    world.open()
    receiver.status = 410
    work()
    world.open(now=NOW - timedelta(seconds=2))
    world.open(now=NOW + timedelta(minutes=1))
    assert set(states()) == {"given_up"}
    receiver.status = 204
    receiver.told.clear()
    return Webhook.objects.get(pk=created.pk)


def in_order() -> list[int]:
    return list(TicketEvent.objects.order_by("id").values_list("pk", flat=True))


def test_an_address_that_is_called_again_is_told_what_happened_while_it_was_given_up(
    world: World, receiver: Receiver
) -> None:
    again = given_up(world, receiver)
    later = NOW + timedelta(minutes=2)
    assert webhooks.resume(again, later) == len(in_order())
    work(later)
    assert [event for _, event in told(receiver)] == in_order()


def test_whoever_tries_again_what_did_not_arrive_misses_nothing_in_between(
    world: World, receiver: Receiver
) -> None:
    given_up(world, receiver)
    later = NOW + timedelta(minutes=2)
    webhooks.try_again(WebhookCall.objects.all(), later)
    work(later)
    assert sorted(event for _, event in told(receiver)) == in_order()


def test_saving_an_address_that_was_given_up_says_how_much_it_will_hear(
    world: World, receiver: Receiver
) -> None:
    again = given_up(world, receiver)
    admin = sign_in(world, "admin")
    form = {"name": again.name, "url": again.url, "active": "on", "secret": ""}
    page = admin.post(f"/admin/tickets/webhook/{again.pk}/change/", form, follow=True)
    assert f"{len(in_order())} bildirim sırada" in page.content.decode()
    again.refresh_from_db()
    assert again.given_up_at is None
    assert set(states()) == {"waiting"}


def test_the_page_replays_from_a_call_and_sends_a_trial(world: World, receiver: Receiver) -> None:
    created = hook(receiver)
    world.open(now=NOW - timedelta(minutes=1))
    world.open()
    work()
    admin = sign_in(world, "admin")
    calls = list(WebhookCall.objects.order_by("id"))
    act = {"action": "replay", "_selected_action": [calls[0].pk]}
    admin.post("/admin/tickets/webhookcall/", act | {"_selected_action": [each.pk for each in calls]})
    assert set(states()) == {"heard"}
    admin.post("/admin/tickets/webhookcall/", act)
    assert set(states()) == {"waiting"}
    receiver.told.clear()
    trial = {"action": "send_trial", "_selected_action": [created.pk]}
    page = admin.post("/admin/tickets/webhook/", trial, follow=True)
    assert "ulaştı" in page.content.decode()
    assert [each["type"] for each in receiver.said] == ["ticket.test"]
    receiver.status = 500
    assert "HTTP 500" in admin.post("/admin/tickets/webhook/", trial, follow=True).content.decode()


def test_an_answer_that_drips_is_cut_when_the_calls_time_is_over(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "CALL_SECONDS", 1)
    over = Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.")
            while not over.wait(0.1):
                connection.sendall(b"1")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        settings.WEBHOOK_HOSTS = [host]
        Webhook.objects.create(name="CBS", url=f"http://{host}/")
        world.open()
        thread = Thread(target=drip, args=[listener])
        thread.start()
        began = monotonic()
        work()
        assert monotonic() - began < 3
        over.set()
        thread.join()
    assert states() == ["waiting"]
    assert Webhook.objects.get().failures == 1


def test_an_error_that_nobody_foresaw_keeps_no_other_call_waiting(world: World, receiver: Receiver) -> None:
    hook(receiver, secret="whsec_bozuk!")
    hook(receiver)
    world.open()
    work()
    assert states() == ["waiting", "heard"]
    at = NOW
    for pause in webhooks.PAUSES:
        at += pause
        work(at)
    assert states() == ["given_up", "heard"]
    assert "Error" in WebhookCall.objects.earliest("id").error


def test_a_call_that_ends_its_worker_again_and_again_is_given_up(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook(receiver)
    world.open()
    at = NOW
    with monkeypatch.context() as patched:
        patched.setattr(requests.Session, "post", raising(SystemExit))
        for _ in range(len(webhooks.PAUSES) + 1):
            with pytest.raises(SystemExit):
                work(at)
            at += timedelta(days=1)
    work(at)
    assert (states(), receiver.told) == (["given_up"], [])


def test_a_call_that_is_answered_with_an_error_each_time_gives_way_to_the_others_in_the_end(
    world: World, receiver: Receiver
) -> None:
    hook(receiver)
    world.open()
    at = NOW
    for pause in (*webhooks.PAUSES, timedelta()):
        receiver.status = 500
        work(at)
        Webhook.objects.update(failures=0)  # another call was heard meanwhile
        at += pause
    assert states() == ["given_up"]


def test_nobody_is_sent_elsewhere(world: World, receiver: Receiver) -> None:
    hook(receiver)
    world.open()
    receiver.status, receiver.location = 302, receiver.url
    work()
    assert len(receiver.told) == 1
    assert WebhookCall.objects.get().error == "HTTP 302"


def test_a_host_that_is_no_longer_listed_is_not_called(
    world: World, receiver: Receiver, settings: Settings
) -> None:
    hook(receiver)
    world.open()
    settings.WEBHOOK_HOSTS = []
    work()
    assert not receiver.told
    assert "WEBHOOK_HOSTS" in WebhookCall.objects.get().error


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://cbs.bel.tr/haber", True),
        ("http://cbs.bel.tr/haber", False),
        ("https://cbs.bel.tr.kotu.example/", False),
        ("https://cbs.bel.tr@kotu.example/", False),
        ("https://kim:parola@cbs.bel.tr/", False),
        ("http://127.0.0.1:9000/", True),
        ("http://127.0.0.1:5432/", False),
        ("file:///etc/passwd", False),
    ],
)
def test_only_listed_hosts_may_be_named(settings: Settings, url: str, allowed: bool) -> None:
    settings.WEBHOOK_HOSTS = ["cbs.bel.tr", "127.0.0.1:9000"]
    if allowed:
        webhooks.check_address(url)
    else:
        with pytest.raises(webhooks.AddressRefusedError):
            webhooks.check_address(url)


def test_one_that_is_switched_off_hears_nothing(world: World, receiver: Receiver) -> None:
    hook(receiver, active=False)
    world.open()
    work()
    assert not WebhookCall.objects.exists()


def test_calls_that_are_over_are_forgotten_after_a_month(world: World, receiver: Receiver) -> None:
    hook(receiver)
    world.open()
    work()
    webhooks.forget(NOW + timedelta(days=29))
    assert WebhookCall.objects.exists()
    webhooks.forget(NOW + timedelta(days=32))
    assert not WebhookCall.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("admin", 200), ("supervisor", 403), ("head_fen", 403)])
def test_superusers_alone_see_addresses_and_secrets(
    world: World, receiver: Receiver, who: str, status: int
) -> None:
    client = Client()
    client.force_login(world.user(who))
    pk = hook(receiver).pk
    for path in ("webhook/", f"webhook/{pk}/change/", "webhookcall/"):
        assert client.get(f"/admin/tickets/{path}").status_code == status


def test_the_page_refuses_an_address_that_may_not_be_called(world: World, receiver: Receiver) -> None:
    client = Client()
    client.force_login(world.user("admin"))
    facts = {"name": "x", "url": "https://kotu.example/", "secret": "kısa", "active": "on"}
    page = client.post("/admin/tickets/webhook/add/", facts)
    assert set(page.context["adminform"].form.errors) == {"url", "secret"}
    facts |= {"url": receiver.url, "secret": new_secret()}
    assert client.post("/admin/tickets/webhook/add/", facts).status_code == 200
    assert Webhook.objects.get().secret == facts["secret"]


# --- the signing key at rest ------------------------------------------------------------------------------------
def test_a_signing_key_is_shown_when_it_is_made_and_stands_nowhere_in_clear(
    world: World, receiver: Receiver
) -> None:
    admin = sign_in(world, "admin")
    facts = {"name": "CBS", "url": receiver.url, "secret": "", "active": "on"}
    made = admin.post("/admin/tickets/webhook/add/", facts)
    created = Webhook.objects.get()
    assert created.secret in made.content.decode()
    pages = [admin.get(f"/admin/tickets/webhook/{path}") for path in ("", f"{created.pk}/change/")]
    assert [page.status_code for page in pages] == [200, 200]
    assert not [page for page in pages if created.secret in page.content.decode()]
    assert not [row for row in everything() if any(form in row for form in forms(created.secret))]


def test_a_new_signing_key_is_given_to_one_webhook_at_a_time(world: World, receiver: Receiver) -> None:
    admin = sign_in(world, "admin")
    first, second = hook(receiver), hook(receiver)
    secret = first.secret
    renew = {"action": "renew_secret", "_selected_action": [first.pk, second.pk]}
    admin.post("/admin/tickets/webhook/", renew)
    first.refresh_from_db()
    assert first.secret == secret
    answer = admin.post("/admin/tickets/webhook/", renew | {"_selected_action": [first.pk]})
    first.refresh_from_db()
    assert first.secret != secret
    assert first.secret in answer.content.decode()


def test_keys_are_rotated_without_losing_a_secret(
    world: World, receiver: Receiver, settings: Settings
) -> None:
    """From none of its own to one, to the next; the one before can be taken away once everything is encrypted anew."""
    secret = (made := hook(receiver)).secret
    for keys in (["bir" * 12], ["iki" * 12, "bir" * 12]):
        settings.ENCRYPTION_KEYS = keys
        assert made.secret == secret
        call_command("reencrypt_secrets")
        made.refresh_from_db()
    settings.ENCRYPTION_KEYS, settings.SECRET_KEY = ["iki" * 12], "baska" * 10
    assert made.secret == secret


def test_a_signing_key_that_cannot_be_read_is_told_with_what_to_do(
    world: World, receiver: Receiver, settings: Settings
) -> None:
    hook(receiver)
    world.open()
    settings.SECRET_KEY = "baska" * 10
    work()
    assert (states(), receiver.told) == (["waiting"], [])
    assert "ENCRYPTION_KEYS" in WebhookCall.objects.get().error
    with pytest.raises(CommandError, match="CBS"):
        call_command("reencrypt_secrets")


def test_signing_keys_of_before_are_encrypted_where_they_stand(world: World, receiver: Receiver) -> None:
    made, secret = hook(receiver), new_secret()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE tickets_webhook ADD secret varchar(80)")
        cursor.execute("UPDATE tickets_webhook SET secret = %s, sealed_secret = ''", [secret])
    module = importlib.import_module("tickets.migrations.0042_webhook_secrets_encrypted")
    state = MigrationLoader(connection).project_state(("tickets", "0041_api_keys_hashed"))
    module.Migration.operations[0].state_forwards("tickets", state)
    module.seal(state.apps, None)
    made.refresh_from_db()
    assert made.secret == secret


# --- several addresses ------------------------------------------------------------------------------------------------
@pytest.fixture
def two(settings: Settings) -> Iterator[tuple[Receiver, Receiver]]:
    with listening() as first, listening() as second:
        settings.WEBHOOK_HOSTS = [first.host, second.host]
        yield first, second


def test_an_address_is_called_while_another_has_not_answered(
    world: World, two: tuple[Receiver, Receiver]
) -> None:
    slow, quick = two
    hook(slow), hook(quick)
    heard = Event()
    overtaken: list[bool] = []

    def wait_for_the_other() -> None:
        overtaken.append(heard.wait(webhooks.CALL_SECONDS / 2))

    slow.before_answer, quick.before_answer = wait_for_the_other, heard.set
    world.assigned()
    work()
    assert overtaken[0]
    assert set(states()) == {"heard"}


def test_of_one_address_only_one_call_is_on_its_way(world: World, receiver: Receiver) -> None:
    hook(receiver)
    open_now: list[int] = []
    at_once: list[int] = []

    def note() -> None:
        open_now.append(1)
        at_once.append(WebhookCallsOpen.count)

    class WebhookCallsOpen:
        count = 0

    posted = webhooks._post

    def count(*given: Any) -> int:
        WebhookCallsOpen.count += 1
        try:
            return posted(*given)
        finally:
            WebhookCallsOpen.count -= 1

    receiver.before_answer = note
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(webhooks, "_post", count)
        for _ in range(3):
            world.assigned()
        work()
    assert set(at_once) == {1}
    assert len(open_now) == 6


def test_a_call_that_cannot_be_recorded_stops_no_other_address(
    world: World, two: tuple[Receiver, Receiver]
) -> None:
    first, second = hook(two[0]), hook(two[1])
    world.assigned()
    poison(WebhookCall, f"NEW.webhook_id = {first.pk} AND NEW.state = 'heard'", on="UPDATE")
    work()
    assert set(WebhookCall.objects.filter(webhook=second).values_list("state", flat=True)) == {"heard"}


@pytest.mark.slow
def test_slow_addresses_leave_threads_to_the_others(
    world: World, two: tuple[Receiver, Receiver], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, quick = two
    monkeypatch.setattr(webhooks, "_seconds", {hook(slow).pk: 9.0 for _ in range(webhooks.AT_ONCE)})
    hook(quick)
    heard = Event()
    overtaken: list[bool] = []

    def wait_for_the_other() -> None:
        overtaken.append(heard.wait(webhooks.CALL_SECONDS / 2))
        heard.set()

    slow.before_answer, quick.before_answer = wait_for_the_other, heard.set
    world.open(department=world.fen)
    work()
    assert overtaken[0]
