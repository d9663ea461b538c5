"""A line with a clock of its own, between bodies that a test writes and a Meta that a test instructs."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.db import transaction
from django.db.models import Model
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings

from departments.fresh import Fresh
from departments.loading import load_base_data
from departments.models import Agency, Category, Department, Neighbourhood, TargetVersion
from tests.pictures import photo
from tests.whatsapp.line import Line
from tests.whatsapp.meta import Meta
from whatsapp import cloud_api

# A busy machine is no error of the code.
hypothesis_settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("busy")


@pytest.fixture(scope="session")
def meta_server() -> Iterator[Meta]:
    server = Meta()
    yield server
    server.stop()


@pytest.fixture
def meta(meta_server: Meta, settings: Settings) -> Iterator[Meta]:
    meta_server.forget()
    settings.WHATSAPP_GRAPH_URL = meta_server.url
    settings.WHATSAPP_MEDIA_HOSTS = [meta_server.host]
    yield meta_server
    cloud_api._session().close()
    cloud_api._session.cache_clear()


@pytest.fixture(autouse=True)
def media_root(settings: Settings, tmp_path: Path) -> Path:
    """Where files of citizens are kept, for this test alone."""
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


TABLES: tuple[type[Model], ...] = (Agency, Department, Neighbourhood, Category, TargetVersion)


@cache
def _base_rows() -> list[list[Model]]:
    """The base data, read from its files once: each later test puts the same rows back in a few statements."""
    with transaction.atomic():
        load_base_data()
        rows = [list(table._default_manager.all()) for table in TABLES]
        transaction.set_rollback(True)
    return rows


@pytest.fixture
def base_data(db: None) -> None:
    """Departments, categories, agencies and mahalleler as the system starts with them."""
    for table, rows in zip(TABLES, _base_rows(), strict=True):
        table._default_manager.bulk_create(rows)
    Fresh.forget()


@pytest.fixture
def line(base_data: None, meta: Meta) -> Line:
    return Line(meta)


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    """A small photo."""
    return photo()
