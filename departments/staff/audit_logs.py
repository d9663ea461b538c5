"""Admin pages that only show what was done, to administrators and the personal-data officer: sign-ins, and changes of
settings and base data.
"""

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.html import format_html

from departments.common.model_admin import ReadOnlyAdmin
from departments.staff import throttle
from departments.staff.admin import is_administrator
from departments.staff.models import SignIn


@admin.register(SignIn)
class SignInAdmin(ReadOnlyAdmin):
    list_display = ("at", "name", "address", "result", "times")
    list_filter = ("result", ("at", admin.DateFieldListFilter))
    search_fields = ("=name", "=address")
    ordering = ("-at",)
    actions = ("free",)

    def has_free_permission(self, request: HttpRequest) -> bool:
        return is_administrator(request)

    @admin.action(description="Kilidi aç", permissions=["free"])
    def free(self, request: HttpRequest, queryset: QuerySet[SignIn]) -> None:
        names = sorted(set(queryset.values_list("name", flat=True)))
        throttle.unlock(names=names, now=timezone.now())
        messages.success(request, f"Yeniden girebilir: {', '.join(names)}")


@admin.register(LogEntry)
class ChangesAdmin(ReadOnlyAdmin):
    """Who changed which setting and when; what was done to tickets stands in their timelines."""

    list_display = ("action_time", "user", "verb", "content_type", "what", "change")
    list_display_links = None
    list_filter = ("action_flag", "user", "content_type", ("action_time", admin.DateFieldListFilter))
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr", "change_message", "user__username")
    ordering = ("-action_time",)

    @admin.display(description="işlem")
    def verb(self, entry: LogEntry) -> str:
        return {1: "ekledi", 2: "değiştirdi", 3: "sildi"}.get(entry.action_flag, "")

    @admin.display(description="neyi")
    def what(self, entry: LogEntry) -> str:
        try:
            address = entry.get_admin_url()
        except NoReverseMatch:
            address = None
        return (
            format_html('<a href="{}">{}</a>', address, entry.object_repr) if address else entry.object_repr
        )

    @admin.display(description="ayrıntı")
    def change(self, entry: LogEntry) -> str:
        return entry.get_change_message()
