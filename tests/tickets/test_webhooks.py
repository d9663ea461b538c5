"""Webhooks to other systems: signed, codes only, retried until they succeed."""

import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from pytest_django import Settings
from typing_extensions import override

from tests.tickets.world import NOW, World
from tickets import services
from tickets.api_clients import webhooks
from tickets.models.api_clients import Webhook, WebhookCall, new_secret
from tickets.workflow import Status


class Receiver:
    """A department's system: what it was told, and how it answers."""

    def __init__(self) -> None:
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        self.location = ""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.told.append((dict(self.headers.items()), body))
                self.send_response(receiver.status)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.end_headers()

            @override
            def log_message(self, *_: Any) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.url = f"http://{self.host}/haber"

    @property
    def said(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.told]


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    receiver = Receiver()
    settings.WEBHOOK_HOSTS = [receiver.host]
    thread = Thread(target=receiver.server.serve_forever, daemon=True)
    thread.start()
    yield receiver
    receiver.server.shutdown()
    thread.join()
    receiver.server.server_close()


def hook(receiver: Receiver, **facts: Any) -> Webhook:
    return Webhook.objects.create(name="CBS", url=receiver.url, **facts)


def work(at: datetime = NOW) -> None:
    webhooks.work(lambda: at)


def states() -> list[str]:
    return list(WebhookCall.objects.order_by("id").values_list("state", flat=True))


def test_each_entry_of_a_departments_tickets_is_told_once(world: World, receiver: Receiver) -> None:
    hook(receiver, department=world.fen)
    ticket = world.assigned()
    world.open(department=world.park)
    services.add_note(ticket=ticket, actor=world.actor("operator"), now=NOW, text="Ayşe Hanım aradı")
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
    services.assign(ticket=ticket, actor=world.actor("operator"), now=NOW, department=world.park)
    work()
    assert [each["data"]["department"] for each in receiver.said] == ["PARK"]


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
    facts = {"name": "CBS", "url": receiver.url, "secret": given_up.secret, "active": "on"}
    assert client.post(f"/admin/tickets/webhook/{given_up.pk}/change/", facts).status_code == 302
    world.open()
    assert states() == ["given_up", "waiting"]


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
    for path in ("webhook/", f"webhook/{pk}/change/", "webhookcall/", "apiaccess/"):
        assert client.get(f"/admin/tickets/{path}").status_code == status


def test_the_page_refuses_an_address_that_may_not_be_called(world: World, receiver: Receiver) -> None:
    client = Client()
    client.force_login(world.user("admin"))
    facts = {"name": "x", "url": "https://kotu.example/", "secret": "kısa", "active": "on"}
    page = client.post("/admin/tickets/webhook/add/", facts)
    assert set(page.context["adminform"].form.errors) == {"url", "secret"}
    facts |= {"url": receiver.url, "secret": new_secret()}
    assert client.post("/admin/tickets/webhook/add/", facts).status_code == 302
