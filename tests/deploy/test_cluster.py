"""The cluster's files: what `place` writes on each machine."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.deploy.deployment import ROOT

FOLDER = ROOT / "deploy/cluster"
ANSWERS = (FOLDER / "cluster.env").read_text().replace("PASSWORD=\n", "PASSWORD=a1b2c3\n")


def placed(root: Path, role: str, answers: str = ANSWERS) -> "subprocess.CompletedProcess[str]":
    """`place`, told to write below `root`. Files change owners by a program of ours, which needs no root."""
    programs = root / "programs"
    programs.mkdir(exist_ok=True)
    (programs / "chown").write_text("#!/bin/sh\n")
    (programs / "chown").chmod(0o755)
    (root / "cluster.env").write_text(answers)
    return subprocess.run(
        ["sh", str(FOLDER / "place"), role, str(root / "cluster.env")],
        env={**os.environ, "DESTDIR": str(root), "PATH": f"{programs}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("role", ["db1", "db2", "db3", "line"])
def test_nothing_is_left_to_fill_in_and_nobody_else_reads_it(tmp_path: Path, role: str) -> None:
    assert placed(tmp_path, role).returncode == 0
    written = [path for path in (tmp_path / "etc").rglob("*") if path.is_file()]
    assert len(written) == 3
    for path in written:
        assert "@" not in path.read_text().replace('"@', "")
        assert path.stat().st_mode & 0o077 == 0


def test_a_machine_is_itself_and_knows_the_others(tmp_path: Path) -> None:
    placed(tmp_path, "db2")
    patroni = yaml.safe_load((tmp_path / "etc/patroni/config.yml").read_text())
    assert (patroni["name"], patroni["restapi"]["listen"]) == ("db2", "10.77.0.12:8008")
    assert patroni["etcd3"]["hosts"] == "10.77.0.11:2379,10.77.0.12:2379,10.77.0.13:2379"


def test_the_lease_outlives_a_loop_and_two_retries(tmp_path: Path) -> None:
    """Patroni's own rule; who breaks it demotes a primary that is well."""
    placed(tmp_path, "db1")
    agreed = yaml.safe_load((tmp_path / "etc/patroni/config.yml").read_text())["bootstrap"]["dcs"]
    assert agreed["loop_wait"] + 2 * agreed["retry_timeout"] <= agreed["ttl"] == 20


@pytest.mark.parametrize(("chosen", "strict", "asked"), [("on", True, True), ("off", False, False)])
def test_strict_is_the_same_for_patroni_and_for_who_leads_to_it(
    tmp_path: Path, chosen: str, strict: bool, asked: bool
) -> None:
    answers = ANSWERS.replace("STRICT=on", f"STRICT={chosen}")
    placed(tmp_path, "db1", answers)
    placed(tmp_path, "line", answers)
    agreed = yaml.safe_load((tmp_path / "etc/patroni/config.yml").read_text())["bootstrap"]["dcs"]
    assert (agreed["synchronous_mode"], agreed["synchronous_mode_strict"]) == ("quorum", strict)
    assert ("sync_state" in (tmp_path / "etc/haproxy/haproxy.cfg").read_text()) is asked


@pytest.mark.parametrize(
    ("role", "answers"),
    [
        ("db4", ANSWERS),
        ("db1", ANSWERS.replace("STRICT=on", "STRICT=yes")),
        ("db1", ANSWERS.replace("LINE_PASSWORD=a1b2c3", "LINE_PASSWORD=")),
        ("db1", ANSWERS.replace("LINE_PASSWORD=a1b2c3", "LINE_PASSWORD='a/b'")),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_written(
    tmp_path: Path, role: str, answers: str
) -> None:
    assert placed(tmp_path, role, answers).returncode == 2
    assert not (tmp_path / "etc").exists()
