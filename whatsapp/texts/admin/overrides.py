"""Admin pages to override the texts that citizens read, restore them, and submit templates to Meta."""

from itertools import groupby
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe
from import_export.formats.base_formats import XLSX
from typing_extensions import override

from departments.common.model_admin import ModelAdmin
from departments.spreadsheets.import_export import ImportExportAdmin, Spreadsheet
from departments.text.folding import fold
from whatsapp.graph.errors import CloudApiError
from whatsapp.texts import overrides, templates_at_meta
from whatsapp.texts.catalog import override_rules
from whatsapp.texts.catalog.descriptions import LANGUAGES, SECTIONS, description_of
from whatsapp.texts.import_export import TextOverrideResource, all_texts, templates_as_table
from whatsapp.texts.models.text_overrides import TextOverride
from whatsapp.texts.overrides import CatalogEntry, InvalidText
from whatsapp.texts.template_parameters import TEMPLATES

FILES = {"xlsx": XLSX, "csv": Spreadsheet}


@admin.register(TextOverride)
class TextOverrideAdmin(ModelAdmin, ImportExportAdmin):
    resource_classes = (TextOverrideResource,)

    @override
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self._edit))
        templates = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self._templates))
        file = self.admin_site.admin_view(require_safe(self._templates_file))
        return [
            path("soz/<str:language>/<str:key>/", view, name="whatsapp_textoverride_edit"),
            path("sablonlar/", templates, name="whatsapp_textoverride_templates"),
            path("sablonlar/sablonlar.<str:kind>", file, name="whatsapp_textoverride_templates_file"),
            *super().get_urls(),
        ]

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @override
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_active and request.user.is_superuser

    @override
    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    @override
    def get_export_queryset(self, request: HttpRequest) -> list[TextOverride]:
        return all_texts()

    @override
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Every text of a language, overridden ones marked; `q` searches by folded words."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        language = request.GET.get("dil", "tr")
        language, asked = language if language in LANGUAGES else "tr", request.GET.get("q", "")
        changed = "degisen" in request.GET
        found = [
            entry
            for entry in overrides.entries(language)
            if _fits(entry, asked) and (entry.override or not changed)
        ]
        groups = groupby(found, key=lambda entry: override_rules.section_of(entry.key))
        context = {
            "title": "Vatandaşa söylenenler",
            "languages": LANGUAGES.items(),
            "language": language,
            "asked": asked,
            "changed": changed,
            "groups": [
                (SECTIONS[section], [(e, description_of(e.key)) for e in rows]) for section, rows in groups
            ],
            "may_write": self.has_change_permission(request),
        }
        return render(
            request, "whatsapp/text_overrides.html", self.admin_site.each_context(request) | context
        )

    @override
    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Redirects from Django's change URL, which the change log links to, to the edit page."""
        row = self.get_object(request, object_id)
        if not self.has_view_permission(request) or row is None:
            raise PermissionDenied
        return redirect("admin:whatsapp_textoverride_edit", row.language, row.key)

    def _edit(self, request: HttpRequest, language: str, key: str) -> HttpResponse:
        """The page of one text; POST overrides or restores it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        entry = overrides.entry_of(language, key)
        if entry is None:
            raise Http404
        if request.method == "POST":
            return self._write(request, language, entry)
        return self._page(request, language, entry, entry.text)

    def _write(self, request: HttpRequest, language: str, entry: CatalogEntry) -> HttpResponse:
        if not self.has_change_permission(request) or not isinstance(request.user, User):
            raise PermissionDenied
        text = entry.shipped if "restore" in request.POST else request.POST.get("text", "")
        try:
            row = overrides.rewrite(
                entry=entry, language=language, text=text, user=request.user, now=timezone.now()
            )
        except InvalidText as refusal:
            return self._page(request, language, entry, text, refusal.faults)
        if row is None and entry.override is None:
            messages.info(request, "Metin zaten özgün hâliyle söyleniyor.")
        else:
            logged = row or entry.override
            assert logged  # noqa: S101 - one of the two was or is there
            self.log_change(request, logged, f"“{entry.text}” yerine “{row.text if row else entry.shipped}”")
            messages.success(
                request,
                "Kaydedildi. Bundan sonraki mesajlarda böyle söylenir." if row else "Özgün metne dönüldü.",
            )
        return redirect("admin:whatsapp_textoverride_edit", language, entry.key)

    def _page(
        self,
        request: HttpRequest,
        language: str,
        entry: CatalogEntry,
        text: str,
        faults: list[str] | None = None,
    ) -> HttpResponse:
        context = {
            "title": f"Vatandaşa söylenen: {description_of(entry.key)}",
            "entry": entry,
            "occasion": description_of(entry.key),
            "language": language,
            "language_name": LANGUAGES[language],
            "direction": "rtl" if language == "ar" else "ltr",
            "text": text,
            "faults": faults or [],
            "limit": override_rules.limit_of(entry.key),
            "gaps": override_rules.placeholders_of(entry.shipped),
            "examples": {
                name: override_rules.EXAMPLES[name] for name in override_rules.placeholders_of(entry.shipped)
            },
            "preview": override_rules.filled(text),
            "is_title": override_rules.section_of(entry.key) in override_rules.TITLES,
            "may_write": self.has_change_permission(request),
        }
        return render(
            request,
            "whatsapp/text_override.html",
            self.admin_site.each_context(request) | context,
            status=400 if faults else 200,
        )

    def _templates(self, request: HttpRequest) -> HttpResponse:
        """The message templates with their state at Meta; POST submits missing ones."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            if not self.has_change_permission(request):
                raise PermissionDenied
            _hand_in(request)
            return redirect("admin:whatsapp_textoverride_templates")
        try:
            known, fault = templates_at_meta.known_templates(), ""
        except CloudApiError as error:
            known, fault = (
                {},
                f"Meta’ya sorulamadı: {error}. Erişim anahtarını ve hesap kimliğini denetleyin.",
            )
        rows = [_shown(wanted, known, asked=not fault) for wanted in TEMPLATES]
        context = {
            "title": "Mesaj şablonları",
            "fault": fault,
            "rows": rows,
            "missing": any(row["problem"] for row in rows) and not fault,
            "may_write": self.has_change_permission(request),
        }
        return render(request, "whatsapp/templates.html", self.admin_site.each_context(request) | context)

    def _templates_file(self, request: HttpRequest, kind: str) -> HttpResponse:
        """Exports the templates; there is no import, since changes need Meta's approval."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if kind not in FILES:
            raise Http404
        written = FILES[kind]()
        return HttpResponse(
            written.export_data(templates_as_table()),
            content_type=written.get_content_type(),
            headers={"Content-Disposition": f'attachment; filename="sablonlar.{kind}"'},
        )


def _hand_in(request: HttpRequest) -> None:
    """Submits missing templates and shows the result."""
    try:
        handed_in, refused = templates_at_meta.submit_missing()
    except CloudApiError as error:
        messages.error(request, f"Meta’ya sorulamadı: {error}")
        return
    for name, cause in refused:
        messages.error(request, f"{name} kabul edilmedi: {cause}")
    if handed_in or not refused:
        messages.success(
            request, f"{handed_in} şablon onaya gönderildi." if handed_in else "Eksik şablon yok."
        )


def _shown(wanted: dict[str, Any], known: dict[Any, Any], *, asked: bool) -> dict[str, str]:
    (body,) = (part["text"] for part in wanted["components"] if part["type"] == "BODY")
    found = known.get((wanted["name"], wanted["language"]))
    problem = templates_at_meta.template_problem(wanted, found) if asked else ""
    return {
        "name": wanted["name"],
        "language": wanted["language"],
        "language_name": LANGUAGES[wanted["language"]],
        "text": body,
        "problem": problem,
        "state": problem.partition(";")[0] or ("onaylı" if asked else "bilinmiyor"),
    }


def _fits(entry: CatalogEntry, asked: str) -> bool:
    """Whether every word of the search is in the text, its description or its key."""
    looked_at = fold(f"{entry.text} {description_of(entry.key)} {entry.key}")
    return all(word in looked_at for word in fold(asked).split())
