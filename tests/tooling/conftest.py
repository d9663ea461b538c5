import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tooling.trial import Trial, database_of, processes_naming
from tooling.services import Postgres


@pytest.fixture(scope="session")
def _initialised() -> Iterator[Postgres]:
    with tempfile.TemporaryDirectory(prefix="melikgazi-trial-") as name:
        server = database_of(Path(name))
        server.create()
        yield server


@pytest.fixture
def directory() -> Iterator[Path]:
    """An empty folder whose path is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="melikgazi-trial-") as name:
        yield Path(name)


@pytest.fixture
def trial(directory: Path) -> Iterator[Trial]:
    """Starts processes that name `directory`; a test may not leave one behind."""
    trial = Trial(directory)
    yield trial
    trial.kill_all()
    assert processes_naming(directory) == []


@pytest.fixture
def begun(directory: Path, _initialised: Postgres) -> Path:
    """The folder with a database in it that has not run yet: a copy, since to make one takes seconds."""
    database_of(directory).take_over(_initialised.directory)
    return directory
