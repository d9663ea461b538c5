"""Photos are decoded in a child process: what happens to it there happens to nobody else."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.instance import ROOT
from tests.pictures import photo
from tests.tooling.trial import eventually
from tickets.files import decoder as module
from tickets.files.decoder import Decoder, DecoderDiedError
from tickets.files.resize_and_blur import BadPhotoError

JPEG = photo()
# The child with a decoder that a file has in its hand.
BEWITCHED = f"""
import os, signal, sys, time
sys.path.insert(0, {str(ROOT)!r})
from tickets.files import resize_and_blur
resize_and_blur.CPU_SECONDS = 0
def clean(file):
    %s
resize_and_blur.clean = clean
resize_and_blur.main()
"""


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    made = Decoder()
    yield made
    made.end()


def bewitched(decoder: Decoder, monkeypatch: pytest.MonkeyPatch, does: str) -> None:
    """The next file meets a decoder that does this; whoever comes after it one as it should be."""
    with monkeypatch.context() as patch:
        patch.setattr(module, "COMMAND", (sys.executable, "-B", "-c", BEWITCHED % does))
        decoder._running()


def pid(decoder: Decoder) -> int:
    assert decoder._child
    return decoder._child.pid


@pytest.mark.parametrize(
    ("does", "error"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", DecoderDiedError),
        ("os.kill(os.getpid(), signal.SIGKILL)", DecoderDiedError),
        ("os._exit(0)", DecoderDiedError),
        ("print('no answer', flush=True)", DecoderDiedError),
        ("while True: pass", BadPhotoError),
        ("bytearray(1 << 30)", BadPhotoError),
        ("os.write(os.memfd_create('file'), b'x')", BadPhotoError),
    ],
    ids=["broken memory", "killed", "ended", "nonsense", "processor", "memory", "writing"],
)
def test_a_file_that_has_its_decoder_fail_costs_nobody_else(
    decoder: Decoder, monkeypatch: pytest.MonkeyPatch, does: str, error: type[Exception]
):
    bewitched(decoder, monkeypatch, does)
    with pytest.raises(error):
        decoder.decode(JPEG)
    decoder.end()
    assert decoder.decode(JPEG).large


def test_a_file_over_which_the_decoder_hangs_is_given_up(decoder: Decoder, monkeypatch: pytest.MonkeyPatch):
    bewitched(decoder, monkeypatch, "time.sleep(600)")
    monkeypatch.setattr(module, "SECONDS", 0.5)
    with pytest.raises(DecoderDiedError):
        decoder.decode(JPEG)
    assert decoder.decode(JPEG).large


def test_a_decoder_that_reads_nothing_is_given_up_too(decoder: Decoder, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patch:
        patch.setattr(module, "COMMAND", (sys.executable, "-c", "import time; time.sleep(600)"))
        decoder._running()
    monkeypatch.setattr(module, "SECONDS", 0.5)
    with pytest.raises(DecoderDiedError):
        decoder.decode(b"x" * (4 << 20))


def test_a_picture_that_is_too_large_to_be_one_is_not_taken(
    decoder: Decoder, monkeypatch: pytest.MonkeyPatch
):
    bewitched(decoder, monkeypatch, "return resize_and_blur.Photo(b'x' * 2_000, b'x', None)")
    monkeypatch.setattr(module, "MOST_BYTES", 1_000)
    with pytest.raises(DecoderDiedError):
        decoder.decode(JPEG)


def test_it_is_kept_from_photo_to_photo_and_replaced_after_many(
    decoder: Decoder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "FILES", 3)
    seen = []
    for _ in range(6):
        decoder.decode(JPEG)
        seen.append(pid(decoder))
    assert [seen.count(each) for each in dict.fromkeys(seen)] == [3, 3]


def test_a_refused_file_leaves_it_where_it_is(decoder: Decoder):
    decoder.decode(JPEG)
    before = pid(decoder)
    with pytest.raises(BadPhotoError):
        decoder.decode(b"<html>")
    decoder.decode(JPEG)
    assert pid(decoder) == before


def test_it_is_told_no_secrets(decoder: Decoder, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SECRET_KEY", "a secret")
    bewitched(decoder, monkeypatch, "raise resize_and_blur.BadPhotoError(' '.join(os.environ))")
    with pytest.raises(BadPhotoError) as told:
        decoder.decode(JPEG)
    assert "SECRET_KEY" not in str(told.value)


def test_it_ends_with_the_worker_that_began_it():
    begun = "import sys; from tickets.files.decoder import decoder as d; d.decode(sys.stdin.buffer.read()); "
    killed = "print(d._child.pid, flush=True); import os; os.kill(os.getpid(), 9)"
    command = [sys.executable, "-c", begun + killed]
    done = subprocess.run(command, cwd=ROOT, input=JPEG, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL
    assert eventually(lambda: not is_alive(int(done.stdout)))


def is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return " Z " not in Path(f"/proc/{number}/stat").read_text()


def test_child_gives_way_to_the_workers_of_messages(decoder: Decoder) -> None:
    decoder.decode(JPEG)
    assert os.getpriority(os.PRIO_PROCESS, pid(decoder)) > os.getpriority(os.PRIO_PROCESS, 0)
