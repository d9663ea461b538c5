"""Import and export: a preview before anything changes, errors with line and cause, all or nothing."""

from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from departments.models import (
    Agency,
    Category,
    Department,
    DutyShift,
    ImportJob,
    Role,
    RoutingRule,
    SpecialDay,
    TargetVersion,
    WorkingHours,
)
from departments.spreadsheets import import_jobs, import_work
from departments.staff.role_permissions import give_role
from departments.working_time.working_hours import ISTANBUL
from tickets.models import CannedAnswer
from tickets.record.statuses import Status
from whatsapp.models import FaqEntry

pytestmark = pytest.mark.usefixtures("base")

XLSX, CSV = "0", "1"


@pytest.fixture
def admin(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("yonetici"))
    return client


def send(client: Client, table: str, text: str | bytes, kind: str = CSV, app: str = "departments") -> str:
    """Hands a file over; returns the address of its import."""
    content = text.encode() if isinstance(text, str) else text
    file = SimpleUploadedFile("tablo", content)
    answer = client.post(
        f"/admin/{app}/{table}/import/", {"import_file": file, "format": kind, "resource": "0"}
    )
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def upload(client: Client, table: str, text: str | bytes, kind: str = CSV, app: str = "departments") -> str:
    """The preview of a file."""
    address = send(client, table, text, kind, app)
    import_work.work(timezone.now)
    page = client.get(address)
    client.job = page.context["job"]  # type: ignore[attr-defined]
    client.address = address  # type: ignore[attr-defined]
    return str(page.content.decode())


def confirm(client: Client, *_: str, app: str = "departments") -> str:
    """The page of the import that was last previewed, once it is applied."""
    address = client.address  # type: ignore[attr-defined]
    assert client.post(address, {"do": "apply"}).status_code == 302
    import_work.work(timezone.now)
    return str(client.get(address).content.decode())


def state(client: Client) -> str:
    return str(ImportJob.objects.get(pk=client.job.pk).state)  # type: ignore[attr-defined]


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


def test_the_preview_says_of_a_row_what_becomes_what_and_nothing_of_what_stays(admin: Client) -> None:
    head, *lines = export(admin, "category").decode("utf-8-sig").splitlines()
    cells = next(line for line in lines if line.startswith("yol_cukur;")).split(";")
    place = head.split(";").index("çözüm (iş günü)")
    before, cells[place] = cells[place], "99"
    upload(admin, "category", f"{head}\n{';'.join(cells)}\n")
    [row] = admin.get(admin.address).context["changes"]  # type: ignore[attr-defined]
    assert (row["is_new"], row["name"]) == (False, f"yol_cukur, {cells[1]}")
    assert row["changed"] == [("çözüm (iş günü)", before, "99")]


@pytest.mark.parametrize("typed", ["08:30", "08:30:00", "08.30"])
def test_an_hour_is_read_as_excel_leaves_it(admin: Client, typed: str) -> None:
    upload(admin, "workinghours", f"müdürlük;gün (0 pazartesi);başlangıç;bitiş\nFEN;0;{typed};17:30\n")
    confirm(admin, "workinghours")
    assert f"{WorkingHours.objects.get().opens:%H:%M}" == "08:30"


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
    assert state(admin) == "refused"
    assert admin.job.errors == [[3, "doğrudan cevaplar", "“belki” yerine evet ya da hayır yazın."]]  # type: ignore[attr-defined]
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
    assert admin.job.errors == []  # type: ignore[attr-defined]
    totals = admin.job.totals  # type: ignore[attr-defined]
    assert totals["skip"] > 0
    assert totals["update"] == totals["new"] == 0


# --- while it goes on -------------------------------------------------------------------------------------------
DSI = AGENCIES + "dsi;DSİ;0352 000;;;;Sulama.\n"


@pytest.mark.parametrize("text", [DSI, "kod;ad\nkaski;KASKİ\n"], ids=["applied", "refused"])
def test_a_file_is_kept_only_until_its_import_is_over(admin: Client, text: str) -> None:
    upload(admin, "agency", text)
    if state(admin) == "checked":
        assert bytes(ImportJob.objects.get().content) == text.encode()
        confirm(admin)
    assert state(admin) in ("done", "refused")
    assert bytes(ImportJob.objects.get().content) == b""
    assert ImportJob.objects.get().changes == []


def test_a_file_that_nobody_confirms_is_gone_after_an_hour_and_is_asked_for_anew(admin: Client) -> None:
    upload(admin, "agency", DSI)
    import_jobs.forget(timezone.now() + import_jobs.CONFIRMED_WITHIN)
    assert "Yeniden yükleyin." in confirm(admin)
    assert bytes(ImportJob.objects.get().content) == b""
    assert not Agency.objects.filter(code="dsi").exists()
    import_jobs.forget(timezone.now() + import_jobs.KEPT)
    assert not ImportJob.objects.exists()


