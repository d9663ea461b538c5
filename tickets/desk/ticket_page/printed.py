"""The work order of a ticket as PDF."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from departments.models import Artery, Neighbourhood
from tickets.access_log.request_notes import note_ticket
from tickets.files.storage import private_storage
from tickets.record.models.attachments import Attachment
from tickets.record.models.ticket import Ticket
from tickets.reports.monthly_mails import letterhead


def pdf(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The work order, shown inline in the browser."""
    from tickets.printing.work_order import (  # here: what draws is big
        MOST_NOTES,
        MOST_PHOTOS,
        WorkOrder,
        draw,
    )

    note_ticket(request, ticket)
    shown = ticket.attachments.filter(kind=Attachment.Kind.IMAGE, state=Attachment.State.STORED, hidden="")
    photos = shown.exclude(thumbnail="").order_by("id")[:MOST_PHOTOS]
    notes = ticket.events.exclude(note="").select_related("actor").order_by("-id")[:MOST_NOTES]
    page = reverse("admin:tickets_ticket_change", args=[ticket.pk])
    pictures = [_read(photo) for photo in photos if private_storage.exists(str(photo.file))]
    around, roads = list(Neighbourhood.objects.defer("boundary")), list(Artery.objects.all())
    order = WorkOrder(
        ticket,
        f"{settings.PUBLIC_URL}{page}",
        pictures,
        list(notes),
        around,
        roads,
        timezone.now(),
        letterhead(),
    )
    response = HttpResponse(draw(order), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{ticket.number}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _read(photo: Attachment) -> bytes:
    with photo.file.open() as file:
        content: bytes = file.read()
    return content
