"""Import and export of staff accounts: name, e-mail, roles, whether active; never a password."""

import re
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from import_export.fields import Field
from import_export.widgets import Widget
from typing_extensions import override

from departments.organisation.models.departments import Department, Membership
from departments.organisation.models.roles import DEPARTMENT_ROLES, Role
from departments.spreadsheets.cells import YesNo
from departments.spreadsheets.import_export import Resource, column
from departments.staff.role_permissions import match_groups
from departments.text.folding import fold

RoleSet = frozenset[
    tuple[Role, str]
]  # roles, each with the code of its department, "" for those of the whole line
_WRITTEN = re.compile(r"(?P<role>[^()]{1,80}?)\s{0,9}(?:\(\s{0,9}(?P<code>[^()]{0,40}?)\s{0,9}\))?")


class Roles(Widget):  # type: ignore[misc]  # import_export has no type hints, here and below
    """Roles as the list of people shows them: "çağrı merkezi görevlisi, birim sorumlusu (FEN)"."""

    @override
    def render(self, value: RoleSet | None, obj: Any = None, **kwargs: Any) -> str:
        return ", ".join(sorted(role.label + (f" ({code})" if code else "") for role, code in value or ()))

    @override
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> RoleSet:
        return frozenset(_role(part) for part in str(value or "").split(",") if part.strip())


def _role(written: str) -> tuple[Role, str]:
    found = _WRITTEN.fullmatch(written.strip())
    named = fold(found["role"]) if found else ""
    role = next((each for each in Role if fold(each.label) == named), None)
    if found is None or role is None:
        every = ", ".join(each.label for each in Role)
        raise ValidationError(f"“{written.strip()}” diye bir görev yok. Görevler: {every}.")
    code = found["code"] or ""
    if bool(code) != (role in DEPARTMENT_ROLES):
        example = f"{role.label} (FEN)" if role in DEPARTMENT_ROLES else role.label
        raise ValidationError(f"“{written.strip()}” yerine şöyle yazın: {example}.")
    if code and not Department.objects.filter(code=code).exists():
        raise ValidationError(f"“{code}” diye bir müdürlük yok.")
    return role, code


class RolesField(Field):  # type: ignore[misc]
    """A person's roles: those of the imported row until it is saved, else those in the database."""

    @override
    def get_value(self, instance: User) -> RoleSet:
        wanted: RoleSet | None = getattr(instance, self.attribute, None)
        return _current_roles(instance) if wanted is None else wanted


def _current_roles(user: User) -> RoleSet:
    rows = user.memberships.select_related("department") if user.pk else ()
    return frozenset((Role(row.role), row.department.code if row.department else "") for row in rows)


def require_own_access(person: User, *, by: User, kept: bool) -> None:
    """Nobody takes their own administrator rights or account away, so that at least one administrator remains.

    Raises ValidationError.
    """
    if person == by and not kept:
        raise ValidationError(
            "Kendi hesabınızı kapatamaz, kendi yöneticiliğinizi kaldıramazsınız. "
            "Ayrılıyorsanız önce yerinize birini yönetici yapın; sizinkini o kaldırsın."
        )


class PersonResource(Resource):
    username = column("kullanıcı adı", "username")
    first_name = column("ad", "first_name")
    last_name = column("soyad", "last_name")
    email = column("e-posta", "email")
    roles = RolesField(attribute="roles", column_name="görevler", widget=Roles())
    is_superuser = column("yönetici", "is_superuser", YesNo())
    is_active = column("çalışıyor", "is_active", YesNo())

    class Meta(Resource.Meta):
        model = User
        import_id_fields = ("username",)
        fields = ("username", "first_name", "last_name", "email", "roles", "is_superuser", "is_active")

    @override
    def after_init_instance(self, instance: User, new: bool, row: Any, **kwargs: Any) -> None:
        """A new account can sign in once an administrator has set a password."""
        if new:
            instance.is_staff = True
            instance.set_unusable_password()

    @override
    def before_save_instance(self, instance: User, row: Any, **kwargs: Any) -> None:
        kept = instance.is_active and instance.is_superuser
        require_own_access(instance, by=kwargs["user"], kept=kept)

    @override
    def after_save_instance(self, instance: User, row: Any, **kwargs: Any) -> None:
        """Makes the memberships those of the file, and the Django groups those of the memberships."""
        wanted, before = self.fields["roles"].get_value(instance), _current_roles(instance)
        for membership in instance.memberships.select_related("department"):
            code = membership.department.code if membership.department else ""
            if (Role(membership.role), code) not in wanted:
                membership.delete()
        departments = {
            row.code: row for row in Department.objects.filter(code__in=[c for _, c in wanted if c])
        }
        Membership.objects.bulk_create(
            Membership(user=instance, role=role, department=departments.get(code))
            for role, code in wanted - before
        )
        match_groups(instance)
