"""The cluster of deploy/cluster comes up, and the line before it loses nothing when its primary dies."""

import json
import subprocess

import pytest

from bench.failover.cluster import ROOT, why_not

REASON = why_not()
pytestmark = [pytest.mark.cluster, pytest.mark.skipif(bool(REASON), reason=REASON)]


def certified(*arguments: str) -> list[dict[str, object]]:
    """What bin/certify-failover found, a row for each run."""
    command = [str(ROOT / "bin" / "certify-failover"), "--json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_primary_that_dies_and_a_planned_switchover_cost_seconds_and_no_message() -> None:
    rows = certified("--messages", "150", "--rate", "5", "--case", "killed", "--case", "switchover")
    assert [row["case"] for row in rows] == ["killed", "switchover"]
    for row in rows:
        assert (row["messages"], row["answered"], row["kept"], row["lost"]) == (150, 150, 150, 0)
        before, _, after = str(row["primary"]).partition(" → ")
        assert before != after


def test_without_a_standby_nothing_is_acknowledged_and_nothing_is_lost() -> None:
    [row] = certified("--messages", "150", "--rate", "5", "--case", "copies")
    assert float(str(row["refusing"])) > 10
    assert (row["messages"], row["answered"], row["lost"], row["doubled"]) == (150, 150, 0, 0)
