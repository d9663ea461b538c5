"""The addresses that workers write into messages are those of the back office."""

from django.conf import settings
from django.urls import reverse

from tickets.record.staff_page_links import ticket_page


def test_the_address_of_a_ticket_is_that_of_its_page() -> None:
    assert ticket_page(7) == settings.PUBLIC_URL + reverse("admin:tickets_ticket_change", args=[7])
