import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from departments.models import Category, Department, Membership, Neighbourhood, Role
from departments.routing.active_model import active_model
from departments.staff.role_permissions import give_role

pytestmark = pytest.mark.usefixtures("base")

PAGES = (
    "department",
    "category",
    "agency",
    "neighbourhood",
    "artery",
    "workinghours",
    "specialday",
    "membership",
)


def signed_in(username: str, **flags: bool) -> Client:
    user, _ = User.objects.get_or_create(username=username, defaults={"is_staff": True, **flags})
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def admin(db) -> Client:
    return signed_in("root", is_superuser=True)


@pytest.fixture
def operator(db) -> Client:
    client = signed_in("clerk")
    give_role(User.objects.get(username="clerk"), Role.OPERATOR)
    return client


@pytest.mark.parametrize("page", PAGES)
def test_the_list_opens_for_a_superuser(admin, page):
    give_role(User.objects.get(username="root"), Role.SUPERVISOR)
    assert admin.get(reverse(f"admin:departments_{page}_changelist")).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_the_list_opens_for_an_operator(operator, page):
    assert operator.get(reverse(f"admin:departments_{page}_changelist")).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_the_list_stays_shut_for_staff_without_a_role(db, page):
    assert signed_in("nobody").get(reverse(f"admin:departments_{page}_changelist")).status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_an_operator_adds_nothing(operator, page):
    assert operator.get(reverse(f"admin:departments_{page}_add")).status_code == 403


def test_an_operator_changes_nothing(operator):
    department = Department.objects.get(code="FEN")
    operator.post(reverse("admin:departments_department_change", args=[department.pk]), {"name": "Başka"})
    department.refresh_from_db()
    assert department.name == "Fen İşleri Müdürlüğü"


def test_mahalleler_are_listed_in_turkish_order(admin):
    response = admin.get(reverse("admin:departments_neighbourhood_changelist"))
    names = [place.name for place in response.context["cl"].result_list]
    assert names == [place.name for place in Neighbourhood.objects.order_by("sort_key")]
    assert names.index("Selimiye") < names.index("Şirintepe")


def test_a_superuser_gives_a_role_and_its_pages(admin):
    clerk = User.objects.create_user("new", is_staff=True)
    admin.post(
        reverse("admin:departments_membership_add"),
        {"user": clerk.pk, "role": Role.OPERATOR, "department": ""},
    )
    assert [group.name for group in clerk.groups.all()] == [Role.OPERATOR.label]


def test_a_superuser_takes_roles_away_with_their_pages(admin):
    clerk = User.objects.create_user("old", is_staff=True)
    membership = give_role(clerk, Role.OPERATOR)
    admin.post(
        reverse("admin:departments_membership_changelist"),
        {"action": "delete_selected", "_selected_action": [membership.pk], "post": "yes"},
    )
    assert not Membership.objects.filter(user=clerk).exists()
    assert not clerk.groups.exists()


def test_a_role_that_does_not_fit_the_department_is_refused(admin):
    clerk = User.objects.create_user("new", is_staff=True)
    response = admin.post(
        reverse("admin:departments_membership_add"), {"user": clerk.pk, "role": Role.HEAD, "department": ""}
    )
    assert "Birim görevi bir müdürlüğe bağlıdır" in response.content.decode()
    assert not clerk.memberships.exists()


def test_a_category_keeps_its_code(admin):
    category = Category.objects.get(code="yol_cukur")
    page = admin.get(reverse("admin:departments_category_change", args=[category.pk])).content.decode()
    assert 'name="name"' in page
    assert 'name="code"' not in page


def test_the_list_of_models_tells_which_one_runs(admin):
    page = admin.get("/admin/departments/routermodel/").content.decode()
    assert active_model().metadata.version in page


def test_the_list_of_arteries_tells_how_they_come_in(admin):
    assert "import_arteries" in admin.get("/admin/departments/artery/").content.decode()
