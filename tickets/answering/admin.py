"""Admin of canned answers; the call centre maintains them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from typing_extensions import override

from departments.common.model_admin import ModelAdmin
from departments.models import Agency, Category
from departments.spreadsheets.cells import ByCode, Label, YesNo
from departments.spreadsheets.import_export import ImportExportAdmin, Resource, column
from tickets.answering.canned_answers import PLACEHOLDERS
from tickets.answering.models.canned_answers import CannedAnswer
from tickets.record.statuses import Status


class CannedResource(Resource):
    title = column("başlık", "title")
    text = column("metin", "text")
    category = column("konu", "category", ByCode(Category))
    status = column("durum", "status", Label(Status))
    language = column("dil", "language", Label(CannedAnswer.Language))
    move_to = column("durumu değiştir", "move_to", Label(Status))
    reason = column("gerekçe", "reason")
    agency = column("kurum", "agency", ByCode(Agency))
    note = column("iç not", "note")
    active = column("kullanımda", "active", YesNo())

    class Meta(Resource.Meta):
        model = CannedAnswer
        import_id_fields = ("title",)
        fields = (
            *("title", "text", "category", "status", "active"),
            *("language", "move_to", "reason", "agency", "note"),
        )


@admin.register(CannedAnswer)
class CannedAnswerAdmin(ModelAdmin, ImportExportAdmin):
    resource_classes = (CannedResource,)
    list_display = ("title", "language", "category", "status", "move_to", "active")
    list_filter = ("active", "language", "status", "move_to", "category")
    list_select_related = ("category",)
    search_fields = ("title", "text")
    autocomplete_fields = ("category",)
    fieldsets = (
        (None, {"fields": ("title", "text", "language", "category", "status", "active")}),
        ("Makro: cevapla birlikte", {"fields": ("move_to", "reason", "agency", "note")}),
    )
    ordering = ("title",)

    @override
    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        placeholders = ", ".join(f"{{{name}}} {what}" for name, what in PLACEHOLDERS.items())
        filled = f"Başvurudan doldurulur: {placeholders}."
        helped = {"help_texts": {"text": filled, "note": f"Makroyla eklenen not. {filled}"}}
        return super().get_form(request, obj, change, **helped, **kwargs)
