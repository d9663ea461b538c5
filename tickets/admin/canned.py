"""Canned answers, kept by the call centre."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from departments.exchange import ByCode, ExchangeAdmin, Label, Table, YesNo, column
from departments.models import Category
from tickets.models import CannedAnswer
from tickets.workflow import Status


class CannedTable(Table):
    title = column("başlık", "title")
    text = column("metin", "text")
    category = column("konu", "category", ByCode(Category))
    status = column("durum", "status", Label(Status))
    active = column("kullanımda", "active", YesNo())

    class Meta(Table.Meta):
        model = CannedAnswer
        import_id_fields = ("title",)
        fields = ("title", "text", "category", "status", "active")


@admin.register(CannedAnswer)
class CannedAnswerAdmin(ModelAdmin, ExchangeAdmin):  # type: ignore[misc]  # unfold has no type hints
    resource_classes = (CannedTable,)
    list_display = ("title", "category", "status", "active")
    list_filter = ("active", "status", "category")
    list_select_related = ("category",)
    search_fields = ("title", "text")
    autocomplete_fields = ("category",)
    ordering = ("title",)
