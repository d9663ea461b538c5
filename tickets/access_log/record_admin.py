"""Read-only lists whose opened rows stand in the access log."""

from typing import Any

from django.contrib import admin
from django.contrib.postgres.expressions import ArraySubquery
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from typing_extensions import override

from departments.common.model_admin import ReadOnlyAdmin
from departments.text.ticket_number import stored
from tickets.access_log.models import Access
from tickets.access_log.request_notes import AccessNote, note

MOST_COUNTED = 5000  # rows of a list; an exact count of more would be slow


class CappedPaginator(Paginator):  # type: ignore[type-arg]  # takes none when it runs
    """Counts up to MOST_COUNTED rows; older ones are found by searching and filtering."""

    @cached_property
    @override
    def count(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]  # what a list of the admin is made of
        return rows.order_by().values("pk")[:MOST_COUNTED].count()


class RecordAdmin(ReadOnlyAdmin):
    """Rows of tickets and citizens.

    `of_ticket` and `of_citizen` are the paths from a row to its ticket's number and to its citizen's key; the access
    log keeps them of each row that is opened, as `opens`.
    """

    of_ticket = ""
    of_citizen = ""
    opens = Access.What.OPENED
    paginator = CappedPaginator

    @override
    def searched(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """A ticket is found by its number however that is spelt."""
        found: tuple[QuerySet[Any], bool] = super().searched(request, queryset, stored(search_term))
        return found

    @override
    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None and self.has_view_permission(request, row):
            note(request, AccessNote(self.opens, self._values(row, self.of_ticket), self.citizens_of(row)))
        return row

    def citizens_of(self, row: Any) -> Any:
        """The keys of those whom the row is about."""
        return self._values(row, self.of_citizen)

    def _values(self, row: Any, path: str) -> Any:
        rows = self.model._base_manager.filter(pk=row.pk, **{f"{path}__isnull": False}) if path else None
        return () if rows is None else ArraySubquery(rows.values(path))


class LogAdmin(RecordAdmin):
    search_fields: tuple[str, ...] = ("reason", "tickets", "by__username")
    search_help_text = "Başvuru no, neden ya da kullanıcı"
    ordering = ("-id",)
    list_select_related = ("by",)

    @admin.display(description="başvurular", empty_value="–")
    def numbers(self, entry: Any) -> str | None:
        return ", ".join(entry.tickets) or None
