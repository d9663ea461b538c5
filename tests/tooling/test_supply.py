"""The audit of dependencies: what could not be asked for is never taken for sound."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tooling import supply
from tooling.bootstrap import ROOT

FOUND = "Found 2 known vulnerabilities in 1 package"
TABLE = "Name Version ID\nx 1 PYSEC-1"
SKIPPED = "ERROR:pip_audit._cli:x: Dependency not found on PyPI and could not be audited: x (1)"
OFFLINE = "ERROR:pip_audit._cli:Could not connect to PyPI's vulnerability feed"


@pytest.mark.parametrize(
    ("returncode", "stdout", "stderr", "means"),
    [
        (0, "", "No known vulnerabilities found", 0),
        (1, TABLE, FOUND, 1),
        (1, "", SKIPPED, 2),
        (1, "", OFFLINE, 2),
        (2, "", "", 2),
    ],
)
def test_only_a_whole_audit_passes(returncode: int, stdout: str, stderr: str, means: int) -> None:
    assert supply.outcome(returncode, stdout, stderr) == means


def test_an_unreachable_service_is_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Sequence[str]] = []

    def offline(command: Sequence[str], **_options: Any) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 1, "", OFFLINE)

    monkeypatch.setattr(subprocess, "run", offline)
    assert supply.audit() == 2
    assert "denetim YAPILMADI" in capsys.readouterr().out
    assert all("--strict" in command for command in asked)
    assert {name for name in supply.AUDITED if any(name in " ".join(each) for each in asked)} == set(
        supply.AUDITED
    )


def test_digests_are_written_behind_the_names_of_images_and_renewed(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "bin", tmp_path / "bin")
    for name in ("Dockerfile", "docker-compose.yml"):
        shutil.copy(ROOT / name, tmp_path)
    docker, compose, image = tmp_path / "docker", "", ""
    for digest in ("a" * 64, "b" * 64):
        docker.write_text(f"#!/bin/sh\necho sha256:{digest}\n")
        docker.chmod(0o755)
        path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
        subprocess.run([tmp_path / "bin" / "pin-images"], check=True, env=path, capture_output=True)
        compose, image = (tmp_path / "docker-compose.yml").read_text(), (tmp_path / "Dockerfile").read_text()
        assert compose.count(f"@sha256:{digest}") == 3
        assert image.count(f"slim-trixie@sha256:{digest}") == 2
        assert f"slim-trixie@sha256:{digest} AS packages" in image
    assert "a" * 64 not in compose + image
