"""The tables as they were before an upgrade are put back, and nothing that came meanwhile is lost."""

import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from melikgazi.backup import archive, kept_tables
from melikgazi.database import schema
from tests.whatsapp import wire
from tickets.models import Citizen
from whatsapp.models import InboundDelivery

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.direct]


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The tables, with one delivery."""
    InboundDelivery.objects.keep(wire.said(wire.text(wire.AYSE, "önce")), timezone.now())
    file = tmp_path / "kept.sql"
    call_command("keep_tables", str(file))
    return file


@pytest.mark.slow
def test_the_tables_are_as_they_were(kept: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tickets_act RENAME undo_until TO held_until")
    Citizen.objects.create(name="Sonra", created_at=timezone.now())
    call_command("keep_tables", str(kept), "--put-back")
    assert schema.differences() == []
    assert not Citizen.objects.exists()


@pytest.mark.slow
def test_what_arrived_meanwhile_waits_again(kept: Path) -> None:
    later = wire.said(wire.text(wire.AYSE, "sonra"))
    InboundDelivery.objects.keep(later, timezone.now())
    assert kept_tables.put_back(kept) == 1
    found = InboundDelivery.objects.order_by("pk")
    assert [(each.state, bytes(each.body) == later) for each in found] == [("new", False), ("new", True)]


def test_the_file_is_its_owners_alone(kept: Path) -> None:
    assert kept.stat().st_mode & 0o077 == 0


def test_a_file_that_is_there_is_not_overwritten(kept: Path) -> None:
    with pytest.raises(CommandError):
        call_command("keep_tables", str(kept))


def test_under_a_running_line_nothing_is_put_back(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_tables, "others_connected", lambda: True)
    with pytest.raises(archive.BackupError, match="hattı durdurun"):
        kept_tables.put_back(kept)


def test_half_a_file_changes_nothing(kept: Path) -> None:
    os.truncate(kept, kept.stat().st_size // 2)
    with pytest.raises(CommandError, match="yarım kalmış"):
        call_command("keep_tables", str(kept), "--put-back")
    assert InboundDelivery.objects.count() == 1
