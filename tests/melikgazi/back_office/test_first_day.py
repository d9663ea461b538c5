"""The administrator's check-list: a step is ticked by what was seen, never by a setting alone."""

from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from departments.models import Department, DutyShift, Neighbourhood, WorkingHours
from melikgazi.back_office.first_day import SetupStep, steps
from melikgazi.models import BackupRun
from tests.clamd import FakeClamd
from tests.tickets.world import NOW, World, build_world, sign_in
from tickets.files import virus_scan
from tickets.models import Drill
from whatsapp.number import pace


@pytest.fixture
def world(db: None) -> World:
    return build_world()


def step(title: str, now: datetime = NOW) -> SetupStep:
    return next(each for each in steps(now) if each.title == title)


def test_on_the_first_day_nothing_is_ticked(world: World) -> None:
    found = list(steps(NOW))
    assert [each.title for each in found if each.done] == []
    assert all(each.seen for each in found)


def test_number_counts_as_unconnected_with_another_app_secret(world: World) -> None:
    pace.create()
    pace.note_unsigned(NOW, heard_at=None)
    assert "WHATSAPP_APP_SECRET" in step("Numara bağlı").seen


def test_a_drill_counts_once_somebody_claimed_it(world: World) -> None:
    drill = Drill.objects.create(at=NOW, started_by=world.user("admin"))
    assert not step("Deneme tehlikesi üstlenildi").done
    Drill.objects.filter(pk=drill.pk).update(
        claimed_by=world.user("operator"), claimed_at=NOW + timedelta(seconds=9)
    )
    assert step("Deneme tehlikesi üstlenildi").seen == "operator 9 saniyede üstlendi."


def test_people_count_once_they_have_signed_in(world: World) -> None:
    assert "Fen İşleri sorumlusu" in step("Kişiler giriş yaptı").seen
    User.objects.update(last_login=timezone.now())
    assert step("Kişiler giriş yaptı").done
    Department.objects.create(code="YENI", name="Yeni Müdürlük")
    assert step("Kişiler giriş yaptı").seen == "Giriş yapmadı: Yeni Müdürlük sorumlusu."


def test_a_roster_counts_where_who_is_on_it_hears_of_it(world: World) -> None:
    user = world.user("operator")
    DutyShift.objects.create(user=user, starts_at=NOW, ends_at=NOW + timedelta(days=8))
    assert not step("Nöbet çizelgesi dolu").done
    user.set_password("bir parola 9")
    user.last_login = NOW
    user.save()
    assert step("Nöbet çizelgesi dolu").done


def test_hours_and_boundaries_count_once_they_are_entered(world: World) -> None:
    WorkingHours.objects.create(weekday=0, opens=time(8, 30), closes=time(17, 30))
    assert step("Çalışma saatleri yazıldı").done
    square = {"type": "Polygon", "coordinates": [[[35.4, 38.6], [35.6, 38.6], [35.6, 38.8], [35.4, 38.6]]]}
    Neighbourhood.objects.update(boundary=square)
    assert step("Mahalle sınırları alındı").done


def test_a_backup_counts_once_one_was_restored_and_looked_at(world: World) -> None:
    facts = {"ended_at": NOW, "detail": "2 başvuru ve 1 dosya geri yüklendi."}
    BackupRun.objects.create(kind=BackupRun.Kind.BACKUP, succeeded=True, **facts)
    BackupRun.objects.create(kind=BackupRun.Kind.VERIFICATION, succeeded=False, **facts)
    assert not step("Yedek geri yüklendi").done
    BackupRun.objects.create(kind=BackupRun.Kind.VERIFICATION, succeeded=True, **facts)
    assert step("Yedek geri yüklendi").seen == "23.11.2026 09.00: 2 başvuru ve 1 dosya geri yüklendi."


@pytest.mark.parametrize(("who", "status"), [("admin", 200), ("supervisor", 403), ("operator", 403)])
def test_the_page_is_for_administrators(world: World, who: str, status: int) -> None:
    answer = sign_in(world, who).get("/admin/ilk-gun/")
    assert answer.status_code == status
    if status == 200:
        assert f"<b>0 / {len(list(steps(NOW)))}</b> tamam" in answer.content.decode()


def test_files_count_as_unscanned_until_clamav_answers(
    world: World, settings: Settings, tmp_path: Path
) -> None:
    title = "Gelen dosyalar virüse karşı taranıyor"
    settings.CLAMD_URL = ""
    assert step(title).seen == virus_scan.NOT_SET
    settings.CLAMD_URL = "unix:///nowhere"
    assert not step(title).done
    with FakeClamd(tmp_path / "socket") as scanner:
        settings.CLAMD_URL = scanner.url
        assert step(title).done
