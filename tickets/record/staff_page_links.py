"""Where staff find a row in the back office, said without the addresses of all pages: a worker has none of them."""

from django.conf import settings


def ticket_page(ticket_id: int) -> str:
    """The whole address of a ticket's page."""
    return f"{settings.PUBLIC_URL}/admin/tickets/ticket/{ticket_id}/change/"


def job_page(number: str) -> str:
    """The whole address of a ticket's page for crews."""
    return f"{settings.PUBLIC_URL}/admin/saha/{number}/"


def notifications_page() -> str:
    """The whole address of the page of one's own notifications."""
    return f"{settings.PUBLIC_URL}/admin/bildirimler/"


def waiting_list() -> str:
    """The whole address of the list of those who wait for staff."""
    return f"{settings.PUBLIC_URL}/admin/bekleyenler/"


def waiting_page(handover_id: int) -> str:
    """The whole address of the page of a conversation that waits for staff."""
    return f"{settings.PUBLIC_URL}/admin/bekleyenler/{handover_id}/"


def data_requests_page() -> str:
    """The whole address of the list of requests about personal data."""
    return f"{settings.PUBLIC_URL}/admin/kisisel-veri/talepler/"
