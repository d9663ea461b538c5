"""A backup restores everything into an empty installation, and is refused by any other."""

import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import psycopg
import pyrage
import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import override_settings
from django.utils import timezone
from psycopg.conninfo import make_conninfo
from pytest_django import Settings

from melikgazi.backup import archive as backup
from melikgazi.backup import verification
from melikgazi.backup.archive import BackupError
from melikgazi.backup.encryption import decrypted, encrypted, new_identity, read_identities
from melikgazi.management.commands.backup import Command
from melikgazi.models import BackupRun
from tests.attachments import attach_file
from tests.tickets.world import NOW, World, build_world
from tickets.files.storage import StoredFile, private_storage
from tickets.models import Attachment
from tickets.record.permissions import Actor
from whatsapp.models import Conversation, Outbox

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.direct]
ROOT = Path(__file__).resolve().parents[3]
PHOTO = bytes(range(256)) * 40
# Each has its own; whoever synchronises from one begins anew.
OF_AN_INSTALLATION = {
    "melikgazi_backuprun",
    "melikgazi_oldestrelease",
    "tickets_feedepoch",
    "tickets_ticketchange",
}


@pytest.fixture
def world(transactional_db: None, settings: Settings, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return build_world()


@pytest.fixture
def archive(world: World, tmp_path: Path) -> Path:
    """Of a line with two tickets, the second with a photo."""
    world.open()
    name = private_storage.save("2026/11/cukur.jpg", ContentFile(PHOTO))
    attach_file(
        ticket=world.open(description="Şişli’de İ ve ı: çukur"),
        actor=Actor.citizen(),
        now=NOW,
        kind=Attachment.Kind.IMAGE,
        mime_type="image/jpeg",
        stored=StoredFile(name, "", len(PHOTO), "image/jpeg"),
    )
    file = tmp_path / "yedek.tar.gz"
    call_command("backup", str(file))
    return file


@dataclass
class Installation:
    """Another database and another folder for files."""

    address: str
    database: str
    media: Path

    def restore(self, archive: Path, **options: str) -> None:
        """Runs the command there. CommandError as `manage.py` would print it."""
        here = connection.settings_dict["NAME"]
        connection.close()
        connection.settings_dict["NAME"] = self.database
        try:
            with override_settings(MEDIA_ROOT=str(self.media)):
                call_command("restore", str(archive), **options)
        finally:
            connection.close()
            connection.settings_dict["NAME"] = here

    def manage(self, *arguments: str, said: str = "") -> subprocess.CompletedProcess[str]:
        url = os.environ["DATABASE_URL"].replace("/melikgazi?", f"/{self.database}?")
        environment = os.environ | {"DATABASE_URL": url, "MEDIA_ROOT": str(self.media)}
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=environment, input=said, capture_output=True, text=True, check=False
        )

    def sql(self, statement: str) -> object:
        """Carries a statement out; the first value it returns."""
        with psycopg.connect(self.address) as database:
            result = database.execute(statement)
            row = result.fetchone() if result.description else None
        return row[0] if row else None


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Installation]:
    """One that has only been made, without a table."""
    name = f"{connection.settings_dict['NAME']}_restored"
    connection.ensure_connection()
    server = connection.connection.info.get_parameters()
    with psycopg.connect(make_conninfo(**server | {"dbname": "postgres"}), autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}"')
        admin.execute(f'CREATE DATABASE "{name}"')
        yield Installation(make_conninfo(**server | {"dbname": name}), name, tmp_path / "elsewhere")
        admin.execute(f'DROP DATABASE "{name}"')


@pytest.fixture
def restored(archive: Path, empty: Installation) -> Installation:
    empty.restore(archive)
    return empty


def test_words_files_and_rules_come_back(restored: Installation) -> None:
    found = restored.sql("SELECT description FROM tickets_ticket WHERE number = 'MG-2026-000002'")
    assert found == "Şişli’de İ ve ı: çukur"
    file = restored.media / "2026/11/cukur.jpg"
    assert file.read_bytes() == PHOTO
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(psycopg.errors.IntegrityError, match="append-only"):
        restored.sql("UPDATE tickets_ticketevent SET note = 'x'")


def test_the_numbers_go_on(restored: Installation) -> None:
    opened = restored.manage("shell", "-v0", "-c", OPEN_ANOTHER)
    assert opened.stdout == "MG-2026-000003\n"


OPEN_ANOTHER = """
from tickets.record.permissions import Actor
from tickets.casework.opening import Report, open_ticket
report = Report(channel="whatsapp", kind="talep")
print(open_ticket(report=report, actor=Actor.system(), now=Ticket.objects.latest("id").created_at).number)
"""


