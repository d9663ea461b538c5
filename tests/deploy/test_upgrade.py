"""deploy/melikgazi-upgrade, with every program that it calls played: what fails brings the version before back."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.deploy.deployment import ROOT

SCRIPT = ROOT / "deploy/melikgazi-upgrade"
# Each writes down how it was called, and does what the trial needs of it.
PLAYED = {
    "systemctl": 'case "$*" in "show "*) echo "Hizmet veriyor" ;; esac',
    "melikgazi-manage": """
        case "$1" in
            needs_stop) [ -e "$TRIAL/needs-stop" ] || exit 3 ;;
            keep_tables) [ "$2" = --put-back ] || touch "$2" ;;
        esac""",
    "git": 'case "$1" in clone) mkdir -p "$6/deploy/systemd"; echo new > "$6/version" ;; esac',
    "sh": "",
    "install": "",
    "cp": "",
    "curl": 'cd "$TRIAL/opt/melikgazi"; ! grep -q new version || [ ! -e "$TRIAL/does-not-run" ]',
}


class Upgrade:
    """A server with the old version in its place, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("bin", "opt/melikgazi/deploy/systemd", "backups"):
            (folder / name).mkdir(parents=True)
        (folder / "opt/melikgazi/version").write_text("old\n")
        for name, does in PLAYED.items():
            program = folder / "bin" / name
            fails = f'[ ! -e "$TRIAL/fails-$1" ] || [ "{name}" != melikgazi-manage ] || exit 1'
            program.write_text(f'#!/bin/bash\necho "{name} $*" >> "$TRIAL/calls"\n{fails}\n{does}\n', "utf-8")
            program.chmod(0o755)
        script = SCRIPT.read_text("utf-8")
        for path, own in {
            "/opt/melikgazi": "opt/melikgazi",
            "/run/": "",
            "/var/backups/melikgazi": "backups",
            "/etc/systemd/system": "units",
            "/usr/local/sbin": "bin",
        }.items():
            script = script.replace(path, f"{folder}/{own}")
        (folder / "upgrade").write_text(script, "utf-8")

    def having(self, *marks: str) -> None:
        for mark in marks:
            (self.folder / mark).touch()

    def run(self) -> subprocess.CompletedProcess[str]:
        path = f"{self.folder}/bin:{os.environ['PATH']}"
        command = ["bash", str(self.folder / "upgrade"), "v9"]
        environment = {"PATH": path, "TRIAL": str(self.folder)}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    @property
    def version(self) -> str:
        return (self.folder / "opt/melikgazi/version").read_text().strip()

    @property
    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text().splitlines()

    @property
    def kept(self) -> list[Path]:
        return list((self.folder / "backups").iterdir())

    def last(self, *beginnings: str) -> str:
        """The last call that begins so."""
        return [each for each in self.calls if each.startswith(beginnings)][-1]


@pytest.fixture
def upgrade(tmp_path: Path) -> Upgrade:
    return Upgrade(tmp_path)


@pytest.mark.parametrize("marks", [(), ("needs-stop",)])
def test_an_upgrade_puts_the_new_version_in_place(upgrade: Upgrade, marks: tuple[str, ...]) -> None:
    upgrade.having(*marks)
    done = upgrade.run()
    assert (done.returncode, upgrade.version, upgrade.kept) == (0, "new", []), done.stderr


@pytest.mark.parametrize("step", ["update_database", "collectstatic"])
def test_a_failed_step_stops_no_line_that_runs(upgrade: Upgrade, step: str) -> None:
    upgrade.having(f"fails-{step}")
    done = upgrade.run()
    assert (done.returncode, upgrade.version) == (1, "old")
    assert not any(each.startswith("systemctl stop") for each in upgrade.calls)
    assert "Hat eski sürümle sürüyor" in done.stderr


@pytest.mark.parametrize("step", ["update_database", "collectstatic"])
def test_a_failed_step_after_the_stop_starts_the_old(upgrade: Upgrade, step: str) -> None:
    upgrade.having("needs-stop", f"fails-{step}")
    done = upgrade.run()
    assert (done.returncode, upgrade.version, upgrade.kept) == (1, "old", []), done.stderr
    assert "melikgazi-manage keep_tables --put-back" in " ".join(upgrade.calls)
    assert upgrade.last("systemctl st").startswith("systemctl start")


def test_tables_that_cannot_be_kept_start_the_old(upgrade: Upgrade) -> None:
    upgrade.having("needs-stop", "fails-keep_tables")
    assert upgrade.run().returncode == 1
    assert not any("update_database" in each for each in upgrade.calls)
    assert upgrade.last("systemctl st").startswith("systemctl start")


@pytest.mark.parametrize("stopped", [True, False])
def test_a_version_that_does_not_run_gives_its_place_back(upgrade: Upgrade, stopped: bool) -> None:
    upgrade.having("does-not-run", *(["needs-stop"] if stopped else []))
    done = upgrade.run()
    assert (done.returncode, upgrade.version, upgrade.kept) == (1, "old", []), done.stderr
    assert ("keep_tables --put-back" in " ".join(upgrade.calls)) is stopped
