"""What collectstatic gathers, as the image and the guide call it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.deployment import ROOT


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Gathered with nothing but the settings; CalledProcessError when that fails."""
    folder = tmp_path_factory.mktemp("collected") / "static"
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    environment = {**os.environ, "STATIC_ROOT": str(folder)}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, umask=0o022)
    return folder


@pytest.mark.slow
def test_everything_that_a_style_names_is_there(collected: Path) -> None:
    assert list(collected.glob("vendor/images/layers.*.png"))


def test_what_root_collected_every_account_can_read(collected: Path) -> None:
    closed = [path for path in collected.rglob("*") if path.stat().st_mode & 0o444 != 0o444]
    assert closed == []


def test_every_account_can_enter_the_folders_that_root_made(collected: Path) -> None:
    folders = [collected, *(path for path in collected.rglob("*") if path.is_dir())]
    assert [path for path in folders if path.stat().st_mode & 0o555 != 0o555] == []
