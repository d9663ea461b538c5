"""A form field for a ticket's number."""

from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser, User
from typing_extensions import override

from tickets.record.permissions import visible_to
from tickets.record.search import numbered

AnyUser = User | AnonymousUser


class VisibleTicketField(forms.CharField):
    """A ticket by its number however it is written ("MG-2026-000281", "281"), among those the user may see."""

    def __init__(self, user: AnyUser, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.user = user

    @override
    def clean(self, value: Any) -> Any:
        written = super().clean(value)
        if not written:
            return None
        found = numbered(visible_to(self.user), written)
        if len(found) > 1:
            years = ", ".join(each.number for each in found)
            raise forms.ValidationError(f"Bu sıra numarası birden çok yılda var: {years}. Birini yazın.")
        if not found:
            raise forms.ValidationError("Asıl başvuru bulunamadı. Numarayı denetleyin.")
        return found[0]