# --- encrypted ------------------------------------------------------------------------------------------------
@pytest.fixture
def identity(tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]) -> Path:
    """The file that reads the backups, whose recipient the settings name."""
    file = tmp_path / "kimlik.txt"
    call_command("backup_identity", str(file))
    settings.BACKUP_RECIPIENTS = [capsys.readouterr().out.strip().removeprefix("BACKUP_RECIPIENTS=")]
    return file


def test_an_encrypted_backup_shows_nothing_and_is_restored_by_its_identity(
    identity: Path, archive: Path, empty: Installation
) -> None:
    assert archive.read_bytes().startswith(b"age-encryption.org/v1\n")
    assert not tarfile.is_tarfile(archive)
    done = empty.manage("restore", str(archive), "--identity", "-", said=identity.read_text())
    assert done.returncode == 0, done.stderr
    assert (empty.media / "2026/11/cukur.jpg").read_bytes() == PHOTO
    assert identity.stat().st_mode & 0o077 == 0
    with connection.cursor() as cursor:
        for table in set(connection.introspection.table_names(cursor)) - OF_AN_INSTALLATION:
            row = "(to_jsonb(kept) - 'changed_in')::text"
            rows = f"SELECT coalesce(md5(string_agg({row}, '|' ORDER BY {row})), '') FROM \"{table}\" kept"
            cursor.execute(rows)
            assert (table, empty.sql(rows)) == (table, cursor.fetchone()[0])


def test_an_encrypted_backup_whose_end_is_missing_changes_nothing(
    identity: Path, archive: Path, empty: Installation
) -> None:
    archive.write_bytes(archive.read_bytes()[:-1])
    with pytest.raises(CommandError, match="okunamadı"):
        empty.restore(archive, identity=str(identity))
    assert empty.sql("SELECT to_regclass('tickets_ticket')") is None
    assert list(empty.media.iterdir()) == []


@pytest.mark.parametrize("broken", ["another identity", "a byte is changed", "the end is missing"])
def test_what_was_not_encrypted_so_for_this_identity_is_an_error(broken: str) -> None:
    (text, recipient), (other, _) = new_identity(), new_identity()
    file = BytesIO()
    with encrypted(file, [recipient]) as sink:
        sink.write(b"x" * 100_000)
    *whole, last = file.getvalue()
    content = {"a byte is changed": [*whole, last ^ 1], "the end is missing": whole}.get(
        broken, file.getvalue()
    )
    key = other if broken == "another identity" else text
    identities = read_identities(key)
    with (
        pytest.raises((pyrage.DecryptError, OSError)),
        decrypted(BytesIO(bytes(content)), identities) as source,
    ):
        source.read()


def test_an_encrypted_backup_asks_for_the_file_that_opens_it(
    identity: Path, archive: Path, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match="--identity"):
        call_command("restore", str(archive))
    for wrong in (archive, tmp_path / "missing.txt", tmp_path):
        with pytest.raises(CommandError, match="Kimlik dosyası okunamadı"):
            call_command("restore", str(archive), identity=str(wrong))


