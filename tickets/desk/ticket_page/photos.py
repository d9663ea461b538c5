"""Files of a ticket: blur regions of a photo, hide a file, and open what is kept back where the user may."""

import json
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from typing_extensions import override

from tickets.access_log.models import Access
from tickets.access_log.request_notes import note_ticket
from tickets.attachments import blurring, hiding
from tickets.attachments.blurring import disclose
from tickets.attachments.download_view import opened
from tickets.back_office.row_keys import key_of
from tickets.files.images import Region
from tickets.files.serving import respond
from tickets.record.models.attachments import Attachment
from tickets.record.models.ticket import Ticket
from tickets.record.permissions import actor_of
from tickets.record.workflow import NotAllowed, TransitionError
from tickets.undo.actions import perform

MOST_REGIONS = 50


class RegionsField(forms.CharField):
    """Rectangles as JSON: `[[left, top, width, height], …]`, each number a share of the photo's width or height."""

    @override
    def clean(self, value: Any) -> Any:
        try:
            regions = [Region(*map(float, each)) for each in json.loads(super().clean(value))]
        except (TypeError, ValueError):
            raise forms.ValidationError("Çizilen yerler anlaşılamadı. Yeniden çizin.") from None
        if len(regions) > MOST_REGIONS:
            raise forms.ValidationError(f"En çok {MOST_REGIONS} yer çizilebilir.")
        return regions


class BlurForm(forms.Form):
    attachment = forms.IntegerField()
    regions = RegionsField()


def file(request: HttpRequest, ticket: Ticket, attachment: int, part: str) -> HttpResponseBase:
    """The `file` or the `thumbnail` of an attachment of the ticket that is not hidden."""
    if part == "file":
        note_ticket(request, ticket)
    return opened(get_object_or_404(ticket.attachments, pk=attachment, hidden=""), part)


def hide(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Hides a file from all but the officer, or shows it again (`shown`), and redirects to the page."""
    attachment, actor, now = _attachment(request, ticket), actor_of(request.user), timezone.now()
    try:
        if "shown" in request.POST:
            perform("unhide", attachment=attachment, actor=actor, now=now)
        else:
            reason = request.POST.get("reason", "")
            perform("hide", attachment=attachment, actor=actor, now=now, reason=reason)
    except TransitionError as refusal:
        messages.error(request, str(refusal))
    return redirect("admin:tickets_ticket_change", ticket.pk)


def reveal(request: HttpRequest, ticket: Ticket) -> HttpResponseBase:
    """A hidden file; the service records in the access log who opened it."""
    return _recorded(request, _attachment(request, ticket), hiding.reveal)


def blur(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Blurs the drawn regions of a photo and redirects to the page."""
    form = BlurForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Fotoğrafta gizlenecek yerleri çizip yeniden deneyin.")
    else:
        attachment = get_object_or_404(ticket.attachments, pk=form.cleaned_data["attachment"])
        try:
            blurring.blur(
                attachment=attachment,
                actor=actor_of(request.user),
                now=timezone.now(),
                regions=form.cleaned_data["regions"],
            )
            messages.success(request, "Fotoğraf bulanıklaştırıldı.")
        except TransitionError as refusal:
            messages.error(request, str(refusal))
    return redirect("admin:tickets_ticket_change", ticket.pk)


def original(request: HttpRequest, ticket: Ticket) -> HttpResponseBase:
    """The unblurred photo; who opened it stands in the timeline and in the access log."""
    note_ticket(request, ticket, Access.What.ORIGINAL)
    return _recorded(request, _attachment(request, ticket), disclose)


def _attachment(request: HttpRequest, ticket: Ticket) -> Attachment:
    return get_object_or_404(ticket.attachments, pk=key_of(request.POST.get("attachment", "")))


def _recorded(request: HttpRequest, attachment: Attachment, service: Callable[..., str]) -> HttpResponseBase:
    """A file whose opening the service writes down before it gives its name."""
    try:
        name = service(attachment=attachment, actor=actor_of(request.user), now=timezone.now())
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except TransitionError as refusal:
        raise Http404(str(refusal)) from refusal
    return respond(name, attachment.mime_type, cache="no-store")
