"""The files of messages: fetched by the contract's rules (section 5), and put on their ticket whenever they come."""

import http.server
import stat
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from pytest_django import Settings

from tests.clamd import EICAR, FakeClamd
from tests.pictures import exif, photo
from tests.timeouts import PATIENCE
from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.meta import Answer, graph_error
from tests.whatsapp.threads import at_once, until
from tests.whatsapp.wire import AYSE, VELI
from tickets.attachments.uploads import attach_after_photo
from tickets.files import kinds, storing, virus_scan
from tickets.files.decoder import Decoder, DecoderDiedError
from tickets.record.permissions import actor_of
from whatsapp.media import download, fetch, retry
from whatsapp.models import Conversation, Media
from whatsapp.number import pace
from whatsapp.turns import runner

State = Media.State
REPORT = "Alpaslan mahallesinde yolda çukur var"


def send(line: Line, content: bytes | None, kind: str = "image", **more: Any) -> Media:
    """A message with one file, "m1", taken in and not yet fetched."""
    if content is not None:
        line.meta.files["m1"] = content
    line.ingest_all(
        wire.said(
            wire.message(AYSE, kind, {"id": "m1", "mime_type": "x/y"} | more, at=int(line.now.timestamp()))
        )
    )
    return Media.objects.get()


def fetched(line: Line, row: Media) -> Media:
    fetch.work(line.clock)
    row.refresh_from_db()
    return row


# --- by the rules --------------------------------------------------------------------------------------------
def test_a_photo_is_fetched_cleaned_and_stored(line: Line, jpeg: bytes, media_root: Path):
    row = fetched(line, send(line, jpeg))
    assert (row.state, row.stored_type, row.error) == (State.STORED, "image/jpeg", "")
    assert (media_root / row.name).stat().st_size == row.size
    assert (media_root / row.thumbnail).exists()


def test_a_file_that_is_not_what_its_message_said_is_refused(line: Line, jpeg: bytes):
    digest = b64encode(sha256(b"another file").digest()).decode()
    row = fetched(line, send(line, jpeg, sha256=digest))
    assert (row.state, row.error, row.name) == (State.REFUSED, fetch.NOT_AS_SENT, "")


def test_a_file_that_is_what_its_message_said_is_not_flagged(line: Line, jpeg: bytes):
    row = fetched(line, send(line, jpeg, sha256=b64encode(sha256(jpeg).digest()).decode()))
    assert (row.state, row.error) == (State.STORED, "")


def test_both_requests_bring_the_token_and_a_user_agent(line: Line, jpeg: bytes):
    fetched(line, send(line, jpeg))
    assert [(method, headers["Authorization"]) for method, _, headers in line.meta.requests] == [
        ("GET", "Bearer test-token")
    ] * 2
    assert all(headers["User-Agent"].startswith("melikgazi") for _, _, headers in line.meta.requests)


def test_files_are_readable_by_nobody_else(line: Line, jpeg: bytes, media_root: Path):
    row = fetched(line, send(line, jpeg))
    for name in (row.name, row.thumbnail):
        assert stat.S_IMODE((media_root / name).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("kind", "content", "mime_type"),
    [
        ("audio", b"OggS voice", "audio/ogg"),
        ("video", b"\0\0\0\x18ftypmp42", "video/mp4"),
        ("document", b"%PDF-1.7", "application/pdf"),
    ],
)
def test_a_file_that_is_no_photo_is_kept_as_it_came(
    line: Line, kind: str, content: bytes, mime_type: str, media_root: Path
):
    row = fetched(line, send(line, content, kind, mime_type=f"{mime_type}; codecs=opus"))
    assert (row.state, row.stored_type, row.thumbnail, row.error) == (State.STORED, mime_type, "", "")
    assert (media_root / row.name).read_bytes() == content


