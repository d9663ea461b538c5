"""Base data: the files beside this module, and files of the same shape that staff bring.

A row comes from one entry, its fields are checked as the admin would check them, and errors name it.
Everything happens in one transaction: a bad entry changes nothing.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Generic, NoReturn, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction

from departments.common import cache
from departments.organisation.agency_codes import OURS
from departments.organisation.models.categories import Category, CategoryQuestion
from departments.organisation.models.departments import Agency, Department
from departments.places.models import Neighbourhood
from departments.routing.models import GreyZone
from departments.staff.role_permissions import grant_roles
from departments.text.folding import fold

GROUP_PREFIX = "grup_"
OPTIONAL = (
    "public_name",
    "public_name_en",
    "public_name_ar",
    "note",
    "radius_m",
    "restricted",
    "sure_from",
)
LINKS = ("parent", "department", "agency")
DATA = Path(__file__).parent / "data"

Entry = Mapping[str, object]
Row = TypeVar("Row", Agency, Category, Department, Neighbourhood)
Known = TypeVar("Known")


class DataError(Exception):
    """A file that cannot be imported; the message (Turkish, for whoever runs the command) names the entry."""


def load_base_data() -> None:
    """Create the agencies, departments, categories, mahalleler, questions and staff groups that are missing.

    Rows that exist stay as staff left them, so this may run at every start.
    """
    with transaction.atomic():
        agencies, neighbourhoods = (
            _RowsByCode(Agency, overwrite=False),
            _RowsByCode(Neighbourhood, overwrite=False),
        )
        for where, code, entry in _entries("kurum", _base("agencies")):
            agencies.put(code, entry, where)
        for where, code, entry in _entries("mahalle", _base("mahalle_names")):
            neighbourhoods.put(code, entry, where)
        _write_taxonomy(_base("departments"), _base("categories"), overwrite=False)
        _write_questions()
        _write_grey_zones(_base("grey_zones"))
        grant_roles()
    cache.refresh()


def import_taxonomy(content: object) -> None:
    """Bring departments and categories to what a taxonomy file says.

        {"departments": [{"code", "name", "note"?}],
         "categories": [{"code", "name", "public_name"?, "public_name_en"?, "public_name_ar"?, "group", "department",
                         "jurisdiction", "first_h", "sla_days", "place", "radius_m"?, "restricted"?, "sure_from"?,
                         "note"?}]}

    `jurisdiction` is "melikgazi" or the code of the agency whose job it is; `first_h` are working hours, `sla_days`
    working days. Other keys are ignored; absent optional ones and rows that the file does not name stay as they are;
    the same file twice changes nothing. DataError when an entry is bad; then nothing has changed.
    """
    if not isinstance(content, dict):
        raise DataError(
            "Dosya, “departments” ve “categories” listelerini taşıyan bir JSON nesnesi olmalıdır."
        )
    with transaction.atomic():
        _write_taxonomy(content.get("departments"), content.get("categories"), overwrite=True)
    cache.refresh()


def read_json(file: Path) -> object:
    """The decoded content of a file; DataError when it is missing or no JSON in UTF-8."""
    try:
        return json.loads(file.read_text(encoding="utf-8"), parse_constant=_no_number)
    except (OSError, ValueError) as error:
        raise DataError(f"{file} okunamadı: {error}") from error


def _no_number(constant: str) -> NoReturn:
    """Refuses NaN and Infinity: Python reads them, but JSON does not have them and no column stores them."""
    raise ValueError(f"{constant} bir sayı değil")


def _write_taxonomy(departments: object, categories: object, *, overwrite: bool) -> None:
    department_table = _RowsByCode(Department, overwrite=overwrite)
    for where, code, entry in _entries("müdürlük", departments):
        department_table.put(
            code, {"name": _required(entry, "name", where)} | _optional(entry, "note"), where
        )
    agencies: dict[str, Agency | None] = {OURS: None, **Agency.objects.in_bulk(field_name="code")}
    category_table = _RowsByCode(Category, overwrite=overwrite)
    for where, code, entry in _entries("kategori", categories):
        if code.startswith(GROUP_PREFIX):
            raise DataError(f"{where}: “{GROUP_PREFIX}” ile başlayan kodlar gruplarındır.")
        group = str(_required(entry, "group", where))
        values = {
            "name": _required(entry, "name", where),
            "parent": category_table.put(group_code(group), {"name": group}, where),
            "department": _lookup(department_table.rows, entry, "department", where),
            "agency": _lookup(agencies, entry, "jurisdiction", where),
            "first_action_hours": _required(entry, "first_h", where),
            "resolution_days": _required(entry, "sla_days", where),
            "place": _required(entry, "place", where),
        } | _optional(entry, *OPTIONAL)
        category_table.put(code, values, where)


def _write_questions() -> None:
    """Adds the questions of categories that have none; one that staff removed comes back only if all are gone."""
    asked = set(CategoryQuestion.objects.values_list("category__code", flat=True))
    categories = Category.objects.in_bulk(field_name="code")
    for code, questions in _mapping(_base("category_questions")).items():
        if code in asked or code not in categories:
            continue
        for order, question in enumerate(questions, start=1):
            row = CategoryQuestion(category=categories[code], order=order, **question)
            row.full_clean()
            row.save()


def _mapping(content: object) -> dict[str, list[dict[str, object]]]:
    if not isinstance(content, dict):
        raise DataError("Kategori soruları dosyası bir JSON nesnesi olmalıdır.")
    return content


def _write_grey_zones(zones: object) -> None:
    """Adds the grey zones to an installation that has none yet; afterwards staff maintain them."""
    if GreyZone.objects.exists() or not isinstance(zones, list):
        return
    categories = Category.objects.in_bulk(field_name="code")
    agencies: dict[str | None, Agency | None] = {None: None, **Agency.objects.in_bulk(field_name="code")}
    GreyZone.objects.bulk_create(
        GreyZone(category=categories[z["category"]], agency=agencies[z["agency"]], question=z["question"])
        for z in zones
    )


def group_code(name: str) -> str:
    """The code of a group. Files give groups a name only: "Yol ve Kaldırım" becomes grup_yol_ve_kaldirim."""
    return f"{GROUP_PREFIX}{fold(name).replace(' ', '_')}"


class _RowsByCode(Generic[Row]):
    """The rows of a model by code: read once, created when missing, changed only when `overwrite` says so."""

    def __init__(self, model: type[Row], *, overwrite: bool) -> None:
        self.rows: dict[str, Row] = model._default_manager.in_bulk(field_name="code")
        self._model: type[Row] = model
        self._overwrite = overwrite

    def put(self, code: str, values: Entry, where: str) -> Row:
        row = self.rows.get(code) or self._model(code=code)
        exists = row.pk is not None
        if exists and not (
            self._overwrite and any(getattr(row, name) != value for name, value in values.items())
        ):
            return row
        for name, value in values.items():
            setattr(row, name, value)
        try:
            row.clean_fields(exclude=LINKS)
        except ValidationError as error:
            raise DataError(f"{where}: {' '.join(error.messages)}") from error
        moment: list[str] = ["updated_at"] if hasattr(row, "updated_at") else []
        row.save(update_fields=[*values, *moment] if exists else None)
        self.rows[code] = row
        return row


def _entries(kind: str, content: object) -> Iterator[tuple[str, str, dict[str, object]]]:
    """For each entry of a list its name for errors, its code and itself. DataError for a code that comes twice."""
    if not isinstance(content, list):
        raise DataError(f"Dosyada {kind} listesi yok.")
    seen: set[str] = set()
    for position, entry in enumerate(content, start=1):
        where = f"{position}. {kind}"
        if not isinstance(entry, dict):
            raise DataError(f"{where}: nesne değil.")
        code = str(_required(entry, "code", where))
        if code in seen:
            raise DataError(f"{where} ({code}): kod ikinci kez geçiyor.")
        seen.add(code)
        yield f"{where} ({code})", code, entry


def _required(entry: Entry, key: str, where: str) -> object:
    if entry.get(key) in (None, ""):
        raise DataError(f"{where}: “{key}” eksik.")
    return entry[key]


def _optional(entry: Entry, *keys: str) -> dict[str, object]:
    return {key: entry[key] for key in keys if key in entry}


def _lookup(known: Mapping[str, Known], entry: Entry, key: str, where: str) -> Known:
    code = str(_required(entry, key, where))
    if code not in known:
        raise DataError(f"{where}: “{key}” bilinmiyor: {code}.")
    return known[code]


def _base(name: str) -> object:
    return read_json(DATA / f"{name}.json")
