"""Import and export of the texts; templates are only exported, since Meta approves their words."""

from collections.abc import Callable, Iterator
from typing import Any

import tablib
from django.core.exceptions import ValidationError
from django.utils import timezone
from import_export.fields import Field
from typing_extensions import override

from departments.spreadsheets.cells import Text
from departments.spreadsheets.import_export import Resource, column
from whatsapp.texts import overrides
from whatsapp.texts.catalog import TABLES, override_rules
from whatsapp.texts.catalog.descriptions import LANGUAGES, description_of
from whatsapp.texts.models.text_overrides import TextOverride
from whatsapp.texts.overrides import InvalidText
from whatsapp.texts.template_parameters import TEMPLATES


class TextCell(Text):
    @override
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return super().clean(value, row, **kwargs).replace("\r\n", "\n").strip()


class ReadOnlyColumn(Field):  # type: ignore[misc]  # import_export has no type hints, here and below
    """A column that is exported for information and ignored by the import."""

    def __init__(self, title: str, value: Callable[[TextOverride], str]) -> None:
        super().__init__(column_name=title, readonly=True, widget=Text())
        self._value = value

    @override
    def get_value(self, instance: TextOverride) -> str:
        return self._value(instance)


class TextOverrideResource(Resource):
    """All texts of all languages, overridden or not; an import stores those that differ from the shipped ones."""

    language = column("dil", "language")
    key = column("anahtar", "key")
    description = ReadOnlyColumn("ne zaman söylenir", lambda row: description_of(row.key))
    shipped = ReadOnlyColumn("özgün metin", lambda row: override_rules.flat(TABLES[row.language])[row.key])
    text = column("metin", "text", TextCell())

    class Meta(Resource.Meta):
        model = TextOverride
        import_id_fields = ("language", "key")
        fields = ("language", "key", "description", "shipped", "text")
        clean_model_instances = False  # overrides.py validates

    @override
    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        super().before_import(dataset, **kwargs)
        self._entries = {
            (language, entry.key): entry for language in TABLES for entry in overrides.entries(language)
        }

    @override
    def get_or_init_instance(self, instance_loader: Any, row: Any) -> tuple[TextOverride, bool]:
        named = (str(row["dil"]), str(row["anahtar"]))
        if named not in self._entries:
            raise ValidationError(f"“{' / '.join(named)}” diye bir cümle yok.")
        return as_row(named[0], self._entries[named]), False

    @override
    def before_save_instance(self, instance: TextOverride, row: Any, **kwargs: Any) -> None:
        instance.by = kwargs["user"]

    @override
    def do_instance_save(self, instance: TextOverride, is_create: bool) -> None:
        assert instance.by  # noqa: S101 - set just before
        entry, language = self._entries[instance.language, instance.key], instance.language
        try:
            row = overrides.rewrite(
                entry=entry, language=language, text=instance.text, user=instance.by, now=timezone.now()
            )
        except InvalidText as refusal:
            raise ValidationError({"text": refusal.faults}) from refusal
        instance.pk = row.pk if row else instance.pk


def all_texts() -> list[TextOverride]:
    """The current texts of all languages; one that is not overridden as an unsaved row."""
    return [as_row(language, entry) for language in TABLES for entry in overrides.entries(language)]


def as_row(language: str, entry: overrides.CatalogEntry) -> TextOverride:
    return entry.override or TextOverride(language=language, key=entry.key, text=entry.shipped)


def templates_as_table() -> tablib.Dataset:
    """The templates as they are submitted to Meta."""
    table = tablib.Dataset(headers=["şablon", "dil", "türü", "metin", "örnekler", "düğmeler"])
    cell = Text().render
    for wanted in TEMPLATES:
        table.append([cell(text) for text in _cells(wanted)])
    return table


def _cells(wanted: dict[str, Any]) -> Iterator[str]:
    parts = {part["type"]: part for part in wanted["components"]}
    yield from (wanted["name"], LANGUAGES[wanted["language"]], wanted["category"])
    yield parts["BODY"]["text"]
    yield "\n".join(parts["BODY"]["example"]["body_text"][0])
    yield "\n".join(button["text"] for button in parts.get("BUTTONS", {}).get("buttons", ()))
