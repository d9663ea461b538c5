"""An import is one transaction, followed and stopped from another: whatever ends it early, nothing of it stays."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from departments.base_data.resources import AgencyResource
from departments.models import Agency
from departments.spreadsheets import import_jobs, import_work
from tests.departments.spreadsheets.test_import_export import AGENCIES, DSI, send, state, upload
from tests.tooling.trial import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def admin(transactional_db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("yonetici"))
    return client


@pytest.mark.slow
def test_a_process_of_its_own_does_it_for_the_workers(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    here = os.environ["DATABASE_URL"].replace("/melikgazi?", f"/{connection.settings_dict['NAME']}?")
    monkeypatch.setenv("DATABASE_URL", here)
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "melikgazi.worker_settings")
    address = send(admin, "agency", DSI)
    began = time.monotonic()
    assert import_jobs.work_aside(timezone.now())
    assert time.monotonic() - began < 1, "the worker waited for it"
    assert eventually(lambda: not import_jobs.work_aside(timezone.now()))
    page = admin.get(address)
    assert (page.context["job"].state, page.context["job"].totals["new"]) == ("checked", 1)


def many(count: int) -> str:
    return AGENCIES + "".join(f"k{number};Kurum {number};;;;;Söz.\n" for number in range(count))


def test_how_far_it_is_can_be_seen_and_it_can_be_stopped_at_any_row(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_work, "REPORTED_EVERY", 0.0)
    upload(admin, "agency", many(20))
    admin.post(admin.address, {"do": "apply"})  # type: ignore[attr-defined]
    saved, shown = AgencyResource.after_save_instance, []

    def watched(resource: AgencyResource, instance: Agency, row: Any, **kwargs: Any) -> None:
        saved(resource, instance, row, **kwargs)
        if instance.code == "k9":
            with ThreadPoolExecutor() as pool:  # another connection, as the page's
                shown.append(pool.submit(of_the_page).result())

    def of_the_page() -> str:
        try:
            page = admin.get(admin.address).content.decode()  # type: ignore[attr-defined]
            admin.post(admin.address, {"do": "cancel"})  # type: ignore[attr-defined]
            return page
        finally:
            connection.close()

    monkeypatch.setattr(AgencyResource, "after_save_instance", watched)
    import_work.work(timezone.now)
    assert "9 / 20 satır" in shown[0]
    assert len(shown) == 1
    assert state(admin) == "cancelled"
    assert not Agency.objects.filter(code__startswith="k1").exists()


def test_an_import_whose_worker_died_has_changed_nothing_and_says_so(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(admin, "agency", DSI)
    admin.post(admin.address, {"do": "apply"})  # type: ignore[attr-defined]

    def killed(*_: Any, **__: Any) -> None:
        raise SystemExit  # nothing of ours catches it, as nothing catches a kill

    monkeypatch.setattr(AgencyResource, "after_save_instance", killed)
    with pytest.raises(SystemExit):
        import_work.work(timezone.now)
    monkeypatch.undo()
    assert state(admin) == "applying"
    assert not Agency.objects.filter(code="dsi").exists()
    import_jobs.work_aside(timezone.now() + import_jobs.DEAD_AFTER)
    assert "hiçbir şey alınmadı" in admin.get(admin.address).content.decode()  # type: ignore[attr-defined]
