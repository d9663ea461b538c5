"""The guides in the back office."""

import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.staticfiles import finders
from django.urls import reverse

from departments.text.folding import fold
from melikgazi.back_office import guides
from melikgazi.back_office.guides import GUIDES, guide_of, help_for
from melikgazi.back_office.unfold import NAVIGATION
from tests.tickets.world import World, build_world, sign_in


@pytest.fixture
def world(db: None) -> World:
    return build_world()


@pytest.mark.parametrize("name", GUIDES)
def test_whoever_works_here_reads_a_guide_with_its_pictures(world: World, name: str) -> None:
    html = sign_in(world, "crew_fen").get(f"/admin/kilavuz/{name}/").content.decode()
    pictures = re.findall(r'src="/static/(kilavuz/[^"]+)"', html)
    assert pictures
    assert [each for each in pictures if finders.find(each) is None] == []
    assert "<table>" in html


def test_there_is_no_other_guide(world: World) -> None:
    assert sign_in(world, "admin").get("/admin/kilavuz/..%2FREADME/").status_code == 404
    assert sign_in(world, "admin").get("/admin/kilavuz/README/").status_code == 404


@pytest.mark.parametrize("part", sorted(set(guides._EXPLAINED.values())), ids=str)
def test_every_way_to_a_guide_leads_to_a_heading_that_is_there(part: tuple[str, str]) -> None:
    name, heading = part
    assert heading in dict(guide_of(name).headings).values()


def test_a_page_links_to_the_part_that_explains_it(world: World) -> None:
    client, ticket = sign_in(world, "supervisor"), world.open()
    for path, to in (
        ("/admin/tickets/ticket/", "/admin/kilavuz/operator/#kuyruk"),
        (f"/admin/tickets/ticket/{ticket.pk}/change/", "/admin/kilavuz/operator/#bir-basvuru"),
        ("/admin/departments/dutyshift/import/", "/admin/kilavuz/yonetici/#tablolari-dosyayla-degistirmek"),
        ("/admin/yeni/", "/admin/kilavuz/operator/#telefonla-ya-da-yuz-yuze-gelen-basvuru"),
        ("/admin/departments/dutyshift/", "/admin/kilavuz/yonetici/#nobet"),
    ):
        assert f'href="{to}"' in client.get(path).content.decode()


@pytest.mark.django_db
def test_no_table_of_the_back_office_is_without_an_explanation() -> None:
    default = help_for("/admin/")
    for model in admin.site._registry:
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        assert help_for(path) != default, path


@pytest.mark.parametrize(
    "item", [item for group in NAVIGATION for item in group["items"]], ids=lambda item: item["title"]
)
def test_the_part_that_a_page_links_to_names_the_page(item: dict[str, Any]) -> None:
    guide, _, part = help_for(str(item["link"])).partition("#")
    html = guide_of(guide.split("/")[-2]).html
    explained = re.search(rf'<h2 id="{part}">.*?(?=<h2|$)', html, re.DOTALL)
    assert explained
    assert fold(item["title"]) in fold(explained[0])
