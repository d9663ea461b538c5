"""Staff learn that the machine is overloaded from what the kernel tells, with pressure stall information or without."""

from pathlib import Path
from types import FunctionType

import pytest
from django.test import Client
from django.utils import timezone

from departments.common import machine_load
from departments.common.machine_load import MachineLoad
from melikgazi.observability import doctor

READ: FunctionType = machine_load.read  # type: ignore[assignment]  # before conftest.py puts another in its place


@pytest.mark.parametrize(
    ("per_core", "pressure", "too_much"),
    [(35.0, 99.0, True), (35.0, None, True), (3.9, 99.0, False), (35.0, 10.0, False)],
)
def test_a_machine_is_overloaded_by_load_and_pressure(
    per_core: float, pressure: float | None, too_much: bool
) -> None:
    assert MachineLoad(per_core, pressure).is_too_much is too_much


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(machine_load, "LOAD", tmp_path / "loadavg")
    monkeypatch.setattr(machine_load, "PRESSURE", tmp_path / "cpu")
    monkeypatch.setattr("departments.common.machine_load.os.cpu_count", lambda: 2)
    (tmp_path / "loadavg").write_text("70.10 40.00 20.00 71/900 12345\n")
    return tmp_path


def test_the_kernel_tells_load_and_pressure(kernel: Path) -> None:
    (kernel / "cpu").write_text(
        "some avg10=90.00 avg60=81.50 avg300=7.00 total=1\nfull avg10=0.00 avg60=0.00\n"
    )
    assert READ() == MachineLoad(35.05, 81.5)


def test_a_kernel_without_pressure_tells_the_load(kernel: Path) -> None:
    assert READ() == MachineLoad(35.05, None)


@pytest.mark.django_db
def test_an_overloaded_machine_is_told_by_doctor_health_and_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_load, "read", lambda: MachineLoad(35.0, 99.0))
    told = next(each for each in doctor.examine(timezone.now()) if each.subject == "Makine")
    assert told.fix == machine_load.REMEDY
    answer = Client().get("/readyz").json()
    assert (answer["status"], answer["checks"]["machine"]) == ("degraded", "overloaded")
    assert b"melikgazi_machine_overloaded 1.0" in Client().get("/metrics").content
