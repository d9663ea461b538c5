"""Import and export: a preview before anything changes, errors with line and cause, all or nothing."""

import os
import tempfile
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from time import time_ns
from typing import Any

import openpyxl
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from departments.models import (
    Agency,
    Category,
    Department,
    DutyShift,
    Role,
    RoutingRule,
    SpecialDay,
    TargetVersion,
    WorkingHours,
)
from departments.organisation.admin_permissions import give_role
from departments.spreadsheets.uploads import KEPT_SECONDS
from departments.working_time.working_hours import ISTANBUL
from tickets.models import CannedAnswer
from tickets.workflow import Status
from whatsapp.models import FaqEntry

pytestmark = pytest.mark.usefixtures("base")

XLSX, CSV = "0", "1"


@pytest.fixture
def admin(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("yonetici"))
    return client


def upload(client: Client, table: str, text: str | bytes, kind: str = CSV, app: str = "departments") -> str:
    """The preview of a file."""
    content = text.encode() if isinstance(text, str) else text
    file = SimpleUploadedFile("tablo", content)
    page = client.post(
        f"/admin/{app}/{table}/import/", {"import_file": file, "format": kind, "resource": "0"}
    )
    assert page.status_code == 200
    client.preview = page.context  # type: ignore[attr-defined]
    return str(page.content.decode())


def confirm(client: Client, table: str, app: str = "departments") -> None:
    form = client.preview["confirm_form"]  # type: ignore[attr-defined]
    page = client.post(f"/admin/{app}/{table}/process_import/", form.initial)
    assert page.status_code == 302


def export(client: Client, table: str, kind: str = CSV, app: str = "departments") -> bytes:
    data: dict[str, Any] = {"format": kind, "resource": "0"}
    return bytes(client.post(f"/admin/{app}/{table}/export/", data).content)


AGENCIES = "kod;ad;telefon;WhatsApp;numaraların kaynağı;numaraların doğrulandığı gün;vatandaşa söylenen\n"


def test_nothing_changes_before_the_preview_is_confirmed(admin: Client) -> None:
    shown = upload(admin, "agency", AGENCIES + "dsi;DSİ;0352 000;;;;Sulama DSİ’nin işidir.\n")
    assert "DSİ" in shown
    assert not Agency.objects.filter(code="dsi").exists()
    confirm(admin, "agency")
    assert Agency.objects.get(code="dsi").name == "DSİ"


def test_rows_are_found_by_their_code_and_those_left_out_stay(admin: Client) -> None:
    before = Agency.objects.count()
    upload(admin, "agency", AGENCIES + "kaski;KASKİ Genel Müdürlüğü;185;;;;Su KASKİ’nin işidir.\n")
    confirm(admin, "agency")
    assert Agency.objects.get(code="kaski").name == "KASKİ Genel Müdürlüğü"
    assert Agency.objects.count() == before


def test_a_bad_line_is_named_with_its_cause_and_nothing_of_the_file_is_taken(admin: Client) -> None:
    text = (
        "kod;ad;not;doğrudan cevaplar;kullanımda\nYENI;Yeni Müdürlük;;evet;evet\nFEN;Fen İşleri;;belki;evet\n"
    )
    shown = upload(admin, "department", text)
    assert "“belki” yerine evet ya da hayır yazın." in shown
    assert "confirm_form" not in admin.preview  # type: ignore[attr-defined]
    assert not Department.objects.filter(code="YENI").exists()


def test_a_code_that_nobody_knows_is_said_by_name(admin: Client) -> None:
    text = "müdürlük;gün;ad;başlangıç;bitiş\nYOK;05.01.2027;İdari izin;;\n"
    assert "“YOK” diye bir müdürlük yok." in upload(admin, "specialday", text)


@pytest.mark.parametrize(
    ("day", "sentence"),
    [("2027/01/05", "“2027/01/05” okunamadı. Şöyle yazın: 29.10.2027"), ("", "Bu alan boş olamaz")],
)
def test_a_day_that_cannot_be_read_is_explained(admin: Client, day: str, sentence: str) -> None:
    text = f"müdürlük;gün;ad;başlangıç;bitiş\n;{day};İdari izin;;\n"
    assert sentence in upload(admin, "specialday", text)


def test_a_missing_column_empties_nothing(admin: Client) -> None:
    shown = upload(admin, "agency", "kod;ad\nkaski;KASKİ\n")
    assert "eksik sütun: telefon, WhatsApp, " in shown
    assert Agency.objects.get(code="kaski").text


def test_holidays_come_with_turkish_dates_and_commas_do_as_well(admin: Client) -> None:
    upload(admin, "specialday", "müdürlük,gün,ad,başlangıç,bitiş\n,05.01.2027,İdari izin,,\n")
    confirm(admin, "specialday")
    assert SpecialDay.objects.get(name="İdari izin").day.isoformat() == "2027-01-05"


