"""Admin of retention periods, legal holds and the destruction log; for the personal-data officer."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from typing_extensions import override

from departments.common.model_admin import ModelAdmin
from tickets.access_log.record_admin import LogAdmin, RecordAdmin
from tickets.privacy.models.destruction import Destruction
from tickets.privacy.models.legal_holds import LegalHold
from tickets.privacy.models.retention import Retention


@admin.register(Retention)
class RetentionAdmin(ModelAdmin):
    list_display = ("kind", "days")
    readonly_fields = ("kind",)
    ordering = ("days",)

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(LegalHold)
class LegalHoldAdmin(RecordAdmin):
    """Read-only: holds are placed and lifted on the personal-data page."""

    list_display = ("set_at", "__str__", "reason", "set_by", "lifted_at", "lifted_by")
    list_filter = (("lifted_at", admin.EmptyFieldListFilter),)
    list_select_related = ("ticket", "set_by", "lifted_by")
    search_fields = ("reason", "ticket__number")
    ordering = ("-id",)
    of_ticket, of_citizen = "ticket__number", "citizen"


@admin.register(Destruction)
class DestructionAdmin(LogAdmin):
    list_display = ("id", "at", "rule", "counted", "by", "numbers", "reason")
    list_filter = ("rule", "by", ("at", admin.DateFieldListFilter))
    fields = readonly_fields = ("id", "at", "rule", "before", "counted", "by", "reason", "numbers")

    @admin.display(description="İmha edilenler")
    def counted(self, entry: Destruction) -> str:
        return format_html_join(", ", "{} {}", ((count, name) for name, count in entry.counts.items()))
