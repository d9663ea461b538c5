"""Admin of API keys; superusers alone see and make them. A key is shown once, on the answer to its making."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from typing_extensions import override
from unfold.widgets import UnfoldAdminSelectWidget

from departments.model_admin import ModelAdmin
from departments.sign_in.reauthentication import ReauthenticationMixin
from tickets.admin.shown_once import show_once
from tickets.api_clients import keys
from tickets.models.api_clients import ApiKey

DAYS = ((30, "30 gün"), (keys.VALID_DAYS, "90 gün"), (180, "180 gün"), (keys.LONGEST_DAYS, "1 yıl"))
_TERMS = ("name", "reads", "writes", "reports", "submits", "per_minute")
_FACTS = ("user", "prefix", "created_at", "expires_at", "last_used_at", "revoked_at")


class NewKeyForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's own form takes no type at run time
    days = forms.TypedChoiceField(
        label="Geçerlilik", choices=DAYS, coerce=int, initial=keys.VALID_DAYS, widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = ApiKey
        fields = ("user", *_TERMS)


@admin.register(ApiKey)
class ApiKeyAdmin(ReauthenticationMixin, ModelAdmin):
    list_display = (
        "prefix",
        "user",
        "name",
        "reads",
        "writes",
        "reports",
        "submits",
        "expires_at",
        "last_used_at",
        "state",
    )
    list_select_related = ("user",)
    search_fields = ("prefix", "user__username", "name")
    autocomplete_fields = ("user",)
    ordering = ("-id",)
    actions = ("revoke",)
    add_fieldsets: ClassVar = [(None, {"fields": ("user", "days", *_TERMS)})]
    fieldsets: ClassVar = [(None, {"fields": (*_FACTS, *_TERMS)})]

    @override
    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only those who may change them, although the roles may view every other table of tickets."""
        return bool(self.has_change_permission(request, obj))

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A key is revoked; that there was one stays on record."""
        return False

    @override
    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets if obj else self.add_fieldsets

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return _FACTS if obj else ()

    @override
    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **kwargs | ({} if obj else {"form": NewKeyForm}))

    @override
    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            made = keys.issue(obj, now=timezone.now(), days=form.cleaned_data["days"])
            obj.shown = made  # type: ignore[attr-defined]  # for response_add, in this request alone

    @override
    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        return show_once(
            request,
            title=f"{obj.user} için API anahtarı",
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
        return "süresi yakında doluyor" if row.expires_at <= now + keys.WARNED_BEFORE else "geçerli"

    @admin.action(description="Seçilenleri iptal et", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        count = keys.revoke(queryset, timezone.now())
        self.message_user(request, f"{count} anahtar iptal edildi; bundan sonra kabul edilmez.")
