"""What a field of a form offers while somebody types."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from typing_extensions import override


class _FieldRows(AutocompleteJsonView):
    @override
    def process_request(self, request: HttpRequest) -> Any:
        """Django offers the rows of every relation of every table; here of those that a form of ours asks for."""
        found = super().process_request(request)
        field = found[2]
        page = admin.site._registry.get(field.model)
        if page is None or field.name not in page.get_autocomplete_fields(request):
            raise PermissionDenied
        return found


def rows(request: HttpRequest) -> HttpResponseBase:
    """JSON: the rows that an autocomplete field of a form offers for `term`."""
    return _FieldRows.as_view(admin_site=admin.site)(request)
