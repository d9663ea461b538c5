"""The page on what the router has learned, and the way back to the model before."""

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from departments.common import cache
from departments.models import OutsideShare, RouterModel
from departments.routing.active_model import model_in_use
from departments.routing.model import RECIPE
from tests.tickets.reports.test_routing_report import said, taken
from tests.tickets.world import World, sign_in
from tickets.models import Ticket

PAGE = "/admin/yonlendirici/"
BACK = "/admin/yonlendirici/geri/"


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    cache.refresh()


def model(version: str) -> RouterModel:
    return RouterModel.objects.create(
        version=version, recipe=RECIPE, content=b"", scores={}, corrections=40, lessons="Çukuru öğrendi."
    )


def test_the_page_tells_week_by_week_how_often_clerks_agreed(world: World) -> None:
    for department in ("FEN", "PARK"):
        taken(world, routed=said(department=department))
    Ticket.objects.update(created_at=timezone.now())
    page = sign_in(world, "supervisor").get(PAGE).content.decode()
    assert "2 başvuru yönlendirildi, 2 tanesine bakıldı; birimi %50,0 doğru" in page
    assert "2 tanesinde emindi, bakılanların %50,0 kadarında haklı" in page


def test_the_page_tells_what_was_learned_and_what_is_followed(world: World) -> None:
    model("7-a")
    OutsideShare.objects.create(share=0.2, tickets=100, tickets_by_body={"PARK": 10, "FEN": 60, "kaski": 30})
    page = sign_in(world, "supervisor").get(PAGE).content.decode()
    assert "40 düzeltmeden öğrenilen model kullanımda. Çukuru öğrendi." in page
    assert "%20.0 kadarı başka kurumların işi" in page
    assert "Fen İşleri (%60), KASKİ (%30), Park ve Bahçeler (%10)" in page


def test_one_click_goes_back_to_the_model_before_and_is_kept_in_the_log(world: World) -> None:
    before, now = model("7-a"), model("7-b")
    sign_in(world, "supervisor").post(BACK, {"model": now.version})
    assert model_in_use() == before
    assert LogEntry.objects.get().object_id == str(now.pk)


def test_a_second_click_on_a_page_of_before_changes_nothing(world: World) -> None:
    before, now = model("7-a"), model("7-b")
    client = sign_in(world, "supervisor")
    for _ in range(2):
        client.post(BACK, {"model": now.version})
    assert model_in_use() == before


def test_an_operator_does_not_change_the_model(world: World) -> None:
    now = model("7-a")
    assert sign_in(world, "operator").post(BACK, {"model": now.version}).status_code == 403
    assert model_in_use() == now
