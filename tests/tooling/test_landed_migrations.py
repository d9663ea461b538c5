"""No migration that has landed is edited."""

from pathlib import Path

import pytest

from tests.tooling.trial import ROOT
from tooling import landed_migrations

NEW = b"from departments.one import begin\n\nDAYS = 30\n"


def hashed(root: Path, content: bytes) -> dict[str, str]:
    file = root / "tickets/migrations/0001_trial.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return landed_migrations.hashes(root)


def test_no_landed_migration_was_edited() -> None:
    assert landed_migrations.changed(landed_migrations.read(), landed_migrations.hashes(ROOT)) == []


def test_every_migration_is_recorded() -> None:
    missing = landed_migrations.hashes(ROOT).keys() - landed_migrations.read().keys()
    assert missing == set(), "run bin/migrations: it records the new ones, which must not be edited any more"


def test_an_edit_is_a_change(tmp_path: Path) -> None:
    before = hashed(tmp_path, NEW)
    assert landed_migrations.changed(before, hashed(tmp_path, NEW.replace(b"30", b"60"))) == [*before]


def test_a_migration_taken_away_is_a_change(tmp_path: Path) -> None:
    assert landed_migrations.changed(hashed(tmp_path, NEW), {}) == ["tickets/migrations/0001_trial.py"]


def test_the_module_of_an_import_may_move(tmp_path: Path) -> None:
    before = hashed(tmp_path, NEW)
    assert (
        landed_migrations.changed(before, hashed(tmp_path, NEW.replace(b"departments.one", b"tickets"))) == []
    )


def test_nothing_is_recorded_while_one_is_edited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / "record.txt"
    record.write_text(f"{'0' * 64}  tickets/migrations/0001_initial.py\n")
    monkeypatch.setattr(landed_migrations, "RECORD", record)
    monkeypatch.setattr(landed_migrations, "ROOT", tmp_path)
    assert landed_migrations.main() == 1
    assert "tickets/migrations/0001_initial.py" in capsys.readouterr().err
    assert record.read_text().startswith("0" * 64)
