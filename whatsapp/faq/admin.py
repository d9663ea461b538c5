"""Admin of the frequently asked questions, with their import and export."""

from django.contrib import admin

from departments.common.model_admin import ModelAdmin
from departments.spreadsheets.cells import YesNo
from departments.spreadsheets.import_export import ImportExportAdmin, Resource, column
from whatsapp.faq.models import FaqEntry


class FaqResource(Resource):
    title = column("soru", "title")
    phrases = column("anahtar sözler", "phrases")
    answer = column("cevap", "answer")
    active = column("kullanımda", "active", YesNo())

    class Meta(Resource.Meta):
        model = FaqEntry
        import_id_fields = ("title",)
        fields = ("title", "phrases", "answer", "active")


@admin.register(FaqEntry)
class FaqEntryAdmin(ModelAdmin, ImportExportAdmin):
    """Call centre staff keep the answers; what they write is said from the next message on."""

    resource_classes = (FaqResource,)

    list_display = ("title", "active", "updated_at")
    list_filter = ("active",)
    search_fields = ("title", "phrases", "answer")
    ordering = ("title",)
