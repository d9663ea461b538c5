"""The workers that a server forks end with it, and those that they fork in turn."""

from pathlib import Path

from tests.timeouts import PATIENCE
from tests.tooling.trial import Trial, eventually, kill, processes_naming, read_until

FORKING = """
import os, time
from tooling import die_with_parent
die_with_parent.tie_forks()
if os.fork() == 0 and os.fork() == 0:
    print("up", flush=True)
time.sleep(600)
"""


def test_a_killed_server_takes_its_forks_along(trial: Trial, directory: Path):
    server = trial.python(FORKING)
    read_until(server, "up")
    assert len(processes_naming(directory)) == 3
    kill(server.pid)
    assert eventually(lambda: not processes_naming(directory))


def test_a_server_is_named_by_module_and_function_and_gets_its_arguments(trial: Trial, directory: Path):
    (directory / "server.py").write_text("import sys\ndef serve(): print(sys.argv[1:])")
    process = trial.python(
        "sys.path.insert(0, str(directory)); sys.argv = ['die_with_parent', 'server:serve', '--port', '1']\n"
        "from tooling import die_with_parent; die_with_parent.main()"
    )
    assert process.communicate(timeout=PATIENCE)[0] == "['--port', '1']\n"
