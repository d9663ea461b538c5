"""The forms by which the citizen is answered or called, now or later, and the colleagues' notes."""

from typing import Any

from django import forms
from typing_extensions import override
from unfold.widgets import UnfoldAdminTextareaWidget

from tickets.answering import canned_answers
from tickets.answering.models.canned_answers import CannedAnswer
from tickets.answering.models.phone_calls import PhoneCall
from tickets.answering.reply_lengths import REPLY_LENGTH
from tickets.desk.forms.base import WriteForm


class NoteForm(WriteForm):
    text = forms.CharField(label="Not", widget=UnfoldAdminTextareaWidget({"rows": 2}))


class ReplyForm(WriteForm):
    text = forms.CharField(label="Vatandaşa cevap", max_length=REPLY_LENGTH, widget=forms.Textarea)

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"])
        if unfilled := canned_answers.placeholders(text):
            raise forms.ValidationError(f"Önce şu yerleri doldurun: {', '.join(unfilled)}")
        return text


class SendForm(ReplyForm):
    """A reply that leaves at once, with a photo or a PDF if there is one."""

    file = forms.FileField(label="Dosya", required=False)

    @override
    def details(self) -> dict[str, Any]:
        file = self.cleaned_data["file"]
        return super().details() | {"file": file.file if file else None}


class WithoutFileForm(ReplyForm):
    """A reply that leaves from the same box and takes no file; one that was chosen is not left out unsaid."""

    file_refused = ""

    file = forms.FileField(label="Dosya", required=False)

    def clean_file(self) -> None:
        if self.cleaned_data["file"]:
            raise forms.ValidationError(self.file_refused)

    @override
    def details(self) -> dict[str, Any]:
        return {name: value for name, value in super().details().items() if name != "file"}


class ScheduleForm(WithoutFileForm):
    """A reply that leaves at a time."""

    file_refused = "Sonra giden cevaba dosya eklenemez. Dosyayı çıkarın ya da şimdi gönderin."

    due_at = forms.DateTimeField(label="Ne zaman", required=True)
    whatever_comes = forms.BooleanField(label="Vatandaş yazsa da gönder", required=False)


class UnscheduleForm(WriteForm):
    version = None  # type: ignore[assignment]  # taking back a reply does not depend on other changes
    scheduled = forms.IntegerField()


class MacroForm(WithoutFileForm):
    """What a macro does, with the answer as the clerk has it by now."""

    file_refused = "Makroyla dosya gitmez. Dosyayı çıkarın ya da “Yalnızca cevabı gönder”i seçin."

    macro = forms.ModelChoiceField(CannedAnswer.objects.filter(active=True), label="Makro")
    stamp = forms.CharField(required=False)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["text"].required = False


class TalkFields(WriteForm):
    """What a reply in a talk without a ticket has instead of a ticket's version: the talk's stamp."""

    version = forms.CharField(required=False)  # type: ignore[assignment]
    seen = None  # type: ignore[assignment]

    @override
    def details(self) -> dict[str, Any]:
        given = super().details()
        return given | {"seen": given.pop("version")}


class TalkSendForm(TalkFields, SendForm):
    """An answer in a talk without a ticket."""


class TalkScheduleForm(TalkFields, ScheduleForm):
    """An answer in a talk without a ticket that leaves at a time."""


class TalkMacroForm(TalkFields, MacroForm):
    """What a macro does where there is no ticket yet."""


class CallForm(WriteForm):
    """A call to the citizen, and whether to call again."""

    version = None  # type: ignore[assignment]  # that somebody called does not depend on other changes
    result = forms.ChoiceField(label="Sonuç", choices=PhoneCall.Result.choices)
    note = forms.CharField(label="Not", required=False, max_length=PhoneCall.LENGTH)
    again_at = forms.DateTimeField(label="Tekrar ara", required=False)
    again_by = forms.ChoiceField(
        label="Kim arasın", required=False, choices=(("me", "Ben"), ("", "Boş olan"))
    )

    @override
    def details(self) -> dict[str, Any]:
        by = self.user if self.cleaned_data["again_by"] else None
        return super().details() | {"citizen": self.ticket.citizen, "again_by": by}


class TalkForm(WriteForm):
    version = None  # type: ignore[assignment]  # handing over the talk does not depend on other changes
