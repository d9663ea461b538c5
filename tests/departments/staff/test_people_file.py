"""Import and export of staff accounts: roles follow the file, no passwords, and nobody locks themselves out."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from departments.models import Department, Role
from departments.staff.role_permissions import give_role, grant_roles
from tests.departments.spreadsheets.test_import_export import CSV, XLSX, confirm, export, state, upload

pytestmark = pytest.mark.usefixtures("base")
HEAD = "kullanıcı adı;ad;soyad;e-posta;görevler;yönetici;çalışıyor\n"
ADDED = 'mehmet;Mehmet;Kaya;mehmet@example.org;"saha ekibi (FEN), birim sorumlusu (PARK)";hayır;evet\n'


@pytest.fixture
def admin(db: None) -> Client:
    grant_roles()
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def read(client: Client, lines: str, kind: str = CSV) -> str:
    return upload(client, "user", HEAD + lines, kind, app="auth")


def take(client: Client, lines: str) -> None:
    read(client, lines)
    confirm(client, "user", app="auth")


def test_somebody_new_comes_with_roles_and_pages_and_without_a_password(admin: Client) -> None:
    take(admin, ADDED)
    user = User.objects.get(username="mehmet")
    assert {(each.role, str(each.department)) for each in user.memberships.all()} == {
        (Role.CREW, str(Department.objects.get(code="FEN"))),
        (Role.HEAD, str(Department.objects.get(code="PARK"))),
    }
    assert {group.name for group in user.groups.all()} == {Role.CREW.label, Role.HEAD.label}
    assert user.is_staff
    assert not user.has_usable_password()


def test_a_new_person_is_let_in_by_the_password_that_an_administrator_sets(admin: Client) -> None:
    take(admin, ADDED)
    user = User.objects.get(username="mehmet")
    secret = {"usable_password": "true", "password1": "uzun-ve-zor-bir", "password2": "uzun-ve-zor-bir"}
    assert admin.post(f"/admin/auth/user/{user.pk}/password/", secret).status_code == 302
    assert Client().login(username="mehmet", password="uzun-ve-zor-bir")


def test_the_log_of_settings_says_that_it_came_from_a_file(admin: Client) -> None:
    take(admin, ADDED)
    assert "Dosyadan eklendi." in admin.get("/admin/admin/logentry/?q=mehmet").content.decode()


def test_nothing_of_a_person_changes_before_the_preview_is_confirmed(admin: Client) -> None:
    ali = User.objects.create_user("ali", email="ali@example.org")
    give_role(ali, Role.OPERATOR)
    shown = read(admin, "ali;Ali;;ali@example.org;çağrı merkezi sorumlusu;hayır;evet\n")
    assert "sorumlusu" in shown
    ali.refresh_from_db()
    assert (ali.first_name, ali.memberships.get().role) == ("", Role.OPERATOR)


def test_roles_become_those_of_the_file_and_the_password_stays(admin: Client) -> None:
    ali = User.objects.create_user("ali", password="eski-ve-gizli")
    give_role(ali, Role.OPERATOR)
    give_role(ali, Role.DPO)
    take(admin, "ali;Ali;;;Çağrı Merkezi Görevlisi, saha ekibi ( FEN );hayır;evet\n")
    ali.refresh_from_db()
    assert {each.role for each in ali.memberships.all()} == {Role.OPERATOR, Role.CREW}
    assert {group.name for group in ali.groups.all()} == {Role.OPERATOR.label, Role.CREW.label}
    assert ali.check_password("eski-ve-gizli")


def test_who_left_is_shut_out_and_who_is_not_in_the_file_stays(admin: Client) -> None:
    for name in ("ali", "veli"):
        User.objects.create_user(name)
    take(admin, "ali;;;;;hayır;hayır\n")
    assert dict(User.objects.values_list("username", "is_active")) == {
        "root": True,
        "ali": False,
        "veli": True,
    }


@pytest.mark.parametrize("kind", [XLSX, CSV])
def test_people_exported_and_imported_again_change_nothing(admin: Client, kind: str) -> None:
    give_role(User.objects.create_user("ali"), Role.CREW, Department.objects.get(code="FEN"))
    upload(admin, "user", export(admin, "user", kind, app="auth"), kind, app="auth")
    totals = admin.job.totals  # type: ignore[attr-defined]
    assert totals["skip"] == 2
    assert totals["update"] == totals["new"] == 0


def test_no_password_leaves(admin: Client) -> None:
    ali = User.objects.create_user("ali", password="eski-ve-gizli")
    text = export(admin, "user", app="auth").decode("utf-8-sig")
    assert text.splitlines()[0] + "\n" == HEAD
    assert ali.password not in text


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("ali;;;;müdür;hayır;evet", "“müdür” diye bir görev yok. Görevler: çağrı merkezi görevlisi"),
        ("ali;;;;saha ekibi;hayır;evet", "“saha ekibi” yerine şöyle yazın: saha ekibi (FEN)."),
        ("ali;;;;saha ekibi (YOK);hayır;evet", "“YOK” diye bir müdürlük yok."),
        ("ali;;;;KVKK görevlisi (FEN);hayır;evet", "şöyle yazın: KVKK görevlisi."),
        ("ali;;;posta;;hayır;evet", "Geçerli bir e-posta adresi girin."),
        ("ali veli;;;;;hayır;evet", "Geçerli bir kullanıcı adı girin."),
    ],
)
def test_a_bad_line_is_named_with_its_cause_and_nobody_of_the_file_is_taken(
    admin: Client, line: str, why: str
) -> None:
    shown = read(admin, f"{ADDED}{line}\n")
    assert why in shown
    [[number, column, _]] = admin.job.errors  # type: ignore[attr-defined]
    assert number == 3
    assert column in {"görevler", "e-posta", "kullanıcı adı"}
    assert state(admin) == "refused"
    assert set(User.objects.values_list("username", flat=True)) == {"root"}


@pytest.mark.parametrize("line", ["root;;;;;hayır;evet", "root;;;;;evet;hayır"])
def test_nobody_shuts_themselves_out(admin: Client, line: str) -> None:
    assert "Kendi hesabınızı kapatamaz" in read(admin, f"{ADDED}{line}\n")
    root = User.objects.get()
    assert root.is_active
    assert root.is_superuser


def test_a_file_that_went_wrong_after_its_preview_changes_nothing_and_says_so(admin: Client) -> None:
    fen = Department.objects.get(code="FEN")
    read(admin, f"veli;;;;;hayır;evet\n{ADDED}")
    fen.code = "FENISLERI"
    fen.save()
    assert "dosyadan hiçbir şey alınmadı" in confirm(admin)
    assert set(User.objects.values_list("username", flat=True)) == {"root"}


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.DPO])
@pytest.mark.parametrize("page", ["import", "export"])
def test_the_file_of_people_is_the_administrators_alone(db: None, role: Role, page: str) -> None:
    grant_roles()
    user = User.objects.create_user("biri", is_staff=True)
    give_role(user, role)
    client = Client()
    client.force_login(user)
    assert client.get(f"/admin/auth/user/{page}/").status_code == 403
