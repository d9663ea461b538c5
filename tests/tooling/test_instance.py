"""A data directory: its lock, its secrets, the environment of its programs."""

import stat
from pathlib import Path

import pytest

from tests.tooling.trial import Trial, eventually, kill, read_until
from tooling import instance


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_are_for_nobody_elses_eyes(directory: Path):
    instance.prepare_directory(directory)
    instance.make_secrets(directory)
    assert mode(directory) == 0o700
    assert mode(directory / "secrets.env") == 0o600


def test_secrets_are_made_once(directory: Path):
    assert instance.make_secrets(directory) is True
    made = instance.read_variables(directory / "secrets.env")
    assert instance.make_secrets(directory) is False
    assert instance.read_variables(directory / "secrets.env") == made


def test_no_two_directories_share_a_secret(directory: Path):
    made = []
    for name in ("one", "two"):
        instance.make_secrets(instance.prepare_directory(directory / name))
        made.append(set(instance.read_variables(directory / name / "secrets.env").values()))
    assert not made[0] & made[1]


def test_a_secret_that_a_newer_version_needs_is_added_and_the_others_stay(directory: Path):
    instance.write_variables(directory / "secrets.env", {"SECRET_KEY": "old"})
    assert instance.make_secrets(directory) is False
    made = instance.read_variables(directory / "secrets.env")
    assert made["SECRET_KEY"] == "old"
    assert made["WHATSAPP_APP_SECRET"]


def test_whatever_the_environment_names_wins(directory: Path):
    instance.make_secrets(directory)
    given = {"WHATSAPP_APP_SECRET": "one,two", "MEDIA_ROOT": "/srv/media", "HOME": "/root"}
    chosen = instance.environment(directory, 8100, given)
    assert chosen["WHATSAPP_APP_SECRET"] == "one,two"
    assert chosen["MEDIA_ROOT"] == "/srv/media"
    assert "HOME" not in chosen


def test_a_number_of_somebodys_own_is_not_looked_for_in_the_account_we_made_up(directory: Path):
    instance.make_secrets(directory)
    chosen = instance.environment(directory, 8000, {"WHATSAPP_PHONE_NUMBER_ID": "555"})
    assert (chosen["WHATSAPP_PHONE_NUMBER_ID"], chosen["WHATSAPP_WABA_ID"]) == ("555", "")


def test_a_proxy_never_stands_between_the_line_and_loopback(directory: Path):
    instance.make_secrets(directory)
    chosen = instance.environment(directory, 8100, {"NO_PROXY": "intranet.local"})
    assert set(chosen["NO_PROXY"].split(",")) >= {"intranet.local", "127.0.0.1", "localhost"}


@pytest.mark.parametrize(
    "value", ["plain", "two words", "quo'te", 'dou"ble', "$HOME #not a comment", "", "Çığ=1"]
)
def test_a_value_is_read_as_it_was_written(directory: Path, value: str):
    instance.write_variables(directory / "x.env", {"NAME": value})
    assert instance.read_variables(directory / "x.env") == {"NAME": value}


def test_a_directory_that_holds_something_else_is_refused_and_left_open(directory: Path):
    directory.chmod(0o755)
    (directory / "holiday.jpg").touch()
    with pytest.raises(FileExistsError):
        instance.prepare_directory(directory)
    assert mode(directory) == 0o755


def test_a_directory_that_somebody_holds_is_in_use(directory: Path):
    with instance.locked(directory), pytest.raises(instance.InUseError), instance.locked(directory):
        pass


def test_the_hold_ends_with_a_killed_holder(trial: Trial, directory: Path):
    holder = trial.python(
        "from tooling import instance\nwith instance.locked(directory): print('held', flush=True); input()"
    )
    read_until(holder, "held")
    with pytest.raises(instance.InUseError), instance.locked(directory):
        pass
    kill(holder.pid)

    def free() -> bool:
        try:
            with instance.locked(directory):
                return True
        except instance.InUseError:
            return False

    assert eventually(free)
