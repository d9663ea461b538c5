"""Photos of a ticket: blur regions, and open the unblurred original where the user may."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from typing_extensions import override

from tickets import services
from tickets.api.files import opened
from tickets.models import Ticket
from tickets.permissions import actor_of
from tickets.photos.images import Region
from tickets.photos.storage import private_storage
from tickets.workflow import MoveError, NotAllowed

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


def file(_request: HttpRequest, ticket: Ticket, attachment: int, part: str) -> FileResponse:
    """The `file` or the `thumbnail` of an attachment of the ticket."""
    return opened(get_object_or_404(ticket.attachments, pk=attachment), part)


def blur(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Blurs the drawn regions of a photo and redirects to the page."""
    form = BlurForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Fotoğrafta gizlenecek yerleri çizip yeniden deneyin.")
    else:
        attachment = get_object_or_404(ticket.attachments, pk=form.cleaned_data["attachment"])
        try:
            services.blur(
                attachment=attachment,
                actor=actor_of(request.user),
                now=timezone.now(),
                regions=form.cleaned_data["regions"],
            )
            messages.success(request, "Fotoğraf bulanıklaştırıldı.")
        except MoveError as refusal:
            messages.error(request, str(refusal))
    return redirect("admin:tickets_ticket_change", ticket.pk)


def original(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The unblurred photo; the service records in the timeline who opened it."""
    key = request.POST.get("attachment", "")
    attachment = get_object_or_404(ticket.attachments, pk=int(key) if key.isdecimal() else 0)
    try:
        name = services.disclose(attachment=attachment, actor=actor_of(request.user), now=timezone.now())
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except MoveError as refusal:
        raise Http404(str(refusal)) from refusal
    with private_storage.open(name) as photo:
        response = HttpResponse(photo.read(), content_type=attachment.mime_type)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