def test_a_duty_roster_comes_with_moments_in_our_time_zone(admin: Client) -> None:
    User.objects.create_user("ali", is_staff=True)
    roster = "nöbetçi;başlangıç;bitiş;müdürlük\nali;27.11.2026 17:30;30.11.2026 08:30;\n"
    for _ in range(2):  # the same file again changes nothing
        upload(admin, "dutyshift", roster)
        if "confirm_form" in admin.preview:  # type: ignore[attr-defined]
            confirm(admin, "dutyshift")
    assert DutyShift.objects.get().starts_at.isoformat() == "2026-11-27T14:30:00+00:00"


def test_other_targets_begin_a_new_version(admin: Client) -> None:
    table = export(admin, "category").decode("utf-8-sig")
    head, *lines = table.splitlines()
    line = next(line for line in lines if line.startswith("yol_cukur;"))
    cells = line.split(";")
    cells[head.split(";").index("çözüm (iş günü)")] = "9"
    versions = TargetVersion.objects.filter(category__code="yol_cukur").count()
    upload(admin, "category", f"{head}\n{';'.join(cells)}\n")
    confirm(admin, "category")
    assert Category.objects.get(code="yol_cukur").resolution_days == 9
    assert TargetVersion.objects.filter(category__code="yol_cukur").count() == versions + 1


@pytest.fixture
def rows(base: None) -> None:
    """Something in every table that has nothing by itself."""
    park, hole = Department.objects.get(code="PARK"), Category.objects.get(code="yol_cukur")
    SpecialDay.objects.create(day=date(2027, 1, 5), name="İdari izin", department=park)
    WorkingHours.objects.create(weekday=0, opens=time(8, 0), closes=time(17, 0))
    begins = datetime(2027, 1, 8, 17, 30, tzinfo=ISTANBUL)
    user = User.objects.create_user("ali", is_staff=True)
    DutyShift.objects.create(user=user, starts_at=begins, ends_at=begins + timedelta(days=2))
    RoutingRule.objects.create(
        name="Park", position=3, words="bank\nkamelya", from_hour=8, to_hour=17, triage=True
    )
    CannedAnswer.objects.create(
        title="Çukur", text="{numara} için ekip yolda.", category=hole, status=Status.NEW
    )
    FaqEntry.objects.create(title="Saatler", phrases="kaçta açık\nmesai", answer="Sekizden beşe.")


@pytest.mark.parametrize(
    "table",
    [
        "departments.department",
        "departments.category",
        "departments.routingrule",
        "departments.agency",
        "departments.dutyshift",
        "departments.workinghours",
        "departments.specialday",
        "tickets.cannedanswer",
        "whatsapp.faqentry",
    ],
)
@pytest.mark.parametrize("kind", [XLSX, CSV])
def test_what_is_exported_and_imported_again_changes_nothing(
    admin: Client, rows: None, table: str, kind: str
) -> None:
    app, name = table.split(".")
    upload(admin, name, export(admin, name, kind, app), kind, app)
    result = admin.preview["result"]  # type: ignore[attr-defined]
    assert not result.has_errors()
    assert not result.has_validation_errors()
    assert result.totals["skip"] > 0
    assert result.totals["update"] == result.totals["new"] == 0


@pytest.fixture
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_file_lies_about_only_until_it_is_confirmed(admin: Client, uploads: Path) -> None:
    upload(admin, "agency", AGENCIES + "dsi;DSİ;0352 000;;;;Sulama.\n")
    [kept] = uploads.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    confirm(admin, "agency")
    assert list(uploads.iterdir()) == []


def test_a_file_that_is_refused_is_not_kept(admin: Client, uploads: Path) -> None:
    upload(admin, "agency", "kod;ad\nkaski;KASKİ\n")
    assert list(uploads.iterdir()) == []


def test_a_file_that_nobody_confirms_is_gone_after_an_hour_and_is_asked_for_anew(
    admin: Client, uploads: Path
) -> None:
    upload(admin, "agency", AGENCIES + "dsi;DSİ;0352 000;;;;Sulama.\n")
    form = admin.preview["confirm_form"].initial  # type: ignore[attr-defined]
    [kept] = uploads.iterdir()
    os.utime(kept, (0, time_ns() / 1e9 - KEPT_SECONDS - 1))
    upload(admin, "agency", AGENCIES + "xx;XX;0352 000;;;;Sulama.\n")
    assert kept not in uploads.iterdir()
    page = admin.post("/admin/departments/agency/process_import/", form, follow=True)
    assert "Yeniden yükleyin." in page.content.decode()
    assert not Agency.objects.filter(code="dsi").exists()


