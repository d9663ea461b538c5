"""The webhook's contract with Meta: who is let in, what is kept, and what is answered when something is broken."""

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from celery import current_app
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import Settings

from melikgazi.wsgi import WEBHOOK, application
from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.statements import statements
from whatsapp import log_fields, wakeup
from whatsapp.models import InboundDelivery
from whatsapp.webhook.views import BODY_LIMIT

BODY = wire.said(wire.text(wire.AYSE, "Yağmur/çamur: ğüşıöç"))


@pytest.fixture(autouse=True)
def wakeups(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The wake-ups that would have been sent to the broker."""
    sent: list[str] = []
    monkeypatch.setattr(wakeup.debouncer, "schedule", lambda queue, _delay: sent.append(queue))
    return sent


def post(body: bytes, signature: str | None = None) -> int:
    headers = {} if signature == "" else {"X-Hub-Signature-256": signature or wire.sign(body)}
    return Client().post(WEBHOOK, body, content_type="application/json", headers=headers).status_code


def shake(**query: str) -> tuple[int, bytes, str]:
    answer = Client().get(WEBHOOK, {f"hub.{key}": value for key, value in query.items()})
    return answer.status_code, answer.content, answer.headers["Content-Type"].split(";")[0]


# --- the handshake -------------------------------------------------------------------------------------------
def test_the_right_token_is_answered_with_the_bare_challenge():
    answer = shake(mode="subscribe", verify_token="test-verify", challenge="1158201444")
    assert answer == (200, b"1158201444", "text/plain")


@pytest.mark.parametrize(
    "query",
    [
        {"mode": "subscribe", "verify_token": "guess", "challenge": "1"},
        {"mode": "subscribe", "challenge": "1"},
        {"mode": "unsubscribe", "verify_token": "test-verify", "challenge": "1"},
        {},
    ],
    ids=["wrong token", "no token", "another mode", "nothing"],
)
def test_any_other_handshake_is_refused_without_the_challenge(query: dict[str, str]):
    status, content, _ = shake(**query)
    assert (status, content) == (403, b"")


# --- signatures ----------------------------------------------------------------------------------------------
def test_a_signed_post_is_stored_byte_for_byte(db: None):
    assert post(BODY) == 200
    assert bytes(InboundDelivery.objects.get().body) == BODY


def test_the_signature_is_of_the_raw_bytes_with_their_escapes(db: None):
    assert b"\\u011f" in BODY
    assert b"\\/" in BODY
    assert post(BODY) == 200


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "sha256=",
        "sha256=" + "0" * 64,
        wire.sign(BODY, "another secret"),
        wire.sign(BODY + b" "),
        wire.sign(BODY)[:-1],
        "sha256=ğ",
        wire.sign(BODY).removeprefix("sha256="),
        f"sha256={wire.sign(BODY)}",
        f"sha1={wire.sign(BODY)[7:]}",
        wire.sign(BODY).upper(),
        f"SHA256={wire.sign(BODY)[7:]}",
        f"sha256={wire.sign(BODY)[7:].upper()}",
        f"sha256= {wire.sign(BODY)[7:]}",
        f"{wire.sign(BODY)},{wire.sign(BODY)}",
    ],
    ids=[
        *("none", "empty", "zeros", "wrong secret", "other bytes", "cut", "not ASCII", "no prefix"),
        *("prefix twice", "another prefix", "all capitals", "prefix in capitals", "digits in capitals"),
        *("a space within", "twice"),
    ],
)
def test_an_unsigned_or_wrongly_signed_post_leaves_no_row(db: None, signature: str):
    assert post(BODY, signature) == 401
    assert not InboundDelivery.objects.exists()


@pytest.mark.parametrize("secret", ["old-secret", "new-secret"])
def test_either_secret_is_taken_while_one_replaces_the_other(db: None, settings: Settings, secret: str):
    settings.WHATSAPP_APP_SECRETS = ["old-secret", "new-secret"]
    assert post(BODY, wire.sign(BODY, secret)) == 200


def test_without_any_secret_nobody_is_let_in(db: None, settings: Settings):
    settings.WHATSAPP_APP_SECRETS = []
    assert post(BODY, wire.sign(BODY, "")) == 401


# --- bodies --------------------------------------------------------------------------------------------------
def test_signed_nonsense_is_stored_then_parked_where_staff_see_it(line: Line):
    assert post(b"\xff{nonsense") == 200
    line.work()
    parked = InboundDelivery.objects.get()
    assert (parked.state, bytes(parked.body)) == (InboundDelivery.State.PARKED, b"\xff{nonsense")
    assert parked.error


def test_a_signed_body_of_exactly_four_megabytes_is_stored(db: None):
    assert post(b"x" * BODY_LIMIT) == 200
    assert len(bytes(InboundDelivery.objects.get().body)) == 4 * 1024 * 1024


def test_a_byte_more_is_refused_and_not_stored(db: None):
    assert post(b"x" * (BODY_LIMIT + 1)) == 413
    assert not InboundDelivery.objects.exists()


@pytest.mark.parametrize("method", ["put", "patch", "delete", "head"])
def test_no_other_method_is_known(method: str):
    assert getattr(Client(), method)(WEBHOOK).status_code == 405


# --- what is broken ------------------------------------------------------------------------------------------
@pytest.fixture
def no_database(transactional_db: None) -> Iterator[None]:
    """The server's socket is gone, as when PostgreSQL is stopped."""
    host = connection.settings_dict["HOST"]
    connection.close()
    connection.settings_dict["HOST"] = "/nonexistent"
    yield
    connection.close()
    connection.settings_dict["HOST"] = host


def test_without_a_database_meta_is_asked_to_keep_it(no_database: None):
    assert post(BODY) == 503


@pytest.mark.direct
def test_a_connection_that_died_is_opened_anew(transactional_db: None):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 2000)", [pid])
    other.close()
    assert post(BODY) == 200
    assert InboundDelivery.objects.count() == 1


