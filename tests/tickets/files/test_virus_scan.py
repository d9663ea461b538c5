"""Files are looked through by ClamAV's daemon, where the installation has one."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.clamd import EICAR, FakeClamd
from tests.pictures import photo
from tests.tooling.trial import eventually
from tickets.files import virus_scan
from tickets.files.virus_scan import ScannerDownError, SlowScanError, TooLargeToScanError, scan


@pytest.fixture
def clamd(settings: Settings, tmp_path: Path) -> Iterator[FakeClamd]:
    with FakeClamd(tmp_path / "clamd.ctl") as daemon:
        settings.CLAMD_URL = daemon.url
        yield daemon


def test_without_a_daemon_nothing_is_looked_through(settings: Settings):
    settings.CLAMD_URL = ""
    assert (virus_scan.is_ready(), scan(BytesIO(EICAR))) == (True, "")


def test_a_clean_file_is_sent_whole_and_left_at_its_beginning(clamd: FakeClamd):
    content = bytes(range(256)) * 1000
    file = BytesIO(content)
    file.read(10)
    assert scan(file) == ""
    assert (clamd.seen, file.tell()) == ([content], 0)


def test_a_virus_is_named(clamd: FakeClamd):
    assert scan(BytesIO(b"before" + EICAR)) == "Eicar-Test-Signature"


def test_a_file_that_the_daemon_finds_too_large_is_told_apart(clamd: FakeClamd):
    with pytest.raises(TooLargeToScanError):
        scan(BytesIO(b"x" * (3 << 20)))


@pytest.mark.parametrize("answer", ["", "no such answer", "stream: Can't allocate memory ERROR", None])
def test_an_answer_that_says_nothing_is_no_clean_file(clamd: FakeClamd, answer: str | None):
    clamd.answers = [answer]
    with pytest.raises(ScannerDownError):
        scan(BytesIO(photo()))


def test_a_daemon_that_answers_is_ready(clamd: FakeClamd):
    assert (virus_scan.is_ready(), virus_scan.trouble()) == (True, "")


@pytest.mark.parametrize("url", ["unix:///nowhere/clamd.ctl", "tcp://127.0.0.1:1"])
def test_a_daemon_that_cannot_be_reached_is_not(settings: Settings, url: str):
    settings.CLAMD_URL = url
    assert not virus_scan.is_ready()
    with pytest.raises(ScannerDownError):
        scan(BytesIO(photo()))


def test_a_daemon_that_drips_is_left_when_its_time_is_over(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(virus_scan, "SCAN_SECONDS", 0.3)
    with FakeClamd(tmp_path / "clamd.ctl", drips=0.1) as clamd:
        settings.CLAMD_URL = clamd.url
        with pytest.raises(SlowScanError):
            scan(BytesIO(photo()))


# --- the real daemon -----------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def real_clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Debian's clamd with a database of one signature, that of EICAR's MD5."""
    program = shutil.which("clamd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        pytest.skip("clamd is not installed (apt-get install clamav-daemon)")
    home = tmp_path_factory.mktemp("clamd")
    home.chmod(0o755)
    database = home / "db"
    database.mkdir()
    digest = hashlib.md5(EICAR, usedforsecurity=False).hexdigest()
    (database / "own.hdb").write_text(f"{digest}:{len(EICAR)}:Eicar-Test-Signature\n")
    socket = home / "clamd.ctl"
    lines = (f"DatabaseDirectory {database}", f"LocalSocket {socket}", "Foreground yes", "StreamMaxLength 1M")
    (home / "clamd.conf").write_text("\n".join(lines) + "\n")
    with subprocess.Popen([program, "-c", str(home / "clamd.conf")], stdout=subprocess.DEVNULL) as process:
        assert eventually(socket.exists)
        yield f"unix://{socket}"
        process.terminate()


def test_the_real_daemon_says_the_same(real_clamd: str, settings: Settings):
    settings.CLAMD_URL = real_clamd
    assert eventually(virus_scan.is_ready)
    assert scan(BytesIO(photo())) == ""
    assert scan(BytesIO(EICAR)).startswith("Eicar-Test-Signature")
    with pytest.raises(TooLargeToScanError):
        scan(BytesIO(b"x" * (3 << 20)))
