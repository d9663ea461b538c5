"""Before what cannot be undone or leaves the house, somebody proves again who they are."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from departments.staff.sessions import AUTHENTICATED

VALID_MINUTES = 10


def is_recent(request: HttpRequest) -> bool:
    """Whether whoever asks gave their password or second factor within the last ten minutes."""
    proven_at: int = request.session.get(AUTHENTICATED, 0)
    return time.time() - proven_at < VALID_MINUTES * 60


def confirm(request: HttpRequest) -> None:
    """They have just given it."""
    request.session[AUTHENTICATED] = int(time.time())


def ask(request: HttpRequest) -> HttpResponse:
    """Leads to the page that asks for it, and from there back to the page that this request came from."""
    return HttpResponseRedirect(f"{reverse('onay')}?next={quote(page_of(request))}")


def page_of(request: HttpRequest) -> str:
    """The page that somebody was on: what is asked for, or what a form was sent from; '/admin/' if nobody knows."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    try:
        came = urlsplit(request.headers.get("Referer", ""))
    except ValueError:  # a header that is no address
        return reverse("admin:index")
    if came.netloc != request.get_host():
        return reverse("admin:index")
    return came.path + (f"?{came.query}" if came.query else "")


def recently_authenticated(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view that asks again, instead of answering, where the last proof is older than ten minutes."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs) if is_recent(request) else ask(request)

    return guarded


class ReauthenticationMixin:
    """Admin mixin: who may write proves again who they are before its forms, and before what is done from its list."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if self._is_to_ask(request):
            return ask(request)
        return super().changeform_view(request, *args, **kwargs)  # type: ignore[misc]  # the admin's

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if self._is_to_ask(request):
            return ask(request)
        return super().delete_view(request, *args, **kwargs)  # type: ignore[misc]  # the same

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.method == "POST" and self._is_to_ask(request):
            return ask(request)
        return super().changelist_view(request, *args, **kwargs)  # type: ignore[misc]  # the same

    def import_job(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Where the table has files: what a file says is written from this page."""
        if request.method == "POST" and self._is_to_ask(request):
            return ask(request)
        return super().import_job(request, *args, **kwargs)  # type: ignore[misc]  # ImportExportAdmin's

    def _is_to_ask(self, request: HttpRequest) -> bool:
        """Not of those who may only read: they are shown the record, or refused."""
        page: Any = self
        writes = page.has_add_permission(request) or page.has_change_permission(request)
        return writes and not is_recent(request)
