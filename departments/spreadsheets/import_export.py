"""Import and export of tables as CSV and XLSX; an import shows a preview of what would change first.

A row is found by what people know it by (a code, a title), never by its primary key. A file with one bad line changes
nothing, and the preview names line and cause. Rows that a file leaves out stay as they are.
"""

import csv
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from import_export.admin import ImportExportModelAdmin
from import_export.fields import Field
from import_export.formats.base_formats import CSV, XLSX, Format
from import_export.resources import ModelResource
from import_export.results import Result
from import_export.widgets import Widget
from typing_extensions import override
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from departments.spreadsheets.cells import Text
from departments.spreadsheets.uploads import Upload

BOM = "\ufeff"
CHANGED_MEANWHILE = (
    "Kayıtlar önizlemeden sonra değişti, dosyadan hiçbir şey alınmadı. Dosyayı yeniden yükleyin."
)
GONE = "Dosya önizlemeden sonra bir saat saklanır. Yeniden yükleyin."


class Spreadsheet(CSV):  # type: ignore[misc]  # import_export has no type hints, here and below
    """CSV as a Turkish spreadsheet reads and writes it: marked as UTF-8, parted by semicolons or commas."""

    @override
    def get_title(self) -> str:
        return "csv"

    @override
    def create_dataset(self, in_stream: Any, **kwargs: Any) -> Any:
        if isinstance(in_stream, bytes):
            in_stream = in_stream.decode("utf-8-sig")
        try:
            separator = csv.Sniffer().sniff(in_stream.partition("\n")[0], delimiters=";,\t").delimiter
        except csv.Error:  # a single column
            separator = ","
        return super().create_dataset(in_stream, delimiter=separator, **kwargs)

    @override
    def export_data(self, dataset: Any, **kwargs: Any) -> str:
        return f"{BOM}{super().export_data(dataset, delimiter=';', **kwargs)}"


def column(title: str, attribute: str, widget: Widget | None = None) -> Field:
    """A column of the file and the attribute that it fills; text, unless a widget is given."""
    return Field(attribute=attribute, column_name=title, widget=widget or Text())


class FileResult(Result):  # type: ignore[misc]
    """The outcome of an import; lines are numbered as in a spreadsheet, where line 1 holds the titles."""

    @override
    def append_invalid_row(self, number: int, row: Any, validation_error: ValidationError) -> None:
        super().append_invalid_row(number + 1, row, validation_error)

    @override
    def row_errors(self) -> list[tuple[int, Any]]:
        return [(row.number + 1, row.errors) for row in self.error_rows]


class Resource(ModelResource):  # type: ignore[misc]
    """The columns of a table in a file. Subclasses name them and, in Meta, the columns that identify a row."""

    class Meta:
        skip_unchanged = True
        report_skipped = False
        clean_model_instances = True
        use_transactions = True

    @classmethod
    @override
    def get_result_class(cls) -> type[FileResult]:
        return FileResult

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
    def import_row(self, row: Any, instance_loader: Any, **kwargs: Any) -> Any:
        """Errors of a line name the titles of its columns instead of the model's fields."""
        result = super().import_row(row, instance_loader, **kwargs)
        error = result.validation_error
        if error is not None and hasattr(error, "error_dict"):
            titles = {field.attribute: field.column_name for field in self.get_import_fields()}
            named = {titles.get(name, name): causes for name, causes in error.error_dict.items()}
            result.validation_error = ValidationError(named)
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


class ImportExportAdmin(ImportExportModelAdmin):  # type: ignore[misc]
    """Import and export buttons on a list: export needs the view permission, import those to add and to change."""

    import_form_class = ImportForm
    export_form_class = ExportForm
    formats: ClassVar[list[type[Format]]] = [XLSX, Spreadsheet]
    import_error_display = ("message", "row")
    tmp_storage_class = Upload

    @override
    def has_import_permission(self, request: HttpRequest) -> bool:
        page: ModelAdmin[Any] = self
        return page.has_add_permission(request) and page.has_change_permission(request)

    @override
    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        kept: dict[str, Any] = super().get_import_data_kwargs(**kwargs)
        return kept | {"rollback_on_validation_errors": True}

    @override
    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Deletes the upload when the import was refused."""
        response: Any = super().import_action(request, **kwargs)
        name = getattr(request.FILES.get("import_file"), "tmp_storage_name", None)
        if name and "confirm_form" not in response.context_data:
            Upload(name=name).remove()
        return response  # type: ignore[no-any-return]

    @override
    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            done: HttpResponse = super().process_import(request, **kwargs)
        except FileNotFoundError:
            messages.error(request, GONE)
            return self._anew()
        return done

    def _anew(self) -> HttpResponse:
        return redirect("admin:{}_{}_import".format(*self.get_model_info()))

    @override
    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        """Shows an error where a file that was valid at the preview is not any more when it is confirmed."""
        if result.has_errors() or result.has_validation_errors():
            messages.error(request, CHANGED_MEANWHILE)
            return self._anew()
        done: HttpResponse = super().process_result(result, request)
        return done

    @override
    def has_export_permission(self, request: HttpRequest) -> bool:
        page: ModelAdmin[Any] = self
        return page.has_view_permission(request)
