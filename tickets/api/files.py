"""Serves an attachment by its signed URL. Only users who may see it are given one, so the signature is enough."""

import mimetypes
from http import HTTPStatus
from pathlib import PurePosixPath

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from tickets.models import Attachment
from tickets.photos.storage import URL_SECONDS, may_open, private_storage

# Types shown in the browser; all others are sent as a download, so that a page of them cannot run scripts.
SHOWN = ("image/", "audio/", "video/")


class AttachmentView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        parameters=[
            OpenApiParameter("t", str, required=True, description="The signature in the address given.")
        ],
        responses={HTTPStatus.OK: OpenApiTypes.BINARY},
    )
    def get(self, request: Request, pk: int, part: str) -> FileResponse:
        if not may_open(pk, part, request.query_params.get("t", "")):
            raise PermissionDenied
        return opened(get_object_or_404(Attachment, pk=pk, hidden=""), part)


def opened(attachment: Attachment, part: str) -> FileResponse:
    """The response with a part of an attachment; the caller checks access. Raises Http404 where it is not stored."""
    name = (attachment.file if part == "file" else attachment.thumbnail).name
    if not name or not private_storage.exists(name):
        raise Http404
    kind = attachment.mime_type if part == "file" else mimetypes.guess_type(name)[0]
    response = FileResponse(
        private_storage.open(name),
        as_attachment=not (kind or "").startswith(SHOWN) or kind == "image/svg+xml",
        filename=PurePosixPath(name).name,
        content_type=kind or "application/octet-stream",
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = f"private, max-age={URL_SECONDS}"
    return response
