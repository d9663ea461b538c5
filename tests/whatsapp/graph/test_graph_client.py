"""The one way out: what is asked of Meta, and what its errors mean, told apart by code."""

from typing import Any

import pytest
import requests
from pytest_django import Settings

from tests.whatsapp.meta import Answer, Meta, graph_error
from whatsapp.graph import client
from whatsapp.graph.client import MediaGoneError, MediaRefusedError
from whatsapp.graph.errors import CloudApiError, ErrorAction, action_for

CLASSES = {
    ErrorAction.RETRY: (1, 2, 131000, 131016, 131057, 133004),
    ErrorAction.SLOW_NUMBER: (4, 80007, 130429),
    ErrorAction.SLOW_RECIPIENT: (131056,),
    ErrorAction.TEMPLATE: (131047,),
    ErrorAction.STOP_CHANNEL: (
        *(0, 3, 10, 33, 190, 368, 131005, 131031, 131042, 131045, 131048, 131064, 133010),
        *range(200, 300),
    ),
    ErrorAction.FAIL: (
        *(100, 131008, 131009, 131021, 131026, 131030, 131051, 131053, 131062, 130497),
        *range(132000, 132017),
        *(132068, 132069, 135000, 137000),
    ),
    ErrorAction.OPTED_OUT: (131049, 131050, 130472),
}
CODES = [(code, action) for action, codes in CLASSES.items() for code in codes]
TEXT = {"type": "text", "text": {"body": "a"}}


def error_of(meta: Meta, answer: Answer) -> CloudApiError:
    meta.answers.append(answer)
    with pytest.raises(CloudApiError) as caught:
        client.send({"to": "+90"}, TEXT, "outbox:1")
    return caught.value


# --- errors --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("code", "action"), CODES, ids=[str(code) for code, _ in CODES])
def test_each_code_of_the_contract_asks_for_what_its_class_says(code: int, action: ErrorAction):
    assert action_for(code) == action


@pytest.mark.parametrize("code", [None, 7, 199, 300, 131999, 132017, -1])
def test_any_other_code_fails_the_one_message(code: int | None):
    assert action_for(code) == ErrorAction.FAIL


@pytest.mark.parametrize("status", [400, 401, 403, 500])
def test_an_error_is_told_by_its_code_whatever_the_http_status(meta: Meta, status: int):
    error = error_of(meta, graph_error(130429, "Rate limit hit", status))
    assert (error.action, error.code, str(error)) == (ErrorAction.SLOW_NUMBER, 130429, "Rate limit hit")


@pytest.mark.parametrize(
    ("answer", "action"),
    [
        (Answer(500, body=b"<html>"), ErrorAction.OUTCOME_UNKNOWN),
        (Answer(502), ErrorAction.OUTCOME_UNKNOWN),
        (Answer(200, body=b"not JSON"), ErrorAction.OUTCOME_UNKNOWN),
        (Answer(200, {"messages": []}), ErrorAction.OUTCOME_UNKNOWN),
        (Answer(200, []), ErrorAction.OUTCOME_UNKNOWN),
        (Answer(drop=True), ErrorAction.OUTCOME_UNKNOWN),
        (Answer(403, body=b"<html>"), ErrorAction.RETRY),
        (Answer(302, headers={"Location": "/"}), ErrorAction.RETRY),
        (Answer(400, {"error": "text"}), ErrorAction.RETRY),
        (Answer(400, {"error": {"message": "no code"}}), ErrorAction.RETRY),
        (Answer(200, {"messages": [{"id": None}]}), ErrorAction.OUTCOME_UNKNOWN),
        (Answer(200, {"messages": [{"id": ""}]}), ErrorAction.OUTCOME_UNKNOWN),
        (Answer(200, {"messages": {"0": "x"}}), ErrorAction.OUTCOME_UNKNOWN),
        (Answer(400, {"error": {"code": 10**12}}), ErrorAction.RETRY),
        (Answer(400, body=b'{"error": {"code": 1e999}}'), ErrorAction.RETRY),
        (Answer(400, []), ErrorAction.RETRY),
    ],
    ids=lambda value: (
        str(value)
        if isinstance(value, ErrorAction)
        else f"{value.status} {value.json or value.body!r} {value.drop}"
    ),
)
def test_an_answer_that_is_not_metas_own_says_whether_the_message_may_have_been_taken(
    meta: Meta, answer: Answer, action: ErrorAction
):
    assert error_of(meta, answer).action == action


