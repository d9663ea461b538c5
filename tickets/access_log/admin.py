"""Admin of the access log, for the personal-data officer: who looked, at whom, on which day; and the same as a file."""

import re
from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from typing_extensions import override
from unfold.contrib.filters.admin import TextFilter

from departments.common.days import DayField
from departments.spreadsheets.responses import MOST_ROWS, TOO_MANY, table
from departments.staff.reauthentication import recently_authenticated
from departments.text.ticket_number import citation_of
from departments.working_time.periods import Period
from tickets.access_log.models import Access
from tickets.access_log.record_admin import LogAdmin
from tickets.access_log.request_notes import AccessNote, note, page_name
from tickets.api_clients.desk_exports import in_share
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket
from tickets.record.search import telephone_in

CHUNK = 2000
_DAYS = ["%d.%m.%Y", "%d/%m/%Y", "%Y-%m-%d"]
_KEY = re.compile(r"\A\D*(\d{1,18})\Z")


class AskedFilter(TextFilter):  # type: ignore[misc]  # unfold has no type hints
    """A filter that is typed in; an answer that names nothing finds nothing."""

    @override
    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        typed = {self.parameter_name: self.value()}
        yield {"form": self.form_class(name=self.parameter_name, label=self.title, data=typed)}

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Access]) -> QuerySet[Access]:
        text = (self.value() or "").replace("\0", "").strip()
        return queryset.filter(self.rule(text)) if text else queryset

    def rule(self, text: str) -> Q:
        raise NotImplementedError


class WhoFilter(AskedFilter):
    title, parameter_name = "Kim baktı (kullanıcı adı)", "kim"

    @override
    def rule(self, text: str) -> Q:
        return Q(by__username__iexact=text)


class WhomFilter(AskedFilter):
    """By ticket, telephone or citizen; whoever opened one of somebody’s tickets looked at them, too."""

    title, parameter_name = "Kime bakıldı (başvuru no, telefon, vatandaş no)", "kime"

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Access]) -> QuerySet[Access]:
        if phone := telephone_in(self.value() or ""):  # the log shows of everybody that they were looked at
            people = ArraySubquery(Citizen.objects.filter(phone=phone).order_by("pk").values("pk"))
            note(request, AccessNote(Access.What.SEARCHED, citizens=people))
        return super().queryset(request, queryset)

    @override
    def rule(self, text: str) -> Q:
        cited = citation_of(text)
        if cited and cited.year:
            return Q(tickets__overlap=[str(cited)])
        if phone := telephone_in(text):
            people = list(Citizen.objects.filter(phone=phone).values_list("pk", flat=True))
        elif key := _KEY.fullmatch(text):
            people = [int(key[1])]
        else:
            people = []
        numbers = list(Ticket.objects.filter(citizen__in=people).values_list("number", flat=True))
        return Q(citizens__overlap=people) | Q(tickets__overlap=numbers)


class DayFilter(AskedFilter):
    title, parameter_name = "Gün (gg.aa.yyyy)", "gun"

    @override
    def rule(self, text: str) -> Q:
        try:
            day = DayField(input_formats=_DAYS).clean(text)
        except ValidationError:
            return Q(pk__in=())
        period = Period.of_days(day, day)
        return Q(at__gte=period.start, at__lt=period.end)


@admin.register(Access)
class AccessAdmin(LogAdmin):
    list_display = ("at", "what", "by", "shown_page", "record", "numbers", "people", "reason")
    list_filter = (WhoFilter, WhomFilter, DayFilter, "what")
    list_filter_submit = True
    search_fields: tuple[str, ...] = ()
    fields = readonly_fields = (
        "id", "at", "what", "by", "shown_page", "record", "reason", "numbers", "people",
    )  # fmt: skip
    change_list_template = "tickets/access_log.html"

    @override
    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(recently_authenticated(self.export))
        urls: list[URLPattern] = super().get_urls()
        return [path("indir/", export, name="tickets_access_export"), *urls]

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """The entries that the filters of the address leave, newest first, as CSV or XLSX (`form`)."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        asked = request.GET.copy()
        form = "xlsx" if asked.pop("form", [""])[-1] == "xlsx" else "csv"
        request.GET = asked  # type: ignore[assignment]  # the list knows no such filter
        note(request, AccessNote(Access.What.EXPORTED))
        try:
            rows = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters as error:
            raise BadRequest from error
        return in_share(request, _LOG, lambda: _file(request, form, rows))

    @admin.display(description="sayfa")
    def shown_page(self, entry: Access) -> str:
        return page_name(entry.page)

    @admin.display(description="vatandaşlar", empty_value="–")
    def people(self, entry: Access) -> str | None:
        return ", ".join(map(str, entry.citizens)) or None


_LOG = "admin:tickets_access_changelist"
_HEAD = ("No", "Zaman", "Ne", "Kim", "Sayfa", "Kayıt", "Başvurular", "Vatandaşlar", "Neden")


def _file(request: HttpRequest, form: str, rows: QuerySet[Access]) -> HttpResponseBase:
    if form == "xlsx" and rows.order_by("pk").values("pk")[MOST_ROWS:].exists():
        messages.error(request, TOO_MANY)
        return redirect(_LOG)
    return table(form, "erisim-kayitlari", _HEAD, _lines(rows), turkish=True)


def _lines(rows: QuerySet[Access]) -> Iterator[list[Any]]:
    for entry in rows.select_related("by").order_by("-id").iterator(chunk_size=CHUNK):
        yield [
            entry.pk, entry.at, entry.get_what_display(), entry.by.get_username() if entry.by else "",
            page_name(entry.page), entry.record, ", ".join(entry.tickets), ", ".join(map(str, entry.citizens)),
            entry.reason,
        ]  # fmt: skip
