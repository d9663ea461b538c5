"""Canned answers, kept by the call centre."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from tickets.models import CannedAnswer


@admin.register(CannedAnswer)
class CannedAnswerAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no type hints
    list_display = ("title", "category", "status", "active")
    list_filter = ("active", "status", "category")
    list_select_related = ("category",)
    search_fields = ("title", "text")
    autocomplete_fields = ("category",)
    ordering = ("title",)
