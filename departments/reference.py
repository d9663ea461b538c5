"""Departments, categories, mahalleler and agencies as they stand, without a query.

Everybody in the process gets the same rows: they are to be read and to be pointed at by other rows, never to be changed
or saved. Those out of use are among them. A code or key that nobody has is None.
"""

from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar

from departments.common.cache import RevalidatedCache
from departments.organisation.models.categories import Category, TargetVersion
from departments.organisation.models.departments import Agency, Department
from departments.places.models import Neighbourhood
from departments.text.folding import sort_key

Row = TypeVar("Row", Agency, Category, Department, Neighbourhood)


def category(code: str | None) -> Category | None:
    """The category of that code, its parent, department and agency beside it."""
    return _rows.get().categories.by_code.get(code)


def categories() -> list[Category]:
    """All of them, in no order."""
    return list(_rows.get().categories.by_id.values())


def category_by_id(pk: int | None) -> Category | None:
    return _rows.get().categories.by_id.get(pk)


def department(code: str | None) -> Department | None:
    return _rows.get().departments.by_code.get(code)


def agency(code: str | None) -> Agency | None:
    return _rows.get().agencies.by_code.get(code)


def neighbourhood(code: str | None) -> Neighbourhood | None:
    """The mahalle of that code; its boundary, which is long, is left in the database until somebody reads it."""
    return _rows.get().neighbourhoods.by_code.get(code)


def neighbourhood_by_id(pk: int | None) -> Neighbourhood | None:
    return _rows.get().neighbourhoods.by_id.get(pk)


def departments() -> list[Department]:
    """All of them by name, in the order of the Turkish alphabet."""
    return sorted(_rows.get().departments.by_id.values(), key=lambda row: sort_key(row.name))


def subjects() -> list[Category]:
    """All categories that stand below another, by their names in the order of the Turkish alphabet."""
    rows = (row for row in _rows.get().categories.by_id.values() if row.parent)
    return sorted(rows, key=lambda row: (sort_key(row.parent.name if row.parent else ""), sort_key(row.name)))


def neighbourhoods() -> list[Neighbourhood]:
    """All mahalleler by name, in the order of the Turkish alphabet."""
    return sorted(_rows.get().neighbourhoods.by_id.values(), key=lambda row: row.sort_key)


def current_target(category: Category) -> TargetVersion | None:
    """The version of the category's targets that tickets opened now get."""
    return _rows.get().targets.get(category.pk)


class _Table(Generic[Row]):
    def __init__(self, rows: Iterable[Row]) -> None:
        self.by_id: dict[int | None, Row] = {row.pk: row for row in rows}
        self.by_code: dict[str | None, Row] = {row.code: row for row in self.by_id.values()}


class _Rows(NamedTuple):
    agencies: _Table[Agency]
    departments: _Table[Department]
    categories: _Table[Category]
    neighbourhoods: _Table[Neighbourhood]
    targets: dict[int, TargetVersion]


def _load() -> _Rows:
    """Five statements; what points at other rows is read before them, so that these are there whoever writes."""
    newest = TargetVersion.objects.order_by("category_id", "-valid_from", "-id").distinct("category_id")
    targets = {target.category_id: target for target in newest}
    categories = _Table(Category.objects.all())
    departments, agencies = _Table(Department.objects.all()), _Table(Agency.objects.all())
    for row in categories.by_id.values():
        row.parent = categories.by_id.get(row.parent_id)
        row.department = departments.by_id.get(row.department_id)
        row.agency = agencies.by_id.get(row.agency_id)
    for pk, target in targets.items():
        target.category = categories.by_id[pk]
    return _Rows(agencies, departments, categories, _Table(Neighbourhood.objects.defer("boundary")), targets)


_rows = RevalidatedCache(_load)
