"""URLs of the queue's actions: bulk changes, export, saved filters."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from departments.staff.reauthentication import recently_authenticated
from tickets.desk.queue import bulk
from tickets.desk.queue.query import QueueQuery
from tickets.desk.queue.queue_csv import export
from tickets.record.workflow import TransitionError
from tickets.undo.actions import perform

View = Callable[..., HttpResponseBase]


def queue_urls(site: AdminSite) -> list[URLPattern]:
    """URLs for users with permission to view tickets; each view limits them to those the user may see."""

    def guarded(view: View) -> View:
        def look(request: HttpRequest, **kwargs: int) -> HttpResponseBase:
            if not request.user.has_perm("tickets.view_ticket"):
                raise PermissionDenied
            return view(request, **kwargs)

        return site.admin_view(look)

    return [
        path("bulk/", guarded(require_POST(bulk.act)), name="tickets_queue_bulk"),
        path("bulk/fields/", guarded(require_GET(bulk.form_fields)), name="tickets_queue_bulk_fields"),
        path("export/", guarded(require_GET(recently_authenticated(export))), name="tickets_queue_export"),
        path("saved/", guarded(require_POST(save)), name="tickets_queue_save"),
        path("saved/<int:pk>/forget/", guarded(require_POST(forget)), name="tickets_queue_forget"),
    ]


def save(request: HttpRequest) -> HttpResponse:
    """Saves the queue's current filters under a name."""
    query = bulk.query_of(request)
    queue = QueueQuery.of(request)
    facts = {"name": request.POST.get("name", ""), "query": query, "shared": "shared" in request.POST}
    try:
        saved = perform("save_filter", actor=queue.actor, now=timezone.now(), **facts)
    except TransitionError as refusal:
        messages.error(request, str(refusal))
    else:
        whom = ", herkes görür" if saved.shared else ""
        messages.success(request, f"“{saved.name}” görünümü kaydedildi{whom}.")
    return HttpResponseRedirect(reverse("admin:tickets_ticket_changelist") + query)


def forget(request: HttpRequest, pk: int) -> HttpResponse:
    perform("forget_filter", actor=QueueQuery.of(request).actor, now=timezone.now(), pk=pk)
    return HttpResponseRedirect(reverse("admin:tickets_ticket_changelist") + bulk.query_of(request))
