"""Programs are kept running, and none outlives the supervisor, however that ends."""

import signal
from pathlib import Path

import pytest

from tests.timeouts import PATIENCE
from tests.tooling.trial import Trial, eventually, kill, processes_naming, read_until

pytestmark = pytest.mark.slow

PRELUDE = """
from tooling.processes import Program, ProgramError
from tooling.supervisor import Supervisor

def program(name, script, **options):
    command = (sys.executable, "-c", script, str(directory), name)
    return Program(name=name, command=command, log=directory / f"{name}.log", **options)

def supervise(*programs, patience=2.0):
    with Supervisor(lambda text: print(text, flush=True)) as supervisor:
        supervisor.start(*programs, patience=patience)
        print("up", flush=True)
        supervisor.watch(lambda: False)
"""
SLEEP = "import time; time.sleep(600)"
FAMILY = "import os, time; os.fork() or os.setsid(); time.sleep(600)"
THREE_GENERATIONS = "import os, time; os.fork() or (os.setsid(), os.fork() or os.setsid()); time.sleep(600)"
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(600)
"""


def named(directory: Path, name: str) -> list[int]:
    return processes_naming(f"{directory} {name}")


def test_a_killed_program_comes_back(trial: Trial, directory: Path):
    supervisor = trial.python(f"{PRELUDE}\nsupervise(program('sleeper', {SLEEP!r}))")
    read_until(supervisor, "up")
    [first] = named(directory, "sleeper")

    kill(first)

    assert "sinyal 9" in read_until(supervisor, "sleeper durdu")
    assert eventually(lambda: named(directory, "sleeper") not in ([], [first]))


@pytest.mark.parametrize(("script", "count"), [(FAMILY, 2), (THREE_GENERATIONS, 3)])
def test_what_a_killed_program_had_forked_is_ended_before_it_comes_back(
    trial: Trial, directory: Path, script: str, count: int
):
    supervisor = trial.python(f"{PRELUDE}\nsupervise(program('family', {script!r}))")
    read_until(supervisor, "up")
    assert eventually(lambda: len(named(directory, "family")) == count)
    family = named(directory, "family")

    kill(min(family))

    read_until(supervisor, "family durdu")
    assert eventually(lambda: len(named(directory, "family")) == count)
    assert not set(family) & set(named(directory, "family"))
    assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family))  # no zombie either
    supervisor.send_signal(signal.SIGTERM)  # killed, it could not end what has left its program's group
    assert supervisor.wait(PATIENCE) == 0


def test_five_deaths_in_a_minute_end_the_whole_and_name_the_program_and_its_log(
    trial: Trial, directory: Path
):
    supervisor = trial.python(
        f"{PRELUDE}\ntry: supervise(program('broken', 'raise SystemExit(3)'), program('sleeper', {SLEEP!r}))\n"
        "except ProgramError as error: raise SystemExit(str(error))"
    )
    output, _ = supervisor.communicate(timeout=PATIENCE)
    assert supervisor.returncode == 1
    assert output.count("broken durdu (çıkış 3)") == 4
    assert output.splitlines()[-1] == f"broken bir dakikada 5 kez durdu; ayrıntı: {directory}/broken.log"
    assert processes_naming(directory) == []


def test_sigterm_ends_everything_with_exit_status_0(trial: Trial, directory: Path):
    supervisor = trial.python(
        f"{PRELUDE}\nsupervise(program('sleeper', {SLEEP!r}), program('family', {FAMILY!r}))"
    )
    read_until(supervisor, "up")
    assert eventually(lambda: len(named(directory, "family")) == 2)

    supervisor.send_signal(signal.SIGTERM)

    assert supervisor.wait(PATIENCE) == 0
    assert processes_naming(directory) == []


def test_ctrl_c_ends_everything_with_exit_status_0(trial: Trial, directory: Path):
    supervisor = trial.python(f"{PRELUDE}\nsupervise(program('sleeper', {SLEEP!r}))")
    read_until(supervisor, "up")
    supervisor.send_signal(signal.SIGINT)
    assert supervisor.wait(PATIENCE) == 0
    assert processes_naming(directory) == []


def test_a_program_that_will_not_end_is_killed_when_patience_is_over(trial: Trial, directory: Path):
    supervisor = trial.python(f"{PRELUDE}\nsupervise(program('stubborn', {STUBBORN!r}), patience=0.3)")
    read_until(supervisor, "up")
    assert eventually(lambda: "deaf" in (directory / "stubborn.log").read_text())
    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(PATIENCE) == 0
    assert processes_naming(directory) == []


def test_a_killed_supervisor_takes_its_programs_along(trial: Trial, directory: Path):
    supervisor = trial.python(
        f"{PRELUDE}\nsupervise(program('sleeper', {SLEEP!r}), program('stubborn', {STUBBORN!r}))"
    )
    read_until(supervisor, "up")
    kill(supervisor.pid)
    assert eventually(lambda: not processes_naming(directory))


def test_an_errand_that_fails_is_reported_with_its_log(trial: Trial, directory: Path):
    supervisor = trial.python(f"""{PRELUDE}
try:
    with Supervisor(print) as supervisor:
        supervisor.run(program("errand", "raise SystemExit(2)"))
except ProgramError as error:
    raise SystemExit(str(error))
""")
    output, _ = supervisor.communicate(timeout=PATIENCE)
    assert output.strip() == f"errand başarısız oldu; ayrıntı: {directory}/errand.log"


def test_a_log_that_has_grown_too_long_is_set_aside_at_the_next_start(trial: Trial, directory: Path):
    (directory / "sleeper.log").write_bytes(b"x" * 5_000_001)
    supervisor = trial.python(f"{PRELUDE}\nsupervise(program('sleeper', {SLEEP!r}))")
    read_until(supervisor, "up")
    assert (directory / "sleeper.log.1").stat().st_size == 5_000_001
    assert (directory / "sleeper.log").stat().st_size == 0
