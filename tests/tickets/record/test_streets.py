"""Places by what somebody types of their names."""

import pytest

from departments.common import cache
from departments.models import Artery
from tests.tickets.world import World, sign_in
from tickets.record.streets import streets_in


@pytest.mark.parametrize(
    ("address", "streets"),
    [
        ("Gül Sokak 4", ["Gül Sokak"]),
        ("gül sk. no:4 d:2", ["Gül Sokak"]),
        ("Alpaslan Mah. Gül Sok. No 4", ["Gül Sokak"]),
        ("Şehit Ali Cd. 12", ["Şehit Ali Caddesi"]),
        ("Sivas Bulvarı 220", ["Sivas Bulvarı"]),
        ("okulun arkası", []),
        ("", []),
    ],
)
def test_a_street_is_read_out_of_an_address_without_the_house(address: str, streets: list[str]) -> None:
    assert streets_in(address) == streets


def found(world: World, typed: str, who: str = "operator") -> list[str]:
    rows = sign_in(world, who).get("/admin/yeni/yer/", {"q": typed}).json()["places"]
    return [each["name"] for each in rows]


def test_mahalleler_main_roads_and_streets_of_tickets_are_found(world: World) -> None:
    Artery.objects.create(name="Alparslan Türkeş Bulvarı", agency=world.kaski, width_m=30, lines=[])
    cache.refresh()
    for number in range(3):
        world.assigned(address=f"Alparslan Gazi Sokak {number}", neighbourhood=world.mahalle)
    world.assigned(address="Başka Sokak 4")
    assert found(world, "alp") == ["Alpaslan Mahallesi", "Alparslan Türkeş Bulvarı", "Alparslan Gazi Sokak"]
    assert found(world, "GAZİ") == ["Alparslan Gazi Sokak"]


def test_neither_a_letter_nor_a_ticket_that_is_not_theirs_to_see_finds_a_street(world: World) -> None:
    world.open(address="Saklı Sokak 4", category=world.misconduct)
    assert found(world, "saklı") == []
    assert found(world, "saklı", "supervisor") == ["Saklı Sokak"]
    assert found(world, "a") == []
