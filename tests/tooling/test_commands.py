"""bin/run and bin/manage as a whole."""

import json
import signal
import socket
import subprocess
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.timeouts import PATIENCE
from tests.tooling.trial import Trial, eventually, kill, processes_naming, read_until
from tooling.processes import children


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def status_of(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as answer:
            status: int = answer.status
            return status
    except OSError:
        return 0


def test_a_taken_port_is_named_and_nothing_is_started(trial: Trial, directory: Path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        run = trial.command("run", "--port", str(port))
        output, _ = run.communicate(timeout=PATIENCE)
    assert run.returncode == 1
    assert output.startswith(f"{port} portu kullanılamıyor")
    assert not (directory / "postgres").exists()


@pytest.mark.parametrize("port", ["0", "-1", "65536", "http"])
def test_what_is_no_port_is_refused_before_anything_starts(trial: Trial, directory: Path, port: str):
    run = trial.command("run", "--port", port)
    output, _ = run.communicate(timeout=PATIENCE)
    assert (run.returncode, "Traceback" in output) == (2, False)
    assert not directory.exists() or not any(directory.iterdir())


@pytest.mark.slow
def test_a_directory_of_somebody_else_is_refused(trial: Trial, directory: Path):
    (directory / "holiday.jpg").touch()
    for command in (("run", "--port", str(free_port())), ("manage", "check")):
        process = trial.command(*command)
        output, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 1
        assert "boş değil" in output


@pytest.mark.slow
def test_manage_brings_everything_a_command_needs_and_takes_it_away_again(trial: Trial, directory: Path):
    script = (
        "import json, sys; from departments.models import Department; "
        "print(json.dumps([sys.stdin.read(), Department.objects.count()])); sys.exit(3)"
    )
    manage = trial.command("manage", "shell", "--verbosity", "0", "--command", script)
    output, _ = manage.communicate("from standard input", timeout=PATIENCE)
    assert json.loads(output) == ["from standard input", 14]
    assert manage.returncode == 3
    assert processes_naming(directory) == []


def family(pid: int) -> set[int]:
    return {pid}.union(*(family(child) for child in children(pid)))


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}").exists()}


@dataclass
class Line:
    """A bin/run that is coming up."""

    run: subprocess.Popen[str]
    port: int

    def child(self, *words: str) -> int:
        [pid] = children(self.run.pid) & set(processes_naming(*words))
        return pid


@pytest.fixture
def line(trial: Trial) -> Line:
    port = free_port()
    return Line(trial.command("run", "--port", str(port)), port)


@pytest.mark.long
def test_the_whole_line_comes_up_and_goes_without_a_trace(line: Line, directory: Path):
    welcome = read_until(line.run, "bin/manage")
    assert f"http://localhost:{line.port}/admin/" in welcome
    assert status_of(line.port, "/admin/login/") == 200
    everybody = family(line.run.pid)

    line.run.send_signal(signal.SIGTERM)

    assert line.run.wait(PATIENCE) == 0
    assert alive(everybody) == set()
    assert not (directory / "run.env").exists()


@pytest.mark.long
def test_a_killed_line_takes_everybody_along_and_starts_again(line: Line, trial: Trial, directory: Path):
    read_until(line.run, "bin/manage")
    everybody = family(line.run.pid)

    kill(line.run.pid)
    line.run.wait()

    assert eventually(lambda: not alive(everybody))
    again = trial.command("run", "--port", str(line.port))
    assert "Parola         DEMO_PASSWORD" in read_until(again, "bin/manage")


@pytest.mark.long
@pytest.mark.parametrize(
    "words",
    [
        ("melikgazi.web",),
        ("melikgazi.workers",),
        ("whatsapp.emulator",),
        ("bin/postgres",),
        ("valkey-server",),
    ],
    ids=lambda words: words[0],
)
def test_any_program_may_be_killed_and_comes_back(line: Line, words: tuple[str, ...]):
    read_until(line.run, "bin/manage")
    everybody = family(line.child(*words))

    kill(line.child(*words))

    read_until(line.run, "yeniden başlatılıyor")
    assert eventually(lambda: not alive(everybody))
    assert eventually(lambda: children(line.run.pid) & set(processes_naming(*words)))
    assert eventually(lambda: status_of(line.port, "/readyz") == 200, seconds=PATIENCE)


@pytest.mark.long
def test_a_second_run_is_refused_and_manage_joins_the_first(line: Line, trial: Trial):
    read_until(line.run, "bin/manage")

    second = trial.command("run", "--port", str(free_port()))
    assert "kullanımda" in second.communicate(timeout=PATIENCE)[0]
    assert second.returncode == 1

    joined = trial.command("manage", "shell", "-v0", "-c", "import os; print(os.environ['PUBLIC_URL'])")
    assert joined.communicate(timeout=PATIENCE)[0] == f"http://localhost:{line.port}\n"
