"""The telephone page: files from static/, with a Content-Security-Policy that allows this host alone."""

from http import HTTPStatus
from pathlib import Path

from werkzeug.exceptions import NotFound
from werkzeug.utils import send_from_directory
from werkzeug.wrappers import Request, Response

FILES = Path(__file__).with_name("static")
POLICY = (
    "default-src 'self'; img-src 'self' blob:; media-src 'self' blob:; object-src 'none'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)


def page(request: Request) -> Response:
    """The page itself at /, its scripts and styles below /static/; 404 for anything else."""
    name = "index.html" if request.path == "/" else request.path.removeprefix("/static/")
    try:
        response = send_from_directory(FILES, name, request.environ)
    except NotFound:
        return Response("Not found", status=404, mimetype="text/plain")
    if response.status_code == HTTPStatus.NOT_MODIFIED:
        response.close()  # without a body nobody reads the file, nor closes it
    response.headers["Content-Security-Policy"] = POLICY
    return response
