"""What an administrator types wrongly at the command line is told in a sentence, never by a trace."""

from pathlib import Path

import pytest
from django.core.management import BaseCommand
from django.db import OperationalError, ProgrammingError
from django.db.utils import ConnectionHandler

from melikgazi.configuration import command_line

pytestmark = pytest.mark.django_db
MISSING = "/yok/olan/dosya"

WRONG = [
    ["train_danger", "--evaluate", MISSING],
    ["train_danger", "--count", MISSING],
    ["train_danger", "--corrections", MISSING],
    ["train_router", "--evaluate", MISSING],
    ["import_arteries", MISSING],
    ["import_neighbourhoods", MISSING],
    ["import_taxonomy", MISSING],
    ["route", "--file", MISSING],
    ["backup", MISSING + "/a.tar.gz"],
    ["backup_identity", MISSING],
    ["restore", MISSING],
    ["restore", MISSING, "--identity", MISSING],
    ["verify_backup", MISSING],
    ["copy_media", MISSING],
    ["copy_media", MISSING, "--restore", "--identity", MISSING],
    ["after_restore", "--numbers", "0"],
    ["after_restore", "--numbers", "99999999999999999999"],
    ["reset_second_factor", "yok"],
    ["drf_create_token", "yok"],
    ["analyst", "Büyük Harf"],
    ["analyst", "yok", "--drop"],
    ["erase_citizen", "yok", "--reason", "dilekçe"],
    ["export_citizen", "yok", "--out", MISSING],
    ["fill", "--tickets", "1", "--days", "99999999999"],
    ["citizen", "merhaba", "--at", "kuzey"],
    ["replay", MISSING],
    ["sendtestemail"],
    ["no_such_command"],
]


@pytest.fixture(autouse=True)
def connection_of_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command closes all connections when it ends; the test goes on with its own."""
    monkeypatch.setattr(ConnectionHandler, "close_all", lambda _: None)


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_what_is_typed_wrongly_ends_with_a_sentence(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        command_line.run(["manage.py", *arguments])
    told = capsys.readouterr().err + str(end.value.code)
    assert end.value.code not in (0, None)
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OperationalError("connection refused"), "DATABASE_URL"),
        (ProgrammingError("relation does not exist"), "update_database"),
        (PermissionError(13, "Permission denied", "/etc/a"), "/etc/a: bu hesabın izni yok"),
        (KeyboardInterrupt(), "kesildi"),
    ],
)
def test_what_fails_outside_of_the_program_is_told_in_words(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, told: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(BaseCommand, "execute", fails)
    with pytest.raises(SystemExit, match=told):
        command_line.run(["manage.py", "check"])
    with pytest.raises(type(error)):
        command_line.run(["manage.py", "check", "--traceback"])


@pytest.mark.parametrize("error", [ValueError("x"), ProgrammingError("x"), OverflowError("x")])
def test_what_may_be_a_fault_of_the_program_names_how_to_see_its_trace(
    monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(BaseCommand, "execute", fails)
    with pytest.raises(SystemExit, match="--traceback"):
        command_line.run(["manage.py", "check"])


def test_a_corpus_that_is_no_json_is_told_in_words(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("{\n")
    with pytest.raises(SystemExit, match="okunamadı"):
        command_line.run(["manage.py", "train_danger", "--count", str(file)])
