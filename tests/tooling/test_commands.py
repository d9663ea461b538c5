"""bin/run and bin/manage as a whole."""

import json
import signal
import socket
import urllib.request
from pathlib import Path

import pytest

from tests.tooling.trial import Trial, eventually, kill, processes_naming, read_until


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def status_of(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as answer:
            status: int = answer.status
            return status
    except OSError:
        return 0


def test_a_taken_port_is_named_and_nothing_is_started(trial: Trial, directory: Path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        run = trial.command("run", "--port", str(port))
        output, _ = run.communicate(timeout=15)
    assert run.returncode == 1
    assert output.startswith(f"{port} portu kullanılamıyor")
    assert not (directory / "postgres").exists()


def test_a_directory_of_somebody_else_is_refused(trial: Trial, directory: Path):
    (directory / "holiday.jpg").touch()
    for command in (("run", "--port", str(free_port())), ("manage", "check")):
        process = trial.command(*command)
        output, _ = process.communicate(timeout=15)
        assert process.returncode == 1
        assert "boş değil" in output


def test_manage_brings_everything_a_command_needs_and_takes_it_away_again(trial: Trial, directory: Path):
    script = (
        "import json, sys; from departments.models import Department; "
        "print(json.dumps([sys.stdin.read(), Department.objects.count()])); sys.exit(3)"
    )
    manage = trial.command("manage", "shell", "--verbosity", "0", "--command", script)
    output, _ = manage.communicate("from standard input", timeout=60)
    assert json.loads(output) == ["from standard input", 14]
    assert manage.returncode == 3
    assert processes_naming(directory) == []


@pytest.mark.long
def test_the_whole_line_comes_up_heals_and_goes_without_a_trace(trial: Trial, directory: Path):
    port = free_port()
    run = trial.command("run", "--port", str(port))
    welcome = read_until(run, "bin/manage")
    assert f"http://localhost:{port}/admin/" in welcome
    assert status_of(port, "/admin/login/") == 200

    second = trial.command("run", "--port", str(free_port()))
    assert "kullanımda" in second.communicate(timeout=15)[0]
    assert second.returncode == 1

    joined = trial.command("manage", "shell", "-v0", "-c", "import os; print(os.environ['EMULATOR_URL'])")
    assert joined.communicate(timeout=30)[0].startswith("http://127.0.0.1:")

    for words in (
        ("granian.cli",),
        ("--queues inbox",),
        ("beat",),
        ("bin/postgres", "-D"),
        ("valkey-server",),
    ):
        kill(
            min(
                processes_naming(
                    directory if words[0] not in ("granian.cli", "--queues inbox") else port, *words
                )
            )
        )
        assert eventually(lambda: status_of(port, "/readyz") == 200, seconds=30)

    run.send_signal(signal.SIGTERM)
    assert run.wait(20) == 0
    assert processes_naming(directory) == []
    assert not (directory / "run.env").exists()
