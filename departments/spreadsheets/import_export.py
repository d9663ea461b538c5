"""Import and export of tables as CSV and XLSX; an import shows a preview of what would change first.

A row is found by what people know it by (a code, a title), never by its primary key. A file with one bad line changes
nothing, and the preview names line and cause. Rows that a file leaves out stay as they are. Files are read and applied
by a process of its own (import_jobs.py), which the page of the import follows.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from import_export.admin import ImportExportModelAdmin
from import_export.fields import Field
from import_export.formats.base_formats import CSV, XLSX, Format
from import_export.resources import ModelResource
from import_export.widgets import Widget
from typing_extensions import override
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from departments.spreadsheets import import_jobs, import_work
from departments.spreadsheets.bounded_files import FILE_BYTES
from departments.spreadsheets.cells import Text
from departments.spreadsheets.models import ImportJob

BOM = "\ufeff"


class Spreadsheet(CSV):  # type: ignore[misc]  # import_export has no type hints, here and below
    """CSV as a Turkish spreadsheet reads it: marked as UTF-8, parted by semicolons."""

    @override
    def get_title(self) -> str:
        return "csv"

    @override
    def export_data(self, dataset: Any, **kwargs: Any) -> str:
        return f"{BOM}{super().export_data(dataset, delimiter=';', **kwargs)}"


def column(title: str, attribute: str, widget: Widget | None = None) -> Field:
    """A column of the file and the attribute that it fills; text, unless a widget is given."""
    return Field(attribute=attribute, column_name=title, widget=widget or Text())


class Resource(ModelResource):  # type: ignore[misc]
    """The columns of a table in a file. Subclasses name them and, in Meta, the columns that identify a row."""

    class Meta:
        skip_unchanged = True
        report_skipped = False
        clean_model_instances = True
        use_transactions = True

    report_progress: Callable[[int], None] = staticmethod(
        lambda _done: None
    )  # hears of each row that is done

    @classmethod
    @override
    def get_diff_class(cls) -> type[import_work.Changes]:
        return import_work.Changes

    @override
    def import_field(
        self, field: Field, instance: Any, row: Any, is_m2m: bool = False, **kwargs: Any
    ) -> None:
        """Raises ValueError for a bad cell: only those are collected with the other errors of the line."""
        try:
            super().import_field(field, instance, row, is_m2m, **kwargs)
        except ValidationError as error:
            if is_m2m:
                raise
            raise ValueError(" ".join(error.messages)) from error

    @override
    def get_instance(self, instance_loader: Any, row: Any) -> Any:
        """Errors of the columns that a row is found by name them, too."""
        for name in self.get_import_id_fields():
            field = self.fields[name]
            try:
                field.clean(row)
            except ValidationError as error:
                raise ValidationError({field.column_name: error.messages}) from error
        return super().get_instance(instance_loader, row)

    @override
    def import_row(self, row: Any, instance_loader: Any, **kwargs: Any) -> Any:
        """Errors of a line name the titles of its columns instead of the model's fields."""
        result = super().import_row(row, instance_loader, **kwargs)
        error = result.validation_error
        if error is not None and hasattr(error, "error_dict"):
            titles = {field.attribute: field.column_name for field in self.get_import_fields()}
            named = {titles.get(name, name): causes for name, causes in error.error_dict.items()}
            result.validation_error = ValidationError(named)
        self.report_progress(kwargs["row_number"])
        return result

    @override
    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        """Every column must be there: a missing one would empty its field in every row."""
        wanted = [field.column_name for field in self.get_import_fields() if not field.readonly]
        missing = [title for title in wanted if title not in (dataset.headers or [])]
        if missing:
            raise ValidationError(
                f"1. satırda eksik sütun: {', '.join(missing)}. Sütunlar: {', '.join(wanted)}."
            )


class BoundedImportForm(ImportForm):  # type: ignore[misc]
    def clean_import_file(self) -> UploadedFile:  # type: ignore[type-arg]  # takes none when it runs
        file: UploadedFile = self.cleaned_data["import_file"]  # type: ignore[type-arg]
        if (file.size or 0) > FILE_BYTES:
            raise forms.ValidationError(f"Dosya {FILE_BYTES // 1024**2} MB’tan büyük. Bölerek yükleyin.")
        return file


class ImportExportAdmin(ImportExportModelAdmin):  # type: ignore[misc]
    """Import and export buttons on a list: export needs the view permission, import those to add and to change."""

    import_form_class = BoundedImportForm
    export_form_class = ExportForm
    formats: ClassVar[list[type[Format]]] = [XLSX, Spreadsheet]

    @override
    def get_urls(self) -> list[URLPattern]:
        """With the page of an import instead of the library's own, which works within the request."""
        name = "{}_{}_import_job".format(*self.get_model_info())
        view = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(never_cache(self.import_job)))
        others = [each for each in super().get_urls() if not str(each.name).endswith("_process_import")]
        return [path("import/<int:key>/", view, name=name), *others]

    @override
    def has_import_permission(self, request: HttpRequest) -> bool:
        page: ModelAdmin[Any] = self
        return page.has_add_permission(request) and page.has_change_permission(request)

    @override
    def has_export_permission(self, request: HttpRequest) -> bool:
        page: ModelAdmin[Any] = self
        return page.has_view_permission(request)

    @override
    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The form; a file that was sent is kept for a worker, and its page follows."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = self.create_import_form(request) if request.method == "POST" else None
        if form is None or not form.is_valid():
            shown: HttpResponse = super().import_action(request, **kwargs)
            return shown
        file = form.cleaned_data["import_file"]
        job = import_jobs.begin(
            user=request.user,  # type: ignore[arg-type]  # the permission is a signed-in user's
            table=self.model._meta.label_lower,
            name=file.name,
            form="xlsx" if self.formats[int(form.cleaned_data["format"])] is XLSX else "csv",
            content=file.read(),
            now=timezone.now(),
        )
        return self._page_of(job)

    def import_job(self, request: HttpRequest, key: int) -> HttpResponse:
        """How far an import of one's own is, what it would change, and the word to go on or to stop."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        own = ImportJob.objects.filter(user=request.user.pk, table=self.model._meta.label_lower)
        job = get_object_or_404(own.defer("content"), pk=key)
        if request.method == "POST":
            do = {"apply": import_jobs.confirm, "cancel": import_jobs.cancel}.get(request.POST.get("do", ""))
            if do is None or not do(job):
                messages.error(request, "Bu dosya artık bunu beklemiyor.")
            return self._page_of(job)
        context = {
            "title": f"{self.model._meta.verbose_name_plural}: dosyadan alma",
            "job": job,
            "changes": import_work.described(job.changes),
            "list": reverse("admin:{}_{}_changelist".format(*self.get_model_info())),
            "again": reverse("admin:{}_{}_import".format(*self.get_model_info())),
        }
        return render(request, "departments/import_job.html", self.admin_site.each_context(request) | context)

    def _page_of(self, job: ImportJob) -> HttpResponse:
        return redirect("admin:{}_{}_import_job".format(*self.get_model_info()), job.pk)