def test_without_a_broker_it_is_stored_all_the_same(transactional_db: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.undo()
    monkeypatch.setattr(current_app.conf, "broker_url", "redis+socket:///nonexistent.sock")
    assert post(BODY) == 200
    assert InboundDelivery.objects.count() == 1


def test_the_workers_are_woken_once_it_is_stored(transactional_db: None, wakeups: list[str]):
    post(BODY)
    assert wakeups == [wakeup.INBOX]


def test_nobody_is_woken_for_what_was_refused(transactional_db: None, wakeups: list[str]):
    post(BODY, "sha256=")
    assert wakeups == []


# --- the lane in front of the site ---------------------------------------------------------------------------
def through_wsgi(method: str, body: bytes = b"", **environ: Any) -> tuple[str, dict[str, str]]:
    """Calls the application as a server does."""
    started: list[tuple[str, dict[str, str]]] = []
    request = {
        "REQUEST_METHOD": method,
        "PATH_INFO": WEBHOOK,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/json",
    }

    def start(status: str, headers: Any, _failed: Any = None) -> Any:
        started.append((status, dict(headers)))

    answer = application(request | environ, start)
    list(answer)
    answer.close()  # type: ignore[attr-defined]
    return started[0]


def test_the_bare_lane_stores_what_is_signed(transactional_db: None):
    status, _ = through_wsgi("POST", BODY, HTTP_X_HUB_SIGNATURE_256=wire.sign(BODY))
    assert status == "200 OK"
    assert bytes(InboundDelivery.objects.get().body) == BODY


@pytest.mark.parametrize("token", ["right", "wrong"])
def test_every_answer_of_the_bare_lane_is_taken_for_what_it_says_it_is(
    transactional_db: None, settings: Any, token: str
):
    settings.WHATSAPP_VERIFY_TOKEN = "right"
    asked = f"hub.mode=subscribe&hub.verify_token={token}&hub.challenge=<script>"
    _, headers = through_wsgi("GET", b"", QUERY_STRING=asked)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_the_row_has_the_number_that_the_proxy_gave_the_request(transactional_db: None):
    number = "593b758e-e3e1-467a-9d30-b44829bc921c"
    through_wsgi("POST", BODY, HTTP_X_HUB_SIGNATURE_256=wire.sign(BODY), HTTP_X_REQUEST_ID=number)
    assert InboundDelivery.objects.get().request_id == number


@pytest.mark.parametrize("given", ["", "short", "Ayşe’nin isteği 12345678", "a" * 65, "x\ny" * 8])
def test_a_request_without_a_proper_number_gets_one(transactional_db: None, given: str):
    through_wsgi("POST", BODY, HTTP_X_HUB_SIGNATURE_256=wire.sign(BODY), HTTP_X_REQUEST_ID=given)
    found = InboundDelivery.objects.get().request_id
    assert re.fullmatch("[0-9a-f]{32}", found)


def test_what_the_log_tells_of_a_request_has_its_number(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
):
    known: list[Any] = []

    def fail(*_: Any) -> None:
        known.append(log_fields.current())
        raise OperationalError

    monkeypatch.setattr(InboundDelivery.objects, "keep", fail)
    number = "593b758e-e3e1-467a-9d30-b44829bc921c"
    status, _ = through_wsgi("POST", BODY, HTTP_X_HUB_SIGNATURE_256=wire.sign(BODY), HTTP_X_REQUEST_ID=number)
    assert status.startswith("503")
    assert known[0] == {"request": number}
    assert log_fields.current() == {}


def test_a_stored_body_costs_one_statement(transactional_db: None):
    with statements() as said:
        through_wsgi("POST", BODY, HTTP_X_HUB_SIGNATURE_256=wire.sign(BODY))
    assert len(said) == 1
    assert InboundDelivery.objects.count() == 1


def test_the_bare_lane_refuses_what_is_not(transactional_db: None):
    assert through_wsgi("POST", BODY)[0] == "401 Unauthorized"


def test_the_bare_lane_sets_no_cookie(transactional_db: None):
    _, headers = through_wsgi("POST", BODY, HTTP_X_HUB_SIGNATURE_256=wire.sign(BODY))
    assert "Set-Cookie" not in headers
