"""That the guide and its test cannot part."""

import re

import pytest

from tests.deploy.deployment import ROOT
from tests.install import guide
from tests.install.answers import BESIDE_THE_GUIDE, SETTINGS, SHELL

STAGES = ["install", "nginx", "backup", "restore", "pitr", "second", "upgrade", "back", "remove"]
FROM_ELSEWHERE = {"BACKUP_RECIPIENTS", "SERTIFIKA", "ANAHTAR"}  # made for each run
SCRIPTS = ("deploy/melikgazi-manage", "deploy/melikgazi-environment", "deploy/melikgazi-upgrade")
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


@pytest.mark.parametrize("path", ["deploy/Caddyfile", "deploy/nginx.conf", "deploy/systemd", *SCRIPTS])
def test_every_file_for_a_server_is_there_and_in_the_guide(path: str) -> None:
    assert (ROOT / path).exists()
    assert path in guide.GUIDE.read_text()
