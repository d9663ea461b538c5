"""Telephones rung by the gateway: signed, empty of content, once, and tried again until they are."""

import hmac
import json
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from threading import Event, Thread
from time import monotonic
from typing import Any, NoReturn

import pytest
import requests
from django.contrib.auth.models import User
from pytest_django import Settings

from tests.tickets.duty import on_duty
from tests.tickets.receiver import Receiver, listening
from tests.tickets.world import NOW, World
from tickets.danger import telephone_gateway
from tickets.danger.alert_history import Way, attempts
from tickets.danger.ringing import alert_staff, repeat_alert
from tickets.danger.services import acknowledge
from tickets.danger.telephones import LEASE, PAUSES, WORTH_CALLING, call_telephones
from tickets.models import NotificationPreference, Ring, Ticket

SECRET = "mavi-kapi-ardinda-9"
PHONE = "+905321112233"


@pytest.fixture
def duty(world: World) -> User:
    """Somebody on duty who has a telephone and wants no messages there."""
    user = on_duty(world, "operator")
    NotificationPreference.objects.create(user=user, phone=PHONE)
    return user


@pytest.fixture
def gateway(duty: User, settings: Settings) -> Iterator[Receiver]:
    settings.RING_SECRET = SECRET
    with listening() as receiver:
        settings.RING_URL = receiver.url
        yield receiver


def danger(world: World, **more: Any) -> Ticket:
    ticket = world.open(urgent=True, danger="fire", **more)
    alert_staff(now=NOW)
    return ticket


def call(at: datetime = NOW) -> int:
    return call_telephones(lambda: at)


def raising(error: type[BaseException]) -> Callable[..., NoReturn]:
    def post(*_: Any, **__: Any) -> NoReturn:
        raise error

    return post


def test_the_telephone_of_whoever_is_on_duty_is_rung_whatever_they_chose(
    world: World, gateway: Receiver
) -> None:
    danger(world)
    assert [call(), call()] == [1, 0]
    (said,) = gateway.said
    assert said == {
        "id": str(Ring.objects.get().pk),
        "to": PHONE,
        "text": "Acil bildirim, panele girin",
        "again": 0,
        "test": False,
    }


def test_the_gateway_can_check_who_calls(world: World, gateway: Receiver) -> None:
    danger(world)
    call()
    headers, body = gateway.told[0]
    assert headers["X-Ring-Signature"] == f"sha256={hmac.digest(SECRET.encode(), body, 'sha256').hex()}"
    assert headers["Idempotency-Key"] == json.loads(body)["id"]


def test_each_round_says_how_often_it_rang_before(world: World, gateway: Receiver) -> None:
    danger(world)
    for minutes in (0, 5, 10):
        at = NOW + timedelta(minutes=minutes)
        alert_staff(now=at)
        call(at)
    assert [each["again"] for each in gateway.said if each["to"] == PHONE] == [0, 1, 2]
    assert len({each["id"] for each in gateway.said}) == 3


def test_who_has_no_telephone_is_named(world: World, gateway: Receiver) -> None:
    on_duty(world, "crew_fen")
    ticket = danger(world)
    assert call() == 1
    errors = {each.user.username: each.error for each in attempts(ticket) if each.way is Way.GATEWAY}
    assert errors == {"operator": "", "crew_fen": "Telefon numarası kayıtlı değil"}


def test_without_a_gateway_no_telephone_is_rung(world: World, duty: User, settings: Settings) -> None:
    settings.RING_URL = ""
    danger(world)
    assert not Ring.objects.exists()


def test_what_is_claimed_rings_no_telephone_any_more(world: World, gateway: Receiver) -> None:
    ticket = danger(world)
    acknowledge(ticket=ticket, actor=world.actor("operator"), now=NOW)
    assert (call(), gateway.told) == (0, [])


def test_what_the_citizen_adds_rings_the_claimers_telephone(world: World, gateway: Receiver) -> None:
    ticket = danger(world)
    acknowledge(ticket=ticket, actor=world.actor("operator"), now=NOW)
    repeat_alert(ticket=ticket, now=NOW)
    assert call() == 1


@pytest.mark.parametrize("status", [302, 400, 401, 500, 503])
def test_a_call_counts_only_when_the_gateway_says_so(world: World, gateway: Receiver, status: int) -> None:
    gateway.status, gateway.location = status, gateway.url
    ticket = danger(world)
    assert call() == 0
    assert len(gateway.told) == 1  # redirected nowhere
    (attempt,) = [each for each in attempts(ticket) if each.way is Way.GATEWAY]
    assert (attempt.delivered_at, attempt.error) == (None, f"HTTP {status}")