def test_a_file_that_is_not_of_its_type_is_kept_and_flagged_to_staff(line: Line):
    line.meta.files["m1"] = b"%PDF-1.7"
    line.hear(wire.text(AYSE, REPORT), wire.message(AYSE, "document", {"id": "m1", "mime_type": "image/png"}))
    line.later(seconds=7)
    attachment = line.ticket().attachments.get()
    assert (attachment.state, attachment.mime_type) == ("stored", kinds.OTHER)
    assert attachment.warning == kinds.NOT_ITS_TYPE


def test_a_page_under_another_name_is_refused(line: Line):
    line.meta.files["m1"] = b"<html><script>alert(1)</script>"
    line.hear(wire.text(AYSE, REPORT), wire.message(AYSE, "document", {"id": "m1", "mime_type": "image/png"}))
    line.later(seconds=7)
    assert line.ticket().attachments.get().state == "refused"


def test_an_address_that_has_expired_is_asked_for_anew(line: Line, jpeg: bytes):
    line.meta.file_answers.append(Answer(404))
    row = fetched(line, send(line, jpeg))
    assert row.state == State.STORED
    paths = [path for _, path, _ in line.meta.requests]
    assert paths == ["/v23.0/m1", "/file/m1"] * 2


def test_a_file_of_a_host_that_is_not_listed_is_refused_without_a_request(
    line: Line, jpeg: bytes, settings: Settings
):
    settings.WHATSAPP_MEDIA_HOSTS = ["lookaside.fbsbx.com"]
    row = fetched(line, send(line, jpeg))
    assert (row.state, bool(row.error)) == (State.REFUSED, True)
    assert len(line.meta.requests) == 1


@pytest.fixture
def thief() -> Iterator[tuple[str, list[str]]]:
    """A server elsewhere, and the tokens it was shown."""
    shown: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shown.append(self.headers.get("Authorization", ""))
            self.send_response(200)
            self.end_headers()

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", shown
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_redirect_is_not_followed_and_the_token_not_shown(
    line: Line, jpeg: bytes, thief: tuple[str, list[str]]
):
    line.meta.file_answers.append(Answer(302, headers={"Location": thief[0]}))
    assert fetched(line, send(line, jpeg)).state == State.REFUSED
    assert thief[1] == []


def test_a_file_announced_too_large_is_refused(line: Line):
    assert fetched(line, send(line, b"x" * (512_000 + 1), "sticker")).state == State.REFUSED


def test_a_file_that_turns_out_too_large_is_refused_while_it_comes(line: Line):
    chunk = b"%x\r\n%s\r\n" % (1 << 20, b"x" * (1 << 20))
    endless = Answer(body=chunk * 6 + b"0\r\n\r\n", headers={"Transfer-Encoding": "chunked"})
    line.meta.file_answers.append(endless)
    row = fetched(line, send(line, b""))
    assert (row.state, "büyük" in row.error) == (State.REFUSED, True)


def test_a_file_larger_than_memory_should_hold_is_kept(line: Line, media_root: Path):
    row = fetched(line, send(line, b"v" * (12 << 20), "video"))
    assert (row.state, row.size) == (State.STORED, 12 << 20)


def test_a_photo_that_is_none_is_refused(line: Line):
    assert fetched(line, send(line, b"<html>")).state == State.REFUSED


# --- again and again -----------------------------------------------------------------------------------------
def test_the_pauses_between_attempts_grow_to_an_hour(line: Line):
    row = send(line, None)
    pauses = []
    for _ in range(12):
        fetched(line, row)
        pauses.append((row.next_attempt_at - line.now).total_seconds())
        line.now = row.next_attempt_at
    assert pauses[:4] == [10, 20, 40, 80]
    assert pauses[-1] == 3600
    assert row.state == State.WAITING


def test_a_file_gone_for_seven_days_is_lost(line: Line):
    row = send(line, None)
    line.now += timedelta(days=7)
    assert (fetched(line, row).state, bool(row.error)) == (State.LOST, True)


