"""What a list masks is not found by trying."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin import site
from django.db.models import Model
from django.test import RequestFactory

from tests.tickets.world import World, sign_in


@pytest.mark.parametrize("who", ["crew_fen", "operator", "admin"])
@pytest.mark.parametrize(
    "asked",
    ["phone=%2B905321234567", "phone__startswith=%2B9053", "phone__regex=^.9053", "name__startswith=A"],
)
def test_an_address_finds_nobody_by_a_column_that_is_no_filter(world: World, who: str, asked: str) -> None:
    world.assigned()
    assert sign_in(world, who).get(f"/admin/tickets/citizen/?{asked}").status_code == 400


def columns() -> Iterator[tuple[type[Model], Any]]:
    """Each column of each table of the back office that none of its filters names."""
    for model, page in site._registry.items():
        named = {
            page.date_hierarchy,
            *(each if isinstance(each, str) else each[0] for each in _filters(page)),
        }
        for column in model._meta.concrete_fields:
            if column.name not in named and not column.primary_key:
                yield model, column


def _filters(page: Any) -> list[Any]:
    return [each for each in page.list_filter if isinstance(each, str | tuple)]


def test_no_list_is_filtered_by_a_column_that_none_of_its_filters_names(world: World) -> None:
    request = RequestFactory().get("/")
    request.user = world.user("admin")
    open_ones = [
        (model._meta.label, lookup)
        for model, column in columns()
        for lookup in (column.name, f"{column.attname}__exact", f"{column.name}__startswith")
        if site._registry[model].lookup_allowed(lookup, "a", request)
    ]
    assert open_ones == []


def test_a_list_is_still_filtered_by_what_its_filters_name(world: World) -> None:
    ticket = world.assigned()
    client = sign_in(world, "admin")
    for asked in ("kind__exact=created", f"pk__in={ticket.events.latest('id').pk}", "e=1"):
        assert client.get(f"/admin/tickets/ticketevent/?{asked}").status_code == 200
    assert client.get("/admin/auth/user/?is_active__exact=1").status_code == 200
