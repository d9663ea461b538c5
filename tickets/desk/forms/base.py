"""What the forms of the ticket page share."""

from typing import Any

from django import forms

from tickets.back_office.ticket_field import AnyUser
from tickets.record.models.ticket import Ticket


class WriteForm(forms.Form):
    """Base of every form of the page: carries the ticket's version that the page showed."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    # The last timeline entry that the page showed; later ones are listed when the version is stale.
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, ticket: Ticket, user: AnyUser, **kwargs: Any) -> None:
        super().__init__(data, initial={"version": ticket.version}, **kwargs)
        self.ticket = ticket
        self.user = user

    def details(self) -> dict[str, Any]:
        """The arguments for the service."""
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}
