"""Answers with a stored file: shown by the browser where its type is listed for that, else sent as a download.

The header comes from our own list, never from what a sender said: an odd type is no header of ours and no error.
"""

from pathlib import PurePosixPath

from django.http import FileResponse, Http404

from tickets.files.kinds import KEPT, OTHER, SHOWN, base_type
from tickets.photos.storage import private_storage


def respond(name: str, mime_type: str, *, cache: str) -> FileResponse:
    """The response with a file of the private storage; the caller checks access. Raises Http404 where it is not there.

    `cache` is the Cache-Control header.
    """
    if not name or not private_storage.exists(name):
        raise Http404
    kind = base_type(mime_type)
    kind = kind if kind in KEPT else OTHER
    response = FileResponse(
        private_storage.open(name),
        as_attachment=kind not in SHOWN,
        filename=PurePosixPath(name).name,
        content_type=kind,
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = cache
    return response
