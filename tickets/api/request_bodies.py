"""Request bodies of writes on a ticket. They check types only; the workflow checks what a move needs."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from typing_extensions import override

from departments.models import Agency, Category, Department
from tickets.days import BETWEEN
from tickets.models import Ticket
from tickets.permissions import visible_to
from tickets.workflow import Status

TEXT_LENGTH = 4000


class JsonParser(JSONParser):
    """JSON; a body nested too deeply for the parser is a parse error (400), not a RecursionError."""

    @override
    def parse(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().parse(*args, **kwargs)
        except RecursionError as error:
            raise ParseError from error


class CodeField(serializers.SlugRelatedField[Any]):
    """A row by its code. A code with a NUL byte, an error in the database, is unknown like any other."""

    @override
    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(data.replace("\0", "�") if isinstance(data, str) else data)


class VisibleTicketNumberField(CodeField):
    """A ticket by its number, among those the user may see."""

    @override
    def get_queryset(self) -> QuerySet[Ticket]:
        return visible_to(self.context["request"].user)


def _text(**kwargs: Any) -> serializers.CharField:
    return serializers.CharField(max_length=TEXT_LENGTH, **kwargs)


class _Input(serializers.Serializer[Any]):
    version = serializers.IntegerField(required=False, min_value=1, help_text="The version that was read.")


class TransitionInput(_Input):
    to = serializers.ChoiceField(Status.choices)
    answer = _text(required=False, allow_blank=True, help_text="For the citizen.")
    note = _text(required=False, allow_blank=True, help_text="For colleagues.")
    reason = _text(required=False, allow_blank=True)
    planned_for = serializers.DateField(required=False, validators=BETWEEN)
    department = CodeField("code", queryset=Department.objects.filter(active=True), required=False)
    agency = CodeField("code", queryset=Agency.objects.all(), required=False)
    duplicate_of = VisibleTicketNumberField("number", queryset=Ticket.objects.none(), required=False)

    def validate_to(self, value: str) -> Status:
        return Status(value)


class NoteInput(_Input):
    text = _text()


class AssignInput(_Input):
    department = CodeField("code", queryset=Department.objects.filter(active=True), required=False)
    assignee = CodeField("username", queryset=User.objects.filter(is_active=True), required=False)


class ClassifyInput(_Input):
    category = CodeField("code", queryset=Category.objects.filter(active=True, department__isnull=False))
