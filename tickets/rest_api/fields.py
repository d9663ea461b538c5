"""Fields of request bodies: rows by their codes, and texts."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from typing_extensions import override

from tickets.record.models.ticket import Ticket
from tickets.record.permissions import visible_to

TEXT_LENGTH = 4000
CODE_LENGTH = 200  # of a code, a ticket number, the name of an account


class CodeField(serializers.SlugRelatedField[Any]):
    """A row by its code. One with a NUL byte, an error in the database, is unknown like any other; so is a longer one
    than there can be.
    """

    @override
    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str) and len(data) > CODE_LENGTH:
            self.fail("does_not_exist", slug_name=self.slug_field, value=data[:CODE_LENGTH])
        return super().to_internal_value(data.replace("\0", "�") if isinstance(data, str) else data)


class VisibleTicketNumberField(CodeField):
    """A ticket by its number, among those the user may see."""

    @override
    def get_queryset(self) -> QuerySet[Ticket]:
        return visible_to(self.context["request"].user)


def text_field(**kwargs: Any) -> serializers.CharField:
    """A text of TEXT_LENGTH characters at most."""
    return serializers.CharField(max_length=TEXT_LENGTH, **kwargs)
