"""Admin of API keys and their terms (scopes, expiry, rate); superusers alone see and make them."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from rest_framework.authtoken.models import Token, TokenProxy
from typing_extensions import override
from unfold.admin import ModelAdmin

from tickets.models.api_clients import ApiAccess


@admin.register(ApiAccess)
class ApiAccessAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no type hints
    list_display = ("user", "reads", "writes", "reports", "submits", "expires_at", "last_used_at")
    list_select_related = ("user",)
    autocomplete_fields = ("user",)
    readonly_fields = ("last_used_at",)
    ordering = ("user__username",)
    actions = ("renew",)

    @override
    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only those who may change them, although the roles may view every other table of tickets."""
        return bool(self.has_change_permission(request, obj))

    @override
    def save_model(self, request: HttpRequest, obj: ApiAccess, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        token, made = Token.objects.get_or_create(user=obj.user)
        if made:
            self._show(request, token)

    @override
    def delete_model(self, request: HttpRequest, obj: ApiAccess) -> None:
        """Deletes the key with its terms: without terms it would be valid for everything."""
        Token.objects.filter(user=obj.user).delete()
        super().delete_model(request, obj)

    @override
    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        Token.objects.filter(user__in=queryset.values("user")).delete()
        super().delete_queryset(request, queryset)

    @admin.action(description="Seçilenlere yeni anahtar ver (eskisi geçmez olur)")
    def renew(self, request: HttpRequest, queryset: Any) -> None:
        for access in queryset.select_related("user"):
            Token.objects.filter(user=access.user).delete()
            self._show(request, Token.objects.create(user=access.user))

    def _show(self, request: HttpRequest, token: Token) -> None:
        text = f"{token.user}: anahtar {token.key} — yalnızca şimdi gösterilir, güvenli bir yere kaydedin."
        self.message_user(request, text, messages.WARNING)


# Django REST framework's own page would show every key at any time.
admin.site.unregister(TokenProxy)