def test_an_import_is_its_users_alone(admin: Client) -> None:
    address = send(admin, "agency", DSI)
    other = Client()
    other.force_login(User.objects.create_superuser("baska"))
    assert other.get(address).status_code == 404
    assert other.post(address, {"do": "cancel"}).status_code == 404


def test_whoever_lost_the_right_meanwhile_changes_nothing(admin: Client) -> None:
    upload(admin, "agency", DSI)
    admin.post(admin.address, {"do": "apply"})  # type: ignore[attr-defined]
    User.objects.update(is_active=False)
    import_work.work(timezone.now)
    assert state(admin) == "refused"
    assert not Agency.objects.filter(code="dsi").exists()


@pytest.mark.parametrize("before", ["the check", "the word", "the change"])
def test_an_import_that_is_cancelled_changes_nothing(admin: Client, before: str) -> None:
    if before == "the check":
        admin.address = send(admin, "agency", DSI)  # type: ignore[attr-defined]
    else:
        upload(admin, "agency", DSI)
    if before == "the change":
        admin.post(admin.address, {"do": "apply"})  # type: ignore[attr-defined]
    admin.post(admin.address, {"do": "cancel"})  # type: ignore[attr-defined]
    assert "İptal edildi" in confirm(admin)
    assert not Agency.objects.filter(code="dsi").exists()


def test_an_error_names_the_line_as_the_file_shows_it(admin: Client) -> None:
    upload(admin, "specialday", "müdürlük;gün;ad;başlangıç;bitiş\n\n\n;dün;İdari izin;;\n")
    assert admin.job.errors == [[4, "gün", "“dün” okunamadı. Şöyle yazın: 29.10.2027"]]  # type: ignore[attr-defined]


def test_a_file_that_is_too_large_is_refused_by_the_form(admin: Client) -> None:
    file = SimpleUploadedFile("tablo", b"x" * (5 * 1024 * 1024 + 1))
    page = admin.post(
        "/admin/departments/agency/import/", {"import_file": file, "format": CSV, "resource": "0"}
    )
    assert "5 MB’tan büyük" in page.content.decode()
    assert not ImportJob.objects.exists()


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
    assert admin.job.totals["update"] == 0  # type: ignore[attr-defined]


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
    upload(admin, "routingrule", again)
    assert admin.job.totals["skip"] == 1  # type: ignore[attr-defined]


def test_a_rule_for_a_neighbourhood_that_is_none_is_refused(admin: Client) -> None:
    shown = upload(admin, "routingrule", RULES + "Park;3;evet;bank;;yokmahalle;;;;;;PARK;hayır\n")
    assert "“yokmahalle” diye bir mahalle yok." in shown
    assert not RoutingRule.objects.exists()


CANNED = "başlık;metin;konu;durum;kullanımda;dil;durumu değiştir;gerekçe;kurum;iç not\n"


def test_canned_answers_come_and_go_with_topic_and_status_as_people_read_them(admin: Client) -> None:
    upload(
        admin,
        "cannedanswer",
        CANNED + "Çukur;{numara} için ekip yolda.;yol_cukur;İşlemde;evet;Türkçe;Çözüldü;;;Makro\n",
        app="tickets",
    )
    confirm(admin, "cannedanswer", app="tickets")
    answer = CannedAnswer.objects.get(title="Çukur")
    assert (answer.category, answer.status) == (Category.objects.get(code="yol_cukur"), Status.IN_PROGRESS)
    assert (answer.language, answer.move_to, answer.note) == ("tr", Status.RESOLVED, "Makro")
    assert "Çukur;{numara} için ekip yolda.;yol_cukur;İşlemde;evet;Türkçe;Çözüldü;;;Makro" in export(
        admin, "cannedanswer", app="tickets"
    ).decode("utf-8-sig")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("A;{ad} ve {soyad};;;evet;Türkçe;;;;", "Bilinmeyen yer tutucu: {soyad}"),
        ("A;Merhaba;;Bitti;evet;Türkçe;;;;", "“Bitti” yerine şunlardan birini yazın: Alındı"),
    ],
)
def test_a_canned_answer_that_could_not_be_sent_is_refused(admin: Client, line: str, why: str) -> None:
    assert why in upload(admin, "cannedanswer", f"{CANNED}{line}\n", app="tickets")
    assert not CannedAnswer.objects.filter(title="A").exists()
