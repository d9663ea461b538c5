"""A program that cannot start names the variable at fault, in one line without a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from melikgazi.configuration.environment import Environment, SettingError

ROOT = Path(__file__).parents[3]
REQUIRED = (
    *("SECRET_KEY", "DATABASE_URL", "BROKER_URL", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN"),
    *("WHATSAPP_ACCESS_TOKEN", "WHATSAPP_PHONE_NUMBER_ID"),
)


def start(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def reading(**variables: str) -> Environment:
    environment = Environment()
    environment.ENVIRON = variables
    return environment


@pytest.mark.parametrize("command", [("manage.py", "check"), ("-m", "celery", "-A", "melikgazi", "report")])
def test_a_start_without_a_variable_says_which_in_one_line(command: tuple[str, ...]):
    ended = start(*command, SECRET_KEY="")
    assert ended.returncode == 1
    assert ended.stderr.strip().splitlines() == [
        "Ayar eksik: SECRET_KEY. Değerini ortam değişkeni olarak verin (.env.example anlatır)."
    ]


@pytest.mark.parametrize("name", REQUIRED)
def test_each_needed_variable_is_named_when_it_is_missing(name: str):
    code = "import os, sys; os.environ.pop(sys.argv[1]); import melikgazi.settings"
    assert f"Ayar eksik: {name}." in start("-c", code, name).stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "evet"),
        ("DATABASE_URL", "mysql://localhost/melikgazi"),
        ("DATABASE_URL", "postgres://localhost:port/melikgazi"),
        ("WHATSAPP_SETTLE_SECONDS", "altı"),
        ("LOG_FORMAT", "xml"),
        ("LOG_LEVEL", "loud"),
        ("SECOND_FACTOR", "evet"),
        ("OIDC_ROLES", "cozum"),
    ],
)
def test_a_value_that_cannot_be_read_is_named_but_not_shown(name: str, value: str):
    ended = start("-c", "import melikgazi.settings", **{name: value})
    assert ended.returncode == 1
    assert f"Ayar anlaşılmadı: {name}." in ended.stderr
    assert value not in ended.stderr


def test_a_blank_variable_counts_as_not_set():
    assert reading(A=" ").float("A", default=6.0) == 6.0
    with pytest.raises(SettingError, match=r"Ayar eksik: A\."):
        reading(A=" ").str("A")


@pytest.mark.parametrize(("word", "meant"), [("on", True), ("True", True), ("off", False), ("0", False)])
def test_a_switch_is_read_by_its_usual_words(word: str, meant: bool):
    assert reading(A=word).bool("A") is meant


def test_a_comma_list_may_have_spaces():
    assert reading(A="bir, iki ,,").words("A") == ["bir", "iki"]


def test_a_secret_may_lie_in_a_file_of_its_own(tmp_path: Path):
    (tmp_path / "secret").write_text("gizli\n")
    assert reading(A="", A_FILE=str(tmp_path / "secret")).str("A") == "gizli"


def test_an_address_and_a_list_may_lie_in_a_file_as_well(tmp_path: Path):
    (tmp_path / "address").write_text("postgres://somebody@somewhere/line")
    (tmp_path / "list").write_text("bir, iki")
    environment = reading(A_FILE=str(tmp_path / "address"), B_FILE=str(tmp_path / "list"))
    assert environment.db_url("A")["HOST"] == "somewhere"
    assert environment.words("B") == ["bir", "iki"]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path):
    with pytest.raises(SettingError, match=r"A_FILE"):
        reading(A_FILE=str(tmp_path / "nothing")).str("A", default="")


def test_a_value_beside_its_file_is_a_contradiction(tmp_path: Path):
    (tmp_path / "secret").write_text("gizli")
    with pytest.raises(SettingError, match=r"A ile A_FILE"):
        reading(A="gizli", A_FILE=str(tmp_path / "secret")).str("A")
