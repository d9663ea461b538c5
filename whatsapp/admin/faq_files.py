"""Import and export of the frequently asked questions."""

from departments.spreadsheets.cells import YesNo
from departments.spreadsheets.import_export import Resource, column
from whatsapp.models import FaqEntry


class FaqResource(Resource):
    title = column("soru", "title")
    phrases = column("anahtar sözler", "phrases")
    answer = column("cevap", "answer")
    active = column("kullanımda", "active", YesNo())

    class Meta(Resource.Meta):
        model = FaqEntry
        import_id_fields = ("title",)
        fields = ("title", "phrases", "answer", "active")
