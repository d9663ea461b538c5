"""A line with a clock of its own, between bodies that a test writes and a Meta that a test instructs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker, Settings

from departments.common import cache
from tests.pictures import photo
from tests.whatsapp.base import begins_with_base_data, held, put_base_data
from tests.whatsapp.beginnings import Stage
from tests.whatsapp.line import Line
from tests.whatsapp.meta import Meta
from whatsapp.graph import client


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
    client._session().close()
    client._session.cache_clear()


@pytest.fixture(autouse=True)
def media_root(settings: Settings, tmp_path: Path) -> Path:
    """Where files of citizens are kept, for this test alone."""
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def base_data_held(request: pytest.FixtureRequest) -> None:
    """Among the first, so that the transaction with them is around that of the test."""
    if begins_with_base_data(request.node):
        request.getfixturevalue("django_db_setup")
        held.hold(request.getfixturevalue("django_db_blocker"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[Any]:
    try:
        return (yield)
    finally:
        if not begins_with_base_data(nextitem):
            held.let_go()


@pytest.fixture
def base_data(db: None) -> None:
    """The departments, categories, agencies and mahalleler that the system starts with."""
    if held.are_there:
        cache.refresh()
    else:
        put_base_data()


@pytest.fixture(scope="module")
def stage(
    meta_server: Meta,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Stage:
    """Where a module's tests may have what they all begin from done once."""
    return Stage(meta_server, tmp_path_factory.mktemp("begun"), django_db_blocker)


@pytest.fixture
def line(base_data: None, meta: Meta) -> Line:
    return Line(meta)


@pytest.fixture
def real_line(transactional_db: None, line: Line) -> Line:
    """The line on committed rows, so that several workers see the same."""
    return line


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    """A small photo."""
    return photo()
