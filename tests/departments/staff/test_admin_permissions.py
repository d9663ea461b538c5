import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, transaction

from departments.models import Department, Membership, Role
from departments.staff.role_permissions import give_role, grant_roles, match_groups

pytestmark = pytest.mark.usefixtures("base")


@pytest.fixture
def clerk(db) -> User:
    return User.objects.create_user("clerk", is_staff=True)


@pytest.mark.parametrize(
    ("role", "kept"),
    [
        (Role.OPERATOR, {"faqentry", "cannedanswer"}),
        (
            Role.SUPERVISOR,
            {"faqentry", "bulletin", "cannedanswer", "agency", "dutyshift", "specialday", "workinghours"},
        ),
        (Role.HEAD, {"apikey"}),
        (Role.CREW, set()),
        (Role.DPO, {"retention"}),
    ],
)
def test_every_role_may_look_and_writes_only_what_it_keeps(role, kept):
    permissions = set(Group.objects.get(name=role.label).permissions.values_list("codename", flat=True))
    assert {name for name in permissions if name.startswith("view_")}
    assert {name.partition("_")[2] for name in permissions if not name.startswith("view_")} == kept


def test_words_that_are_of_no_ticket_any_more_are_for_those_who_see_every_ticket():
    """No row filter can tell whose a correction is."""
    readers = Group.objects.filter(permissions__codename__in=["view_correction", "view_dangercorrection"])
    assert set(readers.values_list("name", flat=True)) == {Role.SUPERVISOR.label}


def test_an_operator_takes_nothing_away():
    group = Group.objects.get(name=Role.OPERATOR.label)
    assert not group.permissions.filter(codename__startswith="delete_").exists()


def test_granting_again_takes_back_what_was_added_by_hand():
    group = Group.objects.get(name=Role.CREW.label)
    before = set(group.permissions.all())
    group.permissions.clear()
    grant_roles()
    assert set(group.permissions.all()) == before


def test_the_same_role_is_held_once(clerk):
    give_role(clerk, Role.OPERATOR)
    give_role(clerk, Role.OPERATOR)
    assert clerk.memberships.count() == 1


def test_a_role_that_ends_closes_its_pages_and_leaves_other_groups(clerk):
    other = Group.objects.create(name="başka")
    clerk.groups.add(other)
    give_role(clerk, Role.OPERATOR).delete()
    match_groups(clerk)
    assert list(clerk.groups.all()) == [other]


@pytest.mark.parametrize(
    ("role", "code"), [(Role.HEAD, None), (Role.CREW, None), (Role.OPERATOR, "FEN"), (Role.DPO, "FEN")]
)
def test_a_department_goes_with_heads_and_crews_only(clerk, role, code):
    department = Department.objects.get(code=code) if code else None
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(user=clerk, role=role, department=department)
    assert not clerk.memberships.exists()
