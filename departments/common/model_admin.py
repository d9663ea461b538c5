"""What every table of the back office is shown by."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import label_for_field
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils import text
from typing_extensions import override
from unfold.admin import ModelAdmin as UnfoldModelAdmin
from unfold.templatetags import unfold_list

from departments.common.search_words import TooManyWordsError, different


class ModelAdmin(UnfoldModelAdmin):  # type: ignore[misc]  # unfold has no type hints
    """Its list is filtered by what its filters name, and by nothing else that somebody writes into the address.

    Django lets an address filter by every column, so that what a list masks would be found letter by letter.
    """

    @override
    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        named = any(lookup == name or lookup.startswith(f"{name}__") for name in self._filtered(request))
        return named and bool(super().lookup_allowed(lookup, value, request))

    @override
    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """As Django's. Where the form is saved, locks the row before reading it, because `save` writes every column:
        what somebody else wrote in between would be overwritten.
        """
        found = super().get_object(request, object_id, from_field)
        saves = request.method == "POST" and connection.in_atomic_block
        if found is None or not saves or not self.has_change_permission(request, found):
            return found
        self.model._base_manager.select_for_update(no_key=True, of=("self",)).filter(pk=found.pk).first()
        return super().get_object(request, object_id, from_field)

    @override
    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """A search for more words than one may have finds nothing, and the list says why."""
        try:
            different(search_term.split())
            found: tuple[QuerySet[Any], bool] = self.searched(request, queryset, search_term)
        except TooManyWordsError as error:
            if not request.path.endswith("/autocomplete/"):  # there nobody reads a message
                self.message_user(request, str(error), messages.ERROR)
            return queryset.none(), False
        return found

    def searched(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """As `get_search_results`, of as many words as a search may have."""
        found: tuple[QuerySet[Any], bool] = super().get_search_results(request, queryset, search_term)
        return found

    @override
    def response_action(self, request: HttpRequest, queryset: Any) -> Any:
        """What is done with several rows at once. Raises Http404 where the user does not see all that are chosen.

        Django would leave the others out, and say that it is done.
        """
        chosen = set(request.POST.getlist(ACTION_CHECKBOX_NAME))
        if "action" in request.POST and "_save" not in request.POST and chosen:
            try:
                seen = self.get_queryset(request).filter(pk__in=chosen).count()
            except (ValueError, ValidationError):
                raise Http404 from None
            if seen < len(chosen):
                raise Http404
        return super().response_action(request, queryset)

    @override
    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """What the log keeps of a change; of a yes or no, which of the two it is now."""
        message = super().construct_change_message(request, form, formsets, add)
        if isinstance(message, list) and form.changed_data and not add:
            changed = message[0]["changed"]
            values = [form.cleaned_data.get(name) for name in form.changed_data]
            changed["fields"] = list(map(_now, changed["fields"], values))
        return message

    def _filtered(self, request: HttpRequest) -> set[str]:
        names = {"pk", self.model._meta.pk.name, self.date_hierarchy or "pk"}
        for each in self.get_list_filter(request):
            if isinstance(each, str):
                names.add(each)
            elif isinstance(each, list | tuple):
                names.add(str(each[0]))
            elif issubclass(each, SimpleListFilter) and each.parameter_name:
                names.add(each.parameter_name)
        return names


class ReadOnlyAdmin(ModelAdmin):
    """A log: nobody adds, changes or deletes anything in it. Of its many rows only those found are counted."""

    show_full_result_count = False
    list_per_page = 50

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _now(label: str, value: Any) -> str:
    return f"{label} ({'evet' if value else 'hayır'})" if isinstance(value, bool) else label


def _heading(*args: Any, **kwargs: Any) -> tuple[str, Any]:
    """A column's heading with a capital: on a telephone it stands before each value as it is."""
    words, attribute = label_for_field(*args, **kwargs)
    return text.capfirst(str(words)), attribute


vars(unfold_list)["label_for_field"] = _heading
