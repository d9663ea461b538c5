"""The filters of the ticket list. Lists may be repeated (`?status=NEW&status=ASSIGNED`) or comma separated."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ValidationError
from typing_extensions import override

from departments.common.search_words import TooManyWordsError
from departments.danger_reader.kinds import kinds
from departments.models import Category, Department, Neighbourhood
from departments.text import ticket_number
from tickets.access_log.request_notes import note
from tickets.citizens.phone_access import search_note
from tickets.deadlines.overdue import overdue
from tickets.record.models.ticket import Ticket
from tickets.record.models.ticket_choices import Kind, Priority
from tickets.record.permissions import actor_of, unmaskable
from tickets.record.search import matching
from tickets.record.statuses import Status
from tickets.rest_api.bounds import items

_TRUTHS = {"true": True, "True": True, "false": False, "False": False}


class CommaSeparated(forms.SelectMultiple):
    @override
    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return items(data.getlist(name))


def _choices(choices: type[Status | Kind | Priority]) -> filters.MultipleChoiceFilter:
    return filters.MultipleChoiceFilter(choices=choices.choices, widget=CommaSeparated, distinct=False)


@extend_schema_field(OpenApiTypes.STR)
class CodeFilter(filters.ModelMultipleChoiceFilter):  # type: ignore[misc]  # django-filter has no types
    """Filters by the codes of related rows; an unknown code is an error."""

    def __init__(self, rows: QuerySet[Any], column: str) -> None:
        super().__init__(
            queryset=rows,
            field_name=column,
            to_field_name="code",
            widget=CommaSeparated,
            distinct=False,  # to-one relations yield no duplicates, so DISTINCT would sort for nothing
        )


class CategoryFilter(CodeFilter):
    """Filters by category; a group includes its categories, as in the reports."""

    @override
    def filter(self, qs: QuerySet[Ticket], value: Any) -> QuerySet[Ticket]:
        return qs.filter(Q(category__in=value) | Q(category__parent__in=value)) if value else qs


@extend_schema_field(OpenApiTypes.BOOL)
class BooleanFilter(filters.TypedChoiceFilter):  # type: ignore[misc]  # the same
    """`true` or `false`; anything else is an error instead of being ignored."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=[(word, word) for word in _TRUTHS], coerce=_TRUTHS.__getitem__, **kwargs)


class MomentField(filters.IsoDateTimeFilter.field_class):  # type: ignore[misc]  # the same
    """A moment in ISO 8601, converted to UTC, since PostgreSQL refuses offsets of 16 hours and more.

    An unquoted plus sign of an offset arrives as a space in a URL and is accepted.
    """

    @override
    def to_python(self, value: Any) -> datetime | None:
        text = value.replace(" ", "+") if isinstance(value, str) and "T" in value else value
        moment: datetime | None = super().to_python(text)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


class MomentFilter(filters.IsoDateTimeFilter):  # type: ignore[misc]  # the same
    field_class = MomentField


class TicketFilters(filters.FilterSet):  # type: ignore[misc]  # the same
    number = filters.CharFilter(method="filter_numbers")
    status = _choices(Status)
    kind = _choices(Kind)
    priority = _choices(Priority)
    department = CodeFilter(Department.objects.all(), "department__code")
    category = CategoryFilter(Category.objects.all(), "category__code")
    neighbourhood = CodeFilter(Neighbourhood.objects.all(), "neighbourhood__code")
    urgent = BooleanFilter()
    danger = filters.MultipleChoiceFilter(choices=[(kind.key, kind.name) for kind in kinds().values()])
    overdue = BooleanFilter(method="filter_overdue")
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte")
    created_before = MomentFilter(field_name="created_at", lookup_expr="lt")
    updated_after = MomentFilter(field_name="updated_at", lookup_expr="gte")
    updated_before = MomentFilter(field_name="updated_at", lookup_expr="lt")
    assignee = filters.CharFilter(field_name="assignee__username")
    q = filters.CharFilter(method="filter_words")

    class Meta:
        model = Ticket
        fields: list[str] = []

    def filter_numbers(self, queryset: QuerySet[Ticket], _name: str, value: str) -> QuerySet[Ticket]:
        """Of many tickets at once, by their numbers in any spelling, comma separated."""
        return queryset.filter(number__in={ticket_number.stored(each) for each in items([value])})

    def filter_overdue(self, queryset: QuerySet[Ticket], _name: str, value: bool) -> QuerySet[Ticket]:
        late = overdue(timezone.now())
        return queryset.filter(late) if value else queryset.exclude(late)

    def filter_words(self, queryset: QuerySet[Ticket], _name: str, value: str) -> QuerySet[Ticket]:
        actor = actor_of(self.request.user)
        note(self.request, search_note(value, actor))
        try:
            return matching(queryset, value, unmaskable(actor))
        except TooManyWordsError as error:
            raise ValidationError({"q": str(error)}) from error