@pytest.mark.parametrize("status", [200, 400])
def test_an_answer_nested_beyond_reading_is_none_of_metas(meta: Meta, status: int):
    nested = b'{"error":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert error_of(meta, Answer(status, body=nested)).code is None


def test_what_an_error_says_can_be_stored(meta: Meta):
    error = error_of(meta, graph_error(100, "a\x00b\ud800"))
    assert (str(error), error.code) == ("a\ufffdb\ufffd", 100)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9", "http://nowhere.invalid"], ids=["refused", "no such host"]
)
def test_a_connection_that_was_never_made_carried_nothing(settings: Settings, url: str):
    settings.WHATSAPP_GRAPH_URL = url
    with pytest.raises(CloudApiError) as caught:
        client.send({"to": "+90"}, TEXT, "outbox:1")
    assert caught.value.action == ErrorAction.RETRY


def test_an_answer_that_does_not_come_is_unsure(meta: Meta, monkeypatch: pytest.MonkeyPatch):
    def slow(*_: Any, **__: Any) -> None:
        raise requests.ReadTimeout

    monkeypatch.setattr(client._session(), "request", slow)
    with pytest.raises(CloudApiError) as caught:
        client.send({"to": "+90"}, TEXT, "outbox:1")
    assert caught.value.action == ErrorAction.OUTCOME_UNKNOWN


# --- requests ------------------------------------------------------------------------------------------------
def test_a_message_goes_to_our_number_with_the_token(meta: Meta):
    assert client.send({"recipient": "TR.1"}, TEXT, "outbox:1") == "wamid.OUT1"
    (method, path, headers) = meta.requests[0]
    assert (method, path) == ("POST", "/v23.0/100200300400500/messages")
    assert headers["Authorization"] == "Bearer test-token"


def test_no_proxy_of_the_machine_sees_the_token(meta: Meta, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    assert client.send({"to": "+90"}, TEXT, "outbox:1")


def test_nobody_to_send_to_is_no_call(meta: Meta):
    with pytest.raises(CloudApiError) as caught:
        client.send({}, TEXT, "outbox:1")
    assert (caught.value.action, meta.requests) == (ErrorAction.FAIL, [])


def test_a_files_id_is_one_part_of_the_address_whatever_stands_in_it(meta: Meta):
    with pytest.raises(MediaGoneError):
        client.media_url("../me?fields=x")
    assert meta.requests[-1][1].endswith("/..%2Fme%3Ffields%3Dx")


def test_a_file_that_is_not_there_is_gone(meta: Meta):
    with pytest.raises(MediaGoneError):
        client.media_url("m1")


# --- where the token may go ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/file",
        "http://lookaside.fbsbx.com/file",
        "https://lookaside.fbsbx.com.evil.example/file",
        "https://lookaside.fbsbx.com@evil.example/file",
        "https://evil.example@lookaside.fbsbx.com/file",
        "https://lookaside.fbsbx.com:8443@evil.example/",
        "ftp://lookaside.fbsbx.com/file",
        "file:///etc/passwd",
        "//lookaside.fbsbx.com/file",
        "https://169.254.169.254/latest/meta-data",
        "http://127.0.0.1/file",
        "https://[bad",
        "https://evil.example\\@lookaside.fbsbx.com/file",
        "https://lookaside.fbsbx.com\\@evil.example/file",
        "",
    ],
)
def test_the_token_goes_to_no_address_but_the_listed_ones(settings: Settings, url: str):
    settings.WHATSAPP_MEDIA_HOSTS = ["lookaside.fbsbx.com"]
    with pytest.raises(MediaRefusedError), client.media_stream(url, 100):
        pass


def test_plain_http_is_for_a_listed_loopback_host_only(settings: Settings):
    settings.WHATSAPP_MEDIA_HOSTS = ["trial.example"]
    with pytest.raises(MediaRefusedError), client.media_stream("http://trial.example/file", 100):
        pass


@pytest.mark.parametrize("listed", ["127.0.0.1", None], ids=["host", "host and port"])
def test_a_loopback_host_may_be_listed_with_or_without_its_port(
    meta: Meta, settings: Settings, listed: str | None
):
    settings.WHATSAPP_MEDIA_HOSTS = [listed or meta.host]
    meta.files["m1"] = b"abc"
    with client.media_stream(f"{meta.url}/file/m1", 100) as chunks:
        assert b"".join(chunks) == b"abc"
