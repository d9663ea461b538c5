"""Admin page of the bulletin: what is said now, a new one with its preview, and those there were."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.timezone import get_current_timezone
from django.views.decorators.http import require_http_methods
from typing_extensions import override

from departments.common.days import EARLIEST, LATEST
from departments.common.model_admin import ModelAdmin
from whatsapp.texts import bulletins, catalog
from whatsapp.texts.bulletins import InvalidBulletin
from whatsapp.texts.catalog.descriptions import LANGUAGES
from whatsapp.texts.models.bulletins import Bulletin

LISTED = 50


@admin.register(Bulletin)
class BulletinAdmin(ModelAdmin):
    """One page: bulletins are set and ended there, never changed and never deleted."""

    @override
    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self.changelist_view))
        return [path("", page, name="whatsapp_bulletin_changelist")]

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @override
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return self._page(request, QueryDict())
        if not self.has_change_permission(request) or not isinstance(request.user, User):
            raise PermissionDenied
        if "end" in request.POST:
            return self._end(request, request.user)
        return self._put_up(request, request.user)

    def _put_up(self, request: HttpRequest, user: User) -> HttpResponse:
        """Sets the bulletin of the form, or shows what is wrong with it, or how it would read."""
        given, now = request.POST, timezone.now()
        texts = {language: given.get(language, "").strip() for language in LANGUAGES}
        ends_at = _moment(given.get("ends_at", ""))
        if "preview" in given:
            return self._page(request, given, bulletins.faults_of(texts, ends_at, now))
        try:
            row = bulletins.put_up(texts=texts, ends_at=ends_at, user=user, now=now)
        except InvalidBulletin as refusal:
            return self._page(request, given, refusal.faults)
        self.log_addition(request, row, "Duyuru başlatıldı.")
        messages.success(request, "Duyuru başladı. Bundan sonraki ilk cevaplarda söylenir.")
        return redirect("admin:whatsapp_bulletin_changelist")

    def _end(self, request: HttpRequest, user: User) -> HttpResponse:
        row = bulletins.active(timezone.now())
        if (
            row
            and str(row.pk) == request.POST["end"]
            and bulletins.end(bulletin=row, user=user, now=timezone.now())
        ):
            self.log_change(request, row, "Duyuru bitirildi.")
            messages.success(request, "Duyuru bitti. Artık söylenmiyor.")
        else:
            messages.info(request, "Bu duyuru zaten bitmişti.")
        return redirect("admin:whatsapp_bulletin_changelist")

    def _page(
        self, request: HttpRequest, given: QueryDict, faults: dict[str, str] | None = None
    ) -> HttpResponse:
        now = timezone.now()
        active = bulletins.active(now)
        shown = (
            active.texts()
            if active
            else {language: given.get(language, "").strip() for language in LANGUAGES}
        )
        past = Bulletin.objects.select_related("set_by", "ended_by").order_by("-set_at")
        context = {
            "title": "Günün duyurusu",
            "active": active,
            "fields": [
                (language, name, given.get(language, ""), (faults or {}).get(language))
                for language, name in LANGUAGES.items()
            ],
            "ends_at": given.get("ends_at", ""),
            "faults": faults or {},
            "fault": (faults or {}).get(""),
            "limit": bulletins.TEXT_LIMIT,
            "days": bulletins.LONGEST.days,
            "previews": _previews(shown) if shown["tr"] else [],
            "past": past.exclude(pk=active.pk if active else 0)[:LISTED],
            "may_write": self.has_change_permission(request),
        }
        failed = bool(faults) and "preview" not in given
        return render(
            request,
            "whatsapp/bulletins.html",
            self.admin_site.each_context(request) | context,
            status=400 if failed else 200,
        )


def _previews(texts: dict[str, str]) -> list[tuple[str, str, str]]:
    """The first answer to a greeting in each language, as its reader sees it: code, name, words."""
    return [
        (language, name, f"{texts[language] or texts['tr']}\n\n{catalog.of(language).sentences['hello']}")
        for language, name in LANGUAGES.items()
    ]


def _moment(text: str) -> datetime | None:
    """The moment that a field of the form names, in the city's time; None where it names none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    sensible = EARLIEST <= moment.date() <= LATEST
    return moment.replace(tzinfo=get_current_timezone()) if sensible else None