def test_a_backup_without_recipients_is_taken_with_a_warning(
    archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("backup", str(archive.with_name("second.tar.gz")))
    assert "şifrelenmedi" in capsys.readouterr().err


@pytest.mark.long
def test_an_archive_of_before_is_restored(archive: Path, empty: Installation, tmp_path: Path) -> None:
    """It held the dump as one file."""
    old = tmp_path / "old.tar.gz"
    with tarfile.open(archive) as parts, tarfile.open(old, "w:gz") as tar:
        dump = b"".join(parts.extractfile(each).read() for each in parts if each.name.startswith("database/"))  # type: ignore[union-attr]
        (tmp_path / "database.sql").write_bytes(dump)
        tar.add(tmp_path / "database.sql", "database.sql")
    empty.restore(old)
    assert empty.sql("SELECT count(*) FROM tickets_ticket") == 2


@pytest.mark.long
def test_what_was_restored_can_be_backed_up_and_restored_again(
    restored: Installation, tmp_path: Path
) -> None:
    second = tmp_path / "second.tar.gz"
    assert restored.manage("backup", str(second)).returncode == 0
    restored.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    restored.media = tmp_path / "third"
    assert restored.manage("restore", str(second)).returncode == 0
    assert restored.sql("SELECT count(*) FROM tickets_ticketevent") == 3


def test_an_installation_that_holds_something_is_left_as_it_is(archive: Path, restored: Installation) -> None:
    with pytest.raises(CommandError, match="boş değil"):
        restored.restore(archive)
    assert restored.sql("SELECT count(*) FROM tickets_ticket") == 2


def test_a_database_with_tickets_is_refused_though_it_has_no_files(
    archive: Path, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "elsewhere")
    with pytest.raises(CommandError, match="Veritabanı boş değil"):
        call_command("restore", str(archive))


def test_a_running_line_is_not_restored_over(archive: Path, empty: Installation) -> None:
    with psycopg.connect(empty.address), pytest.raises(CommandError, match="önce hattı durdurun"):
        empty.restore(archive)
    assert empty.sql("SELECT to_regclass('tickets_ticket')") is None


def test_what_is_no_backup_changes_nothing(empty: Installation, tmp_path: Path) -> None:
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(b"not an archive")
    refused = empty.manage("restore", str(broken))
    assert refused.returncode == 1
    assert "okunamadı" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert list(empty.media.iterdir()) == []


def test_a_dump_that_breaks_off_changes_nothing(empty: Installation, tmp_path: Path) -> None:
    (tmp_path / "database.sql").write_text("CREATE TABLE half (); SELECT 1/0;")
    with tarfile.open(tmp_path / "half.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "database.sql", "database.sql")
    empty.sql("CREATE TABLE before ()")
    with pytest.raises(CommandError):
        empty.restore(tmp_path / "half.tar.gz")
    assert empty.sql("SELECT to_regclass('before')::text") == "before"


def test_an_archive_is_never_overwritten(archive: Path) -> None:
    before = archive.read_bytes()
    with pytest.raises(CommandError, match="zaten var"):
        call_command("backup", str(archive))
    assert archive.read_bytes() == before


def test_where_the_citizens_files_may_only_be_read_a_backup_is_taken_all_the_same(
    world: World, settings: Settings, tmp_path: Path
) -> None:
    """As the nightly unit: it may write the archives and nothing else, which a check of the settings finds wrong."""
    (tmp_path / "file").touch()
    settings.MEDIA_ROOT = str(tmp_path / "file" / "media")
    archive = tmp_path / "nightly.tar.gz"
    Command().run_from_argv(["manage.py", "backup", str(archive)])
    assert archive.is_file()


# --- verified ----------------------------------------------------------------------------------------------------
@pytest.fixture
def scratch() -> Iterator[str]:
    """The name of the database that backups are verified in."""
    name = f"{connection.settings_dict['NAME']}_verification"
    yield name
    with psycopg.connect(elsewhere("postgres"), autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}"')


def elsewhere(name: str) -> str:
    connection.ensure_connection()
    return make_conninfo(**connection.connection.info.get_parameters() | {"dbname": name})


def last(kind: str = BackupRun.Kind.VERIFICATION) -> tuple[bool, str]:
    run = BackupRun.newest(kind)
    assert run
    return run.succeeded, run.detail


def test_a_backup_is_restored_beside_and_leaves_nothing_there(
    archive: Path, identity: Path, scratch: str, tmp_path: Path
) -> None:
    call_command("backup", str(tmp_path / "verified.tar.gz"), verify=True)
    assert last() == (True, "2 başvuru ve 1 dosya geri yüklendi.")
    with psycopg.connect(elsewhere(scratch)) as beside:
        assert beside.execute("SELECT to_regclass('tickets_ticket')").fetchone() == (None,)


def test_a_verified_backup_is_read_with_the_identity_too(
    archive: Path, identity: Path, scratch: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verified = tmp_path / "verified.tar.gz"
    call_command("backup", str(verified), verify=True)
    call_command("verify_backup", str(verified), identity=str(identity))
    assert "Yedek sağlam: 2 başvuru ve 1 dosya" in capsys.readouterr().out


def test_a_file_that_cannot_be_restored_is_remembered(archive: Path, scratch: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(archive.read_bytes()[:500])
    with pytest.raises(CommandError):
        call_command("verify_backup", str(broken))
    assert BackupRun.last().failed(BackupRun.Kind.VERIFICATION)
    assert last(BackupRun.Kind.FILE)[0] is False


def test_a_backup_that_lacks_rows_is_not_good(archive: Path, scratch: str) -> None:
    with pytest.raises(BackupError, match="eksik satır var: tickets_ticket"):
        verification.verify(archive, at_least={"tickets_ticket": 10**9})


def test_a_backup_that_lacks_a_file_is_not_good(
    archive: Path, scratch: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "_add_media", lambda *_: None)
    with pytest.raises(CommandError, match="eksik dosya var"):
        call_command("backup", str(tmp_path / "verified.tar.gz"), verify=True)
    assert last()[0] is False


def test_a_file_that_was_deleted_meanwhile_is_not_missed(
    archive: Path, scratch: str, tmp_path: Path, settings: Settings
) -> None:
    (Path(settings.MEDIA_ROOT) / "2026/11/cukur.jpg").unlink()
    call_command("backup", str(tmp_path / "verified.tar.gz"), verify=True)
    assert last() == (True, "2 başvuru ve 0 dosya geri yüklendi.")


def test_how_the_last_ones_went_is_told(
    archive: Path, scratch: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert last(BackupRun.Kind.BACKUP)[0] is True
    with pytest.raises(CommandError, match="Eksik: yedeğin denenmesi"):
        call_command("backup_status")
    call_command("backup", str(tmp_path / "verified.tar.gz"), verify=True)
    call_command("backup_status")
    assert "2 başvuru ve 1 dosya geri yüklendi" in capsys.readouterr().out


def test_a_backup_that_is_too_old_is_told(archive: Path, scratch: str, tmp_path: Path) -> None:
    call_command("backup", str(tmp_path / "verified.tar.gz"), verify=True)
    BackupRun.objects.update(ended_at=timezone.now() - timedelta(days=2))
    with pytest.raises(CommandError, match=r"Eksik: yedek\."):
        call_command("backup_status")


def test_a_backup_that_fails_is_written_down(archive: Path) -> None:
    with pytest.raises(CommandError):
        call_command("backup", str(archive))
    assert last(BackupRun.Kind.BACKUP)[0] is False


# --- before the restored line starts ------------------------------------------------------------------------------
def test_numbers_that_may_have_been_given_since_are_skipped(world: World) -> None:
    world.open()
    call_command("after_restore", numbers=50)
    assert world.open().number == "MG-2026-000052"


def test_what_waited_to_leave_then_is_not_sent_again_but_for_danger(world: World) -> None:
    talk = Conversation.objects.create(citizen=world.citizen)
    rows = {
        "conversation": talk,
        "text": "Başvurunuz alındı",
        "payload": {},
        "created_at": NOW,
        "not_before": NOW,
    }
    said, warned = Outbox.objects.create(**rows), Outbox.objects.create(**rows, urgent=True)
    call_command("after_restore", numbers=50)
    said.refresh_from_db()
    warned.refresh_from_db()
    assert (said.state, warned.state) == (Outbox.State.FAILED, Outbox.State.QUEUED)
    assert "Yedekten dönüldü" in said.error
    assert Outbox.objects.create(**rows).pk > warned.pk + 50


def test_a_running_line_is_left_alone_after_a_restore(world: World) -> None:
    with (
        psycopg.connect(elsewhere(connection.settings_dict["NAME"])),
        pytest.raises(CommandError, match="önce hattı durdurun"),
    ):
        call_command("after_restore")


def test_nightly_archives_older_than_asked_are_removed_but_the_newest_seven_and_whatever_has_another_name(
    tmp_path: Path,
):
    nights = [f"2026-{month}-15-003000.tar.gz" for month in ("03", "04", "05", "06", "07", "08", "09", "10")]
    others = ["2026-01-01.tar.gz", "tasinma.tar.gz", "2026-01-01-003000.tar.gz.part"]
    for name in (*nights, *others):
        (tmp_path / name).touch()
    removed = backup.remove_old(tmp_path, days=30, today=date(2026, 11, 30))
    assert [path.name for path in removed] == nights[:1]
    assert {path.name for path in tmp_path.iterdir()} == {*nights[1:], *others}


def test_no_nightly_archive_within_the_days_is_removed(tmp_path: Path):
    nights = [f"2026-11-{day:02}-003000.tar.gz" for day in range(1, 31)]
    for name in nights:
        (tmp_path / name).touch()
    assert [path.name for path in backup.remove_old(tmp_path, days=30, today=date(2026, 12, 2))] == nights[:1]


def test_a_backup_removes_what_is_too_old_once_it_is_written_and_never_when_it_fails(
    world: World, tmp_path: Path
):
    for day in range(1, 9):
        (tmp_path / f"2020-01-{day:02}-003000.tar.gz").touch()
    newest = tmp_path / "2020-01-08-003000.tar.gz"
    with pytest.raises(CommandError):
        call_command("backup", newest, keep_days=30)
    assert len(list(tmp_path.glob("2020-*"))) == 8
    call_command("backup", tmp_path / "2026-11-30-003000.tar.gz", keep_days=30)
    assert len(list(tmp_path.glob("2020-*"))) == backup.FEWEST - 1
