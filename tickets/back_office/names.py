"""Names of colleagues and citizens, as pages show them."""

from django import forms
from django.contrib.auth.models import User
from typing_extensions import override

from tickets.record.models.citizen import Citizen
from tickets.record.permissions import masked


def name_of_citizen(citizen: Citizen | None) -> str:
    """The name as lists show it; the masked number of somebody without one."""
    if citizen is None:
        return "Adsız başvuru"
    return citizen.name or (masked(citizen.phone) if citizen.phone else str(citizen))


def initials(name: str) -> str:
    """Of the first and the last word: `Elif Nur Demir` is `ED`, in Turkish capitals."""
    words = name.split()
    letters = (words[0][0] + words[-1][0]) if len(words) > 1 else name[:2]
    return letters.replace("i", "İ").upper()


def display_name(user: User) -> str:
    """The user's full name, or the user name where there is none."""
    return user.get_full_name() or user.get_username()


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]  # its choices are of one model
    """A choice of colleagues, by the names that pages show."""

    @override
    def label_from_instance(self, obj: User) -> str:
        return display_name(obj)