def test_a_refused_call_is_made_again_under_the_same_key_before_the_danger_rings_anew(
    world: World, gateway: Receiver
) -> None:
    danger(world)
    gateway.status = 500
    at = NOW
    for pause in PAUSES:
        call(at)
        call(at + pause - timedelta(seconds=1))
        at += pause
    assert at < NOW + timedelta(minutes=2)
    gateway.status = 204
    assert call(at) == 1
    assert len({each["id"] for each in gateway.said}) == 1
    assert len(gateway.said) == len(PAUSES) + 1
    assert (Ring.objects.get().delivered_at, Ring.objects.get().error) == (at, "")


def test_a_call_that_is_never_taken_is_given_up_and_the_next_round_calls_anew(
    world: World, gateway: Receiver
) -> None:
    danger(world)
    gateway.status = 500
    for second in range(120):
        call(NOW + timedelta(seconds=second))
    assert len(gateway.told) == len(PAUSES) + 1
    later = NOW + timedelta(minutes=5)
    alert_staff(now=later)
    call(later)
    assert len({each["id"] for each in gateway.said if each["to"] == PHONE}) == 2


def test_what_nobody_could_call_in_time_is_not_called_late(world: World, gateway: Receiver) -> None:
    danger(world)
    assert call(NOW + WORTH_CALLING) == 0


def test_a_call_in_the_hand_of_a_worker_that_died_is_made_after_its_lease_under_the_same_key(
    world: World, gateway: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    danger(world)
    with monkeypatch.context() as patched:
        patched.setattr(requests.Session, "post", raising(SystemExit))
        with pytest.raises(SystemExit):
            call()
    key = Ring.objects.get().pk
    assert call(NOW + LEASE - timedelta(seconds=1)) == 0
    assert call(NOW + LEASE) == 1
    assert gateway.said[0]["id"] == str(key)


def test_what_nobody_foresaw_keeps_no_other_telephone_from_ringing(
    world: World, gateway: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = on_duty(world, "crew_fen")
    NotificationPreference.objects.create(user=other, phone="+905320000000")
    post = requests.Session.post

    def stumble(session: requests.Session, url: str, **facts: Any) -> requests.Response:
        if PHONE.encode() in facts["data"]:
            raise ValueError(PHONE)
        return post(session, url, **facts)

    monkeypatch.setattr(requests.Session, "post", stumble)
    ticket = danger(world)
    assert call() == 1
    errors = {each.user.username: each.error for each in attempts(ticket) if each.way is Way.GATEWAY}
    assert errors == {"operator": "ValueError", "crew_fen": ""}


@contextmanager
def silent_gateway(answer: bytes) -> Iterator[str]:
    """One that takes every call and says nothing, or lets its answer drip."""
    over = Event()

    def drip(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while not over.wait(0.1):
                connection.sendall(answer)

    def listen(listener: socket.socket) -> None:
        while not over.is_set():
            connection, _ = listener.accept()
            Thread(target=drip, args=[connection], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=listen, args=[listener], daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        over.set()
        with suppress(OSError), socket.create_connection(listener.getsockname()):
            pass  # the listener looks up


@pytest.mark.slow
@pytest.mark.parametrize("answer", [b"", b"H"], ids=["silent", "dripping"])
def test_a_gateway_that_keeps_silent_or_drips_holds_everybody_up_for_one_calls_time_together(
    world: World, gateway: Receiver, settings: Settings, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    monkeypatch.setattr(telephone_gateway, "CALL_SECONDS", 1)
    for number, who in enumerate(("crew_fen", "crew_park", "head_fen")):
        user = on_duty(world, who)
        NotificationPreference.objects.create(user=user, phone=f"+90532000000{number}")
    with silent_gateway(answer) as url:
        settings.RING_URL = url
        danger(world)
        began = monotonic()
        assert call() == 0
        assert monotonic() - began < 3
    assert not Ring.objects.filter(attempts=0).exists()
    settings.RING_URL = gateway.url
    assert call(NOW + PAUSES[0]) == 4


def test_no_number_gets_into_the_logs(
    world: World, gateway: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.status = 500
    danger(world)
    with caplog.at_level(logging.DEBUG, "tickets"):
        call()
    assert "was not taken: HTTP 500" in caplog.text
    assert PHONE not in caplog.text


def test_a_call_that_the_gateway_took_has_reached_somebody(world: World, gateway: Receiver) -> None:
    ticket = danger(world)
    call()
    alert_staff(now=NOW + timedelta(minutes=5))
    assert {each.user.username for each in attempts(ticket)} == {"operator"}
