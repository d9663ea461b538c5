"""That the guide and its test cannot part."""

import contextlib
import os
import re
from pathlib import Path

import pytest

from tests.deploy.deployment import ROOT
from tests.install import guide, root
from tests.install.answers import BESIDE_THE_GUIDE, SETTINGS, SHELL

STAGES = ["install", "nginx", "backup", "restore", "pitr", "second", "upgrade", "back", "remove"]
FROM_ELSEWHERE = {"BACKUP_RECIPIENTS", "SERTIFIKA", "ANAHTAR"}  # made for each run
SCRIPTS = (
    *("deploy/melikgazi-manage", "deploy/melikgazi-environment", "deploy/melikgazi-upgrade"),
    "deploy/pgbackrest/verify",
)
FROM_BEFORE = {"AYARLAR", "YEDEK", "KIMLIK", "AN"}  # what the first machine leaves; when it was well


def test_every_block_is_a_step_or_says_why_it_is_none() -> None:
    assert guide.unmarked() == []


def test_every_stage_has_its_test() -> None:
    assert guide.stages() == STAGES


def test_all_that_only_the_administrator_knows_is_asked_in_the_guide() -> None:
    asked = {
        name for stage in STAGES for step in guide.steps(stage) if step.kind == "fill" for name in step.asked
    }
    assert asked == {*SETTINGS, *SHELL} | FROM_ELSEWHERE | FROM_BEFORE


def test_nothing_else_is_set_but_whom_to_take_for_meta() -> None:
    assert re.findall(r"(\w+)=", BESIDE_THE_GUIDE) == [
        "Environment",
        "WHATSAPP_GRAPH_URL",
        "WHATSAPP_MEDIA_HOSTS",
    ]


def test_a_machine_that_debian_cannot_be_fetched_on_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The installation is skipped there with that reason, and nothing half made is left to be taken for it."""
    fetcher = tmp_path / "debootstrap"
    fetcher.write_text('#!/bin/sh\nmkdir -p "$4"; echo E: no way out; exit 1\n')
    fetcher.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(root, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(root, "host_sources", lambda: f"deb [] http://nowhere {root.SUITE} main\n")
    with pytest.raises(root.NoDebianError, match="E: no way out"):
        root.base_system()
    assert not (tmp_path / "cache" / root.SUITE).exists()
    monkeypatch.setattr(root, "host_sources", lambda: "")
    with pytest.raises(root.NoDebianError, match="apt-get update"):
        root.base_system()


def test_a_machine_whose_kernel_lets_none_run_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There it is a reason to skip, too: what does not come up has nothing of the line on it yet."""
    refuses = tmp_path / "unshare"
    refuses.write_text("#!/bin/sh\necho mount: permission denied; exit 1\n")
    refuses.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(root, "CACHE", tmp_path)
    monkeypatch.setattr(root, "base_system", lambda: tmp_path)
    monkeypatch.setattr(root, "hierarchy", lambda: str(tmp_path / "nowhere"))
    with pytest.raises(root.NoDebianError, match="control groups"), root.running("deneme"):
        pass
    monkeypatch.setattr(root, "cgroup", lambda _: contextlib.nullcontext(tmp_path))
    with pytest.raises(root.NoDebianError, match="mount: permission denied"), root.running("deneme"):
        pass


@pytest.mark.parametrize("path", ["deploy/Caddyfile", "deploy/nginx.conf", "deploy/systemd", *SCRIPTS])
def test_every_file_for_a_server_is_there_and_in_the_guide(path: str) -> None:
    assert (ROOT / path).exists()
    assert path in guide.GUIDE.read_text()
