"""How a cell of a spreadsheet is read and written: yes and no, codes, labels, numbers, days, hours."""

from datetime import datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Model, TextChoices
from import_export.widgets import (
    BooleanWidget,
    CharWidget,
    DateTimeWidget,
    DateWidget,
    FloatWidget,
    ForeignKeyWidget,
    IntegerWidget,
    JSONWidget,
    ManyToManyWidget,
    TimeWidget,
    Widget,
)
from typing_extensions import override

from departments.spreadsheets.formulas import guarded, unguarded

YES, NO = "evet", "hayır"


class ByCode(ForeignKeyWidget):  # type: ignore[misc]  # import_export has no type hints, here and below
    """A row of another table by the field that people know it by."""

    def __init__(self, model: type[Model], field: str = "code") -> None:
        super().__init__(model, field)

    @override
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        try:
            return super().clean(value, row, **kwargs)
        except self.model.DoesNotExist:
            named = self.model._meta.verbose_name
            raise ValidationError(f"“{value}” diye bir {named} yok.") from None


class Codes(ManyToManyWidget):  # type: ignore[misc]
    """Rows of another table by their codes, with commas between them."""

    def __init__(self, model: type[Model]) -> None:
        super().__init__(model, separator=", ", field="code")

    @override
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        wanted = {code.strip() for code in str(value or "").split(",")} - {""}
        found = self.model._default_manager.filter(code__in=wanted)
        unknown = wanted - set(found.values_list("code", flat=True))
        if unknown:
            named = self.model._meta.verbose_name
            raise ValidationError(f"“{', '.join(sorted(unknown))}” diye bir {named} yok.")
        return found


class YesNo(BooleanWidget):  # type: ignore[misc]
    # DOĞRU and YANLIŞ are what a Turkish Excel makes of a truth value.
    TRUE_VALUES: ClassVar = [YES, "Evet", "EVET", "1", 1, True, "true", "True", "TRUE", "DOĞRU", "x", "X"]
    FALSE_VALUES: ClassVar = [
        *(NO, "Hayır", "HAYIR", "0", 0, False, "false", "False", "FALSE", "YANLIŞ", "", None)
    ]

    @override
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool:
        if value not in (*self.TRUE_VALUES, *self.FALSE_VALUES):
            raise ValidationError(f"“{value}” yerine {YES} ya da {NO} yazın.")
        return value in self.TRUE_VALUES

    @override
    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return YES if value else NO


class Text(CharWidget):  # type: ignore[misc]
    """Text; one that a spreadsheet would take for a formula is exported with an apostrophe before it."""

    @override
    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return guarded(str(super().render(value, obj, **kwargs)))

    @override
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return unguarded(str(super().clean(value, row, **kwargs)))


class Label(CharWidget):  # type: ignore[misc]
    """A choice by its Turkish label."""

    def __init__(self, choices: type[TextChoices]) -> None:
        super().__init__()
        self.labels = {str(value): str(label) for value, label in choices.choices}

    @override
    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return self.labels.get(str(value), "")

    @override
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        wanted = str(value or "").strip()
        found = next((code for code, label in self.labels.items() if label == wanted), "")
        if wanted and not found:
            raise ValidationError(
                f"“{wanted}” yerine şunlardan birini yazın: {', '.join(self.labels.values())}."
            )
        return found


class _Explained(Widget):  # type: ignore[misc]
    """A widget whose errors say in Turkish what cannot be read and which format is expected."""

    written = ""

    @override
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        try:
            return super().clean(value, row, **kwargs)
        except (ValueError, ArithmeticError):
            raise ValidationError(f"“{value}” okunamadı. Şöyle yazın: {self.written}") from None


class Whole(_Explained, IntegerWidget):  # type: ignore[misc]
    written = "12"


class Share(_Explained, FloatWidget):  # type: ignore[misc]
    """A number between 0 and 1, with a comma or a point."""

    written = "0,6"

    @override
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        return super().clean(value.replace(",", ".") if isinstance(value, str) else value, row, **kwargs)

    @override
    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return f"{value:g}".replace(".", ",")


class Area(_Explained, JSONWidget):  # type: ignore[misc]
    written = '{"type": "Polygon", "coordinates": …}'


class Day(_Explained, DateWidget):  # type: ignore[misc]
    written = "29.10.2027"

    def __init__(self) -> None:
        super().__init__("%d.%m.%Y")

    @override
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        """A day in a workbook arrives as a datetime."""
        return super().clean(value.date() if isinstance(value, datetime) else value, row, **kwargs)


class Hour(_Explained, TimeWidget):  # type: ignore[misc]
    written = "08:30"

    def __init__(self) -> None:
        super().__init__("%H:%M")
        self.formats = (
            "%H:%M",
            "%H:%M:%S",
            "%H.%M",
        )  # the second is how Excel writes what it took for a time


class Moment(_Explained, DateTimeWidget):  # type: ignore[misc]
    written = "29.10.2027 08:30"

    def __init__(self) -> None:
        super().__init__("%d.%m.%Y %H:%M")
        self.formats = ("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H.%M")
