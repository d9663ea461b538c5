"""Admin of API keys. Superusers make them for any user, heads for their own department's systems; nobody else sees any.

A key is shown once, on the answer to its making.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from typing_extensions import override
from unfold.widgets import UnfoldAdminSelectWidget

from departments.common.model_admin import ModelAdmin
from departments.models import Department, Role
from departments.staff.reauthentication import ReauthenticationMixin
from tickets.api_clients import key_warnings, keys
from tickets.api_clients.models.clients import ApiKey
from tickets.back_office.shown_once import show_once
from tickets.record.permissions import actor_of

DAYS = ((30, "30 gün"), (keys.VALID_DAYS, "90 gün"), (180, "180 gün"), (keys.LONGEST_DAYS, "1 yıl"))
_TERMS = ("name", "reads", "writes", "reports", "submits", "per_minute")
_TERMS_OF_DEPARTMENT = ("name", "reads", "writes", "reports", "per_minute")
_FACTS = ("user", "department", "prefix", "created_at", "expires_at", "last_used_at", "revoked_at")


class _NewKey(forms.ModelForm):  # type: ignore[type-arg]  # Django's own form takes no type at run time
    days = forms.TypedChoiceField(
        label="Geçerlilik", choices=DAYS, coerce=int, initial=keys.VALID_DAYS, widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True


class NewKeyForm(_NewKey):
    class Meta:
        model = ApiKey
        fields = ("user", *_TERMS)


class NewDepartmentKeyForm(_NewKey):
    """For a head: the departments are their own (`formfield_for_foreignkey`)."""

    class Meta:
        model = ApiKey
        fields = ("department", *_TERMS_OF_DEPARTMENT)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].required = True


@admin.register(ApiKey)
class ApiKeyAdmin(ReauthenticationMixin, ModelAdmin):
    list_display = (
        "prefix",
        "name",
        "user",
        "department",
        "reads",
        "writes",
        "reports",
        "submits",
        "expires_at",
        "last_used_at",
        "state",
    )
    list_select_related = ("user", "department")
    search_fields = ("prefix", "user__username", "name")
    autocomplete_fields = ("user",)
    ordering = ("-id",)
    actions = ("revoke",)

    @override
    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only those who may make them, although the roles may view every other table of tickets."""
        return _is_administrator(request) or _is_of(request, obj)

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_administrator(request) or bool(_own_departments(request))

    @override
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody widens a key that acts in the name of another head; it is revoked from the list."""
        own = obj is None or obj.user_id == request.user.pk
        return _is_administrator(request) or (own and _is_of(request, obj))

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A key is revoked; that there was one stays on record."""
        return False

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        rows: QuerySet[ApiKey] = super().get_queryset(request)
        return rows if _is_administrator(request) else rows.filter(department__in=_own_departments(request))

    @override
    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        of_department = obj.department_id if obj else not _is_administrator(request)
        terms = _TERMS_OF_DEPARTMENT if of_department else _TERMS
        first = _FACTS if obj else ("department" if of_department else "user", "days")
        return [(None, {"fields": (*first, *terms)})]

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return _FACTS if obj else ()

    @override
    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        new = NewKeyForm if _is_administrator(request) else NewDepartmentKeyForm
        return super().get_form(request, obj, change, **kwargs | ({} if obj else {"form": new}))

    @override
    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "department":
            own = Department.objects.filter(pk__in=_own_departments(request))
            kwargs |= {"queryset": own, "initial": own.first()}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @override
    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            if obj.department_id:
                obj.user = request.user  # type: ignore[assignment]  # nobody is anonymous here
            made = keys.issue(obj, now=timezone.now(), days=form.cleaned_data["days"])
            obj.shown = made  # type: ignore[attr-defined]  # for response_add, in this request alone

    @override
    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        return show_once(
            request,
            title=f"{obj.department or obj.user} için API anahtarı",
            secret=obj.shown,
            text="Programın Authorization başlığına “Token ” ile birlikte yazılır.",
            back="admin:tickets_apikey_changelist",
        )

    @admin.display(description="hâli")
    def state(self, row: ApiKey) -> str:
        now = timezone.now()
        if row.revoked_at:
            return "iptal edildi"
        if row.expires_at <= now:
            return "süresi doldu"
        return "süresi yakında doluyor" if row.expires_at <= now + key_warnings.WARNED_BEFORE else "geçerli"

    @admin.action(description="Seçilenleri iptal et", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        count = keys.revoke(queryset, timezone.now())
        self.message_user(request, f"{count} anahtar iptal edildi; bundan sonra kabul edilmez.")


def _is_administrator(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


def _own_departments(request: HttpRequest) -> list[int]:
    return actor_of(request.user).departments(Role.HEAD)


def _is_of(request: HttpRequest, row: ApiKey | None) -> bool:
    own = _own_departments(request)
    return bool(own) if row is None else row.department_id in own
