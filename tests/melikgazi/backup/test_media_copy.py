"""The encrypted copy of the citizens' files: all comes back, nothing is readable there, deleted ones go in time."""

import os
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from melikgazi.backup import media_copy
from melikgazi.backup.encryption import new_identity

PHOTO = b"a photo" * 1000
NAME = "2026/11/cukur.jpg"


@pytest.fixture
def copied(tmp_path: Path, settings: Settings) -> Path:
    """Where the copy is, of a line with one photo. Its identity lies beside it."""
    identity, recipient = new_identity()
    (tmp_path / "kimlik.txt").write_text(identity)
    settings.BACKUP_RECIPIENTS = [recipient]
    settings.MEDIA_ROOT = str(tmp_path / "media")
    photo = Path(settings.MEDIA_ROOT, NAME)
    photo.parent.mkdir(parents=True)
    photo.write_bytes(PHOTO)
    call_command("copy_media", str(tmp_path / "copy"))
    return tmp_path / "copy"


def restore(copied: Path) -> None:
    call_command("copy_media", str(copied), restore=True, identity=str(copied.with_name("kimlik.txt")))


def test_what_is_gone_comes_back(copied: Path, settings: Settings) -> None:
    photo = Path(settings.MEDIA_ROOT, NAME)
    photo.unlink()
    restore(copied)
    assert photo.read_bytes() == PHOTO
    assert photo.stat().st_mode & 0o077 == 0


def test_nobody_reads_it_where_it_lies(copied: Path) -> None:
    [file] = (path for path in copied.rglob("*") if path.is_file())
    assert file.read_bytes().startswith(b"age-encryption.org/")
    assert file.stat().st_mode & 0o077 == 0


def test_what_is_there_is_copied_once(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    call_command("copy_media", str(copied))
    assert "0 dosya kopyalandı" in capsys.readouterr().out


def test_what_was_deleted_can_come_back_for_a_week_and_is_gone_then(copied: Path, settings: Settings) -> None:
    photo = Path(settings.MEDIA_ROOT, NAME)
    photo.unlink()
    call_command("copy_media", str(copied))
    restore(copied)
    assert photo.exists()
    photo.unlink()
    [kept] = (path for path in copied.rglob("*") if path.is_file())
    long_ago = time.time() - media_copy.KEPT_SECONDS - 60
    os.utime(kept, (long_ago, long_ago))
    call_command("copy_media", str(copied))
    assert not kept.exists()


def test_what_was_cut_off_while_it_was_written_is_none(copied: Path, settings: Settings) -> None:
    [file] = (path for path in copied.rglob("*") if path.is_file())
    file.rename(file.with_name(file.name + media_copy.UNFINISHED))
    Path(settings.MEDIA_ROOT, NAME).unlink()
    restore(copied)
    assert not Path(settings.MEDIA_ROOT, NAME).exists()


def test_nothing_is_copied_without_a_recipient(copied: Path, settings: Settings) -> None:
    settings.BACKUP_RECIPIENTS = []
    with pytest.raises(CommandError, match="BACKUP_RECIPIENTS"):
        call_command("copy_media", str(copied))


def test_who_has_no_identity_gets_nothing(copied: Path) -> None:
    with pytest.raises(CommandError, match="--identity"):
        call_command("copy_media", str(copied), restore=True)
