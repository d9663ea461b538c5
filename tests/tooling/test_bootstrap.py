"""bin/_env finds a Python that works; the pinned packages are installed once."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tooling.trial import ROOT
from tooling import bootstrap

pytestmark = pytest.mark.slow


def shim(directory: Path, script: str) -> None:
    for name in ("python3", "python3.13", "python3.12", "python3.11"):
        (directory / name).write_text(f"#!/bin/sh\n{script}\n")
        (directory / name).chmod(0o755)


def help_with_path(path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "bin" / "manage", "--help"], env={"PATH": path}, capture_output=True, text=True, check=False
    )


def test_a_python_that_exists_and_fails_is_passed_over(directory: Path):
    shim(directory, "exit 127")
    (directory / "python3.13").unlink()
    working = shutil.which("python3")
    assert working
    (directory / "python3.13").symlink_to(Path(working).resolve())
    result = help_with_path(f"{directory}:{os.environ['PATH']}")
    assert (result.returncode, result.stderr) == (0, "")


@pytest.fixture
def checkout(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with pins and a .venv that runs, nothing installed by us yet."""
    for name in bootstrap.SETS["dev"]:
        (directory / name).write_text(f"{name} pins\n")
    (directory / ".venv" / "bin").mkdir(parents=True)
    (directory / ".venv" / "bin" / "python").symlink_to(bootstrap.PYTHON.resolve())
    monkeypatch.setattr(bootstrap, "ROOT", directory)
    monkeypatch.setattr(bootstrap, "VENV", directory / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", directory / ".venv" / "bin" / "python")
    return directory


def stamp(checkout: Path, package_set: str) -> None:
    (checkout / ".venv" / f".installed-{package_set}").write_text(bootstrap.fingerprint(package_set))


def test_an_install_that_was_not_finished_does_not_count(checkout: Path):
    assert not bootstrap.installed("local")


def test_a_finished_install_counts_until_a_pin_changes(checkout: Path):
    stamp(checkout, "local")
    assert bootstrap.installed("local")
    (checkout / "requirements.txt").write_text("another pin\n")
    assert not bootstrap.installed("local")


def test_the_development_set_holds_the_local_one_but_not_the_other_way_round(checkout: Path):
    stamp(checkout, "local")
    assert not bootstrap.installed("dev")
    stamp(checkout, "dev")
    (checkout / ".venv" / ".installed-local").unlink()
    assert bootstrap.installed("local")


def test_an_environment_whose_python_is_gone_does_not_count(checkout: Path):
    stamp(checkout, "local")
    bootstrap.PYTHON.unlink()
    assert not bootstrap.installed("local")


def test_what_a_broken_off_start_left_is_made_anew(checkout: Path, capfd: pytest.CaptureFixture[str]):
    """A .venv whose Python runs, though its packages never came: not even pip."""
    for name in bootstrap.SETS["local"]:
        (checkout / name).write_text("# nothing is wanted\n")
    shutil.rmtree(checkout / ".venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", checkout / ".venv"], check=True)
    (checkout / ".venv" / "lib" / "left").write_text("over")
    assert bootstrap.usable()
    bootstrap.ensure("local")
    assert bootstrap.installed("local")
    assert not (checkout / ".venv" / "lib" / "left").exists()