def test_the_name_of_another_file_opens_and_removes_nothing(admin: Client, uploads: Path) -> None:
    upload(admin, "agency", AGENCIES + "dsi;DSİ;0352 000;;;;Sulama.\n")
    other = uploads / "baska.csv"
    other.write_text(AGENCIES + "xx;XX;0352 000;;;;Sulama.\n")
    form = admin.preview["confirm_form"].initial  # type: ignore[attr-defined]
    answer = admin.post("/admin/departments/agency/process_import/", form | {"import_file_name": str(other)})
    assert answer.status_code == 400
    assert other.exists()
    assert not Agency.objects.filter(code="xx").exists()


def test_a_workbook_opens_with_the_names_of_its_columns(admin: Client) -> None:
    sheet = openpyxl.load_workbook(BytesIO(export(admin, "agency", XLSX))).active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]] == AGENCIES.strip().split(";")


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\uff1d"])
def test_a_spreadsheet_sees_turkish_letters_and_no_formula(admin: Client, begin: str) -> None:
    Agency.objects.create(code="xx", name=f"{begin}1+1 ğüşıöç", text="…")
    content = export(admin, "agency")
    assert content.startswith(b"\xef\xbb\xbf")
    assert f"xx;'{begin}1+1 ğüşıöç" in content.decode("utf-8-sig")
    upload(admin, "agency", content)
    assert admin.preview["result"].totals["update"] == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("role", "table", "imports"),
    [
        (Role.SUPERVISOR, "dutyshift", True),
        (Role.SUPERVISOR, "agency", True),
        (Role.SUPERVISOR, "category", False),
        (Role.OPERATOR, "agency", False),
        (Role.HEAD, "specialday", False),
    ],
)
def test_only_who_may_change_a_table_may_import_it(role: Role, table: str, imports: bool) -> None:
    user = User.objects.create_user("biri", is_staff=True)
    give_role(user, role, Department.objects.get(code="FEN") if role is Role.HEAD else None)
    client = Client()
    client.force_login(user)
    assert client.get(f"/admin/departments/{table}/import/").status_code == (200 if imports else 403)
    assert client.get(f"/admin/departments/{table}/export/").status_code == 200


RULES = (
    "ad;sıra;kullanımda;sözcükler;modelin önerdiği;mahalleler;alan;saatten;saate kadar;"
    "önceki başvuru sayısı;kategori;müdürlük;önce çağrı merkezi\n"
)


def test_a_rule_comes_with_its_neighbourhoods_and_comes_again_unchanged(admin: Client) -> None:
    line = 'Park;3;evet;"bank\nkamelya";;alpaslan, kosk;;8;17;;;PARK;hayır\n'
    upload(admin, "routingrule", RULES + line)
    confirm(admin, "routingrule")
    rule = RoutingRule.objects.get()
    assert (rule.words, rule.from_hour, rule.department) == (
        "bank\nkamelya",
        8,
        Department.objects.get(code="PARK"),
    )
    assert {each.code for each in rule.neighbourhoods.all()} == {"alpaslan", "kosk"}
    again = export(admin, "routingrule").decode("utf-8-sig")
    shown = upload(admin, "routingrule", again)
    assert "Park" not in shown.partition("<tbody")[2]


def test_a_rule_for_a_neighbourhood_that_is_none_is_refused(admin: Client) -> None:
    shown = upload(admin, "routingrule", RULES + "Park;3;evet;bank;;yokmahalle;;;;;;PARK;hayır\n")
    assert "“yokmahalle” diye bir mahalle yok." in shown
    assert not RoutingRule.objects.exists()


CANNED = "başlık;metin;konu;durum;kullanımda\n"


def test_canned_answers_come_and_go_with_topic_and_status_as_people_read_them(admin: Client) -> None:
    upload(
        admin,
        "cannedanswer",
        CANNED + "Çukur;{numara} için ekip yolda.;yol_cukur;İşlemde;evet\n",
        app="tickets",
    )
    confirm(admin, "cannedanswer", app="tickets")
    answer = CannedAnswer.objects.get(title="Çukur")
    assert (answer.category, answer.status) == (Category.objects.get(code="yol_cukur"), Status.IN_PROGRESS)
    assert "Çukur;{numara} için ekip yolda.;yol_cukur;İşlemde;evet" in export(
        admin, "cannedanswer", app="tickets"
    ).decode("utf-8-sig")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("A;{ad} ve {soyad};;;evet", "Bilinmeyen yer tutucu: {soyad}"),
        ("A;Merhaba;;Bitti;evet", "“Bitti” yerine şunlardan birini yazın: Alındı"),
    ],
)
def test_a_canned_answer_that_could_not_be_sent_is_refused(admin: Client, line: str, why: str) -> None:
    assert why in upload(admin, "cannedanswer", f"{CANNED}{line}\n", app="tickets")
    assert not CannedAnswer.objects.filter(title="A").exists()
