import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tooling.trial import Trial, processes_naming


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
