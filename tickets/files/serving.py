"""Answers with a stored file: shown by the browser where its type is listed for that, else sent as a download.

The header comes from our own list, never from what a sender said: an odd type is no header of ours and no error.
"""

from http import HTTPStatus
from pathlib import PurePosixPath

from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.http import content_disposition_header

from tickets.files.kinds import KEPT, OTHER, SHOWN, base_type
from tickets.files.object_storage import StorageDownError
from tickets.files.storage import private_storage

RETRY_SECONDS = 10


def respond(name: str, mime_type: str, *, cache: str) -> HttpResponseBase:
    """The response with a file of the private storage; the caller checks access. Raises Http404 where it is not there.

    Where browsers read from the bucket themselves it leads on to an address there that is good for a minute; the bucket
    then tells of a file that is not there. 503 while the bucket cannot tell. `cache` is the Cache-Control header.
    """
    if not name:
        raise Http404
    kind = base_type(mime_type)
    kind = kind if kind in KEPT else OTHER
    bucket = private_storage.bucket
    if bucket is not None and bucket.bucket.reads == "direct" and not private_storage.is_on_disk(name):
        disposition = content_disposition_header(kind not in SHOWN, PurePosixPath(name).name)
        return _led_to(bucket.url(name, mime_type=kind, disposition=disposition or "attachment", cache=cache))
    try:
        file = private_storage.open(name)
    except FileNotFoundError as error:
        raise Http404 from error
    except StorageDownError:
        return unreachable()
    response = FileResponse(
        file, as_attachment=kind not in SHOWN, filename=PurePosixPath(name).name, content_type=kind
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = cache
    return response


def unreachable() -> HttpResponse:
    """The answer while the bucket cannot tell whether a file is there."""
    text = "Dosyaların durduğu yere şu anda ulaşılamıyor. Biraz sonra yeniden deneyin."
    headers = {"Retry-After": RETRY_SECONDS, "Cache-Control": "no-store"}
    return HttpResponse(text, "text/plain; charset=utf-8", HTTPStatus.SERVICE_UNAVAILABLE, headers=headers)


def _led_to(address: str) -> HttpResponse:
    """An address that opens the file must not be kept: nor by a cache, nor as the page from which another is opened."""
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return HttpResponseRedirect(address, headers=headers)
