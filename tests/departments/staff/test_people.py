"""The administrator's pages of people, sign-ins and changes."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from departments.models import Department, Role
from departments.staff.role_permissions import give_role, grant_roles

pytestmark = pytest.mark.usefixtures("base")
PEOPLE = "/admin/auth/user/"
FORM = {
    "memberships-TOTAL_FORMS": "1",
    "memberships-INITIAL_FORMS": "0",
    "memberships-0-role": Role.CREW,
}


def signed_in(name: str, role: Role | None = None) -> Client:
    user = User.objects.create_user(name, is_staff=True, is_superuser=role is None)
    grant_roles()
    if role:
        give_role(user, role)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def admin(db: None) -> Client:
    return signed_in("root")


def new_person(department: Department) -> dict[str, str]:
    secret = "uzun-ve-zor-bir-parola"
    return {
        **FORM,
        "username": "mehmet",
        "password1": secret,
        "password2": secret,
        "usable_password": "true",
        "first_name": "Mehmet",
        "last_name": "Kaya",
        "memberships-0-department": str(department.pk),
    }


def test_a_person_is_added_with_a_role_and_its_pages_on_one_page(admin: Client) -> None:
    fen = Department.objects.get(code="FEN")
    assert admin.post(f"{PEOPLE}add/", new_person(fen)).status_code == 302
    user = User.objects.get(username="mehmet")
    assert user.is_staff
    assert user.memberships.get().department == fen
    assert [group.name for group in user.groups.all()] == [Role.CREW.label]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR, Role.DPO])
def test_nobody_but_an_administrator_opens_people(db: None, role: Role) -> None:
    client = signed_in("clerk", role)
    assert client.get(PEOPLE).status_code == 403
    assert client.post(f"{PEOPLE}add/", new_person(Department.objects.get(code="FEN"))).status_code == 403


def test_nobody_is_deleted_and_no_permission_is_given_by_hand(admin: Client) -> None:
    user = User.objects.create_user("eski", is_staff=True)
    assert admin.get(f"{PEOPLE}{user.pk}/delete/").status_code == 403
    page = admin.get(f"{PEOPLE}{user.pk}/change/").content.decode()
    assert "user_permissions" not in page
    assert "Görev" in page


def test_changes_of_settings_are_found_by_person_and_thing(admin: Client) -> None:
    fen = Department.objects.get(code="FEN")
    admin.post(f"/admin/departments/department/{fen.pk}/change/", {"name": "Fen İşleri Müd.", "active": "on"})
    for wanted in ("Fen İşleri Müd", "root"):
        assert "Fen İşleri Müd." in admin.get(f"/admin/admin/logentry/?q={wanted}").content.decode()
    assert "Fen İşleri Müd." not in admin.get("/admin/admin/logentry/?q=yok").content.decode()


@pytest.mark.parametrize("page", ["/admin/departments/signin/", "/admin/admin/logentry/"])
@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.DPO, 200), (Role.SUPERVISOR, 403), (Role.OPERATOR, 403), (Role.HEAD, 403)],
)
def test_trails_are_for_the_personal_data_officer(db: None, page: str, role: Role, status: int) -> None:
    client = signed_in("somebody")
    user = User.objects.create_user("clerk", is_staff=True)
    give_role(user, role, Department.objects.get(code="FEN") if role is Role.HEAD else None)
    client.force_login(user)
    assert client.get(page).status_code == status


ACCOUNT = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
ALL_RIGHTS = {"is_active": "1", "is_staff": "1", "is_superuser": "1"}


@pytest.mark.parametrize("right", ALL_RIGHTS)
def test_nobody_takes_their_own_administrator_rights_or_account_away(admin: Client, right: str) -> None:
    root = User.objects.get(username="root")
    rights = {name: on for name, on in ALL_RIGHTS.items() if name != right}
    answer = admin.post(f"{PEOPLE}{root.pk}/change/", ACCOUNT | rights | {"username": "root"})
    assert "önce yerinize birini yönetici yapın" in answer.content.decode()
    root.refresh_from_db()
    assert getattr(root, right)


def test_another_administrator_takes_them_away(admin: Client) -> None:
    leaving = User.objects.create_superuser("ayrilan")
    form = ACCOUNT | {"username": "ayrilan"}
    assert admin.post(f"{PEOPLE}{leaving.pk}/change/", form).status_code == 302
    leaving.refresh_from_db()
    assert (leaving.is_active, leaving.is_superuser) == (False, False)


@pytest.mark.parametrize(
    ("rights", "said"),
    [
        (ALL_RIGHTS, "Yönetici (evet) değiştirildi."),
        ({"is_staff": "1"}, "Çalışıyor (hayır) değiştirildi."),
    ],
)
def test_the_log_says_whether_a_right_was_given_or_taken(
    admin: Client, rights: dict[str, str], said: str
) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    admin.post(f"{PEOPLE}{clerk.pk}/change/", ACCOUNT | rights | {"username": "clerk"})
    assert said in admin.get("/admin/admin/logentry/").content.decode()


def test_a_persons_page_begins_with_a_summary_and_ends_with_what_needs_care(admin: Client) -> None:
    user = User.objects.create_user("ayse", is_staff=True)
    give_role(user, Role.HEAD, Department.objects.get(code="FEN"))
    page = admin.get(f"{PEOPLE}{user.pk}/change/").content.decode()
    assert (
        "birim sorumlusu (FEN) · çalışıyor · hiç girmedi · ikinci adımı bağlı değil · 0 açık oturum" in page
    )
    assert page.index("· çalışıyor") < page.index("Dikkat isteyenler") < page.index("is_superuser")
    assert 'aria-label="görev"' in page
