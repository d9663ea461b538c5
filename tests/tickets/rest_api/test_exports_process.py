"""The process that makes a large export, tried for real."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests.tickets.keys import key_of
from tests.tickets.rest_api.test_exports import content_of
from tests.tickets.world import build_world
from tests.tooling.trial import eventually
from tickets.models import Export
from tickets.rest_api import export_jobs, exports

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(
    transactional_db: None, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Client, str]:
    """Who asked for a large export, and its link."""
    here = os.environ["DATABASE_URL"].replace("/melikgazi?", f"/{connection.settings_dict['NAME']}?")
    monkeypatch.setenv("DATABASE_URL", here)
    monkeypatch.setenv("MEDIA_ROOT", str(tmp_path))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "melikgazi.worker_settings")
    monkeypatch.setattr(exports, "AT_ONCE", {"csv": 0})
    settings.MEDIA_ROOT = str(tmp_path)
    world = build_world()
    world.assigned()
    client = Client(headers={"Authorization": f"Token {key_of(world.user('supervisor'))}"})
    return client, client.get("/api/v1/tickets/", {"format": "csv"}).json()["link"]


@pytest.mark.slow
def test_a_process_of_its_own_makes_the_file(asked: tuple[Any, str]) -> None:
    client, link = asked
    assert export_jobs.work_aside(timezone.now())
    assert eventually(lambda: not export_jobs.work_aside(timezone.now()))
    assert content_of(client.get(link)).count(b"\n") == 2


@pytest.mark.slow
def test_a_killed_process_is_followed_by_another(asked: tuple[Any, str], tmp_path: Path) -> None:
    client, link = asked
    export_jobs.work_aside(timezone.now())
    process = export_jobs._process._running
    assert process
    process.kill()
    process.wait()
    assert eventually(lambda: not export_jobs.work_aside(timezone.now()))
    assert Export.objects.get().attempts == 2
    content_of(client.get(link))
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