def test_a_file_that_comes_back_within_seven_days_is_stored(line: Line, jpeg: bytes):
    row = fetched(line, send(line, None))
    line.meta.files["m1"] = jpeg
    line.now = row.next_attempt_at
    assert fetched(line, row).state == State.STORED


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500),
        Answer(403),
        Answer(200, headers={"Content-Length": "9", "Connection": "close"}, body=b"x"),
        Answer(drop=True),
        Answer(200, headers={"Content-Length": "much"}),
    ],
    ids=["500", "403", "cut", "dropped", "nonsense"],
)
def test_whatever_goes_wrong_on_the_way_is_tried_again(line: Line, jpeg: bytes, answer: Answer):
    line.meta.file_answers.append(answer)
    row = fetched(line, send(line, jpeg))
    assert (row.state, row.attempts, bool(row.error)) == (State.WAITING, 1, True)
    line.now = row.next_attempt_at
    assert fetched(line, row).state == State.STORED


def test_a_dead_token_stops_the_channel(line: Line):
    pace.create()
    line.meta.media_answers.append(graph_error(190))
    assert fetched(line, send(line, None)).state == State.WAITING
    assert pace.current().state == "stopped"


def test_a_file_whose_worker_was_killed_is_fetched_by_the_next_within_half_a_minute(line: Line, jpeg: bytes):
    row = send(line, jpeg)
    dies_with(line)
    assert fetched(line, row).state == State.WAITING
    line.now += timedelta(seconds=25)  # and five more until the beat looks
    assert fetched(line, row).state == State.STORED


def test_a_file_that_did_not_come_before_waits_no_longer_for_a_dead_worker(line: Line, jpeg: bytes):
    row = send(line, jpeg)
    Media.objects.update(attempts=7)  # each of which ended and was said how
    dies_with(line)
    line.now += timedelta(seconds=25)
    assert fetched(line, row).state == State.STORED


def test_a_file_whose_worker_was_killed_is_fetched_within_half_a_minute_where_files_are_scanned(
    line: Line, jpeg: bytes, clamd: FakeClamd
):
    row = send(line, jpeg)
    dies_with(line)
    line.now += timedelta(seconds=25)
    assert fetched(line, row).state == State.STORED


def test_a_file_that_is_long_in_the_scanner_is_fetched_by_nobody_else(
    line: Line, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
):
    """Each look at the clock is a second later."""
    monkeypatch.setattr(fetch, "LOOK_SECONDS", 0.01)
    row = send(line, jpeg)
    store, waits = storing.store, []

    def slow(*args: Any, **facts: Any) -> storing.SafeFile:
        patience = time.monotonic() + PATIENCE
        while line.now - begun <= fetch.LEASE * 2 and time.monotonic() < patience:
            time.sleep(0.01)
        return store(*args, **facts)

    def clock() -> datetime:
        line.now += timedelta(seconds=1)
        row.refresh_from_db()
        if row.state == State.WAITING and row.attempts:
            waits.append(row.next_attempt_at - line.now)
        return line.now

    monkeypatch.setattr(storing, "store", slow)
    begun = line.now
    fetch.work(clock)
    row.refresh_from_db()
    assert row.state == State.STORED
    assert line.now - begun > fetch.LEASE * 2
    assert min(waits) > timedelta()


