"""The columns of the questions and answers in files."""

from departments.files.import_export import Table, YesNo, column
from whatsapp.models import Question


class QuestionTable(Table):
    title = column("soru", "title")
    phrases = column("anahtar sözler", "phrases")
    answer = column("cevap", "answer")
    active = column("kullanımda", "active", YesNo())

    class Meta(Table.Meta):
        model = Question
        import_id_fields = ("title",)
        fields = ("title", "phrases", "answer", "active")
