"""The officer’s page for a data breach: its scope is typed in, and a ZIP with the people and the letters comes out."""

from datetime import datetime
from tempfile import TemporaryFile
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from typing_extensions import override

from departments.common.days import EARLIEST, LATEST, DayField
from departments.staff.reauthentication import ask, is_recent
from departments.text.ticket_number import citation_of
from departments.working_time.working_hours import ISTANBUL
from tickets.privacy.admin.personal_data import may_open
from tickets.privacy.leaks import KINDS, LeakScope, leak_pack
from tickets.record.permissions import actor_of
from tickets.record.workflow import TransitionError
from tickets.reports.interface import Period

MOST_NUMBERS = 1000
_DAY = forms.DateInput({"type": "date"})


class LeakForm(forms.Form):
    known_at = forms.DateTimeField(
        label="Ne zaman öğrenildi?",
        input_formats=["%Y-%m-%dT%H:%M", "%d.%m.%Y %H:%M"],
        widget=forms.DateTimeInput({"type": "datetime-local"}),
        error_messages={"required": "İhlali ne zaman öğrendiğinizi yazın: 72 saat o andan sayılır."},
    )
    kinds = forms.MultipleChoiceField(
        label="Hangi veriler sızdı?",
        choices=list(KINDS.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Hangi verinin sızdığını seçin."},
    )
    numbers = forms.CharField(
        label="Başvuru numaraları (virgülle ya da satır satır)",
        required=False,
        max_length=20_000,
        widget=forms.Textarea({"rows": 3}),
    )
    first = DayField(label="İlk gün", required=False, widget=_DAY)
    last = DayField(label="Son gün", required=False, widget=_DAY)
    account = forms.CharField(label="Ele geçirilen hesap (kullanıcı adı)", required=False, max_length=150)
    how = forms.CharField(
        label="Nasıl oldu?", required=False, max_length=2000, widget=forms.Textarea({"rows": 3})
    )

    def clean_known_at(self) -> datetime:
        known: datetime = self.cleaned_data["known_at"]
        if not EARLIEST <= known.date() <= LATEST or known > timezone.now():
            raise forms.ValidationError("Öğrenilme zamanı gelecekte olamaz.")
        return known.astimezone(ISTANBUL)

    def clean_numbers(self) -> tuple[str, ...]:
        written = self.cleaned_data["numbers"].replace(",", "\n").split("\n")
        said = [each.strip() for each in written if each.strip()]
        cited = [citation_of(each) for each in said]
        if len(said) > MOST_NUMBERS or not all(each and each.year for each in cited):
            raise forms.ValidationError(
                f"En çok {MOST_NUMBERS} başvuru numarasını MG-2026-000001 biçiminde yazın."
            )
        return tuple(str(each) for each in cited)

    def clean_account(self) -> User | None:
        name = self.cleaned_data["account"].strip()
        found = User.objects.filter(username__iexact=name).first() if name else None
        if name and found is None:
            raise forms.ValidationError("Bu adla bir hesap yok.")
        return found

    @override
    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        first, last = data.get("first"), data.get("last") or data.get("first")
        if first and last and first > last:
            self.add_error("last", "Son gün ilk günden önce olamaz.")
        elif first and last:
            data["period"] = Period.of_days(first, last)
        if data.get("account") and not first:
            self.add_error("first", "Hesabın kötüye kullanıldığı günleri yazın.")
        return data

    def scope(self) -> LeakScope:
        data = self.cleaned_data
        return LeakScope(
            known_at=data["known_at"],
            kinds=tuple(data["kinds"]),
            how=data["how"].strip(),
            numbers=data["numbers"],
            period=data.get("period"),
            account=data["account"],
        )


@never_cache
@require_http_methods(["GET", "POST"])
def leaks(request: HttpRequest) -> HttpResponseBase:
    """The form; POST answers with the ZIP. PermissionDenied for all but the officer and administrators."""
    if not may_open(request):
        raise PermissionDenied
    if request.method == "POST" and not is_recent(request):
        return ask(request)
    form, now = LeakForm(request.POST or None), timezone.now()
    if form.is_valid():
        try:
            pack = leak_pack(scope=form.scope(), actor=actor_of(request.user), now=now)
        except TransitionError as refusal:
            form.add_error(None, str(refusal))
        else:
            file = TemporaryFile()  # noqa: SIM115 - closed by the response
            pack.write(file)
            file.seek(0)
            return FileResponse(file, as_attachment=True, filename=f"veri-ihlali-{now:%Y-%m-%d}.zip")
    context = admin.site.each_context(request) | {"title": "Veri ihlali", "form": form}
    status = 400 if form.is_bound else 200
    return render(request, "tickets/leaks.html", context, status=status)
