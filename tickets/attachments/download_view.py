"""Serves an attachment by its signed URL. Only users who may see it are given one, so the signature is enough."""

from http import HTTPStatus

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from tickets.access_log.request_notes import note_ticket
from tickets.files.serving import respond
from tickets.files.storage import URL_SECONDS, given_to
from tickets.record.models.attachments import Attachment


class AttachmentView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        description="A file by the signed address that a ticket gives; it is good for ten minutes.",
        parameters=[
            OpenApiParameter("t", str, required=True, description="The signature in the address given.")
        ],
        responses={HTTPStatus.OK: OpenApiTypes.BINARY},
    )
    def get(self, request: Request, pk: int, part: str) -> HttpResponseBase:
        user = given_to(pk, part, request.query_params.get("t", ""))
        if user is None:
            raise PermissionDenied
        of_tickets = Attachment.objects.filter(ticket__isnull=False).select_related("ticket")
        attachment = get_object_or_404(of_tickets, pk=pk, hidden="")
        if part == "file":
            note_ticket(request, attachment.of_ticket, by=user)
        return opened(attachment, part)


def opened(attachment: Attachment, part: str) -> HttpResponseBase:
    """The response with a part of an attachment; the caller checks access. Raises Http404 where it is not stored."""
    if part == "file":
        return respond(str(attachment.file), attachment.mime_type, cache="no-store")
    return respond(str(attachment.thumbnail), "image/jpeg", cache=f"private, max-age={URL_SECONDS}")
