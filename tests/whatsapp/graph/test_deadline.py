"""No call lasts longer than it may, however slowly its answer drips."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from pytest_django import Settings

from departments.common.http_deadline import deadline
from tests.whatsapp.meta import Answer, Meta
from whatsapp.graph import client
from whatsapp.graph.client import MediaGoneError
from whatsapp.graph.errors import CloudApiError, ErrorAction
from whatsapp.media import download
from whatsapp.models import Media

BODY = b'{"messages": [{"id": "wamid.SLOW"}]}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY)
ANSWER = HEAD + BODY


class Dripping:
    """Answers whole up to a byte, and lets the rest drip, ten a second: no pause is ever too long."""

    def __init__(self, whole: int) -> None:
        self.whole = whole
        self.over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection, suppress(OSError):
            connection.recv(65536)
            connection.sendall(ANSWER[: self.whole])
            for byte in ANSWER[self.whole :]:
                if self.over.wait(0.1):
                    return
                connection.sendall(bytes([byte]))

    def stop(self) -> None:
        self.over.set()
        self._thread.join()
        self._listener.close()


@pytest.fixture(params=[10, len(HEAD) + 2, len(ANSWER)], ids=["in the head", "in the body", "not at all"])
def dripping(
    request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Dripping]:
    server = Dripping(request.param)
    settings.WHATSAPP_GRAPH_URL = server.url
    monkeypatch.setattr(client, "CALL_SECONDS", 1)
    yield server
    server.stop()
    client._session().close()
    client._session.cache_clear()


@pytest.mark.slow
def test_an_answer_that_drips_counts_as_lost_when_its_time_is_over(dripping: Dripping):
    def send() -> str:
        return client.send({"to": "+905321112233"}, {"type": "text"}, callback="outbox:1")

    if dripping.whole == len(ANSWER):
        assert send() == "wamid.SLOW"
        return
    with pytest.raises(CloudApiError) as error:
        send()
    assert error.value.action == ErrorAction.OUTCOME_UNKNOWN


@pytest.mark.slow
def test_a_file_that_drips_is_cut_off_and_fetched_again_later(dripping: Dripping, settings: Settings):
    settings.WHATSAPP_MEDIA_HOSTS = [dripping.url.removeprefix("http://")]

    def download() -> bytes:
        with deadline(1), client.media_stream(f"{dripping.url}/file", 1000) as chunks:
            return b"".join(chunks)

    if dripping.whole == len(ANSWER):
        assert download() == BODY
        return
    with pytest.raises(CloudApiError) as error:
        download()
    assert error.value.action == ErrorAction.RETRY


def test_a_call_that_is_begun_when_the_time_is_over_is_cut_off_too(meta: Meta):
    with deadline(0.1):
        time.sleep(0.3)
        with pytest.raises(CloudApiError):
            client.media_url("m1")


def test_asking_where_a_file_lies_is_part_of_its_time(meta: Meta):
    """Twice each, where the address has expired: no download lasts longer than was said."""
    meta.files["m1"] = b"x" * 10
    for _ in range(2):
        meta.media_answers.append(Answer(json={"url": f"{meta.url}/gone", "mime_type": "x/y"}, seconds=0.4))
    began = time.monotonic()
    with pytest.raises((CloudApiError, MediaGoneError)):
        download.download(Media(media_id="m1", kind="image", pk=1, message_id=1), 0.5)
    assert time.monotonic() - began < 0.8


def test_calls_need_no_thread_each_to_be_watched(meta: Meta):
    client.send({"to": "+905321112233"}, {"type": "text"}, callback="outbox:1")
    before = {thread.ident for thread in threading.enumerate() if thread.name == "deadlines"}
    for _ in range(5):
        client.send({"to": "+905321112233"}, {"type": "text"}, callback="outbox:1")
    after = {thread.ident for thread in threading.enumerate() if thread.name == "deadlines"}
    assert len(before) == 1
    assert after == before
