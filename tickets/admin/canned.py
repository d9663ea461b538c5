"""Admin of canned answers; the call centre maintains them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from typing_extensions import override
from unfold.admin import ModelAdmin

from departments.models import Category
from departments.spreadsheets.cells import ByCode, Label, YesNo
from departments.spreadsheets.import_export import ImportExportAdmin, Resource, column
from tickets.canned_answers import PLACEHOLDERS
from tickets.models import CannedAnswer
from tickets.workflow import Status


class CannedTable(Resource):
    title = column("başlık", "title")
    text = column("metin", "text")
    category = column("konu", "category", ByCode(Category))
    status = column("durum", "status", Label(Status))
    active = column("kullanımda", "active", YesNo())

    class Meta(Resource.Meta):
        model = CannedAnswer
        import_id_fields = ("title",)
        fields = ("title", "text", "category", "status", "active")


@admin.register(CannedAnswer)
class CannedAnswerAdmin(ModelAdmin, ImportExportAdmin):  # type: ignore[misc]  # unfold has no type hints
    resource_classes = (CannedTable,)
    list_display = ("title", "category", "status", "active")
    list_filter = ("active", "status", "category")
    list_select_related = ("category",)
    search_fields = ("title", "text")
    autocomplete_fields = ("category",)
    ordering = ("title",)

    @override
    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        placeholders = ", ".join(f"{{{name}}} {what}" for name, what in PLACEHOLDERS.items())
        helped = {"help_texts": {"text": f"Başvurudan doldurulur: {placeholders}."}}
        return super().get_form(request, obj, change, **helped, **kwargs)
