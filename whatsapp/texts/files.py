"""What citizens read, as files: every sentence out and in, the templates out alone, since Meta approves their words."""

from collections.abc import Callable, Iterator
from typing import Any

import tablib
from django.core.exceptions import ValidationError
from django.utils import timezone
from import_export.fields import Field
from typing_extensions import override

from departments.files.import_export import Resource, Text, column
from whatsapp.models.text_overrides import TextOverride
from whatsapp.texts import overrides
from whatsapp.texts.catalog import TABLES, edits
from whatsapp.texts.catalog.descriptions import LANGUAGES, occasion
from whatsapp.texts.overrides import InvalidText
from whatsapp.texts.templates import TEMPLATES


class Sentence(Text):
    @override
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return super().clean(value, row, **kwargs).replace("\r\n", "\n").strip()


class SentenceField(Field):  # type: ignore[misc]  # import_export has no type hints, here and below
    """A column for whoever reads the file; what it holds is not taken in."""

    def __init__(self, title: str, tell: Callable[[TextOverride], str]) -> None:
        super().__init__(column_name=title, readonly=True, widget=Text())
        self._tell = tell

    @override
    def get_value(self, instance: TextOverride) -> str:
        return self._tell(instance)


class TextOverrideResource(Resource):
    """Sentences that are said as they are shipped are in the file, too, and are rows of ours once they differ."""

    language = column("dil", "language")
    key = column("anahtar", "key")
    said_when = SentenceField("ne zaman söylenir", lambda row: occasion(row.key))
    shipped = SentenceField("özgün metin", lambda row: edits.flat(TABLES[row.language])[row.key])
    text = column("metin", "text", Sentence())

    class Meta(Resource.Meta):
        model = TextOverride
        import_id_fields = ("language", "key")
        fields = ("language", "key", "said_when", "shipped", "text")
        clean_model_instances = False  # rewriting.py knows what may be said

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


def every_sentence() -> list[TextOverride]:
    """What is said now in every language; a sentence said as shipped as a row that is not saved."""
    return [as_row(language, entry) for language in TABLES for entry in overrides.entries(language)]


def as_row(language: str, entry: overrides.CatalogEntry) -> TextOverride:
    return entry.wording or TextOverride(language=language, key=entry.key, text=entry.shipped)


def templates_as_table() -> tablib.Dataset:
    """The templates as they are handed in to Meta."""
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
