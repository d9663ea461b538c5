"""What docs/isletme.md has people do at three in the morning is there to be done."""

import re

import pytest
from django.core.management import get_commands

from bench import alarms
from tests.deploy import deployment
from tests.deploy.deployment import ROOT
from tests.deploy.test_alerts import rules

GUIDE = (ROOT / "docs/isletme.md").read_text()
CODE = re.findall(r"`([^`\n]+)`", GUIDE)


def test_its_commands_are_there() -> None:
    named = set(re.findall(r"melikgazi-manage ([a-z_]+)", GUIDE))
    assert named
    assert named - {"help"} <= set(get_commands())


def test_its_alarms_ring() -> None:
    named = {word for word in CODE if re.fullmatch(r"[A-Z][a-z]+[A-Z]\w+", word)}
    assert len(named) > 5
    assert named <= {rule["alert"] for rule in rules()}


def test_its_settings_are_settings() -> None:
    named = {word for word in CODE if re.fullmatch(r"[A-Z]+_[A-Z_]+", word)}
    assert named
    assert named <= set(deployment.variables_explained())


def test_its_units_are_ours_or_debians() -> None:
    units = {path.stem for path in (ROOT / "deploy/systemd").glob("*.*")}
    named = set(re.findall(r"\bmelikgazi-(?!manage\b)[a-z]+", GUIDE)) - {"melikgazi-yonetici"}
    assert named <= units


@pytest.mark.parametrize(
    "case", ["Veritabanı doldu", "Erişim anahtarı öldü", "Meta durdu", "Valkey gitti", "Veri sızmış olabilir"]
)
def test_the_night_has_its_cases(case: str) -> None:
    assert f"**{case}" in GUIDE


def test_tried_faults_are_those_whose_results_are_kept() -> None:
    assert alarms.table() in GUIDE


def test_the_documents_that_it_sends_people_to_are_there() -> None:
    for name in set(re.findall(r"\b([a-z-]+\.md)\b", GUIDE)):
        assert (ROOT / "docs" / name).is_file(), name