@pytest.mark.slow
def test_a_file_that_is_too_long_in_the_scanner_is_put_off(
    line: Line, jpeg: bytes, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(virus_scan, "SCAN_SECONDS", 0.3)
    with FakeClamd(tmp_path / "clamd.ctl", drips=0.1) as slow:
        settings.CLAMD_URL = slow.url
        row = fetched(line, send(line, jpeg))
    assert (row.state, row.error) == (State.WAITING, "SlowScanError: ")


@pytest.mark.slow
def test_an_upload_has_its_turn_while_files_are_coming(
    line: Line, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
):
    line.hear(wire.text(AYSE, "Alpaslan mahallesinde yolda büyük çukur var"))
    line.later(seconds=10)
    clerk = actor_of(User.objects.create_superuser("clerk"))
    attach_after_photo(ticket=line.ticket(), actor=clerk, now=line.now, file=BytesIO(jpeg))
    uploaded = line.ticket().attachments.get()
    monkeypatch.setattr(fetch, "LOOK_SECONDS", 0.01)
    line.meta.files["m9"] = jpeg
    line.meta.slow["m9"] = 1.0
    line.ingest_all(wire.said(wire.photo(AYSE, "m9")))
    stored: list[bool] = []

    def clock() -> datetime:
        line.now += timedelta(seconds=0.1)
        uploaded.refresh_from_db()
        stored.append(uploaded.state == "stored" and Media.objects.get().state == State.WAITING)
        return line.now

    fetch.work(clock)
    assert any(stored), "it waited until all files had come"


@pytest.mark.slow
def test_a_file_whose_bytes_are_still_coming_is_fetched_by_nobody_else(
    line: Line, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
):
    """Each look at the clock is a second later: the file takes far longer than a claim lasts."""
    monkeypatch.setattr(fetch, "LOOK_SECONDS", 0.01)
    line.meta.file_answers.append(Answer(body=jpeg, seconds=0.5))
    row = send(line, jpeg)
    begun = line.now
    waits: list[timedelta] = []

    def clock() -> datetime:
        line.now += timedelta(seconds=1)
        row.refresh_from_db()
        if row.state == State.WAITING and row.attempts:
            waits.append(row.next_attempt_at - line.now)
        return line.now

    fetch.work(clock)
    row.refresh_from_db()
    assert row.state == State.STORED
    assert line.now - begun > fetch.LEASE * 2
    assert min(waits) > timedelta()


@pytest.mark.slow
def test_a_file_that_drips_holds_up_no_other(line: Line, jpeg: bytes, monkeypatch: pytest.MonkeyPatch):
    order: list[str] = []
    finish = fetch._finish

    def noted(media: Media, *rest: Any) -> None:
        order.append(media.media_id)
        finish(media, *rest)

    monkeypatch.setattr(fetch, "_finish", noted)
    line.meta.files |= {"m1": jpeg, "m2": jpeg}
    line.meta.slow["m1"] = 1.0
    line.ingest_all(wire.said(wire.photo(AYSE, "m1")))
    line.ingest_all(wire.said(wire.photo(VELI, "m2"), by=VELI))
    fetch.work(line.clock)
    assert order == ["m2", "m1"]


def test_new_files_have_room_beside_any_number_that_did_not_come_before(line: Line):
    people(line, 20)
    Media.objects.update(attempts=1)
    people(line, 1, since=20)
    claimed = claim(line, limit=16, again=8)
    assert (len(claimed), claimed[-1].media_id) == (9, "p20")


def test_of_one_conversation_one_file_comes_at_a_time(line: Line):
    line.ingest_all(wire.said(*(wire.photo(AYSE, f"a{number}") for number in range(5))))
    assert [row.media_id for row in claim(line)] == ["a0"]
    (busy,) = Conversation.objects.all()
    assert claim(line, busy=[busy.pk]) == []
    assert [row.media_id for row in claim(line)] == ["a1"]


def test_what_was_in_hand_when_a_worker_died_is_fetched_alone(line: Line):
    people(line, 3)
    dead = claim(line)
    line.now += fetch.LEASE
    people(line, 5, since=3)
    assert {row.pk for row in claim(line)}.isdisjoint(row.pk for row in dead)
    assert [row.pk for row in claim(line, limit=1, died=True)] == [dead[0].pk]


def test_no_file_is_begun_that_would_not_have_come_by_the_end_of_the_run(line: Line):
    people(line, 1)
    Media.objects.update(attempts=2)
    assert claim(line, attempts=download.attempts_within(39)) == []
    assert len(claim(line, attempts=download.attempts_within(40))) == 1


def people(line: Line, many: int, since: int = 0) -> None:
    """As many people send a photo each, which is not to be had."""
    for number in range(since, since + many):
        who = wire.Person(f"Kişi {number}", f"90532999{number:04d}", f"TR.99{number:08d}")
        line.ingest_all(wire.said(wire.photo(who, f"p{number}"), by=who))


def claim(line: Line, **more: Any) -> list[Media]:
    usual: dict[str, Any] = {"limit": 16, "again": 8, "attempts": 1000, "busy": [], "died": False}
    usual["lease"] = fetch.LEASE
    return Media.objects.claim(line.now, **usual | more)


def dies_with(line: Line) -> None:
    """A worker claims what is due, and dies."""
    claim(line) or claim(line, limit=1, died=True)


def test_two_workers_fetch_a_file_once(transactional_db: None, line: Line, jpeg: bytes):
    send(line, jpeg)
    at_once(*[lambda: fetch.work(line.clock)] * 2)
    assert len(line.meta.requests) == 2


# --- on the ticket -------------------------------------------------------------------------------------------
def test_the_ticket_does_not_wait_for_its_photo(line: Line):
    line.hear(wire.text(AYSE, REPORT), wire.photo(AYSE, "m1"))
    line.later(seconds=7)
    assert line.ticket().attachments.get().state == "fetching"


def test_a_photo_that_comes_late_is_put_on_its_ticket_in_silence(line: Line, jpeg: bytes):
    line.hear(wire.text(AYSE, REPORT), wire.photo(AYSE, "m1"))
    line.later(seconds=7)
    line.meta.files["m1"] = jpeg
    line.later(minutes=5)
    attachment = line.ticket().attachments.get()
    assert (attachment.state, attachment.mime_type) == ("stored", "image/jpeg")
    assert attachment.thumbnail.name
    assert len(line.meta.sent) == 1


@pytest.mark.slow
def test_a_photo_that_is_fetched_while_its_ticket_is_being_opened_is_put_on_it(
    transactional_db: None, line: Line, jpeg: bytes
):
    line.meta.files["m1"] = jpeg
    line.meta.file_answers.append(Answer(body=jpeg, seconds=1))
    line.arrives(wire.text(AYSE, REPORT), wire.photo(AYSE, "m1"))
    line.ingest_all()
    for _ in range(2):
        runner.run_due(line.clock)
    line.now += timedelta(seconds=7)
    with ThreadPoolExecutor() as pool:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE whatsapp_outbox IN EXCLUSIVE MODE")
            fetching = pool.submit(closing, fetch.work, line)
            until("EXISTS (SELECT FROM whatsapp_media WHERE attempts = 1)")
            turn = pool.submit(
                closing, runner.run_due, line
            )  # puts the file on its ticket, and waits to confirm it
            until(
                "2 = (SELECT count(*) FROM pg_locks WHERE NOT granted)"
            )  # the file is there, and cannot be noted
        turn.result()
        fetching.result()
    assert line.ticket().attachments.get().state == "stored"


def closing(work: Callable[[Callable[[], datetime]], object], line: Line) -> None:
    try:
        work(line.clock)
    finally:
        connection.close()


def test_a_photo_that_is_lost_is_shown_as_lost(line: Line):
    line.hear(wire.text(AYSE, REPORT), wire.photo(AYSE, "m1"))
    line.later(seconds=7)
    line.now += timedelta(days=7)
    fetch.work(line.clock)
    assert line.ticket().attachments.get().state == "lost"


def test_a_refused_photo_is_shown_as_refused(line: Line):
    line.meta.files["m1"] = b"<html>"
    line.hear(wire.text(AYSE, REPORT), wire.photo(AYSE, "m1"))
    line.later(seconds=7)
    assert line.ticket().attachments.get().state == "refused"


@pytest.fixture
def clamd(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeClamd]:
    with FakeClamd(tmp_path_factory.mktemp("clamd") / "socket") as daemon:
        settings.CLAMD_URL = daemon.url
        yield daemon


def test_of_an_infected_file_nothing_is_kept_and_everybody_told_but_the_ticket_stands(
    line: Line, clamd: FakeClamd, media_root: Path
):
    line.meta.files["m1"] = b"%PDF-1.7" + EICAR
    line.hear(wire.text(AYSE, REPORT), wire.message(AYSE, "document", {"id": "m1"}))
    line.later(minutes=2)
    attachment = line.ticket().attachments.get()
    assert (attachment.state, attachment.file.name) == ("refused", "")
    assert line.ticket().events.filter(note__contains="Eicar-Test-Signature").exists()
    assert not [path for path in media_root.rglob("*") if path.is_file()]
    assert "açılamadı" in line.meta.texts()[-1]


def test_a_file_waits_for_a_scanner_that_is_down_and_loses_no_attempt(
    line: Line, jpeg: bytes, clamd: FakeClamd, settings: Settings
):
    settings.CLAMD_URL = "unix:///nowhere"
    row = send(line, jpeg)
    for _ in range(5):
        assert fetch.work(line.clock) == line.now + retry.SCANNER_PAUSE
        line.now += timedelta(minutes=10)
    assert line.meta.requests == []
    settings.CLAMD_URL = clamd.url
    assert fetched(line, row).state == State.STORED


def test_a_file_over_which_the_scanner_goes_down_is_tried_again(line: Line, jpeg: bytes, clamd: FakeClamd):
    clamd.answers = ["PONG", None]
    row = fetched(line, send(line, jpeg))
    assert (row.state, row.unfinished) == (State.WAITING, 0)
    line.now = row.next_attempt_at
    assert fetched(line, row).state == State.STORED


def test_a_file_that_kills_its_decoder_thrice_is_refused_within_a_minute_and_the_next_is_stored(
    line: Line, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
):
    decode = Decoder.decode

    def dies(self: Decoder, content: bytes) -> object:
        if content != jpeg:
            raise DecoderDiedError
        return decode(self, content)

    monkeypatch.setattr(Decoder, "decode", dies)
    line.meta.files |= {"m1": photo(color="red"), "m2": jpeg}
    line.ingest_all(wire.said(wire.photo(AYSE, "m1"), wire.photo(AYSE, "m2")))
    fetch.work(line.clock)
    bad, good = Media.objects.order_by("id")
    assert (bad.state, good.state) == (State.WAITING, State.STORED)
    line.later(minutes=1)
    bad.refresh_from_db()
    assert (bad.state, bad.error) == (State.REFUSED, storing.KILLS)


def without_a_place(line: Line, content: bytes | None) -> None:
    """A report whose question for the place was never answered."""
    if content:
        line.meta.files["m1"] = content
    line.hear(wire.text(AYSE, "yolda çukur var"), wire.photo(AYSE, "m1"))
    line.later(minutes=16)


def test_a_photo_tells_the_place_that_nobody_told(line: Line):
    without_a_place(line, photo(exif=exif(place=(38.72, 35.49))))
    ticket = line.ticket()
    assert (ticket.lat, ticket.lon, ticket.location_source) == (38.72, 35.49, "exif")
    assert not ticket.place_missing
    assert "Eksik" not in line.meta.texts()[-1]


def test_a_photo_that_comes_late_tells_it_too(line: Line):
    without_a_place(line, None)
    assert line.ticket().place_missing
    line.meta.files["m1"] = photo(exif=exif(place=(38.72, 35.49)))
    line.later(hours=1)
    assert (line.ticket().lat, line.ticket().location_source) == (38.72, "exif")


def test_a_pin_outweighs_what_the_photo_tells(line: Line):
    line.meta.files["m1"] = photo(exif=exif(place=(38.0, 35.0)))
    line.hear(wire.text(AYSE, REPORT), wire.photo(AYSE, "m1"), wire.place(AYSE, 38.72, 35.49))
    line.later(seconds=7)
    assert (line.ticket().lat, line.ticket().location_source) == (38.72, "pin")


def test_the_stored_photo_tells_no_place(line: Line, media_root: Path):
    row = fetched(line, send(line, photo(exif=exif(place=(38.72, 35.49)))))
    assert row.place == [38.72, 35.49]
    assert b"Nokia" not in (media_root / row.name).read_bytes()
